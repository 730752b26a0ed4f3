"""Read what a growing log file has gained, and understand it as its whole would be understood.

Of many formats a line's day depends on lines before it. So parsing begins some lines before those that are new, at a
line whose day is certain. That place is stored with the position, so that a restart changes nothing.
"""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import BinaryIO

from logs.formats.encodings import UNDECODABLE, LineDecoder
from logs.formats.log_format import Format, Item, LogLine, NumberedLine, ParseContext, UnparsedLine
from logs.formats.log_items import TOPIC, UNKNOWN_DAY
from logs.formats.names_inside import MAX_HEADER_LINES, names_in_lines
from logs.formats.numbered_lines import MAX_LINE_BYTES, UnreadableError, decode_line
from logs.formats.speakers import DoubtfulLine, resolve_actions

READ_BYTES = 256 * 1024
"""How much is read at a time: about 3,000 lines, stored in one transaction."""

CONTEXT_LINES = 50
"""The least number of lines before the new ones that are parsed with them, where the file has them."""

MAX_CONTEXT_BYTES = 1024 * 1024
"""How far behind a line with a date the day is still known; beyond it, a file has none until the next such line."""

MAX_ANCHORS = 5
HEAD_BYTES = 64 * 1024
"""Where a file is expected to name its channel."""

MAX_AHEAD = timedelta(minutes=5)
"""A line that is so much later than our clock has not been said yet: the time zone or the clock is wrong."""

HOUR = timedelta(hours=1)

FIRST_DAY = datetime(1988, 8, 1, tzinfo=UTC)
"""IRC is not older."""

FUTURE = "its time lies in the future: is the time zone right?"
BEFORE_IRC = "its time lies before IRC existed"
TOO_LONG = "it is too long"
DOUBTFUL_ENCODING = "its encoding is in doubt: say --encoding"
NOT_A_LINE = "it stands for lines that another archive removed"


class ChangedError(Exception):
    """The bytes before the position are not those that were read there."""


@dataclass(frozen=True, slots=True)
class FilePosition:
    """How far a file was read, and where parsing has to begin: see WatchedFile, which has the same fields."""

    offset: int = 0
    context_offset: int = 0
    context_day: date | None = None
    is_day_lost: bool = False
    context_digest: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: `day` is that in its path, `channel` the first one that its lines name, if they name one.

    `speakers` returns nicks that were seen in the channel.
    """

    format: Format
    zone: tzinfo = UTC
    day: date | None = None
    channel: str | None = None
    encoding: str | None = None
    speakers: Callable[[], Collection[str]] = frozenset


@dataclass(frozen=True, slots=True)
class TailLine:
    """A line; `is_new` if it stands behind the place, `continues` if it is a further line of the message before it."""

    line: LogLine
    is_new: bool
    continues: bool


@dataclass(slots=True)
class Batch:
    """What was read: `lines` with those of the context, `unparsed` with the new lines that must not be stored.

    `position` is that after the batch. `lag` is how much later than its last line the file was written, None if its end
    is no line, or one that says its zone. `has_minutes_only`: no time has seconds. `size` is that of the file.
    """

    position: FilePosition
    size: int
    lines: list[TailLine] = field(default_factory=list)
    unparsed: list[UnparsedLine] = field(default_factory=list)
    lag: timedelta | None = None
    has_minutes_only: bool = False


@dataclass(slots=True)
class _Pieces:
    """The lines of a part of a file: raw, decoded, and at which byte each begins; the first `old` are the context."""

    raw: list[bytes]
    texts: list[str]
    offsets: list[int]
    old: int
    doubtful: frozenset[int]


def read_batch(
    file: BinaryIO, position: FilePosition, reading: Reading, now: datetime, end: int | None = None
) -> Batch | None:
    """Read the next whole lines behind a place, not beyond the byte `end`; None if there is none yet.

    ChangedError if the file is not the one, or not as it was, when it was read up to there.
    """
    status = os.fstat(file.fileno())
    context, is_inside_line = _read_context(file, position)
    size = READ_BYTES if end is None else min(READ_BYTES, end - position.offset)
    new = file.read(size) if size > 0 else b""
    length = new.rfind(b"\n") + 1
    if is_inside_line and length:
        return _skip(new, new.find(b"\n") + 1, position, status.st_size)
    if not length:
        # A half line: it is read when the rest of it is there, unless it will never be one.
        return _skip(new, len(new), position, status.st_size) if len(new) > MAX_LINE_BYTES else None
    pieces = _split(context, new[:length], position, reading)
    items = _parse(pieces, position, reading)
    batch = Batch(_next_position(pieces, items, context + new[:length], position, reading), status.st_size)
    _sort_items(batch, items, pieces, now)
    batch.lag = _find_lag(pieces, items, status.st_mtime, reading)
    parsed = [item for _, item in items if isinstance(item, LogLine)]
    batch.has_minutes_only = not any(line.at.second or line.at.microsecond for line in parsed)
    return batch


def find_end(file: BinaryIO, reading: Reading, now: datetime, end: int | None = None) -> FilePosition:
    """Return the place behind all whole lines that a file has now, or has before the byte `end`; nothing is kept."""
    if end is None:
        end = os.fstat(file.fileno()).st_size
    position = FilePosition()
    while batch := read_batch(file, position, reading, now, end):
        position = batch.position
    return position


def find_channel(file: BinaryIO, reading: Reading) -> str | None:
    """The first channel that the beginning of a file names in its lines."""
    file.seek(0)
    decoder = LineDecoder(reading.encoding)
    lines = [decode_line(line.rstrip(b"\r"), decoder.decode) for line in file.read(HEAD_BYTES).split(b"\n")[:-1]]
    found = (names_in_lines([(1, line)]).channel for line in lines[:MAX_HEADER_LINES])
    return next(filter(None, found), None)


def head_digest(file: BinaryIO, length: int) -> str:
    """The digest of the first bytes of a file; "" if it has fewer."""
    file.seek(0)
    head = file.read(length)
    return hashlib.sha256(head).hexdigest() if len(head) == length else ""


def _read_context(file: BinaryIO, position: FilePosition) -> tuple[bytes, bool]:
    """The bytes between the beginning of the context and the place, and whether the place is inside of a line."""
    start = max(0, position.context_offset - 1)
    file.seek(start)
    read = file.read(position.offset - start)
    if len(read) != position.offset - start:
        raise ChangedError
    context = read[position.context_offset - start :]
    if position.context_digest and hashlib.sha256(context).hexdigest() != position.context_digest:
        raise ChangedError
    return context, bool(read) and not read.endswith(b"\n")


def _skip(new: bytes, length: int, position: FilePosition, size: int) -> Batch:
    """Leave out the part of a line that is too long; it is reported once, when its first part is left out."""
    offset = position.offset + length
    is_end = new[:length].endswith(b"\n")
    unparsed = [] if is_end else [UnparsedLine(1, new[:80].decode("utf-8", "replace"), TOO_LONG)]
    # Nothing of it is context: the day is still that of the place before.
    moved = replace(position, offset=offset, context_offset=offset, context_digest=_digest(b""))
    return Batch(moved, size, unparsed=unparsed)


def _split(context: bytes, new: bytes, position: FilePosition, reading: Reading) -> _Pieces:
    decoder = LineDecoder(reading.encoding)
    raw: list[bytes] = []
    offsets: list[int] = []
    old = 0
    for at_first, data in ((position.context_offset, context), (position.offset, new)):
        old = len(raw)
        at = at_first
        for line in data.split(b"\n")[:-1]:
            # As for imports: returns end lines, too.
            for piece in line.rstrip(b"\r").split(b"\r"):
                raw.append(piece.removeprefix(codecs.BOM_UTF8) if at == 0 else piece)
                offsets.append(at)
            at += len(line) + 1
    texts = [decode_line(piece, decoder.decode) for piece in raw]
    doubtful = frozenset(number for number, piece in enumerate(raw, 1) if not _is_utf8(piece))
    if not doubtful or decoder.doubt() is None:
        doubtful = frozenset()
    for number in doubtful:
        texts[number - 1] = UNDECODABLE + texts[number - 1][:80]
    return _Pieces(raw, texts, offsets, old, doubtful)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return b"\x1b$" not in raw


def _parse(pieces: _Pieces, position: FilePosition, reading: Reading) -> list[tuple[int, Item]]:
    """The items of all lines, each with the number of its line."""
    current: NumberedLine = (0, "")

    def track_lines() -> Iterator[NumberedLine]:
        nonlocal current
        for current in lines:  # noqa: UP028  (the assignment is what it is for)
            yield current

    lines = iter(enumerate(pieces.texts, 1))
    day = None if position.is_day_lost else position.context_day or reading.day
    is_below_header = position.context_day is not None and reading.day is None
    # In its beginning the file names its channel itself.
    channel = reading.channel if position.context_offset else None
    numbers: list[int] = []
    guarded: list[Item | DoubtfulLine] = []
    while True:
        try:
            for item in reading.format.guard(
                track_lines(), ParseContext(reading.zone, day, channel, is_below_header=is_below_header)
            ):
                numbers.append(current[0])
                guarded.append(item)
            break
        except UnreadableError:
            # Its day is not known. That of a later one may be, so that the rest is parsed by itself.
            numbers.append(current[0])
            guarded.append(UnparsedLine(*current, UNKNOWN_DAY))
            day, is_below_header = None, False
    if reading.format.actions_need_speaker:
        resolved = resolve_actions(guarded, reading.speakers())
        return list(zip(numbers, resolved, strict=True))
    return [(number, item) for number, item in zip(numbers, guarded, strict=True) if not isinstance(item, DoubtfulLine)]


def _sort_items(batch: Batch, items: Sequence[tuple[int, Item]], pieces: _Pieces, now: datetime) -> None:
    for number, item in items:
        is_new = number > pieces.old
        text = pieces.texts[number - 1]
        if isinstance(item, UnparsedLine):
            if is_new:
                reason = DOUBTFUL_ENCODING if number in pieces.doubtful else item.reason
                batch.unparsed.append(UnparsedLine(number - pieces.old, text, reason))
        elif isinstance(item, LogLine):
            problem = _find_problem(item, now)
            if problem and is_new:
                batch.unparsed.append(UnparsedLine(number - pieces.old, text, problem))
            elif not problem:
                batch.lines.append(TailLine(item, is_new, item.nick not in text))


def _find_problem(line: LogLine, now: datetime) -> str:
    if line.kind > TOPIC:
        return NOT_A_LINE
    if line.at > now + MAX_AHEAD:
        return FUTURE
    return BEFORE_IRC if line.at < FIRST_DAY else ""


def _next_position(
    pieces: _Pieces, items: Sequence[tuple[int, Item]], data: bytes, position: FilePosition, reading: Reading
) -> FilePosition:
    """The place behind all lines; its context begins at the last line that can be parsed by itself, if its day is
    given, and that CONTEXT_LINES lines follow."""
    offset = position.context_offset + len(data)
    latest = len(pieces.texts) - CONTEXT_LINES
    lines = [(number, item) for number, item in items if isinstance(item, LogLine) and 1 < number <= latest]
    for number, line in lines[: -MAX_ANCHORS - 1 : -1]:
        start = pieces.offsets[number - 1]
        day = _find_day(pieces.texts[number - 1], line, position, reading)
        if day is not None and (number == 1 or pieces.offsets[number - 2] != start):
            return FilePosition(offset, start, day, context_digest=_digest(data[start - position.context_offset :]))
    if len(data) > MAX_CONTEXT_BYTES:
        return FilePosition(offset, offset, None, is_day_lost=True, context_digest=_digest(b""))
    return replace(position, offset=offset, context_digest=_digest(data))


def _find_day(text: str, line: LogLine, position: FilePosition, reading: Reading) -> date | None:
    """The day with which the line means the same when it is the first one; None if there is none for certain."""
    local = line.at.astimezone(reading.zone)
    # In the hour that occurs twice the lines before decide.
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() or line.nick not in text:
        return None
    days = dict.fromkeys(day for day in (local.date(), position.context_day, reading.day, line.at.date()) if day)
    return next((day for day in days if _is_on_day(text, line, day, reading)), None)


def _is_on_day(text: str, line: LogLine, day: date, reading: Reading) -> bool:
    try:
        items = list(reading.format.guard([(1, text)], ParseContext(reading.zone, day)))
    except UnreadableError:
        return False
    found = items[0].line if items and isinstance(items[0], DoubtfulLine) else items[0] if items else None
    return found == line


def _find_lag(
    pieces: _Pieces, items: Sequence[tuple[int, Item]], written_at: float, reading: Reading
) -> timedelta | None:
    if not items or items[-1][0] != len(pieces.texts) or not isinstance(last := items[-1][1], LogLine):
        return None
    elsewhere = replace(reading, zone=timezone((last.at.astimezone(reading.zone).utcoffset() or timedelta()) + HOUR))
    if _is_on_day(pieces.texts[-1], last, last.at.astimezone(reading.zone).date(), elsewhere):
        return None
    return datetime.fromtimestamp(written_at, UTC) - last.at


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
