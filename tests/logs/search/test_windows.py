"""Windows cover all days, the newest first, and follow the sample to where hits are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from logs.search import sql
from logs.search.planner import FETCH_US, FetchAll, IndexWindows, Plan, ReadInOrder
from logs.search.sample import KEY_PREFIX, Sample
from logs.search.windows import Window, walk

LAST = date(2026, 3, 31)
FIRST = LAST - timedelta(days=999)


def sample_of(days: Iterable[date], lines: float) -> Sample:
    ordinals = sorted(((day - date(1970, 1, 1)).days for day in days), reverse=True)
    columns = {"day": ordinals, "channel": [1] * len(ordinals), "id": range(len(ordinals))}
    return Sample(lines, [(f"{KEY_PREFIX}{name}", pack(f">{len(ordinals)}i", *v)) for name, v in columns.items()])


EVEN = sample_of((LAST - timedelta(days=n) for n in range(1000)), 100_000)
"""A sampled line a day, each for a hundred lines."""


def plan_of(kind: type[Plan], hits: Sequence[int], sample: Sample = EVEN, **more: object) -> Plan:
    return kind(
        sample=sample, conditions=[], cost_us=1.0, hits=hits, candidates=hits, line_us=FETCH_US, checks=[], **more
    )


def windows_of(
    plan: Plan, results: Sequence[int] = (), first: date = FIRST, last: date = LAST, *, oldest: bool = False
) -> list[Window]:
    """The windows if the first ones have these numbers of results, and the others none."""
    found: list[int] = []
    windows = []
    for number, window in enumerate(walk(plan, first, last, found, 51, oldest=oldest)):
        windows.append(window)
        found += range(results[number] if number < len(results) else 0)
        if len(found) >= 51:
            break
    return windows


def bounds(window: Window) -> tuple[date, date]:
    """The first day that a window looks at, and the first behind it."""
    (times,) = [c.params for c in window.conditions if c.sql.count("at ") == 2 or c.sql.count("at >=") == 1]
    first, end = times
    assert isinstance(first, datetime)
    assert isinstance(end, datetime)
    assert first.tzinfo == end.tzinfo == UTC
    return first.date(), end.date()


def test_the_first_window_is_as_long_as_hits_are_rare() -> None:
    frequent, rare = (windows_of(plan_of(IndexWindows, range(0, 1000, step)), [51]) for step in (1, 20))
    assert [LAST - window.end for window in frequent] == [timedelta(1)]
    (window,) = rare
    assert window.end == (LAST - timedelta(days=21)).replace(day=1)


def test_what_was_found_says_how_far_back_the_rest_is() -> None:
    first, second = windows_of(
        plan_of(
            ReadInOrder,
            range(0, 1000, 10),
            channels=[1],
            places=range(1000),
            max_places=1e9,
            fallback=plan_of(FetchAll, ()),
        ),
        [10, 41],
    )
    searched, more = (LAST - first.end).days + 1, (first.end - second.end).days
    assert more - 1 <= 2 * searched * 41 / 10 <= more + 1


def test_a_word_out_of_use_is_searched_where_the_sample_has_it() -> None:
    first, second, *_ = windows_of(plan_of(IndexWindows, range(800, 1000)), [0, 51])
    assert LAST - first.end > timedelta(50)
    assert second.end == (LAST - timedelta(days=800)).replace(day=1)


def test_results_among_the_sampled_hits_say_how_many_of_these_are_needed() -> None:
    """Hits that were said long ago, each of which stands for ten results, are expected to go on doing so."""
    hits = range(500, 1000)
    windows = windows_of(plan_of(IndexWindows, hits), [0, 40, 11])
    assert len(windows) == 3
    seen = (LAST - windows[1].end).days + 1 - 500
    assert (windows[1].end - windows[2].end).days <= 2 * seen * 11 / 40 + 31


def test_windows_without_results_grow_by_what_was_compared_in_vain() -> None:
    assert len(windows_of(plan_of(IndexWindows, range(1000)))) <= 7


def test_without_sampled_hits_all_is_one_window() -> None:
    assert [window.end for window in windows_of(plan_of(IndexWindows, ()))] == [FIRST]


def test_reading_goes_on_by_the_index_when_too_much_was_read() -> None:
    fallback = plan_of(FetchAll, range(0, 1000, 50))
    plan = plan_of(ReadInOrder, range(0, 1000, 50), channels=[1], places=range(1000), max_places=100, fallback=fallback)
    *read, rest = windows_of(plan)
    assert read
    assert all(any(condition.sql == "(channel_id = %s)" for condition in window.conditions) for window in read)
    assert read[-1].end >= LAST - timedelta(days=100)
    assert bounds(rest) == (date.min, read[-1].end)


def test_time_is_looked_up_only_where_that_is_cheaper() -> None:
    """Narrowing to two years of a hundred million lines costs more than fetching a few candidates in vain."""
    huge = sample_of((LAST - timedelta(days=n) for n in range(1000)), 1e8)
    few = plan_of(IndexWindows, (), huge)
    (window,) = windows_of(few)
    assert not any(condition.keys for condition in window.conditions)
    many = plan_of(IndexWindows, range(0, 1000, 2), huge)
    assert any(condition.keys for condition in windows_of(many, [51])[0].conditions)


days = st.dates(date(1970, 1, 1), date(2100, 1, 1))


@given(st.data())
def test_windows_cover_every_day_once_until_the_page_is_full(data: st.DataObject) -> None:
    sampled = data.draw(st.lists(days, max_size=40))
    sample = sample_of(sampled, data.draw(st.floats(1, 1e9)))
    hits = data.draw(st.lists(st.integers(0, len(sampled) - 1), unique=True).map(sorted)) if sampled else []
    fallback = plan_of(data.draw(st.sampled_from([FetchAll, IndexWindows])), hits, sample)
    reading = plan_of(
        ReadInOrder,
        hits,
        sample,
        channels=[1, 2],
        places=range(len(sampled)),
        max_places=data.draw(st.floats(0, 50)),
        fallback=fallback,
    )
    plan = data.draw(st.sampled_from([fallback, reading]))
    first, last = sorted(data.draw(st.tuples(days, days)))
    results = data.draw(st.lists(st.integers(0, 60)))
    windows = windows_of(plan, results, first, last)
    end = last + timedelta(days=1)
    for window in windows:
        from_day, to_day = bounds(window)
        assert to_day == end
        assert from_day <= window.end < end
        keys = [key for condition in window.conditions for key in condition.keys]
        assert not keys or set(sql.time_keys(window.end, end - timedelta(days=1))) == set(keys)
        end = window.end
    assert all(window.end > first for window in windows[:-1])
    assert windows[-1].end == first or sum(results[: len(windows)]) >= 51
    windows = windows_of(plan, results, first, last, oldest=True)
    start = first
    for window in windows:
        from_day, to_day = bounds(window)
        assert from_day == start <= window.end < to_day
        keys = [key for condition in window.conditions for key in condition.keys]
        assert not keys or set(sql.time_keys(start, window.end)) == set(keys)
        start = window.end + timedelta(days=1)
    assert all(window.end < last for window in windows[:-1])
    assert windows[-1].end == last or sum(results[: len(windows)]) >= 51


def test_the_oldest_hits_are_searched_where_the_sample_has_them() -> None:
    first, second, *_ = windows_of(plan_of(IndexWindows, range(200)), [0, 51], oldest=True)
    assert first.end - FIRST > timedelta(50)
    assert LAST - timedelta(days=199) <= second.end < LAST - timedelta(days=160)
