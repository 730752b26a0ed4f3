"""Parse and write lines by patterns and templates: the part that most log formats share.

A line is a time, followed by a message, an action, a notice or an event. Events are sentences; a table of patterns
finds their kind. Writing fills one template for each kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

from logs.formats import sentences
from logs.formats.clock import MONTH_NAMES, Clock
from logs.formats.log_format import ACTION, MESSAGE, NOTICE, Item, LogLine, NumberedLine, ParseContext, UnparsedLine
from logs.formats.log_items import UNKNOWN_DAY, make_line
from logs.formats.sentences import load_phrasebook
from logs.text.privacy_rules import is_restricted, mark_speaker, split_speaker

HeaderReader = Callable[[Clock, str], bool]
TimeReader = Callable[[Clock, str], datetime | None]
EventExpander = Callable[[datetime, str], list[LogLine]]

TIME_PATTERN = r"(?P<time>\d\d:\d\d(?::\d\d)?)"
TIMESTAMP_PATTERN = r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)"


ANY_TIME_PATTERN = (
    r"(?P<time>\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?)?(?:Z| ?[+-]\d\d:?\d\d)?|\d{9,10})"
)
"""A time as people configure their clients to write it: of 24 or 12 hours, with its date, or in seconds since 1970."""

NOTICER_PATTERN = r"[^ !:@(<>-][^ !:@(]{0,200}?"
"""Who a notice is from: never `nick!user@host` or `nick(user@host)`, as clients write private notices."""


def is_blank(_clock: Clock, text: str) -> bool:
    return not text.strip()


def parse_time(clock: Clock, text: str) -> datetime | None:
    """The moment of a time that one of the patterns above matches; None when it is not a valid time."""
    try:
        if len(text) <= len("HH:MM:SS") and text[-1].isdigit():
            return clock.time(text if text[2] == ":" else f"0{text}")
        if text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        if text[-1] in "mM.":
            return clock.time(_to_24_hours(text))
        at = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-").replace(",", "."))
        return clock.moment(at) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _to_24_hours(text: str) -> str:
    """`HH:MM` or `HH:MM:SS` of a time such as `11:53pm`; ValueError for hours that such a clock does not have."""
    meridiem = text.lower().replace(".", "").rstrip("m ")
    hours, _, rest = meridiem.rstrip("ap ").partition(":")
    if not 1 <= int(hours) <= 12:
        raise ValueError("no such hour")
    return f"{int(hours) % 12 + 12 * meridiem.endswith('p'):02}:{rest}"


def make_parser(
    pattern: str,
    events: EventPatterns,
    *,
    header: HeaderReader = is_blank,
    expand: EventExpander | None = None,
    zone: tzinfo | None = None,
    when: TimeReader = parse_time,
    new_clock: type[Clock] = Clock,
) -> Callable[[Iterable[NumberedLine], ParseContext], Iterator[Item]]:
    """Make the `parse` function of a format from a pattern for its lines.

    The pattern has a group `time` and then one of the pairs `nick` and `text`, `actor` and `did`, `noticer` and
    `noticed`, or `event`. The last group of each pair must take part in the match even if it is empty, because it
    decides the kind of the line.
    `header` returns whether another line is known; it may set the clock. `expand` returns the lines for events that no
    pattern of `events` matches. `zone` is set for formats whose times are always in the same zone. `when` parses
    times, with a clock of the class `new_clock`.
    """
    compiled = re.compile(pattern, re.DOTALL)
    # Numbers are cheaper than names, and `lastindex` than testing each group: the loop runs once per line of a log.
    number_of = compiled.groupindex
    time_group, event_group = number_of["time"], number_of.get("event", -1)
    said_groups = {
        number_of[text]: (kind, number_of[speaker], number_of[text])
        for kind, speaker, text in ((MESSAGE, "nick", "text"), (ACTION, "actor", "did"), (NOTICE, "noticer", "noticed"))
        if text in compiled.groupindex
    }

    def parse(lines: Iterable[NumberedLine], source: ParseContext) -> Iterator[Item]:
        clock = new_clock(zone or source.zone, source.day)
        clock.channel = source.channel
        if source.is_below_header:
            clock.begin_below_header()
        match_line, find_known, find_event = compiled.fullmatch, clock.known_times.get, events.find
        plain_nicks: set[str] = set()
        before: datetime | None = None
        for number, text in lines:
            match = match_line(text)
            at = find_known(match[time_group]) if match else None
            # The time of the line before needs no second look at the clock.
            if match and (at is None or at is not before):
                at = before = when(clock, match[time_group])
            if match is None or at is None:
                yield from _read_header(clock, (number, text), header, has_time=match is not None)
            elif groups := said_groups.get(match.lastindex or 0):
                kind, speaker_group, text_group = groups
                speaker, said = match.group(speaker_group, text_group)
                if speaker in plain_nicks:
                    yield make_line(at, kind, speaker, said)
                    continue
                line = make_said_line(at, kind, speaker, said)
                if line.nick == speaker and line.target is None:
                    plain_nicks.add(speaker)
                yield line
            else:
                event = find_event(at, match[event_group])
                # Neither a known sentence nor one to be ignored: the format may expand it itself.
                found = (event,) if event else expand(at, match[event_group]) if expand else ()
                yield from (found or (UnparsedLine(number, text),)) if event is not IGNORED_EVENT else ()

    return parse


def _read_header(clock: Clock, line: NumberedLine, header: HeaderReader, *, has_time: bool) -> Iterator[UnparsedLine]:
    """Let a format read a line that is none of the channel's; yield it if it is not known, or its day is not."""
    number, text = line
    if header(clock, text):
        return
    if not has_time:
        clock.note_unread_header(text)
    yield UnparsedLine(number, text, UNKNOWN_DAY if clock.is_day_lost else "")


IGNORED: Final = sentences.IGNORED
"""The kind of events that are not part of the channel's log, such as what a client tells its own user."""

IGNORED_EVENT: Final = LogLine(datetime.min.replace(tzinfo=UTC), IGNORED, "")
"""Stands for an event of that kind."""

NICK_PREFIXES = "~&@%+!"

MAX_EVENT_CHARACTERS = 4096
"""A longer sentence is no event. IRC allows 512 bytes; some sentences quote two topics or a list of nicks.

The time of some patterns grows with the square of the length, since a real name or a reason may contain anything.
"""


class EventPatterns:
    """Pairs (kind, pattern), tried in order; patterns name their groups `nick`, `text` and `target`.

    With `client`, sentences that no pattern matches are looked up in that client's translations.
    """

    def __init__(self, *events: tuple[int, str], client: str = "") -> None:
        compiled = [(kind, re.compile(pattern, re.DOTALL)) for kind, pattern in events]
        self._events = [(kind, pattern.fullmatch, *_group_numbers(pattern)) for kind, pattern in compiled if kind]
        self._ignored = [pattern for kind, pattern in compiled if kind == IGNORED]
        self._client = client

    def find(self, at: datetime, sentence: str) -> LogLine | None:
        """The line for a sentence, IGNORED_EVENT for one that is known and not of the channel; None for any other."""
        if len(sentence) > MAX_EVENT_CHARACTERS:
            return None
        for kind, matched, nick, text, target in self._events:
            if match := matched(sentence):
                return make_line(
                    at,
                    kind,
                    match[nick] if nick else "",
                    (text and match[text]) or "",
                    match[target] if target else None,
                )
        if any(pattern.fullmatch(sentence) for pattern in self._ignored):
            return IGNORED_EVENT
        if self._client and (found := load_phrasebook(self._client).find(sentence)):
            return IGNORED_EVENT if found.kind <= IGNORED else LogLine(at, *found)
        return None


def _group_numbers(pattern: re.Pattern[str]) -> tuple[int, int, int]:
    """The numbers of the groups nick, text and target; 0 for a group that the pattern does not have."""
    nick, text, target = (pattern.groupindex.get(name, 0) for name in ("nick", "text", "target"))
    return nick, text, target


def strip_rank_prefix(nick: str) -> str:
    """A nick without the sign of its rank in the channel, such as `@`."""
    return nick.lstrip(NICK_PREFIXES) or nick


_FORMATTING = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04[0-9A-Fa-f]{6}|[\x02\x0f\x11\x16\x1d-\x1f]")
"""Colours and the other formatting of IRC, which some clients write into the nick."""


def make_said_line(at: datetime, kind: int, speaker: str, text: str) -> LogLine:
    """Return a message, action or notice; the speaker may have colours and the sign of a rank, and tell to whom it was
    said."""
    nick = strip_rank_prefix(speaker if speaker.isprintable() else _FORMATTING.sub("", speaker))
    return _make_restricted(at, kind, nick, text) if ":" in nick else make_line(at, kind, nick, text)


def _make_restricted(at: datetime, kind: int, speaker: str, text: str) -> LogLine:
    nick, target = split_speaker(speaker)
    return LogLine(at, kind, nick, text, target)


NO_HOST = "*@*"
"""Written where clients write user and host, which we never store."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def fill_template(templates: Mapping[int, str], line: LogLine, channel: str) -> str | None:
    """A line in the words of a format, with line breaks in its text as blanks; None if the format has no such words."""
    template = templates.get(line.kind)
    if template is None:
        return None
    text = line.text.replace("\r", " ").replace("\n", " ")
    nick = line.nick
    if line.target and line.kind <= NOTICE:
        # Where the words name the channel they name it as it was written to.
        if "{channel}" in template:
            channel = f"{line.target}{channel}" if is_restricted(line.target) else channel
        else:
            nick = mark_speaker(nick, line.target, channel)
    return template.format(nick=nick, text=text, target=line.target, channel=channel, host=NO_HOST)


def format_day(at: datetime, *, time: bool) -> str:
    """`Sat Sep 06 2014`, or with the time `Sat Sep 06 18:28:43 2014`: in English, whatever the locale."""
    clock = f"{at:%H:%M:%S} " if time else ""
    return f"{_DAYS[at.weekday()]} {MONTH_NAMES[at.month - 1]} {at.day:02} {clock}{at.year}"
