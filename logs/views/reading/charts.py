"""Charts as SVG, and tables of the same numbers; templates/_charts.html frames both.

The charts of a page have about a thousand squares. They are written here, because a template would take a third of the
page's time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext
from markupsafe import Markup, escape

from logs.localize import format_date, number_formatter, weekday_names

WIDTH, LEFT, AXIS, PITCH = 776, 34, 44, 14
"""Widths in pixels: of a chart, of its labels on the left, of an axis with numbers, and of a week."""

MIN_YEAR_WEEKS = 5

LEVELS = 5
WEEKS = 53


class Chart(NamedTuple):
    """A chart: the content of its SVG element, and the column headings and rows of its table."""

    svg: Markup
    headings: list[str]
    rows: Markup


class Bar(NamedTuple):
    """A bar of a chart; `share` is its percentage of the highest bar, 0 to 100; `address` is where it leads."""

    label: str
    value: int
    share: float
    address: str = ""


Address = Callable[[date], str]
"""Returns the address of a day's page; empty where there is none."""

HourAddress = Callable[[int], str]
"""Returns an address for an hour of the week."""


def level_of_share(share: float) -> int:
    """Return the level of activity from 1 to LEVELS for a share of the maximum (0 to 1); 0 for nothing."""
    # Without the subtraction a rounding error would raise exact fractions to the next level.
    return math.ceil(LEVELS * share - 1e-9)


def level_of_day(count: int, max_count: int) -> int:
    """Return the level of a day. The square root keeps one busy day from making all others look the same."""
    return level_of_share(math.sqrt(count / max_count)) if count else 0


def first_chart_day(last: date) -> date:
    """Return the Monday on which a chart of WEEKS weeks begins."""
    return last - timedelta(days=last.weekday(), weeks=WEEKS - 1)


def _no_address(_place: object) -> str:
    return ""


def draw_days(last: date, counts: dict[date, int], address: Address = _no_address) -> Chart:
    """Draw a column for each week; the last one may be incomplete. A day with messages leads to its page."""
    first = first_chart_day(last)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    max_count = max(counts.values(), default=1)
    marks = [*_months(first), *_weekday_marks()]
    write = number_formatter()
    squares = (
        _square(
            level_of_day(counts.get(day, 0), max_count),
            (LEFT + number // 7 * PITCH, 18 + number % 7 * PITCH, 12, 12),
            f"{format_date(day)}: {write(counts.get(day, 0))}",
            address(day) if counts.get(day) else "",
        )
        for number, day in enumerate(days)
    )
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)]
    rows = (
        (
            format_date(week[0], "short with year"),
            [(write(counts.get(day, 0)), address(day) if counts.get(day) else "") for day in week],
        )
        for week in weeks
    )
    return Chart(_join([*marks, *squares]), [gettext("Week of"), *weekday_names("abbreviated")], _rows(rows))


def _months(first: date) -> Iterator[str]:
    """Yield the names of months above the columns in which they begin, and below the chart the years."""
    years: dict[int, int] = {}
    for week in range(WEEKS - 1):
        monday = first + timedelta(weeks=week)
        # The first Monday of a month: its name stands once.
        if monday.day <= 7:
            yield f'<text x="{LEFT + week * PITCH}" y="10">{format_date(monday, "name of month")}</text>'
            years.setdefault(monday.year, week)
    starts = list(years.items())
    # A year that only the first weeks belong to has no room for its name.
    if len(starts) > 1 and starts[1][1] - starts[0][1] < MIN_YEAR_WEEKS:
        del starts[0]
    for year, week in starts:
        yield f'<text x="{LEFT + week * PITCH}" y="130">{year}</text>'


def _weekday_marks() -> Iterator[str]:
    names = weekday_names("abbreviated")
    for row in (0, 2, 4, 6):
        yield f'<text x="0" y="{28 + row * PITCH}">{names[row]}</text>'


def draw_hours(hours: list[int], address: HourAddress = _no_address) -> Chart:
    """Draw a row for each weekday; `hours` are the counts of the 168 hours of a week, as HourCount numbers them."""
    max_count = max(hours) or 1
    marks = [f'<text x="{44 + hour * 29}" y="10">{hour:02}:00</text>' for hour in range(0, 24, 3)]
    marks += [f'<text x="0" y="{33 + row * 22}">{name}</text>' for row, name in enumerate(weekday_names("abbreviated"))]
    names, write = weekday_names(), number_formatter()
    addresses = [address(hour) if count else "" for hour, count in enumerate(hours)]
    squares = (
        _square(
            level_of_share(count / max_count),
            (44 + hour % 24 * 29, 18 + hour // 24 * 22, 27, 20),
            f"{names[hour // 24]} {hour % 24:02}:00 UTC: {write(count)}",
            addresses[hour],
        )
        for hour, count in enumerate(hours)
    )
    cells = list(zip(map(write, hours), addresses, strict=True))
    rows = ((f"{hour:02}:00", cells[hour::24]) for hour in range(24))
    headings = [gettext("Hour (UTC)"), *weekday_names("abbreviated")]
    return Chart(_join([*marks, *squares]), headings, _rows(rows))


def draw_growth(
    counts: dict[str, int], addresses: dict[str, str] | None = None, year_starts: Collection[str] | None = None
) -> Chart:
    """Draw a bar for each label, with an axis of round numbers.

    The labels that begin a year stand below their bar: `year_starts`, or all.
    """
    addresses, write = addresses or {}, number_formatter()
    width = min((WIDTH - AXIS) / len(counts), 60)
    top = round_up(max(counts.values(), default=0))
    parts = [
        f'<path class="chart-axis" d="M{AXIS} {y}H{WIDTH}"/><text x="{AXIS - 6}" y="{y + 4}" text-anchor="end">'
        f"{format_short(value)}</text>"
        for value, y in ((top, 10), (top // 2, 65), (0, 120))
    ]
    for number, (label, value) in enumerate(counts.items()):
        height = 110 * value / top
        bar = (
            f'<rect class="chart-bar" x="{AXIS + number * width:.1f}" y="{120 - height:.1f}"'
            f' width="{max(width - 2, 1):.1f}" height="{height:.1f}">'
            f"<title>{escape(label)}: {write(value)}</title></rect>"
        )
        parts.append(_link(addresses.get(label, ""), bar))
    parts += _growth_labels(list(counts), width, counts if year_starts is None else year_starts)
    rows = ((label, [(write(value), addresses.get(label, ""))]) for label, value in counts.items())
    return Chart(_join(parts), [gettext("When"), gettext("Messages")], _rows(rows))


MIN_LABEL_WIDTH = 58
"""Pixels between the beginnings of two labels of an axis."""


def _growth_labels(labels: list[str], width: float, year_starts: Collection[str]) -> Iterator[str]:
    """Yield labels below their bars: of months the first and each January, of these as many as have room."""
    starts = [number for number, label in enumerate(labels) if not number or label in year_starts]
    end = -MIN_LABEL_WIDTH * 1.0
    for number in starts:
        x = number * width
        if x >= end + MIN_LABEL_WIDTH and x <= WIDTH - AXIS - MIN_LABEL_WIDTH / 2:
            yield f'<text x="{AXIS + x:.1f}" y="136">{escape(labels[number])}</text>'
            end = x


def round_up(value: int) -> int:
    """Return the next number of the form 2, 4, 6, 8 or 10 times a power of ten, whose half is a round number, too."""
    power = 1
    while value > 10 * power:
        power *= 10
    return next(factor * power for factor in (2, 4, 6, 8, 10) if factor * power >= value)


def format_short(value: int) -> str:
    """Write a round number shortly: 800, 20k, 1.5M."""
    for size, sign in ((1_000_000, "M"), (1000, "k")):
        if value >= size:
            return f"{value / size:g}{sign}"
    return str(value)


def make_bars(counts: dict[str, int], addresses: dict[str, str] | None = None) -> list[Bar]:
    max_count = max(counts.values(), default=0) or 1
    urls = addresses or {}
    return [
        Bar(words, count, round(100 * count / max_count, 1), urls.get(words, "")) for words, count in counts.items()
    ]


def _square(level: int, box: tuple[int, int, int, int], label: str, address: str = "") -> str:
    x, y, width, height = box
    return _link(
        address,
        f'<rect class="h{level}" x="{x}" y="{y}" width="{width}" height="{height}" rx="3">'
        f"<title>{label}</title></rect>",
    )


def _link(address: str, content: str) -> str:
    """Make a part of a chart a link. The table has the same links for the keyboard, where they are out of the way."""
    return f'<a href="{escape(address)}" tabindex="-1">{content}</a>' if address else content


def _rows(rows: Iterable[tuple[str, list[tuple[str, str]]]]) -> Markup:
    return _join(
        f'<tr><th scope="row">{escape(words)}</th>{"".join(_cell(*cell) for cell in cells)}</tr>'
        for words, cells in rows
    )


def _cell(count: str, address: str) -> str:
    number = f'<a href="{escape(address)}">{count}</a>' if address else count
    return f"<td>{number}</td>"


def _join(parts: Iterable[str]) -> Markup:
    return Markup("\n".join(parts))  # noqa: S704  (the parts are escaped, or names of days and months)
