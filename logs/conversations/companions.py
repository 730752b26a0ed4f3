"""The lines of a conversation near one of its lines, for many lines at once: what search shows with its results.

Answers are read from slices of blocks and not from whole conversations, so that what a page costs is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping

from logs.models.replies import BLOCK_LINES

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
