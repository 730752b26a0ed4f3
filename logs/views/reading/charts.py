"""Pictures of counts as SVG, and the tables that say the same. templates/_charts.html puts frames around both.

A page has a thousand small squares: they are drawn here, because a template would take a third of the page's time.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from markupsafe import Markup, escape

LEVELS = 5
WEEKS = 53


class Chart(NamedTuple):
    """`picture` is what stands in the SVG element, `rows` are those of the table, `head` is what heads its columns."""

    picture: Markup
    head: list[str]
    rows: Markup


class Bar(NamedTuple):
    """`share` of the highest bar: 0 to 100."""

    words: str
    said: int
    share: float


def level_of_share(share: float) -> int:
    """How full something is, from 1 to LEVELS, by its share of the fullest; 0 for nothing."""
    return math.ceil(LEVELS * share - 1e-9)


def level_of_day(count: int, most: int) -> int:
    """Days differ so much that by mere shares one busy day would make all others look the same."""
    return level_of_share(math.sqrt(count / most)) if count else 0


def first_chart_day(last: date) -> date:
    """The Monday with which a picture of WEEKS begins."""
    return last - timedelta(days=last.weekday(), weeks=WEEKS - 1)


def draw_days(last: date, counts: dict[date, int]) -> Chart:
    """A column for each week, the last one perhaps not whole."""
    first = first_chart_day(last)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    most = max(counts.values(), default=1)
    marks = _months(first)
    squares = (
        _square(
            level_of_day(counts.get(day, 0), most),
            (number // 7 * 14, 18 + number % 7 * 14, 12, 12),
            f"{day.day} {calendar.month_name[day.month]} {day.year}",
            counts.get(day, 0),
        )
        for number, day in enumerate(days)
    )
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)]
    rows = (
        (f"{week[0].day} {calendar.month_abbr[week[0].month]} {week[0].year}", [counts.get(day, 0) for day in week])
        for week in weeks
    )
    return Chart(_joined([*marks, *squares]), ["Week of", *_weekdays()], _rows(rows))


def _months(first: date) -> Iterator[str]:
    """The names of months above the columns in which they begin."""
    for week in range(WEEKS - 1):
        monday = first + timedelta(weeks=week)
        if monday.day <= 7:
            yield f'<text x="{week * 14}" y="10">{monday:%b}</text>'


def draw_hours(hours: list[int]) -> Chart:
    """A row for each day of the week; `hours` of it as HourCount numbers them."""
    most = max(hours) or 1
    marks = [f'<text x="{44 + hour * 29}" y="10">{hour:02}:00</text>' for hour in range(0, 24, 3)]
    marks += [f'<text x="0" y="{33 + row * 22}">{name}</text>' for row, name in enumerate(_weekdays())]
    squares = (
        _square(
            level_of_share(said / most),
            (44 + hour % 24 * 29, 18 + hour // 24 * 22, 27, 20),
            f"{calendar.day_name[hour // 24]} {hour % 24:02}:00",
            said,
        )
        for hour, said in enumerate(hours)
    )
    rows = ((f"{hour:02}:00", hours[hour::24]) for hour in range(24))
    return Chart(_joined([*marks, *squares]), ["Hour (UTC)", *_weekdays()], _rows(rows))


def draw_growth(counts: dict[str, int]) -> Chart:
    """A bar for each word."""
    width = min(742 / len(counts), 60)
    columns = [
        f'<rect class="chart-bar" x="{number * width:.1f}" y="{120 - bar.share * 1.2:.1f}"'
        f' width="{max(width - 2, 1):.1f}" height="{bar.share * 1.2:.1f}">'
        f"<title>{escape(bar.words)}: {bar.said:,}</title></rect>"
        for number, bar in enumerate(make_bars(counts))
    ]
    words = list(counts)
    columns.append(f'<text x="0" y="136">{escape(words[0])}</text>')
    if len(words) > 1:
        columns.append(f'<text x="{width * len(words):.1f}" y="136" text-anchor="end">{escape(words[-1])}</text>')
    return Chart(_joined(columns), ["When", "Said"], _rows((word, [said]) for word, said in counts.items()))


def make_bars(counts: dict[str, int]) -> list[Bar]:
    most = max(counts.values(), default=0) or 1
    return [Bar(words, count, round(100 * count / most, 1)) for words, count in counts.items()]


def _weekdays() -> list[str]:
    return list(calendar.day_abbr)


def _square(level: int, place: tuple[int, int, int, int], words: str, said: int) -> str:
    x, y, width, height = place
    return (
        f'<rect class="h{level}" x="{x}" y="{y}" width="{width}" height="{height}" rx="3">'
        f"<title>{words}: {said:,}</title></rect>"
    )


def _rows(rows: Iterable[tuple[str, list[int]]]) -> Markup:
    return _joined(
        f'<tr><th scope="row">{escape(words)}</th>{"".join(f"<td>{count:,}</td>" for count in counts)}</tr>'
        for words, counts in rows
    )


def _joined(parts: Iterable[str]) -> Markup:
    return Markup("\n".join(parts))  # noqa: S704  (words in it are escaped, or names of days and months)
