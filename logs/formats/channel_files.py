"""The files into which what holds many channels is taken apart: databases, exports of other chats, a bouncer's log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from logs.formats import jsonl
from logs.formats.file_names import channel_file_name
from logs.formats.log_format import LogLine, WriteOptions
from logs.formats.numbered_lines import TOO_LARGE, UnreadableError
from logs.formats.privacy_guard import guard_line, is_speaker

MAX_OPEN_CHANNELS = 64
"""Files of channels that are open at one time: systems allow some hundreds."""

MAX_NETWORK_CHARACTERS = 60

BAD_ROW_ERRORS = (ValueError, KeyError, TypeError, OverflowError, OSError, AttributeError, RecursionError)
"""What converting a row may raise whose values are not of the types that its program writes."""


class Row(NamedTuple):
    """A line of a channel: parsed, or as text if it could not be; None if it is skipped.

    `network` names a folder, and `log` another one above it, where several people's logs are in one database.
    """

    channel: str
    line: LogLine | str | None
    network: str = ""
    log: str = ""


class ChannelFiles:
    """The files of channels. Those that were used last stay open: rows are often ordered by time, not by channel."""

    def __init__(self, folder: Path, max_channels: int, suffix: str, encoding: str) -> None:
        self._folder = folder
        self._max_channels = max_channels
        self._suffix = suffix
        self._encoding = encoding
        self._names: set[str] = set()
        self._open: dict[str, TextIO] = {}

    def close(self) -> None:
        for file in self._open.values():
            file.close()

    def write(self, channel: str, text: str, network: str = "", log: str = "") -> int:
        """Append a line to the file of a channel; return its length."""
        channel = channel.replace("\0", "")
        stem = channel_file_name(channel if channel[:1] in {"#", "&", "+", "!"} else f"#{channel}")
        name = "/".join([*(_folder_name(each) for each in (log, network) if each), stem])
        # Taken out and put in again below, at the end: the first one is the one that was used longest ago.
        file = self._open.pop(name, None)
        if file is None:
            self._names.add(name)
            if len(self._names) > self._max_channels:
                raise UnreadableError(f"It contains more than {self._max_channels:,} channels.")
            if len(self._open) >= MAX_OPEN_CHANNELS:
                self._open.pop(next(iter(self._open))).close()
            path = self._folder / f"{name}{self._suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a", encoding=self._encoding, errors="replace", newline="\n")
        self._open[name] = file
        return file.write(f"{text}\n")


def _folder_name(network: str) -> str:
    """A network's name as that of a folder, from which `channel_in_path` reads it."""
    name = "".join("_" if char in "/\\#%" or not char.isprintable() else char for char in network)
    return name.strip(". ")[:MAX_NETWORK_CHARACTERS] or "_"


@contextmanager
def channel_files(
    folder: Path, max_channels: int, suffix: str = ".jsonl", encoding: str = "utf-8"
) -> Iterator[Callable[..., int]]:
    """A function that appends a line of text to the file of a channel."""
    folder.mkdir(parents=True, exist_ok=True)
    files = ChannelFiles(folder, max_channels, suffix, encoding)
    try:
        yield files.write
    finally:
        files.close()


def write_rows(rows: Iterable[Row], folder: Path, max_channels: int, max_bytes: int | None = None) -> None:
    """Write a file of JSON Lines for each channel, together at most `max_bytes` of text.

    Nothing private passes: a row of which a host would remain is written as text that is no JSON, like one that could
    not be converted, so that the import counts and reports it. UnreadableError when a limit is exceeded.
    """
    written = 0
    with channel_files(folder, max_channels) as write:
        for row in rows:
            for text in _encode_row(row.line):
                written += write(row.channel, text, row.network, row.log)
            if max_bytes is not None and written > max_bytes:
                raise UnreadableError(TOO_LARGE)


def _encode_row(line: LogLine | str | None) -> Iterator[str]:
    if isinstance(line, LogLine) and not _has_texts(line):
        yield f"its name or its text is none: {line.at.isoformat()}"
    elif isinstance(line, LogLine):
        guarded = guard_line(line) or _guard_name_with_blanks(line)
        if guarded is None:
            yield f"it has a host: {line.at.isoformat()} {line.nick.partition('!')[0]}"
        else:
            yield from jsonl.write([guarded], WriteOptions(""))
    elif line:
        yield line


def _has_texts(line: LogLine) -> bool:
    """Whether names and text are of the type that they have to be: in the JSON of others they may be anything."""
    return all(isinstance(value, str) for value in (line.nick, line.text, line.target or "", line.msgid or ""))


def _guard_name_with_blanks(line: LogLine) -> LogLine | None:
    """A status line without text about somebody whose name may contain blanks, as in chats that are not IRC."""
    names = [line.nick] if line.target is None else [line.nick, line.target]
    is_safe = not line.text and all(is_speaker(name) and "!" not in name for name in names)
    return line if is_safe and line.kind > 3 else None


def describe_bad_row(kind: str, number: object, row: object) -> str:
    """The text that stands for a row that cannot be converted."""
    return " ".join(f"{kind} {number}: {row}".split())
