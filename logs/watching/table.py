"""Which files are there, and what is known of them: the rows of all paths, and how they go with the files."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from logs.formats.file_names import day_in_path
from logs.formats.registry import FORMATS
from logs.models import WatchedFile, WatchedPath
from logs.models.watched import WatchState
from logs.watching import planning
from logs.watching.files import (
    HEAD_BYTES,
    MAX_FILES,
    FoundFile,
    OpenFiles,
    base_path,
    find_files,
    is_beginning,
    match_files,
)
from logs.watching.planning import WatchOptions

logger = logging.getLogger(__name__)

CLOSED_DAYS = 7
"""The age at which the file of a day does not grow any more; its row is deleted."""

GONE_ROW_LIFETIME = timedelta(days=30)
"""How long the row of a deleted file is kept, so that the file is recognised if it comes back."""

MAX_REPLANNED_BYTES = 64 * 1024
"""A file that is no log so far is looked at again when it has grown, but not beyond this size."""

MIN_DISTINCT_HEAD_BYTES = 256
"""Two files of different channels may begin with the same header."""


class FileTable:
    """The files of some paths. `rows` are those that are there, by their number; `found` how each was last seen."""

    def __init__(self, options: WatchOptions, open_files: OpenFiles) -> None:
        self.rows: dict[int, WatchedFile] = {}
        self.found: dict[int, FoundFile] = {}
        self._options = options
        self._open = open_files
        self._seen: dict[int, dict[str, FoundFile]] = {}
        self._ignored: dict[str, FoundFile] = {}
        # Rows whose file is known to begin as it did, and those that did not continue as they had been read.
        self._verified: set[int] = set()
        self._suspects: set[int] = set()

    def find_changes(self, path: WatchedPath) -> tuple[set[str], bool]:
        """Return which files of a path have another size than at the last look, and whether there are other files."""
        seen = {file.path: file for file in find_files(Path(path.path))}
        before = self._seen.get(path.pk, {})
        self._seen[path.pk] = seen
        has_moved = {(file.path, file.identity) for file in seen.values()} != {
            (file.path, file.identity) for file in before.values()
        }
        return {name for name, file in seen.items() if before.get(name) != file}, has_moved

    def scan(self, path: WatchedPath, drain: Callable[[WatchedFile], object]) -> None:
        """Bring the rows of a path up to date; `drain` reads a file that is not there any more to its end."""
        rows = list(WatchedFile.objects.filter(root=path).select_related("channel__network", "root").order_by("pk"))
        found = list(find_files(Path(path.path)))
        problem = (
            f"It has {len(found):,} files, of which {MAX_FILES:,} are looked at." if len(found) > MAX_FILES else ""
        )
        found = found[:MAX_FILES]
        self._seen[path.pk] = {file.path: file for file in found}
        self.rows |= {row.pk: row for row in rows}
        matched, rest = match_files(rows, found, self._has_changed)
        for index, row in enumerate(rows):
            match = matched.get(index)
            if match is None:
                self._mark_gone(row, drain)
            else:
                self._recognise(row, match)
        # Those written first are read first.
        ignored = sum(not self._add_new(path, file, rows) for file in sorted(rest, key=lambda file: file.written_at))
        if (path.ignored, path.problem) != (ignored, problem):
            if problem:
                logger.error("%s: %s", path.path, problem)
            path.ignored, path.problem = ignored, problem
            WatchedPath.objects.filter(pk=path.pk).update(ignored=ignored, problem=problem)

    def mark_suspect(self, row: WatchedFile) -> bool:
        """Note that a file is not as it was read; return whether it is the same file for certain.

        If it is not, another scan has to find out.
        """
        if row.pk in self._suspects and row.pk in self._verified:
            self._suspects.discard(row.pk)
            return True
        self._suspects.add(row.pk)
        self._verified.discard(row.pk)
        return False

    def has_suspects(self) -> bool:
        return bool(self._suspects - self._verified)

    def trust(self, row: WatchedFile) -> None:
        """Note that a file goes on as it was read."""
        self._verified.add(row.pk)
        self._suspects.discard(row.pk)

    def neighbour_format(self, row: WatchedFile) -> str:
        return next((one.format for one in self.rows.values() if one.folder == row.folder and one.format), "")

    def forget_closed(self, path: WatchedPath) -> None:
        """Delete the rows of days that are over for long, but for the last one of each channel."""
        before = datetime.now(UTC).date() - timedelta(days=CLOSED_DAYS)
        if path.closed_before is None or path.closed_before >= before:
            return
        own = [row for row in self.rows.values() if row.root_id == path.pk]
        if any(row.is_closed(before) and not self._is_read(row) for row in own):
            return
        files = WatchedFile.objects.filter(root=path)
        newest = [row.pk for row in files.order_by("channel_id", "-day", "-pk").distinct("channel_id")]
        gone = Q(state=WatchState.GONE, updated_at__lt=timezone.now() - GONE_ROW_LIFETIME)
        closed = list(files.filter(Q(day__lt=before) | gone).exclude(pk__in=newest))
        for row in closed:
            self._drop(row.pk)
        with transaction.atomic():
            files.filter(pk__in=[row.pk for row in closed]).delete()
            WatchedPath.objects.filter(pk=path.pk).update(
                closed_before=before,
                lines=F("lines") + sum(row.lines for row in closed),
                unparsed=F("unparsed") + sum(row.unparsed for row in closed),
            )
        path.closed_before = before

    def _is_read(self, row: WatchedFile) -> bool:
        found = self.found.get(row.pk)
        return found is None or found.size <= row.offset or row.state == WatchState.REFUSED

    def _has_changed(self, row: WatchedFile, file: FoundFile) -> bool:
        if row.pk in self._verified and row.pk not in self._suspects and file.size >= row.offset:
            return False
        if not is_beginning(file.path, row):
            return True
        self._verified.add(row.pk)
        return False

    def _recognise(self, row: WatchedFile, file: FoundFile) -> None:
        self.found[row.pk] = file
        if (row.path, row.identity) != (file.path, file.identity):
            logger.info("%s is now %s", row.path, file.path)
            if row.identity != file.identity:
                self._open.close(row.pk)
                self.trust(row)
            row.path, row.identity = file.path, file.identity
            row.save(update_fields=["path", "identity"])
        if row.state == WatchState.GONE:
            row.state = WatchState.FOLLOWED if row.format else WatchState.WAITING
            row.save(update_fields=["state"])

    def _mark_gone(self, row: WatchedFile, drain: Callable[[WatchedFile], object]) -> None:
        if row.state != WatchState.GONE:
            if self._open.is_open(row.pk):
                drain(row)
            row.state = WatchState.GONE
            row.save(update_fields=["state"])
            logger.info("%s is gone", row.path)
        self._drop(row.pk)

    def _drop(self, number: int) -> None:
        self._open.close(number)
        self.rows.pop(number, None)
        self.found.pop(number, None)
        self._verified.discard(number)
        self._suspects.discard(number)

    def _add_new(self, path: WatchedPath, file: FoundFile, rows: list[WatchedFile]) -> bool:
        """Follow a file that is new from its beginning; return whether it is a log, or was one."""
        day = day_in_path(Path(file.path))
        is_closed = day is not None and path.closed_before is not None and day < path.closed_before
        is_beside = not Path(path.path).is_dir() and base_path(file.path) != path.path
        if is_closed or is_beside:
            return True
        known = self._ignored.get(file.path)
        if known and known.identity == file.identity and (known.size == file.size or known.size > MAX_REPLANNED_BYTES):
            return file.is_rotated
        if file.is_rotated:
            self._add_rotated(path, file, rows)
            return True
        neighbours = [row for row in rows if row.format and Path(file.path).is_relative_to(row.folder)]
        planned = planning.plan(file, self._options, neighbours[0].format if neighbours else "")
        try:
            row = planning.make_row(path, file, planned, self._options) if planned else None
        except ValidationError as error:
            logger.warning("%s is not followed: %s", file.path, " ".join(error.messages))
            row = None
        if row is None:
            self._ignored[file.path] = file
            return False
        self._ignored.pop(file.path, None)
        # Programs copy a log before they empty it: the copy is no log of its own.
        if not _is_copy(file, row, neighbours):
            self._add(row, file, rows)
        return True

    def _add_rotated(self, path: WatchedPath, file: FoundFile, rows: list[WatchedFile]) -> None:
        """Follow a file that was begun and rotated while `watchlogs` did not run, if it begins after what was read."""
        before = [row for row in rows if base_path(row.path) == base_path(file.path) and row.format]
        first = planning.find_first_time(file, before[-1], self._options) if before else None
        read_until = max((row.last_line_at for row in before if row.last_line_at), default=path.began_at)
        if first is None or read_until is None or first < read_until:
            self._ignored[file.path] = file
            return
        last = before[-1]
        row = WatchedFile(
            root=path, path=file.path, folder=last.folder, identity=file.identity, channel=last.channel,
            format=last.format, state=WatchState.FOLLOWED,
        )  # fmt: skip
        self._add(row, file, rows)

    def _add(self, row: WatchedFile, file: FoundFile, rows: list[WatchedFile]) -> None:
        row.save()
        log_state(row)
        rows.append(row)
        self.rows[row.pk], self.found[row.pk] = row, file


def _is_copy(file: FoundFile, row: WatchedFile, others: list[WatchedFile]) -> bool:
    """Whether a new file begins with what was read of another one that is still there."""
    head = b""
    with suppress(OSError), Path(file.path).open("rb") as opened:
        head = opened.read(HEAD_BYTES)
    return any(
        other.head_length
        and other.state != WatchState.GONE
        and (other.head_length >= MIN_DISTINCT_HEAD_BYTES or other.channel_id == row.channel_id)
        and hashlib.sha256(head[: other.head_length]).hexdigest() == other.head
        for other in others
    )


def log_state(row: WatchedFile) -> None:
    """Tell the process's log what is done with a file."""
    channel = f"{row.channel} on {row.channel.network}" if row.channel else "no channel"
    if row.state == WatchState.FOLLOWED:
        logger.info("%s: %s, %s", row.path, channel, FORMATS[row.format].title)
    else:
        logger.warning("%s: %s, %s: %s", row.path, channel, row.get_state_display(), row.detail)
