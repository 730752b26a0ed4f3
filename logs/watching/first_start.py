"""The first time that a path is followed: what its files hold already is left alone, or imported once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from logs.formats.file_names import day_in_path
from logs.formats.log_files import LogFile
from logs.formats.plan import PlannedFile
from logs.formats.registry import FORMATS
from logs.imports.importer import ImportJob, SourceLog
from logs.imports.report import describe_report
from logs.models import WatchedFile, WatchedPath
from logs.models.watched import WatchState
from logs.watching import planning, store
from logs.watching.files import FoundFile, find_files
from logs.watching.planning import WatchOptions
from logs.watching.tail import find_end

logger = logging.getLogger(__name__)

Say = Callable[[str], object]


class StartError(Exception):
    """A person has to decide something before the files can be followed."""


def fetch_paths(paths: Sequence[Path], options: WatchOptions) -> list[WatchedPath]:
    """Return the rows of paths; that of a new one has no `closed_before`."""
    return [WatchedPath.objects.get_or_create(path=str(path), name=options.name)[0] for path in paths]


def start_path(path: WatchedPath, options: WatchOptions, say: Say) -> None:
    """Begin to follow a path: its files are read on from their present ends.

    StartError if it is not certain how to read them; then nothing has changed.
    """
    # Yesterday in every zone.
    path.began_at = datetime.now(UTC)
    path.closed_before = path.began_at.date() - timedelta(days=2)
    path.imports_old = options.from_start
    rows: list[WatchedFile] = []
    with transaction.atomic():
        for file, planned in _plan_all(path, options, is_closed=False):
            if planned.needs_zone:
                raise StartError(f"{file.path}: {planned.question}.")
            try:
                row = planning.make_row(path, file, planned, options)
            except ValidationError as error:
                raise StartError(f"{file.path}: {' '.join(error.messages)}") from None
            _set_to_end(row, options)
            row.save()
            rows.append(row)
        path.save()
    if not Path(path.path).is_dir() and not rows:
        say(f"{path.path} is no log of a channel yet.")
    _describe(path, rows, options, say)
    if rows and all(row.state == WatchState.REFUSED for row in rows):
        WatchedPath.objects.filter(pk=path.pk).update(closed_before=None)
        WatchedFile.objects.filter(root=path).delete()
        raise StartError(rows[0].detail)


def _describe(path: WatchedPath, rows: Sequence[WatchedFile], options: WatchOptions, say: Say) -> None:
    states = {state: [row for row in rows if row.state == state] for state in WatchState}
    say(f"{path.path}: {len(states[WatchState.FOLLOWED]):,} files are followed.")
    for state in (WatchState.WAITING, WatchState.REFUSED):
        for row in states[state][:20]:
            say(f"{row.path}: {row.get_state_display()}: {row.detail}")
    if hidden := sorted(
        {f"{row.channel} on {row.channel.network}" for row in rows if row.channel and row.channel.hidden}
    ):
        say(f"Hidden until an administrator shows them: {', '.join(hidden[:20])}{' ...' if len(hidden) > 20 else ''}.")
    if any(row.offset for row in rows) and not options.from_start:
        say("What the files hold already is not stored: importlogs does that, or --from-start at the first start.")


def _set_to_end(row: WatchedFile, options: WatchOptions) -> None:
    with Path(row.path).open("rb") as file:
        if row.format:
            reading = planning.make_reading(row, options, file)
            store.set_position(row, find_end(file, reading, datetime.now(UTC)))
        else:
            row.offset = planning.last_line_end(file)
        row.head, row.head_length = planning.hash_head(file, row.offset)


def _plan_all(path: WatchedPath, options: WatchOptions, *, is_closed: bool) -> Iterator[tuple[FoundFile, PlannedFile]]:
    """Yield the files that are logs, of days that are over or of the others."""
    neighbours: dict[str, str] = {}
    for file in find_files(Path(path.path)):
        day = day_in_path(Path(file.path))
        is_over = day is not None and path.closed_before is not None and day < path.closed_before
        is_beside = not Path(path.path).is_dir() and file.path != path.path
        if is_over != is_closed or file.is_rotated or is_beside:
            continue
        folder = str(Path(file.path).parent)
        planned = planning.plan(file, options, neighbours.get(folder, ""))
        if planned is not None:
            if planned.format is not None and not planned.is_ambiguous:
                neighbours[folder] = planned.format.name
            yield file, planned


def import_old_lines(path: WatchedPath, options: WatchOptions, say: Say) -> None:
    """Import what the files of a path held before it was followed. Repeated after a kill, it stores nothing twice."""
    logs: dict[int, list[SourceLog]] = {}
    for file, planned in _plan_all(path, options, is_closed=True):
        if planned.format is None or planned.question:
            say(f"{file.path}: {planned.question or planned.error or planned.reason}")
            continue
        channel = planning.get_or_create_channel(planned.channel, options)
        if not store.is_logged_by_bot(channel):
            logs.setdefault(channel.pk, []).append(_source(planned.file, planned.format.name, options))
    for row in WatchedFile.objects.filter(root=path).exclude(format="").exclude(channel=None).order_by("day", "path"):
        if row.channel_id is not None and row.state == WatchState.FOLLOWED:
            file_path = Path(row.path)
            log = LogFile(file_path, file_path, row.offset, encoding=options.files.encoding, end=row.offset)
            logs.setdefault(row.channel_id, []).append(_source(log, row.format, options))
    for channel_id, sources in logs.items():
        for report in ImportJob(channel_id, cooperative=True).run(sources):
            say(describe_report(report, dry_run=False, filling=False))
    path.imports_old = False
    WatchedPath.objects.filter(pk=path.pk).update(imports_old=False)


def _source(file: LogFile, name: str, options: WatchOptions) -> SourceLog:
    is_given = options.files.format is not None
    return SourceLog(file, FORMATS[name], options.files.zone or UTC, is_format_given=is_given)
