"""Small logs that owners upload: stored for an hour, previewed, and imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from pathlib import Path, PurePath

from django.db import close_old_connections, connection
from django.utils import timezone

from logs.formats.encodings import LineDecoder
from logs.formats.log_files import LogFile
from logs.formats.log_format import Format, Item, LogLine
from logs.formats.numbered_lines import UnreadableError
from logs.formats.registry import FORMATS
from logs.formats.upload_process import UploadRequest
from logs.imports.digest import Digest
from logs.imports.importer import ImportJob, SourceLog
from logs.imports.report import FileReport
from logs.imports.sandbox import ParsedFile, parse_in_sandbox
from logs.models import Channel, Upload, audit_log

MAX_UPLOAD_BYTES = 2_000_000
"""Of a file as it is sent."""

UPLOAD_LIFETIME = timedelta(hours=1)
MAX_NAMES_EXPLAINED = 10


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What the owner says about a log; None is detected. `fill`: import only what the bot missed.

    `encoding` is Python's name of the encoding of lines that are not UTF-8.
    """

    format: Format | None = None
    zone: tzinfo | None = None
    fill: bool = False
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class UploadResult:
    """The result of an import or of its preview.

    `questions` have to be answered before anything is stored; `explanations` say how each format was detected, and what
    the files say about their network and channel; `warnings` are to be read first. `digest` is what a preview shows.
    """

    reports: Sequence[FileReport]
    questions: Sequence[str]
    explanations: Sequence[str]
    sample: Sequence[LogLine]
    warnings: Sequence[str] = ()
    digest: Digest = field(default_factory=Digest)

    @property
    def is_readable(self) -> bool:
        """Whether the import stores what there is to store: no question is open, and some file can be read."""
        return not self.questions and any(not report.error for report in self.reports)

    @property
    def stored(self) -> int:
        return sum(report.stored for report in self.reports)


def store_upload(channel: Channel, by: str, name: str, content: bytes) -> Upload:
    """Store a file for its import; the same owner's earlier one for the channel and expired ones are deleted."""
    delete_expired_uploads()
    Upload.objects.filter(channel=channel, by=by).delete()
    return Upload.objects.create(channel=channel, by=by, name=PurePath(name).name[-100:] or "log", content=content)


def delete_expired_uploads() -> int:
    """Delete files whose owner did not come back in time; return how many."""
    return Upload.objects.filter(sent_at__lt=timezone.now() - UPLOAD_LIFETIME).delete()[0]


def preview_upload(upload: Upload, options: UploadOptions) -> UploadResult:
    """What an import would do, without storing a line."""
    return _process_upload(upload, options, dry_run=True)


def import_upload(upload: Upload, options: UploadOptions) -> UploadResult:
    """Import the file and delete the upload, unless a question is open or nothing of it can be read."""
    outcome = _process_upload(upload, options, dry_run=False)
    if outcome.is_readable:
        audit_log.record_act(upload.channel, upload.by, f"imported {outcome.stored:,} lines from {upload.name}")
        upload.delete()
    return outcome


@dataclass(frozen=True, slots=True)
class _UploadedLog(SourceLog):
    """A file of an upload that was parsed in the sandbox."""

    parsed: ParsedFile | None = None

    def items(
        self,
        on_progress: Callable[[int], object],  # noqa: ARG002
        decoder: LineDecoder,  # noqa: ARG002
        digest: Digest | None = None,
    ) -> Iterator[Item]:
        if self.parsed is None:
            return iter(())
        return self.parsed.items(digest.set_source) if digest else self.parsed.items()


def _process_upload(upload: Upload, options: UploadOptions, *, dry_run: bool) -> UploadResult:
    """Parse the file in the sandbox and load it from here.

    A bad file gets an error in its report; a bad archive is refused as a whole.
    """
    channel = upload.channel
    request = UploadRequest(
        upload.name,
        len(upload.content),
        channel.network.name,
        channel.name,
        options.format.name if options.format else "",
        str(options.zone or ""),
        options.encoding or "",
    )
    # Parsing can take seconds, in which other requests need the connection.
    if not connection.in_atomic_block:
        close_old_connections()
    try:
        with parse_in_sandbox(request, bytes(upload.content)) as files:
            questions = sorted({file.question for file in files if file.question})
            work = ImportJob(
                channel.pk,
                dry_run=dry_run or bool(questions),
                fill_name="" if options.fill else None,
                # Only the owner vouches for its lines and their accounts: readers see that the bot did not.
                source_name=f"{upload.name}, uploaded by an owner",
                cooperative=True,
            )
            # What is doubtful comes first; otherwise the order stays.
            reports = sorted(_run_job(work, files, options), key=lambda report: not report.is_doubtful)
            digest = Digest()
            for report in reports:
                if report.digest and not report.error:
                    digest.merge(report.digest)
            return UploadResult(
                reports,
                questions,
                [*_explain_formats(files), *_explain_names(files)],
                next((file.sample for file in files if file.sample), ()),
                [*_warn_of_names(files), *_warn_of_bridges(channel, digest)],
                digest,
            )
    except UnreadableError as error:
        return UploadResult([FileReport(upload.name, error=str(error))], [], [], [])


def _run_job(work: ImportJob, files: Sequence[ParsedFile], options: UploadOptions) -> list[FileReport]:
    reports = [FileReport(file.name, error=file.error) for file in files if not file.format]
    logs = [
        _UploadedLog(
            LogFile(Path(file.name), PurePath(file.name), file.size),
            FORMATS[file.format],
            options.zone or UTC,
            is_format_given=options.format is not None,
            parsed=file,
        )
        for file in files
        if file.format
    ]
    return reports + list(work.run(logs))


def _explain_names(files: Sequence[ParsedFile]) -> list[str]:
    """What the first files say about their network and channel."""
    return [f"{file.name} says: {file.says}" for file in files if file.says][:MAX_NAMES_EXPLAINED]


def _warn_of_names(files: Sequence[ParsedFile]) -> list[str]:
    return [f"{file.name}: {file.warning}" for file in files if file.warning][:MAX_NAMES_EXPLAINED]


def _warn_of_bridges(channel: Channel, digest: Digest) -> list[str]:
    advice = "mark it as a bridge on the page of one of its lines, so that pages show who spoke"
    return [f"{sentence}: {advice}." for _, sentence in digest.describe_bridges(channel.bridge_nicks)]


def _explain_formats(files: Sequence[ParsedFile]) -> list[str]:
    """How the first file of each format was detected."""
    first = {file.format: file for file in reversed(files) if file.format}
    return [f"{file.name}: {file.reason}" for file in first.values()]
