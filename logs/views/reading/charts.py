"""Charts as SVG, and tables of the same numbers; templates/_charts.html frames both.

The charts of a page have about a thousand squares. They are written here, because a template would take a third of the
page's time.
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
    """A chart: the content of its SVG element, and the column headings and rows of its table."""

    svg: Markup
    headings: list[str]
    rows: Markup


class Bar(NamedTuple):
    """A bar of a chart; `share` is its percentage of the highest bar, 0 to 100."""

    label: str
    value: int
    share: float


def level_of_share(share: float) -> int:
    """Return the level of activity from 1 to LEVELS for a share of the maximum (0 to 1); 0 for nothing."""
    return math.ceil(LEVELS * share - 1e-9)


def level_of_day(count: int, max_count: int) -> int:
    """Return the level of a day. The square root keeps one busy day from making all others look the same."""
    return level_of_share(math.sqrt(count / max_count)) if count else 0


def first_chart_day(last: date) -> date:
    """Return the Monday on which a chart of WEEKS weeks begins."""
    return last - timedelta(days=last.weekday(), weeks=WEEKS - 1)


def draw_days(last: date, counts: dict[date, int]) -> Chart:
    """Draw a column for each week; the last one may be incomplete."""
    first = first_chart_day(last)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    max_count = max(counts.values(), default=1)
    marks = _months(first)
    squares = (
        _square(
            level_of_day(counts.get(day, 0), max_count),
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
    return Chart(_join([*marks, *squares]), ["Week of", *_weekdays()], _rows(rows))


def _months(first: date) -> Iterator[str]:
    """Yield the names of months, above the columns in which they begin."""
    for week in range(WEEKS - 1):
        monday = first + timedelta(weeks=week)
        if monday.day <= 7:
            yield f'<text x="{week * 14}" y="10">{monday:%b}</text>'


def draw_hours(hours: list[int]) -> Chart:
    """Draw a row for each weekday; `hours` are the counts of the 168 hours of a week, as HourCount numbers them."""
    max_count = max(hours) or 1
    marks = [f'<text x="{44 + hour * 29}" y="10">{hour:02}:00</text>' for hour in range(0, 24, 3)]
    marks += [f'<text x="0" y="{33 + row * 22}">{name}</text>' for row, name in enumerate(_weekdays())]
    squares = (
        _square(
            level_of_share(said / max_count),
            (44 + hour % 24 * 29, 18 + hour // 24 * 22, 27, 20),
            f"{calendar.day_name[hour // 24]} {hour % 24:02}:00",
            said,
        )
        for hour, said in enumerate(hours)
    )
    rows = ((f"{hour:02}:00", hours[hour::24]) for hour in range(24))
    return Chart(_join([*marks, *squares]), ["Hour (UTC)", *_weekdays()], _rows(rows))


def draw_growth(counts: dict[str, int]) -> Chart:
    """Draw a bar for each label."""
    width = min(742 / len(counts), 60)
    columns = [
        f'<rect class="chart-bar" x="{number * width:.1f}" y="{120 - bar.share * 1.2:.1f}"'
        f' width="{max(width - 2, 1):.1f}" height="{bar.share * 1.2:.1f}">'
        f"<title>{escape(bar.label)}: {bar.value:,}</title></rect>"
        for number, bar in enumerate(make_bars(counts))
    ]
    words = list(counts)
    columns.append(f'<text x="0" y="136">{escape(words[0])}</text>')
    if len(words) > 1:
        columns.append(f'<text x="{width * len(words):.1f}" y="136" text-anchor="end">{escape(words[-1])}</text>')
    return Chart(_join(columns), ["When", "Messages"], _rows((word, [said]) for word, said in counts.items()))


def make_bars(counts: dict[str, int]) -> list[Bar]:
    most = max(counts.values(), default=0) or 1
    return [Bar(words, count, round(100 * count / most, 1)) for words, count in counts.items()]


def _weekdays() -> list[str]:
    return list(calendar.day_abbr)


def _square(level: int, box: tuple[int, int, int, int], label: str, count: int) -> str:
    x, y, width, height = box
    return (
        f'<rect class="h{level}" x="{x}" y="{y}" width="{width}" height="{height}" rx="3">'
        f"<title>{label}: {count:,}</title></rect>"
    )


def _rows(rows: Iterable[tuple[str, list[int]]]) -> Markup:
    return _join(
        f'<tr><th scope="row">{escape(words)}</th>{"".join(f"<td>{count:,}</td>" for count in counts)}</tr>'
        for words, counts in rows
    )


def _join(parts: Iterable[str]) -> Markup:
    return Markup("\n".join(parts))  # noqa: S704  (the parts are escaped, or names of days and months)
