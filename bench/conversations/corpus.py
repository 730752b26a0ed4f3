"""Reads annotated logs as in "A Large-Scale Corpus for Conversation Disentanglement" (Kummerfeld et al. 2019).

A file is `NAME.raw.txt` or `NAME.ascii.txt`, one line a message, counted from 0, beside `NAME.annotation.txt`, whose
lines `A B -` say that the later of the two answers the earlier one; `A A -` begins a conversation.
"""

import dataclasses
import re
from pathlib import Path

_SAID = re.compile(r"^(?:\S+ \d{4}-\d\d-\d\d )?\[(\d\d):(\d\d)(?::\d\d)?\]\s+(?:<([^>\s]*)>|\*\s+(\S+))\s?(.*)$")
_EVENT = re.compile(r"===\s+(\S+)\s.*?(?:is now known as (\S+))?$")


@dataclasses.dataclass(frozen=True)
class Message:
    """A line of a log. `nick` is None where it is no speech; `seen` are the nicks that such an event names."""

    number: int
    minute: int
    nick: str | None
    text: str
    seen: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class AnnotatedLog:
    name: str
    messages: list[Message]
    answers: dict[int, set[int]]  # line → the lines that it answers; itself where it begins a conversation
    first_annotated: int


def read_folder(folder: Path) -> list[AnnotatedLog]:
    """All annotated logs of a folder, by name. Raises ValueError for a folder without any."""
    logs = [_read(path) for path in sorted(folder.glob("*.annotation.txt"))]
    if not logs:
        raise ValueError(f"{folder} holds no *.annotation.txt")
    return logs


def _read(annotation: Path) -> AnnotatedLog:
    stem = annotation.name.removesuffix(".annotation.txt")
    text = next(
        path for path in (annotation.parent / f"{stem}{end}" for end in (".ascii.txt", ".raw.txt")) if path.exists()
    )
    answers: dict[int, set[int]] = {}
    for row in annotation.read_text().splitlines():
        pair = [int(field) for field in row.split() if field != "-"]
        answers.setdefault(max(pair), set()).add(min(pair))
    # Only "\n" ends a line: the texts hold other characters at which str.splitlines() would part them.
    raw = text.read_text(encoding="utf-8", errors="replace").removesuffix("\n").split("\n")
    return AnnotatedLog(stem, _parse(raw), answers, min(answers))


def _parse(raw: list[str]) -> list[Message]:
    messages = []
    hour = day = 0
    minute = 0
    for number, row in enumerate(raw):
        message = _SAID.match(row)
        if message is None:
            event = _EVENT.search(row)
            seen = tuple(nick for nick in event.groups() if nick) if event else ()
            messages.append(Message(number, minute, None, row, seen))
            continue
        if int(message[1]) < hour - 6:  # the logs tell no days: a clock that jumps back has passed midnight
            day += 1
        hour = int(message[1])
        minute = max(minute, day * 1440 + hour * 60 + int(message[2]))
        messages.append(Message(number, minute, message[3] or message[4] or "?", message[5]))
    return messages
