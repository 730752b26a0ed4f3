"""Small logs that owners send: kept for an hour, looked at, imported."""

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
from logs.imports.importer import FileReport, ImportJob, SourceLog
from logs.models import Channel, Upload, audit_log

MAX_UPLOAD_BYTES = 2_000_000
"""Bytes of a file as it is sent."""

MAX_UNPACKED_BYTES = 20_000_000

UPLOAD_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What is known of a log beside itself; None is to be found out. `fill`: only what the bot missed is wanted."""

    format: Format | None = None
    zone: tzinfo | None = None
    fill: bool = False


@dataclass(frozen=True, slots=True)
class UploadResult:
    """What became of an upload, or would. `doubts`: what has to be answered before anything is stored."""

    reports: Sequence[FileReport]
    doubts: Sequence[str]
    why: Sequence[str]
    sample: Sequence[LogLine]

    @property
    def stored(self) -> int:
        return sum(report.stored for report in self.reports)


def store_upload(channel: Channel, by: str, name: str, content: bytes) -> Upload:
    """Keeps a file for its import; what others have left goes."""
    delete_expired_uploads()
    Upload.objects.filter(channel=channel, by=by).delete()
    return Upload.objects.create(channel=channel, by=by, name=PurePath(name).name[-100:] or "log", content=content)


def delete_expired_uploads() -> int:
    """Files that nobody came back for."""
    return Upload.objects.filter(sent_at__lt=timezone.now() - UPLOAD_LIFETIME).delete()[0]


def preview_upload(upload: Upload, how: UploadOptions) -> UploadResult:
    """What would become of it. Stores nothing."""
    return _process_upload(upload, how, dry=True)


def import_upload(upload: Upload, how: UploadOptions) -> UploadResult:
    """Imports it, if there is no doubt; then it is not kept any more."""
    outcome = _process_upload(upload, how, dry=False)
    if not outcome.doubts:
        audit_log.record_act(upload.channel, upload.by, f"imported {outcome.stored:,} lines from {upload.name}")
        upload.delete()
    return outcome


def _process_upload(upload: Upload, how: UploadOptions, *, dry: bool) -> UploadResult:
    """In a process in which others wait. A file is refused in its report, an archive as a whole."""
    channel = upload.channel
    wish = ImportOptions(channel.network.name, channel.name, how.format, how.zone)
    with TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder, upload.name)
        path.write_bytes(upload.content)
        try:
            with open_log_files([path], MAX_UNPACKED_BYTES) as files:
                named = [replace(file, shown=file.shown.relative_to(folder)) for file in files]
                planned = list(plan_files(named, wish))
                doubts = sorted({each.doubt for each in planned if each.doubt})
                work = ImportJob(channel.pk, dry=dry or bool(doubts), fill="" if how.fill else None, politely=True)
                return UploadResult(
                    _run_job(work, planned, how), doubts, _explain_formats(planned), _first_sample(planned)
                )
        except UnreadableError as error:
            return UploadResult([FileReport(upload.name, error=str(error).removeprefix(f"{path}: "))], [], [], [])


def _run_job(work: ImportJob, planned: Sequence[PlannedFile], how: UploadOptions) -> list[FileReport]:
    reports = [FileReport(str(each.file.shown), error=each.error) for each in planned if not each.format]
    logs = [
        SourceLog(each.file, each.format, how.zone or UTC, told=how.format is not None)
        for each in planned
        if each.format
    ]
    return reports + list(work.run(logs))


def _explain_formats(planned: Sequence[PlannedFile]) -> list[str]:
    """How the first file of each format is understood."""
    first = {each.format.name: each for each in reversed(planned) if each.format}
    return [f"{each.file.shown}: {each.why}" for each in first.values()]


def _first_sample(planned: Sequence[PlannedFile]) -> Sequence[LogLine]:
    return next((each.sample for each in planned if each.sample), ())
