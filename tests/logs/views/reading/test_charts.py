from __future__ import annotations

import re
from datetime import date

import pytest
from django.conf import settings

from logs.text.colours import DARK, LIGHT, MIN_CONTRAST, contrast
from logs.views.reading import charts
from logs.views.reading.charts import LEVELS, level_of_day, level_of_share


def test_levels_rise_with_the_share() -> None:
    levels = [level_of_share(count / 1000) for count in range(1001)]
    assert levels == sorted(levels)
    assert set(levels) == set(range(LEVELS + 1))
    assert (level_of_share(0), level_of_share(1), level_of_share(1e-6)) == (0, 5, 1)


def test_one_busy_day_does_not_make_the_others_look_alike() -> None:
    counts = [0, 1, 40, 200, 400, 800, 2000]
    assert [level_of_day(count, 2000) for count in counts] == [0, 1, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("last", [date(2026, 3, 1), date(2026, 3, 2), date(2024, 2, 29)])
def test_a_picture_of_days_ends_with_the_last_one_and_its_table_says_the_same(last: date) -> None:
    counts = {charts.first_chart_day(last): 3, last: 1234}
    chart = charts.draw_days(last, counts)
    assert len(re.findall("<rect", chart.svg)) == 52 * 7 + last.weekday() + 1
    drawn = re.findall(r"<title>([^<]+): ([1-9][\d,]*)</title>", chart.svg)
    assert drawn[-1] == (f"{last.day} {last:%B %Y}", "1,234")
    assert [said for _, said in drawn] == re.findall(r"<td>([1-9][\d,]*)</td>", chart.rows)
    assert re.findall(r' y="130">(\d{4})</text>', chart.svg)[-1] == str(last.year)
    assert len(re.findall("<tr>", chart.rows)) == charts.WEEKS


def test_a_picture_of_hours_has_a_place_for_each_and_its_table_too() -> None:
    hours = list(range(7 * 24))
    chart = charts.draw_hours(hours)
    drawn = re.findall(r"<title>(\w+) (\d\d):00 UTC: (\d+)</title>", chart.svg)
    assert [int(said) for *_, said in drawn] == hours
    assert drawn[24][:2] == ("Tuesday", "00")
    assert re.findall(r'<th scope="row">(\d\d):00</th><td>(\d+)</td><td>(\d+)', chart.rows)[5] == ("05", "5", "29")


def test_growth_has_a_bar_for_each_time_and_names_its_ends() -> None:
    chart = charts.draw_growth({"2024": 10, "2025": 0, "2026": 20})
    assert re.findall(r"<title>([^<]+)</title>", chart.svg) == ["2024: 10", "2025: 0", "2026: 20"]
    assert re.findall("<text[^>]*>([^<]+)", chart.svg) == ["20", "10", "0", "2024", "2025", "2026"]
    assert re.findall(r' height="([\d.]+)"', chart.svg) == ["55.0", "0.0", "110.0"]


def test_an_axis_has_round_numbers() -> None:
    found = {value: charts.round_up(value) for value in (0, 3, 11, 21, 850, 12_345)}
    assert found == {0: 2, 3: 4, 11: 20, 21: 40, 850: 1000, 12_345: 20_000}
    assert [charts.format_short(value) for value in (40, 1000, 1500, 2_000_000)] == ["40", "1k", "1.5k", "2M"]


def test_squares_and_bars_lead_to_what_they_count() -> None:
    day = date(2026, 3, 1)
    chart = charts.draw_days(day, {day: 3}, lambda found: f"/{found}/")
    assert '<a href="/2026-03-01/" tabindex="-1"><rect' in chart.svg
    assert '<td><a href="/2026-03-01/">3</a></td>' in chart.rows
    assert chart.svg.count("<a ") == 1
    hours = charts.draw_hours([0] * 9 + [5] + [0] * 158, lambda hour: f"/?h={hour}&x")
    assert 'href="/?h=9&amp;x"' in hours.svg
    assert 'href="/2026/"' in charts.draw_growth({"Mar 2026": 3}, {"Mar 2026": "/2026/"}).rows


@pytest.mark.parametrize("theme", [0, 1])
def test_a_days_number_can_be_read_however_full_the_day_was(theme: int) -> None:
    sheets = [(settings.BASE_DIR / "static" / "css" / name).read_text() for name in ("base.css", "charts.css")]
    colours = dict(re.findall(r"(--\w+): light-dark\(#(\w+), #\w+\)" if theme == 0 else PAIR, "".join(sheets)))
    colours["--paper"] = (LIGHT, DARK)[theme][0]
    for filled in range(1, LEVELS + 1):
        rule = re.search(rf"\.h{filled} a {{ color: (?:var\((--\w+)\)|light-dark\(#(\w+), #(\w+)\)); }}", sheets[1])
        ink = (colours[rule[1]] if rule[1] else rule[2 + theme]) if rule else colours["--ink"]
        assert contrast(ink, colours[f"--h{filled}"]) >= MIN_CONTRAST, filled


PAIR = r"(--\w+): light-dark\(#\w+, #(\w+)\)"
