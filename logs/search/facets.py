"""Where results are: by channel, year and nick. Few are counted; of many, days spread over all time are a sample."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date
from random import Random
from typing import TypeVar

from django.db import OperationalError, transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractYear

from logs.models import Line
from logs.search import sql
from logs.search.grammar import Query
from logs.search.page import Page, bounds, conditions, in_channels, is_timeout, limit_time

COUNTED = 5000
SAMPLED = 1500
FEWEST_DAYS, MOST_DAYS = 60, 400
FEWEST_READ_DAYS = 12
SECONDS = 0.5

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


def count(query: Query, page: Page, channels: list[int], *, everything: bool) -> Facets | None:
    """The facets of a search whose first page this is; None if counting would take too long."""
    if page.exact:
        facets = Facets()
        for line in page.lines:
            facets.add(line.channel_id, line.at.astimezone(UTC).year, line.nick, 1)
        return facets
    if page.too_slow:
        return None
    try:
        with transaction.atomic():
            limit_time(SECONDS)
            return _count(query, page, channels, everything=everything)
    except OperationalError as error:
        if not is_timeout(error):
            raise
        return None


def _count(query: Query, page: Page, channels: list[int], *, everything: bool) -> Facets:
    days = bounds(query, channels)
    place = in_channels(channels, everything=everything)
    if days and page.likely > COUNTED:
        indexed, checked = conditions(query)
        lines = Line.objects.filter(*place, *indexed, *checked)
        sample = _sample(*days, page.likely, fewest=FEWEST_DAYS if indexed else FEWEST_READ_DAYS)
        facets = _facets(lines.filter(sql.any_key(sql.day_key(day) for day in sample)))
        factor = ((days[1] - days[0]).days + 1) / len(sample)
        if facets.total * factor > COUNTED or not indexed:
            return facets.scaled(factor)
    return _facets(Line.objects.filter(*place, *sql.indexed(query), *sql.checked(query)))


def _sample(first: date, last: date, likely: float, *, fewest: int) -> list[date]:
    """Days at even distances with some play, the same for the same span; as many as should hold SAMPLED results."""
    span = (last - first).days + 1
    number = min(span, max(fewest, min(MOST_DAYS, round(span * SAMPLED / likely))))
    play = Random(span)  # noqa: S311  (no secret)
    return [date.fromordinal(first.toordinal() + int((n + play.random()) * span / number)) for n in range(number)]


def _facets(lines: QuerySet[Line]) -> Facets:
    facets = Facets()
    groups = lines.order_by().values_list("channel_id", ExtractYear("at", tzinfo=UTC), "nick").annotate(Count("id"))
    for channel, year, nick, number in groups:
        facets.add(channel, year, nick, number)
    return facets


def _scaled(counts: Counter[Key], factor: float) -> Counter[Key]:
    return Counter({key: _rounded(count * factor) for key, count in counts.items()})


def _rounded(number: float) -> int:
    digits = max(0, len(str(round(number))) - 2)
    return round(round(number), -digits)
