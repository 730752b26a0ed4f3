"""Recognise copies of erased or anonymised lines that name no account: text logs, other bots, a server's history.

An account's lines are found by their account. A copy of such a line in a text log has only a time, a nick and a text.
Therefore a keyed digest is stored in place of each line, and one of each nick on each day on which the account used it.
The digests reveal nothing without SECRET_KEY.

| entry | what counts as a copy |
|---|---|
| received live | the same nick and words within COPY_TOLERANCE |
| imported or replayed | the same nick and words within CLOCK_TOLERANCE and the minute of a log without seconds |
| the same, and the words are distinctive | also with a clock that is whole quarters of an hour off: another time zone |
| imported from a log without any account | also every line of a nick on a day when the account used it |
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from django.conf import settings

from logs.ingest.entry import Entry
from logs.models import ErasedCopy, Kind
from logs.models.line import SAID
from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold

COPY_TOLERANCE = timedelta(seconds=2)
"""How far the times of two copies of one line may differ: two bots and a server's history each have their own clock."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""The same for other people's logs, whose clocks nobody watched."""

MINUTE = timedelta(minutes=1)

ZONE_STEP = timedelta(minutes=15)
MAX_ZONE_SHIFT = timedelta(hours=26)
"""Zones differ by whole quarters of an hour, from UTC-12 to UTC+14."""

MIN_DISTINCTIVE_CHARACTERS = 20
"""A shorter text says nothing about a copy hours away: everybody says “good morning” each day."""

MIN_DISTINCTIVE_WITH_DIGIT = 6
"""The same for a text with a digit, as passwords, numbers of telephones and addresses have one."""

MAX_COMPARED_CHARACTERS = 1000
"""Logs cut long lines at different lengths."""

INSERT_BATCH_ROWS = 2000


def copies_of_lines(entries: Iterable[Entry], pseudonym: str = "") -> list[ErasedCopy]:
    """Return the rows by which copies of lines are recognised; they are dropped, or get the pseudonym if given."""
    return [
        ErasedCopy(channel_id=entry.channel, digest=_line_digest(entry), at=entry.at, pseudonym=pseudonym)
        for entry in entries
    ]


def copies_of_nicks(entries: Iterable[Entry], until: datetime, pseudonym: str = "") -> list[ErasedCopy]:
    """Return the rows by which logs without accounts are recognised, for each nick and day of lines by one account."""
    days = {(entry.channel, _normalise_name(entry.nick), _day_of(entry.at)) for entry in entries if entry.nick}
    return [
        ErasedCopy(channel_id=channel, digest=_nick_digest(channel, nick), at=day, until=until, pseudonym=pseudonym)
        for channel, nick, day in sorted(days)
    ]


def store_copies(copies: Iterable[ErasedCopy]) -> None:
    """Insert rows; one that exists already gets the newer decision."""
    # One statement may not change a row twice: the last of equal rows counts.
    rows = {(copy.channel_id, copy.digest, copy.at): copy for copy in copies}
    ErasedCopy.objects.bulk_create(
        rows.values(),
        batch_size=INSERT_BATCH_ROWS,
        update_conflicts=True,
        unique_fields=["channel", "digest", "at"],
        update_fields=["until", "pseudonym"],
    )


def find_copies(entries: Sequence[Entry], nick_decides: Sequence[bool] = ()) -> dict[int, str]:
    """Return the places of those entries that are copies, with their pseudonym ("": to be dropped).

    `nick_decides`: for each entry, whether it comes from a log without accounts. None does if it is empty.
    """
    digests = [_line_digest(entry) for entry in entries]
    nicks = [
        _nick_digest(entry.channel, _normalise_name(entry.nick)) if decides and entry.nick else None
        for entry, decides in zip(entries, nick_decides or [False] * len(entries), strict=True)
    ]
    known: defaultdict[uuid.UUID, list[ErasedCopy]] = defaultdict(list)
    for copy in ErasedCopy.objects.filter(
        channel__in={entry.channel for entry in entries}, digest__in={*digests, *filter(None, nicks)}
    ):
        known[copy.digest].append(copy)
    if not known:
        return {}
    found: dict[int, str] = {}
    for place, (entry, digest, nick) in enumerate(zip(entries, digests, nicks, strict=True)):
        pseudonyms = [copy.pseudonym for copy in known.get(digest, ()) if _is_copy(entry, copy.at)]
        if nick is not None:
            pseudonyms += [copy.pseudonym for copy in known.get(nick, ()) if _is_on_day(entry, copy)]
        if pseudonyms:
            # An erasure wins: the empty text sorts first.
            found[place] = min(pseudonyms)
    return found


def _is_copy(entry: Entry, at: datetime) -> bool:
    """Whether an entry with the digest of a line that was said at a time may be a copy of it."""
    later = at - entry.at
    if not entry.replayed:
        return abs(later) <= COPY_TOLERANCE
    # A log that has only minutes gives a line the beginning of its minute.
    if -CLOCK_TOLERANCE <= later < CLOCK_TOLERANCE + MINUTE:
        return True
    if entry.kind not in SAID or not _is_distinctive(_normalise(entry.text)):
        return False
    shift = later - (later // ZONE_STEP) * ZONE_STEP
    is_whole = shift < MINUTE + COPY_TOLERANCE or ZONE_STEP - shift <= COPY_TOLERANCE
    return is_whole and abs(later) <= MAX_ZONE_SHIFT


def _is_distinctive(text: str) -> bool:
    """Whether hardly anybody says this (normalised) text twice within a day."""
    has_digit = any(char.isdigit() for char in text)
    return len(text) >= (MIN_DISTINCTIVE_WITH_DIGIT if has_digit else MIN_DISTINCTIVE_CHARACTERS)


def _is_on_day(entry: Entry, copy: ErasedCopy) -> bool:
    """Whether an entry was said on the day of a nick's row, and before the account's lines were erased."""
    if copy.until is not None and entry.at > copy.until:
        return False
    # Around midnight the clock of the log may show another day.
    return copy.at in {_day_of(entry.at - CLOCK_TOLERANCE), _day_of(entry.at + CLOCK_TOLERANCE)}


def _day_of(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date(), time.min, UTC)


def _line_digest(entry: Entry) -> uuid.UUID:
    # Formats write messages, actions and notices alike, and the reasons of parts and quits not at all.
    kind = Kind.MESSAGE if entry.kind in SAID else entry.kind
    text = _normalise(entry.text) if entry.kind in SAID or entry.kind == Kind.TOPIC else ""
    # Not every log tells that something was said to operators only.
    nick, target = _normalise_name(entry.nick), "" if entry.kind in SAID else _normalise_name(entry.target or "")
    return _digest(f"line\0{entry.channel}\0{kind:d}\0{nick}\0{target}\0{text}")


def _nick_digest(channel: int, nick: str) -> uuid.UUID:
    return _digest(f"nick\0{channel}\0{nick}")


def _digest(words: str) -> uuid.UUID:
    key = settings.SECRET_KEY.encode()
    return uuid.UUID(bytes=hmac.new(key, words.encode("utf-8", "replace"), hashlib.sha256).digest()[:16])


def _normalise_name(name: str) -> str:
    """Return a nick in the form that all logs share: some write its accents as characters of their own."""
    return unicodedata.normalize("NFC", fold(name))


def _normalise(text: str) -> str:
    """Return what is left of a text in every log: no formatting, invisible characters, case or runs of blanks."""
    plain = unicodedata.normalize("NFKC", strip_formatting(text))
    visible = "".join(char for char in plain if char.isspace() or unicodedata.category(char) not in {"Cc", "Cf"})
    return " ".join(visible.casefold().split())[:MAX_COMPARED_CHARACTERS].rstrip()
