"""Where results are: by channel, year and nick. Few are counted; of many, days spread over all time are a sample."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date
from random import Random
from typing import TypeVar

from logs.search import sql
from logs.search.asking import Asking, TooSlowError, asking
from logs.search.grammar import Query
from logs.search.page import Page, span
from logs.search.plan import Plan

COUNTED = 4000
SAMPLED = 1000
FEWEST_DAYS, MOST_DAYS = 48, 300
FEWEST_READ_DAYS = 12
SECONDS = 0.25

Key = TypeVar("Key")


@dataclass(slots=True)
class Facets:
    """How many results there are, and how many in each channel and year and by each nick; estimates unless `exact`."""

    total: int = 0
    exact: bool = True
    channels: Counter[int] = field(default_factory=Counter)
    years: Counter[int] = field(default_factory=Counter)
    nicks: Counter[str] = field(default_factory=Counter)

    def add(self, channel: int, year: int, nick: str, count: int) -> None:
        self.total += count
        self.channels[channel] += count
        self.years[year] += count
        self.nicks[nick] += count

    def scaled(self, factor: float) -> Facets:
        """Of a sample, the estimates of the whole, to two digits."""
        counters = (_scaled(self.channels, factor), _scaled(self.years, factor), _scaled(self.nicks, factor))
        return Facets(_rounded(self.total * factor), False, *counters)


def count(query: Query, page: Page, channels: list[int]) -> Facets | None:
    """The facets of a search in these channels whose first page this is; None if counting would take too long."""
    if page.exact:
        facets = Facets()
        for line in page.lines:
            facets.add(line.channel_id, line.at.astimezone(UTC).year, line.nick, 1)
        return facets
    if page.too_slow or page.plan is None:
        return None
    try:
        with asking(SECONDS) as ask:
            return _count(ask, page.plan, span(ask, query, channels))
    except TooSlowError:
        return None


def _count(ask: Asking, way: Plan, days: tuple[date, date] | None) -> Facets:
    if days and (way.likely > COUNTED or way.reads):
        sample = _sample(*days, way.likely, fewest=FEWEST_READ_DAYS if way.reads else FEWEST_DAYS)
        facets = _facets(ask.groups([*way.conditions, sql.any_key(sql.day_key(day) for day in sample)]))
        factor = ((days[1] - days[0]).days + 1) / len(sample)
        if facets.total * factor > COUNTED or way.reads:
            return facets.scaled(factor)
    return _facets(ask.groups(way.conditions))


def _sample(first: date, last: date, likely: float, *, fewest: int) -> list[date]:
    """Days at even distances with some play, the same for the same span; as many as should hold SAMPLED results."""
    days = (last - first).days + 1
    number = min(days, max(fewest, min(MOST_DAYS, round(days * SAMPLED / max(likely, 1)))))
    play = Random(days)  # noqa: S311  (no secret)
    return [date.fromordinal(first.toordinal() + int((n + play.random()) * days / number)) for n in range(number)]


def _facets(groups: list[tuple[int, int, str, int]]) -> Facets:
    facets = Facets()
    for group in groups:
        facets.add(*group)
    return facets


def _scaled(counts: Counter[Key], factor: float) -> Counter[Key]:
    return Counter({key: _rounded(count * factor) for key, count in counts.items()})


def _rounded(number: float) -> int:
    digits = max(0, len(str(round(number))) - 2)
    return round(round(number), -digits)
