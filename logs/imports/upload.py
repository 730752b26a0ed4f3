"""Small logs that owners send: kept for an hour, looked at, imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, tzinfo
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from django.utils import timezone

from logs.formats.base import Format, LogLine
from logs.formats.files import found
from logs.formats.numbered_lines import UnreadableError
from logs.imports.file_matching import Planned, Wish, plan
from logs.imports.importer import Import, Log, Report
from logs.models import Channel, Upload, audit_log

MOST = 2_000_000
"""Bytes of a file as it is sent."""

MOST_UNPACKED = 20_000_000

KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class How:
    """What is known of a log beside itself; None is to be found out. `fill`: only what the bot missed is wanted."""

    format: Format | None = None
    zone: tzinfo | None = None
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an upload, or would. `doubts`: what has to be answered before anything is stored."""

    reports: Sequence[Report]
    doubts: Sequence[str]
    why: Sequence[str]
    sample: Sequence[LogLine]

    @property
    def stored(self) -> int:
        return sum(report.stored for report in self.reports)


def keep(channel: Channel, by: str, name: str, content: bytes) -> Upload:
    """Keeps a file for its import; what others have left goes."""
    forget_old()
    Upload.objects.filter(channel=channel, by=by).delete()
    return Upload.objects.create(channel=channel, by=by, name=PurePath(name).name[-100:] or "log", content=content)


def forget_old() -> int:
    """Files that nobody came back for."""
    return Upload.objects.filter(sent_at__lt=timezone.now() - KEPT).delete()[0]


def look_at(upload: Upload, how: How) -> Outcome:
    """What would become of it. Stores nothing."""
    return _run(upload, how, dry=True)


def take_in(upload: Upload, how: How) -> Outcome:
    """Imports it, if there is no doubt; then it is not kept any more."""
    outcome = _run(upload, how, dry=False)
    if not outcome.doubts:
        audit_log.record_act(upload.channel, upload.by, f"imported {outcome.stored:,} lines from {upload.name}")
        upload.delete()
    return outcome


def _run(upload: Upload, how: How, *, dry: bool) -> Outcome:
    """In a process in which others wait. A file is refused in its report, an archive as a whole."""
    channel = upload.channel
    wish = Wish(channel.network.name, channel.name, how.format, how.zone)
    with TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder, upload.name)
        path.write_bytes(upload.content)
        try:
            with found([path], MOST_UNPACKED) as files:
                named = [replace(file, shown=file.shown.relative_to(folder)) for file in files]
                planned = list(plan(named, wish))
                doubts = sorted({each.doubt for each in planned if each.doubt})
                work = Import(channel.pk, dry=dry or bool(doubts), fill="" if how.fill else None, politely=True)
                return Outcome(_reports(work, planned, how), doubts, _whys(planned), _sample(planned))
        except UnreadableError as error:
            return Outcome([Report(upload.name, error=str(error).removeprefix(f"{path}: "))], [], [], [])


def _reports(work: Import, planned: Sequence[Planned], how: How) -> list[Report]:
    reports = [Report(str(each.file.shown), error=each.error) for each in planned if not each.format]
    logs = [
        Log(each.file, each.format, how.zone or UTC, told=how.format is not None) for each in planned if each.format
    ]
    return reports + list(work.run(logs))


def _whys(planned: Sequence[Planned]) -> list[str]:
    """How the first file of each format is understood."""
    first = {each.format.name: each for each in reversed(planned) if each.format}
    return [f"{each.file.shown}: {each.why}" for each in first.values()]


def _sample(planned: Sequence[Planned]) -> Sequence[LogLine]:
    return next((each.sample for each in planned if each.sample), ())
