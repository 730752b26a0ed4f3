"""Where results are: by channel, year and nick. Few are counted; of many, days spread over all lines are a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import TypeVar

from logs.search import sql
from logs.search.database import Asking, TooSlowError, asking
from logs.search.planner import Plan
from logs.search.results import Page
from logs.search.statistics import Spread

COUNTED = 2000
FEWEST_DAYS, MOST_DAYS, DAILY = 24, 96, 10
"""How many days are a sample: DAILY times as many as there must be for one of them to hold a result, within limits."""

READ_DAYS = 12
SECONDS = 0.1

Key = TypeVar("Key")


@dataclass(slots=True)
class Facets:
    """How many results there are, and how many in each channel and year and by each nick; estimates unless `exact`."""

    total: int = 0
    exact: bool = True
    channels: Counter[int] = field(default_factory=Counter)
    years: Counter[int] = field(default_factory=Counter)
    nicks: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, found: Iterable[tuple[int, date, str, int]], times: Mapping[date, float] | None = None) -> Facets:
        """Sums of results by channel, day and nick; with `times`, estimates: one of a day stands for so many."""
        channels, years, nicks = Counter[int](), Counter[int](), Counter[str]()
        facets = cls(0, times is None, channels, years, nicks)
        for channel, day, nick, count in found:
            worth = count if times is None else round(count * times.get(day, 1))
            facets.total += worth
            channels[channel] += worth
            years[day.year] += worth
            nicks[nick] += worth
        return facets

    def rounded(self) -> Facets:
        """As estimates are shown: with two digits."""
        return Facets(
            _rounded(self.total),
            self.exact,
            _all_rounded(self.channels),
            _all_rounded(self.years),
            _all_rounded(self.nicks),
        )


def count(page: Page) -> Facets | None:
    """The facets of a search whose first page this is; None if counting would take too long."""
    if page.exact:
        return Facets.of((line.channel_id, line.at.astimezone(UTC).date(), line.nick, 1) for line in page.lines)
    if page.too_slow or page.plan is None:
        return None
    try:
        with asking(SECONDS) as ask:
            return _count(ask, page.plan, page.spread)
    except TooSlowError:
        return None


def _count(ask: Asking, way: Plan, spread: Spread | None) -> Facets:
    if spread and (way.likely > COUNTED or way.reads):
        sample = spread.stretches(spread.last, READ_DAYS if way.reads else _sampled(spread, way.likely))
        times = dict.fromkeys((stretch.middle for stretch in sample), 0.0)
        for stretch in sample:
            times[stretch.middle] += stretch.times
        facets = Facets.of(ask.groups([*way.conditions, sql.any_key(map(sql.day_key, times))]), times)
        if facets.total > COUNTED or way.reads:
            return facets.rounded()
    return Facets.of(ask.groups(way.whole.conditions))


def _sampled(spread: Spread, likely: float) -> int:
    days = (spread.last - spread.first).days + 1
    return max(FEWEST_DAYS, min(MOST_DAYS, round(DAILY * days / max(likely, 1))))


def _all_rounded(counts: Counter[Key]) -> Counter[Key]:
    return Counter({key: _rounded(count) for key, count in counts.items()})


def _rounded(number: float) -> int:
    digits = max(0, len(str(round(number))) - 2)
    return round(round(number), -digits)
