"""What the answers of a month tell: who answers whom, how soon a question is answered, and which ones are not.

All of it comes from the said lines of the last DAYS full days (UTC) of a channel, the newest MAX_LINES of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import NamedTuple

from django.db.models import Count, Max, Sum

from logs import archive
from logs.conversations.reply_store import Reply, fetch_replies
from logs.conversations.said_line import QUESTION_WORDS
from logs.counts import day_index
from logs.counts.activity import cached
from logs.models import Channel, DayCount, OptOut
from logs.models.line import SAID
from logs.text.irc_formatting import strip_formatting
from logs.text.names import fold, parse_bridged
from logs.text.privacy_rules import LineNames, Person

DAYS = 30
MAX_LINES = 20_000
MAX_PEOPLE = 30
"""People in the graph: those who answer and are answered most."""

MAX_QUESTIONS = 100
MAX_WAIT_FOR_ANSWER = timedelta(days=1)
"""A question counts as unanswered after this time."""

MIN_CONFIDENCE = 50
"""In percent; less certain answers are not counted between people, but a question that has one may be answered."""

MIN_QUESTION_LETTERS = 3
MIN_QUESTION_WORDS = 4
"""Words of a question without a question mark."""

CACHE_SECONDS = 3600

_COMMAND_SIGNS = ("!", ".", "/", "~")
_ADDRESSEE = re.compile(r"@?(\S{1,64}?)[:,](?:\s|$)")


class _Line(NamedTuple):
    id: int
    at: datetime
    nick: str
    text: str
    account: str


class AnsweringPair(NamedTuple):
    """How often `nick` answered lines of `answered`."""

    nick: str
    answered: str
    times: int


@dataclass(slots=True)
class AnswerStatistics:
    """`first` and `last` are the days that were read; `is_cut`: the earliest of them only in part.

    `pairs` come in the order of their times, `questions` are the ids of unanswered lines, the newest first.
    """

    first: date
    last: date
    is_cut: bool = False
    conversations: int = 0
    answered: int = 0
    typical_wait: timedelta | None = None
    pairs: list[AnsweringPair] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)


def fetch_answer_statistics(channel: Channel) -> AnswerStatistics | None:
    """Return what the last days of a channel tell; None if it has no line of a day that is over."""
    newest = day_index.newest_days(channel, 1, before=min(archive.today(), day_index.first_open_day(channel)))
    if not newest:
        return None
    last = newest[0].day
    first = last - timedelta(days=DAYS - 1)
    # Whatever changes a day's lines or answers changes its revision; who opted out since is not named any more.
    days = DayCount.objects.filter(channel=channel, day__gte=first, day__lte=last)
    opt_outs = OptOut.objects.filter(network=channel.network_id)
    key = (
        *(channel.pk, sorted(channel.hidden_periods), first, last, channel.bridges),
        days.aggregate(Count("pk"), Sum("revision")),
        opt_outs.aggregate(Count("pk"), Max("pk")),
    )
    return cached("answers", key, CACHE_SECONDS, lambda: _compute(channel, first, last))


def fetch_unanswered(channel: Channel, statistics: AnswerStatistics) -> list[archive.DayLine]:
    """Return the unanswered questions, the newest first, as far as they may be read."""
    lines = archive.readable_lines(channel).filter(id__in=statistics.questions, kind__in=SAID)
    return archive.fetch_rows(lines.order_by("-at", "-id"))


def _compute(channel: Channel, first: date, last: date) -> AnswerStatistics:
    since, until = archive.day_bounds(first)[0], archive.day_bounds(last)[1]
    rows = archive.readable_lines(channel).filter(kind__in=SAID, at__gte=since, at__lt=until).order_by("-at", "-id")
    read = rows.values_list("id", "at", "nick", "text", "account")[: MAX_LINES + 1]
    lines = [_Line(number, at, nick, text, account or "") for number, at, nick, text, account in read]
    is_cut = len(lines) > MAX_LINES
    lines = [_without_bridge(line, channel) for line in lines[:MAX_LINES][::-1]]
    if lines:
        first = max(first, lines[0].at.astimezone(UTC).date())
    exchange = _follow(lines, fetch_replies(channel.pk, [line.id for line in lines]), channel.network.casemapping)
    unnamed = _find_unnamed(channel, lines)
    questions = [
        line
        for nick, questions in exchange.waiting.items()
        if nick not in unnamed
        for line in questions
        if line.id not in exchange.waits and line.at < until - MAX_WAIT_FOR_ANSWER
    ]
    questions.sort(key=lambda line: (line.at, line.id), reverse=True)
    seconds = [wait.total_seconds() for wait in exchange.waits.values()]
    return AnswerStatistics(
        first,
        last,
        is_cut,
        conversations=exchange.beginning_count,
        answered=len(exchange.waits),
        typical_wait=timedelta(seconds=median(seconds)) if seconds else None,
        pairs=_most_active(exchange, unnamed),
        questions=[line.id for line in questions[:MAX_QUESTIONS]],
    )


def _without_bridge(line: _Line, channel: Channel) -> _Line:
    """Return a line of a bridge as its speaker's."""
    if channel.bridge_nicks and fold(line.nick) in channel.bridge_nicks and (bridged := parse_bridged(line.text)):
        return line._replace(nick=bridged.name, text=bridged.text, account="")
    return line


def _find_unnamed(channel: Channel, lines: Sequence[_Line]) -> set[str]:
    """Return the folded nicks of people who opted out of the channel, whenever they did."""
    mapping = channel.network.casemapping
    columns = OptOut.objects.filter(network=channel.network_id).values_list("channel_id", "account", "nick")
    people = [Person(*row).folded(mapping) for row in columns]
    if not people:
        return set()
    speakers = {(line.account, line.nick) for line in lines}
    names = [LineNames.folded(account, nick, None, mapping) for account, nick in speakers]
    return {name.nick for name in names if any(person.is_in_line(channel.pk, name) for person in people)}


@dataclass(slots=True)
class _Exchange:
    """What `_follow` finds; nicks are folded.

    `times`: how often one nick answered another. `waits`: for the first lines of conversations, how long it took until
    somebody else answered. `waiting`: questions by the nick that asked; some of them were answered nevertheless.
    """

    beginning_count: int = 0
    spellings: dict[str, str] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    waits: dict[int, timedelta] = field(default_factory=dict)
    waiting: dict[str, list[_Line]] = field(default_factory=dict)


def _follow(lines: Sequence[_Line], replies: Mapping[int, Reply], casemapping: str) -> _Exchange:
    """Read lines in reading order, with their answers."""
    found = _Exchange()
    beginnings: dict[int, _Line | None] = {}  # the first line of each line's conversation; None if it was not read
    authors: dict[int, str] = {}
    for line in lines:
        nick = authors[line.id] = fold(line.nick, casemapping)
        found.spellings[nick] = line.nick
        # Somebody who names a person answers what that person asked, also long after.
        if (addressee := _ADDRESSEE.match(line.text)) and (name := fold(addressee[1], casemapping)) != nick:
            for question in found.waiting.pop(name, []):
                found.waits.setdefault(question.id, line.at - question.at)
        reply = replies.get(line.id)
        if reply is None or (reply.to and reply.to not in authors):
            beginnings[line.id] = None
        elif not reply.to:
            beginnings[line.id] = line
            found.beginning_count += 1
            if _is_question(line.text):
                found.waiting.setdefault(nick, []).append(line)
        else:
            beginning = beginnings[line.id] = beginnings[reply.to]
            if authors[reply.to] != nick and reply.confidence >= MIN_CONFIDENCE:
                found.times[nick, authors[reply.to]] += 1
            if beginning and authors[beginning.id] != nick:
                found.waits.setdefault(beginning.id, line.at - beginning.at)
    return found


def _most_active(exchange: _Exchange, unnamed: set[str]) -> list[AnsweringPair]:
    named = {pair: count for pair, count in exchange.times.items() if unnamed.isdisjoint(pair)}
    activity: Counter[str] = Counter()
    for pair, count in named.items():
        activity.update(dict.fromkeys(pair, count))
    people = {nick for nick, _ in sorted(activity.items(), key=lambda item: (-item[1], item[0]))[:MAX_PEOPLE]}
    pairs = [
        AnsweringPair(exchange.spellings[nick], exchange.spellings[answered], count)
        for (nick, answered), count in named.items()
        if nick in people and answered in people
    ]
    return sorted(pairs, key=lambda pair: (-pair.times, pair.nick, pair.answered))


def _is_question(text: str) -> bool:
    """Whether a line that begins a conversation asks something: by its question mark or its first word."""
    body = " ".join(word for word in strip_formatting(text).split() if "://" not in word)
    if addressee := _ADDRESSEE.match(body):
        body = body[addressee.end() :].lstrip()
    if body[:1] in _COMMAND_SIGNS:
        return False
    words = body.casefold().split()
    if any(mark in body for mark in "?？؟"):
        return sum(character.isalpha() for character in body) >= MIN_QUESTION_LETTERS
    return len(words) >= MIN_QUESTION_WORDS and words[0] in QUESTION_WORDS
