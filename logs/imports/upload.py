"""Small logs that owners upload: stored for an hour, previewed, and imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, tzinfo
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from django.utils import timezone

from logs.formats.log_files import open_log_files
from logs.formats.log_format import Format, LogLine
from logs.formats.numbered_lines import UnreadableError
from logs.imports.file_matching import ImportOptions, PlannedFile, plan_files
from logs.imports.importer import ImportJob, SourceLog
from logs.imports.report import FileReport
from logs.models import Channel, Upload, audit_log

MAX_UPLOAD_BYTES = 2_000_000
"""Of a file as it is sent."""

MAX_UNPACKED_BYTES = 20_000_000

UPLOAD_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What the owner says about a log; None is detected. `fill`: import only what the bot missed."""

    format: Format | None = None
    zone: tzinfo | None = None
    fill: bool = False


@dataclass(frozen=True, slots=True)
class UploadResult:
    """The result of an import or of its preview.

    `questions` have to be answered before anything is stored; `explanations` say how each format was detected.
    """

    reports: Sequence[FileReport]
    questions: Sequence[str]
    explanations: Sequence[str]
    sample: Sequence[LogLine]

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
    """Import the file and delete the upload, unless a question is open."""
    outcome = _process_upload(upload, options, dry_run=False)
    if not outcome.questions:
        audit_log.record_act(upload.channel, upload.by, f"imported {outcome.stored:,} lines from {upload.name}")
        upload.delete()
    return outcome


def _process_upload(upload: Upload, options: UploadOptions, *, dry_run: bool) -> UploadResult:
    """Run an import in the web process. A bad file gets an error in its report; a bad archive is refused as a whole."""
    channel = upload.channel
    import_options = ImportOptions(channel.network.name, channel.name, options.format, options.zone)
    with TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder, upload.name)
        path.write_bytes(upload.content)
        try:
            with open_log_files([path], MAX_UNPACKED_BYTES) as files:
                files_by_name = [replace(file, display_path=file.display_path.relative_to(folder)) for file in files]
                planned = list(plan_files(files_by_name, import_options))
                questions = sorted({each.question for each in planned if each.question})
                work = ImportJob(
                    channel.pk,
                    dry_run=dry_run or bool(questions),
                    fill_name="" if options.fill else None,
                    cooperative=True,
                )
                return UploadResult(
                    _run_job(work, planned, options), questions, _explain_formats(planned), _first_sample(planned)
                )
        except UnreadableError as error:
            return UploadResult([FileReport(upload.name, error=str(error).removeprefix(f"{path}: "))], [], [], [])


def _run_job(work: ImportJob, planned: Sequence[PlannedFile], options: UploadOptions) -> list[FileReport]:
    reports = [FileReport(str(each.file.display_path), error=each.error) for each in planned if not each.format]
    logs = [
        SourceLog(each.file, each.format, options.zone or UTC, is_format_given=options.format is not None)
        for each in planned
        if each.format
    ]
    return reports + list(work.run(logs))


def _explain_formats(planned: Sequence[PlannedFile]) -> list[str]:
    """How the first file of each format was detected."""
    first = {each.format.name: each for each in reversed(planned) if each.format}
    return [f"{each.file.display_path}: {each.reason}" for each in first.values()]


def _first_sample(planned: Sequence[PlannedFile]) -> Sequence[LogLine]:
    return next((each.sample for each in planned if each.sample), ())
