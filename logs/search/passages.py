"""Results with the lines around them: those of their conversation, or the lines before and after.

A passage is what is shown together. Results of one conversation share a passage, and so do neighbours.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from logs.archive import DayLine
from logs.conversations.conversation import NEARBY_ANSWERS, find_companions
from logs.models.line import SAID
from logs.search import sql
from logs.search.database import FoundLine, SearchSession, TooSlowError, open_session
from logs.search.sql import KINDS_WITH_WORDS

CONTEXT_LINES = 2
"""Lines shown before and after a result that is in no conversation."""

CONVERSATION_LINES = 8
"""Lines of its conversation that are shown with a result."""

MAX_RESULTS_PER_PASSAGE = 10
"""A passage reads downwards, while passages come newest first: where every line is a result, a single passage of all of
them would turn the page's order around."""

CONTEXT_TIMEOUT_SECONDS = 0.5


@dataclass(slots=True)
class Passage:
    """Lines of one channel in reading order; `found` are the ids of the results among them.

    `is_conversation`: the lines answer each other, and others may have been said between them.
    """

    channel: int
    lines: list[DayLine]
    found: set[int]
    is_conversation: bool = False

    def first(self, *, oldest: bool) -> DayLine:
        """The newest result, or the oldest one."""
        lines = self.lines if oldest else reversed(self.lines)
        return next(line for line in lines if line.id in self.found)


def passages(
    results: Sequence[FoundLine],
    hidden_periods: Sequence[int] = (),
    *,
    oldest: bool = False,
    conversations: Collection[int] = (),
) -> list[Passage]:
    """The results, each with its context; the order is that of each passage's first result.

    `oldest`: these come first. `conversations` are the channels that show which line a line answers.
    """
    if oldest:
        return passages(results[::-1], hidden_periods, conversations=conversations)[::-1]
    found: list[Passage] = []
    # The lines of a full passage that would be shown again as context of the next, older passage below it.
    already_shown: list[DayLine] = []
    last = None  # the last passage of neighbours
    of_line: dict[tuple[int, int], Passage] = {}  # passages of conversations, by channel and line
    companions, neighbours = _fetch_context(results, hidden_periods, conversations)
    for number, result in enumerate(results):
        if lines := companions.get(number):
            _add_conversation(found, of_line, result, lines)
            continue
        lines = neighbours[number]
        if last is None or last.channel != result.channel_id or _order(lines[-1]) < _order(last.lines[0]):
            # Another channel, or the context of this result ends before the last passage begins.
            already_shown = []
            last = Passage(result.channel_id, lines, {result.id})
        elif len(last.found) < MAX_RESULTS_PER_PASSAGE:
            last.lines = sorted({*lines, *last.lines}.difference(already_shown), key=_order)
            last.found.add(result.id)
            continue
        else:
            # The last passage is full: it is cut behind this result, which begins a passage of its own.
            last.lines = already_shown = [line for line in last.lines if _order(line) > (result.at, result.id)]
            last = Passage(last.channel, [line for line in lines if line not in already_shown], {result.id})
        found.append(last)
    return found


def _add_conversation(
    found: list[Passage], of_line: dict[tuple[int, int], Passage], result: FoundLine, lines: list[DayLine]
) -> None:
    """Add a result to the passage of its conversation, or begin one; the latest if the conversation has several."""
    keys = [(result.channel_id, line.id) for line in lines]
    passage = of_line.get((result.channel_id, result.id)) or next(filter(None, map(of_line.get, keys)), None)
    if passage is None or len(passage.found) >= MAX_RESULTS_PER_PASSAGE:
        passage = Passage(result.channel_id, [], set(), is_conversation=True)
        found.append(passage)
    passage.lines = sorted({*lines, *passage.lines}, key=_order)
    passage.found.add(result.id)
    of_line.update(dict.fromkeys(keys, passage))


# One statement for all results. Ordered by time and id, as days are read; joins, parts and the like are no context. The
# bound on `at` alone is implied by the one on both, but only it lets PostgreSQL start in the middle of the index.
_NEIGHBOURS = """
SELECT hit.number, line.* FROM unnest(%s::int[], %s::int[], %s::timestamptz[]) WITH ORDINALITY
    AS hit (channel, id, at, number),
LATERAL (
    (SELECT id, at, kind, nick, text, target FROM logs_line WHERE channel_id = hit.channel
     AND at <= hit.at AND (at, id) < (hit.at, hit.id) AND kind = ANY(%s) {readable} ORDER BY at DESC, id DESC LIMIT %s)
    UNION ALL
    (SELECT id, at, kind, nick, text, target FROM logs_line WHERE channel_id = hit.channel
     AND at >= hit.at AND (at, id) > (hit.at, hit.id) AND kind = ANY(%s) {readable} ORDER BY at, id LIMIT %s)
) AS line
"""

_COMPANIONS = """
SELECT wanted.number, logs_line.id, at, kind, nick, text, target
FROM unnest(%s::int[], %s::int[], %s::int[]) AS wanted (number, channel, id)
JOIN logs_line ON logs_line.channel_id = wanted.channel AND logs_line.id = wanted.id
WHERE kind = ANY(%s) {readable}
"""


def _fetch_context(
    results: Sequence[FoundLine], hidden_periods: Sequence[int], conversations: Collection[int]
) -> tuple[dict[int, list[DayLine]], dict[int, list[DayLine]]]:
    """Return, by the number of the result, the lines of its conversation, or else those around it, and itself.

    Where time runs out the results come without context.
    """
    own = [DayLine(line.id, line.at, line.kind, line.nick, line.text, line.target) for line in results]
    companions: dict[int, list[DayLine]] = {}
    neighbours = {number: [line] for number, line in enumerate(own)}
    if not results:
        return companions, neighbours
    readable, hidden = sql.where(sql.outside_periods(list(hidden_periods)))
    readable = readable.replace("WHERE", "AND")
    try:
        with open_session(CONTEXT_TIMEOUT_SECONDS) as session:
            wanted = _find_companions(session, results, conversations)
            if wanted:
                columns = [list(column) for column in zip(*wanted, strict=True)]
                message_kinds = [kind.value for kind in SAID]
                statement = _COMPANIONS.replace("{readable}", readable)
                for number, *line in session.execute(statement, [*columns, message_kinds, *hidden]):
                    companions.setdefault(number, [own[number]]).append(DayLine._make(line))
            single = [(number, line) for number, line in enumerate(results) if number not in companions]
            if single:
                context_params = [[kind.value for kind in KINDS_WITH_WORDS], *hidden, CONTEXT_LINES]
                places = [[line.channel_id for _, line in single], [line.id for _, line in single]]
                statement = _NEIGHBOURS.replace("{readable}", readable)
                rows = session.execute(
                    statement, [*places, [line.at for _, line in single], *context_params, *context_params]
                )
                for place, *line in rows:
                    neighbours[single[place - 1][0]].append(DayLine._make(line))
    except TooSlowError:
        pass  # thousands of lines of the same moment
    return _in_order(companions), _in_order(neighbours)


def _find_companions(
    session: SearchSession, results: Sequence[FoundLine], conversations: Collection[int]
) -> list[tuple[int, int, int]]:
    """Return the number of a result, its channel, and the id of a line of its conversation; one for each such line."""
    places = [
        (number, line.channel_id, line.id)
        for number, line in enumerate(results)
        if line.channel_id in conversations and line.kind in SAID
    ]
    if not places:
        return []
    nearby: dict[int, dict[int, int]] = {}
    columns = [list(column) for column in zip(*places, strict=True)]
    for number, first, answers in session.execute(NEARBY_ANSWERS, columns):
        nearby.setdefault(number, {}).update({first + step: to for step, to in enumerate(answers) if to is not None})
    return [
        (number, channel, companion)
        for number, channel, line in places
        for companion in find_companions(line, nearby.get(number, {}), CONVERSATION_LINES)
    ]


def _in_order(contexts: dict[int, list[DayLine]]) -> dict[int, list[DayLine]]:
    return {number: sorted(lines, key=_order) for number, lines in contexts.items()}


def _order(line: DayLine) -> tuple[datetime, int]:
    return line.at, line.id
