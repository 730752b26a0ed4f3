"""Count results by channel, time and nick: exactly if there are few, otherwise by a sample of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import TypeVar

from logs.search import sql
from logs.search.database import SearchSession, TooSlowError, open_session
from logs.search.planner import Plan
from logs.search.results import Page

MAX_COUNTED = 2000
"""Up to this many expected results are counted one by one."""

MAX_SAMPLED = 200
"""Sampled results that are looked at: shares of 200 are off by 7 % or less."""

TWO_DIGITS_FROM = 100
"""From this many sampled results on estimates have two digits, with fewer only one."""

FACETS_TIMEOUT_SECONDS = 0.1

_Key = TypeVar("_Key")


@dataclass(slots=True)
class Facets:
    """How many results there are, in each channel, year and month (by its first day), and by each nick.

    Estimates unless `is_exact`.
    """

    total: int = 0
    is_exact: bool = True
    channels: Counter[int] = field(default_factory=Counter)
    years: Counter[int] = field(default_factory=Counter)
    months: Counter[date] = field(default_factory=Counter)
    nicks: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, found: Iterable[tuple[int, date, str, int]]) -> Facets:
        """Sums of counts by channel, day and nick."""
        facets = cls()
        for channel, day, nick, count in found:
            facets.total += count
            facets.channels[channel] += count
            facets.years[day.year] += count
            facets.months[day.replace(day=1)] += count
            facets.nicks[nick] += count
        return facets

    def scaled(self, factor: float) -> Facets:
        """Estimates, each counted result standing for `factor` results."""
        digits = 2 if self.total >= TWO_DIGITS_FROM else 1
        return Facets(
            _rounded(self.total * factor, digits),
            False,
            _all_scaled(self.channels, factor, digits),
            _all_scaled(self.years, factor, digits),
            _all_scaled(self.months, factor, digits),
            _all_scaled(self.nicks, factor, digits),
        )


def count_facets(page: Page) -> Facets | None:
    """The facets of a search, of which this is the first page; None if counting would take too long."""
    if page.is_exact:
        return Facets.of((line.channel_id, line.at.astimezone(UTC).date(), line.nick, 1) for line in page.lines)
    if page.too_slow or page.plan is None:
        return None
    try:
        with open_session(FACETS_TIMEOUT_SECONDS) as session:
            return _count(session, page.plan)
    except TooSlowError:
        return None


def _count(session: SearchSession, plan: Plan) -> Facets:
    if len(plan.sample) and plan.sample.estimate(plan.hits) > MAX_COUNTED:
        return _estimate(session, plan)
    return Facets.of(session.count_by_place(plan.all_hits))


def _estimate(session: SearchSession, plan: Plan) -> Facets:
    """The sampled hits say how many results there are.

    Some of them, evenly spread over time, are read from the table: the sample has no nicks, knows nothing of phrases,
    and may list lines that were erased since it was made.
    """
    step = max(1, len(plan.hits) / MAX_SAMPLED)
    chosen = [plan.hits[int(number * step)] for number in range(min(len(plan.hits), MAX_SAMPLED))]
    lines = sql.these_lines(plan.sample.places(chosen))
    facets = Facets.of(session.count_by_place([lines, *plan.checks]))
    return facets.scaled(plan.sample.lines_each * len(plan.hits) / len(chosen))


def _all_scaled(counts: Counter[_Key], factor: float, digits: int) -> Counter[_Key]:
    return Counter({key: _rounded(count * factor, digits) for key, count in counts.items()})


def _rounded(number: float, digits: int) -> int:
    """The number with this many digits that are not zero."""
    return round(round(number), min(0, digits - len(str(round(number)))))
