"""A conversation: the lines that are connected by answers, found from any one of them; for pages and the API.

Search finds the nearest of them for many lines at once, and reads only slices of blocks, so that what a page costs is
bounded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db.models import Q

from logs import archive
from logs.archive import DayLine
from logs.conversations.reply_store import Reply, fetch_replies, find_beginnings
from logs.models import Channel
from logs.models.line import BLOCK_LINES, SAID

MAX_LINES = 500
"""Lines of a conversation that are shown; a longer one is cut."""

MAX_ANCESTORS = 500
"""Steps from a line to the beginning of its conversation. Behind them, the line reached counts as the beginning."""

MAX_LINES_READ = 4_000
"""Lines read after the beginning in search of answers."""

MAX_LINES_WITHOUT_ANSWER = 200
"""A conversation has ended after this many said lines without an answer: a line answers one of the 50 before it."""

MAX_SPAN = timedelta(days=7)

PAGE_LINES = 500


@dataclass(slots=True)
class Conversation:
    """The lines in reading order; `between` holds, for each but the first, the lines between it and the one before.

    `replies` has the answers of its lines. `is_cut`: it has more lines than were looked for.
    """

    lines: list[DayLine]
    between: list[list[DayLine]]
    replies: dict[int, Reply]
    is_cut: bool = False

    @property
    def speakers(self) -> list[str]:
        """The nicks in the order of their first line."""
        return list(dict.fromkeys(line.nick for line in self.lines))


def fetch_shown_replies(channel: Channel, lines: Iterable[DayLine]) -> dict[int, Reply]:
    """Return which of the lines answer another one that may be read; nothing in channels that do not show it."""
    if not channel.conversations:
        return {}
    replies = fetch_replies(channel.pk, [line.id for line in lines if line.kind in SAID])
    replies = {line: reply for line, reply in replies.items() if reply.to}
    if not channel.hidden_periods:
        return replies
    readable = _find_readable(channel, {reply.to for reply in replies.values()})
    return {line: reply for line, reply in replies.items() if reply.to in readable}


def find_shown_beginnings(channel: Channel, lines: Iterable[DayLine]) -> dict[int, int]:
    """Return the first line of each line's conversation that may be reached by lines that may be read."""
    if not channel.conversations:
        return {}
    ids = [line.id for line in lines]
    return find_beginnings(channel.pk, ids, partial(_find_readable, channel) if channel.hidden_periods else set)


def _find_readable(channel: Channel, ids: Collection[int]) -> set[int]:
    return set(archive.readable_lines(channel).filter(id__in=ids).values_list("id", flat=True))


def fetch_conversation(channel: Channel, line: DayLine) -> Conversation:
    """Return the conversation that a readable line belongs to; a line without answers is one of its own."""
    first = _find_beginning(channel, line)
    members = {first.id}
    found = Conversation([first], [[]], {})
    skipped: list[DayLine] = []
    read = 0
    position = first
    while read < MAX_LINES_READ:
        page = _fetch_following(channel, position, first)
        replies = fetch_shown_replies(channel, page)
        for other in page:
            read += 1
            reply = replies.get(other.id)
            if reply is None or reply.to not in members:
                skipped.append(other)
                if len(skipped) > MAX_LINES_WITHOUT_ANSWER:
                    return found
                continue
            if len(found.lines) == MAX_LINES:
                found.is_cut = True
                return found
            members.add(other.id)
            found.lines.append(other)
            found.between.append(skipped)
            found.replies[other.id] = reply
            skipped = []
        if len(page) < PAGE_LINES:
            return found
        position = page[-1]
    found.is_cut = True
    return found


def _find_beginning(channel: Channel, line: DayLine) -> DayLine:
    """Follow answers upwards to the first line that a visitor may read."""
    seen = {line.id}
    number = line.id
    # Answers are followed by id alone, in few queries: neighbours usually share a block.
    known: dict[int, Reply] = {}
    for _ in range(MAX_ANCESTORS):
        if number not in known:
            known |= fetch_replies(channel.pk, range(max(1, number - 100), number + 1))
        reply = known.get(number)
        if reply is None or not reply.to or reply.to in seen:
            break
        number = reply.to
        seen.add(number)
    ancestors = archive.fetch_rows(archive.readable_lines(channel).filter(id__in=seen, kind__in=SAID))
    by_id = {ancestor.id: ancestor for ancestor in ancestors}
    first, number = line, line.id
    while (reply := known.get(number)) and (above := by_id.get(reply.to)) and above.id != first.id:
        if (above.at, above.id) > (first.at, first.id):
            break  # an owner's decision may point anywhere; a conversation is read downwards
        first, number = above, above.id
    return first


def _fetch_following(channel: Channel, position: DayLine, first: DayLine) -> list[DayLine]:
    """Return the next said lines in reading order."""
    after = Q(at__gt=position.at) | Q(at=position.at, id__gt=position.id)
    lines = archive.readable_lines(channel).filter(after, at__gte=position.at, at__lt=first.at + MAX_SPAN)
    return archive.fetch_rows(lines.filter(kind__in=SAID).order_by("at", "id")[:PAGE_LINES])


MAX_DISTANCE = 60
"""Ids before and behind a line whose answers are read. A line answers one of the 50 said lines before it."""

# Parameters: number, channel and id of each line. Rows: the number, the first id of a slice, and what its lines answer.
NEARBY_ANSWERS = f"""
SELECT near.number, near.first,
    block.reply_to[mod(near.first, {BLOCK_LINES}) + 1 : mod(near.last, {BLOCK_LINES}) + 1]
FROM unnest(%s::int[], %s::int[], %s::int[]) AS place (number, channel, id),
LATERAL (
    SELECT place.number, place.channel, number AS block,
        greatest(place.id - {MAX_DISTANCE}, number * {BLOCK_LINES}) AS first,
        least(place.id + {MAX_DISTANCE}, number * {BLOCK_LINES} + {BLOCK_LINES - 1}) AS last
    FROM generate_series(
        greatest(place.id - {MAX_DISTANCE}, 0) / {BLOCK_LINES}, (place.id + {MAX_DISTANCE}) / {BLOCK_LINES}
    ) AS blocks (number)
) AS near
JOIN logs_replyblock AS block ON block.channel_id = near.channel AND block.block = near.block
"""  # noqa: S608  (constants)


def find_companions(line: int, answers: Mapping[int, int], limit: int) -> list[int]:
    """Return the ids of other lines of the same conversation, at most so many; none for a line that is alone.

    `answers` is what the lines nearby answer, 0 for a line that begins a conversation. What the line answers comes
    first, then what that one answers, up to half of them; then the nearest.
    """
    beginnings: dict[int, int] = {}
    for each in sorted(answers):
        to = answers[each]
        beginnings[each] = beginnings.get(to, to) if to else each
    own = beginnings.get(line)
    if own is None:
        return []
    answered: list[int] = []
    to = answers.get(line, 0)
    # Owners may have decided that lines answer each other in a circle.
    while to and to != line and to not in answered and len(answered) < limit // 2:
        answered.append(to)
        to = answers.get(to, 0)
    others = {each for each, beginning in beginnings.items() if beginning == own} | {own}
    others.difference_update(answered, [line])
    return [*answered, *sorted(others, key=lambda each: (abs(each - line), each))][:limit]
