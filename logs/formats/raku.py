"""The logs of the Raku community and of irclogs.colabti.org: a file a day, UTC, minutes.

[01:46] <nick> text
[01:37] * nick does
[00:29] *** nick joined
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

from logs.formats.line import (
    ACTION,
    JOIN,
    KICK,
    MESSAGE,
    MODE,
    NICK,
    PART,
    TOPIC,
    Format,
    Item,
    Line,
    Numbered,
    Source,
    Unparsed,
)

_LINE = re.compile(
    r"\[((?:[01]\d|2[0-3]):[0-5]\d)\] (?:<([^ >]+)> ?(.*)|\* ([^ ]+) ?(.*)|\*\*\* ([^ ]+) (.*))", re.DOTALL
)
_COMINGS = {"joined": JOIN, "left": PART}
_NICK = re.compile(r"is now known as ([^ ]+)")
_TEXT = re.compile(r"(sets mode|changes topic to): ?(.*)", re.DOTALL)
_KICK = re.compile(r"was kicked by ([^ ]+)(?: \((.*)\))?", re.DOTALL)


def parse(lines: Iterable[Numbered], source: Source) -> Iterator[Item]:
    midnight = datetime.combine(source.known_day(), time(), UTC)
    minutes: dict[str, datetime] = {}
    match_line = _LINE.fullmatch
    for number, text in lines:
        match = match_line(text)
        if match is None:
            if text.strip():
                yield Unparsed(number, text)
            continue
        minute, speaker, said, actor, did, subject, happened = match.groups()
        at = minutes.get(minute)
        if at is None:
            at = minutes[minute] = midnight + timedelta(hours=int(minute[:2]), minutes=int(minute[3:]))
        if speaker is not None:
            yield Line(at, MESSAGE, speaker, said)
        elif actor is not None:
            yield Line(at, ACTION, actor, did)
        else:
            yield _event(at, subject, happened) or Unparsed(number, text)


def _event(at: datetime, subject: str, happened: str) -> Line | None:
    if happened in _COMINGS:
        return Line(at, _COMINGS[happened], subject)
    if match := _NICK.fullmatch(happened):
        return Line(at, NICK, subject, "", match[1])
    if match := _TEXT.fullmatch(happened):
        return Line(at, MODE if match[1] == "sets mode" else TOPIC, subject, match[2])
    if match := _KICK.fullmatch(happened):
        return Line(at, KICK, match[1], _reason(match[2] or ""), subject)
    return None


def _reason(text: str) -> str:
    """A kick's reason without the parenthesis that is often doubled at its end."""
    return text[:-1] if text.endswith(")") and text.count(")") > text.count("(") else text


RAKU = Format("raku", "Raku / Colabti", parse, dated=False, zoned=True)
