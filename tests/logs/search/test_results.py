"""Pages of results hold what looking at every line finds, whichever way the search takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line
from logs.search import planner, results, sample
from logs.search.database import FoundLine
from logs.search.planner import FetchAll, IndexWindows, Plan, ReadInOrder
from logs.search.query_parser import Query, parse
from logs.search.results import PAGE_SIZE, ResultPosition, channels_in, search
from logs.search.sample import Sample, sample_cache
from tests import examples
from tests.logs.search import plain_sql
from tests.logs.search.conftest import NICKS, PIECES

pytestmark = pytest.mark.django_db

Pick = Callable[[list[Plan]], list[Plan]]


@dataclass(frozen=True)
class Strategy:
    """Forces what estimates decide in an archive of millions, because 600 lines are always few.

    `pick` chooses among the possible plans; where it finds none, for not every query has all, the last one is taken.
    """

    pick: Pick
    constants: dict[str, float] = field(default_factory=dict)
    has_sample: bool = True


def of(kind: type[Plan]) -> Pick:
    return lambda plans: [plan for plan in plans if isinstance(plan, kind)]


def checking_channels(plans: list[Plan]) -> list[Plan]:
    return [plan for plan in plans if any("channel_id + 0" in condition.sql for condition in plan.conditions)]


def comparing_prefixes(plans: list[Plan]) -> list[Plan]:
    """Plans by the index that look no prefix up, which there are if the query has anything else to look up."""
    by_index = [plan for plan in plans if not isinstance(plan, ReadInOrder)]
    return [plan for plan in by_index if plan.conditions and not any(":*" in str(c.params) for c in plan.conditions)]


def reading(max_places: float, fallback: type[Plan]) -> Pick:
    """Reading in order, which falls back to another plan after a number of sampled lines."""

    def pick(plans: list[Plan]) -> list[Plan]:
        others = of(fallback)(plans)
        return [
            replace(plan, max_places=max_places, fallback=others[-1]) for plan in plans if isinstance(plan, ReadInOrder)
        ]

    return pick


SMALL_WINDOWS = {"planner.WINDOW_HITS": 3, "planner.WINDOW_HITS_COMPARED": 3, "planner.READ_HITS": 3}
NEVER_ALL = {"windows.PAGE_US": 0.0}
ALL_THE_REST = {"windows.PAGE_US": 1e9}

STRATEGIES = {
    "fetch all": Strategy(of(FetchAll)),
    "fetch all and check channels": Strategy(checking_channels),
    "fetch all and compare prefixes": Strategy(lambda plans: of(FetchAll)(comparing_prefixes(plans))),
    "index windows": Strategy(of(IndexWindows), NEVER_ALL),
    "small index windows": Strategy(of(IndexWindows), NEVER_ALL | SMALL_WINDOWS),
    "small index windows without extrapolation": Strategy(
        of(IndexWindows), NEVER_ALL | SMALL_WINDOWS | {"windows.RELIABLE_RESULTS": 99}
    ),
    "small index windows that extrapolate from one result": Strategy(
        of(IndexWindows), NEVER_ALL | SMALL_WINDOWS | {"windows.RELIABLE_RESULTS": 1}
    ),
    "index windows without narrowing": Strategy(of(IndexWindows), ALL_THE_REST | SMALL_WINDOWS),
    "index windows and compare prefixes": Strategy(
        lambda plans: of(IndexWindows)(comparing_prefixes(plans)), NEVER_ALL | SMALL_WINDOWS
    ),
    "index windows without a sample": Strategy(of(IndexWindows), {"windows.DAYS_WITHOUT_SAMPLE": 2}, has_sample=False),
    "read in order": Strategy(reading(1e9, FetchAll), SMALL_WINDOWS),
    "read in order, then fetch the rest": Strategy(reading(20, FetchAll), SMALL_WINDOWS),
    "read in order, then index windows": Strategy(reading(20, IndexWindows), SMALL_WINDOWS | NEVER_ALL),
    "index windows, as nothing may be read in order": Strategy(reading(0, IndexWindows), SMALL_WINDOWS | NEVER_ALL),
}


def use_strategy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    strategy = STRATEGIES[name]
    for constant, value in strategy.constants.items():
        monkeypatch.setattr(f"logs.search.{constant}", value)
    monkeypatch.setattr(sample, "SMALL_ARCHIVE_LINES", 0)
    if not len(sample_cache._sample):
        sample_cache.store(sample.read_sample() if strategy.has_sample else Sample(lines=1_000_000))

    def make_plan(sample: Sample, query: Query, channels: list[int], *, all_channels: bool) -> Plan:
        plans = planner.possible_plans(sample, query, channels, all_channels=all_channels)
        return (strategy.pick(plans) or plans)[-1]

    monkeypatch.setattr(results, "make_plan", make_plan)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes searches use a strategy."""
    return lambda name: use_strategy(monkeypatch, name)


words = st.sampled_from([*PIECES, "foo", "bar", "fo", "OR", "a", "z"])
quoted = st.lists(words, min_size=1, max_size=3).map(lambda some: '"' + " ".join(some) + '"')
prefixes = st.sampled_from(["fo", "b", "1", "grö", "foo.b", "日", "ann@ex"]).map(lambda word: f"{word}*")
dates = st.sampled_from(["2024", "2024-12", "2024-12-31", "2025-1", "2025-02-03", "2025", "0001", "9999", "2024-13"])
moments = st.sampled_from(["2024-12-31T12:00Z", "2025-02-03T10:30:00.5+01:00", "2025-01-01T00:00", "2024-11-30T24:00"])
operators = st.one_of(
    st.tuples(st.sampled_from(["nick:", "from:", "-nick:"]), st.sampled_from([*NICKS, "ANN", "nobody"])),
    st.tuples(st.sampled_from(["before:", "after:", "on:"]), dates | moments),
    st.tuples(st.just("text:"), words | quoted),
    st.tuples(
        st.just("in:"), st.sampled_from(["foo", "#FOO", "##bar", "other/#foo[1]", "libera/", "Other/", "nowhere"])
    ),
    st.tuples(
        st.just("kind:"), st.sampled_from(["message", "ACTION", "topic", "join", "part", "nick", "kick", "shout"])
    ),
    st.just(("has:", "link")),
    st.tuples(st.just("site:"), st.sampled_from(["raku.org", "example.com", "org", "https://www.example.com/x", "-"])),
).map("".join)
terms = st.one_of(words, words, quoted, prefixes, operators)
pieces = st.one_of(terms, terms, terms, terms.map(lambda term: f"-{term}"), st.tuples(terms, terms).map(" OR ".join))
queries = st.lists(pieces, min_size=1, max_size=5).map(" ".join) | st.text(max_size=30)

same_archive = settings(max_examples=examples.count(60, nightly=250))


def ids(lines: list[FoundLine]) -> list[tuple[int, int]]:
    return [(line.channel_id, line.id) for line in lines]


def all_pages(query: Query, pks: list[int], *, all_channels: bool) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    after = None
    while True:
        shown = search(query, pks, all_channels=all_channels, after=after)
        assert len(shown.lines) <= PAGE_SIZE
        assert not shown.too_slow
        found += ids(shown.lines)
        if not shown.has_more:
            return found
        after = ResultPosition.of(shown.lines[-1])


@pytest.mark.parametrize("strategy", ["a small archive", *STRATEGIES])
@same_archive
@given(text=queries, all_channels=st.booleans(), oldest=st.booleans())
@example(text="a*", all_channels=True, oldest=True)
@example(text="a*", all_channels=True, oldest=False)
@example(text="foo b*", all_channels=False, oldest=True)
@example(text="foo kind:part OR bar", all_channels=True, oldest=True)
@example(text="before:0001", all_channels=False, oldest=True)
@example(text="after:9999", all_channels=False, oldest=True)
@example(text="nick:a\0b \0", all_channels=True, oldest=False)
@example(text="-foo", all_channels=True, oldest=False)
def test_pages_hold_what_looking_at_every_line_finds(
    use: Callable[[str], None],
    lines: list[Line],
    strategy: str,
    text: str,
    *,
    all_channels: bool,
    oldest: bool,
) -> None:
    if strategy in STRATEGIES:
        use(strategy)
    query = replace(parse(text), oldest=oldest)
    searched = list(channels_in(query, Channel.objects.all() if all_channels else Channel.objects.filter(name="#foo")))
    found = all_pages(query, [channel.pk for channel in searched], all_channels=all_channels and not query.channels)
    expected = plain_sql.results(query, lines, searched) if query else []
    assert found == (expected[::-1] if oldest else expected)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("number", [PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE, 2 * PAGE_SIZE + 1])
def test_a_page_knows_whether_further_results_follow(
    use: Callable[[str], None], channels: list[Channel], strategy: str, number: int
) -> None:
    """At the exact end of a page as well: the last one has no link to an empty page."""
    start = datetime(2025, 1, 1, tzinfo=UTC)
    said = [Entry(channels[0].pk, start + timedelta(hours=n), Kind.MESSAGE, "ann", "zebra") for n in range(number)]
    with transaction.atomic():
        store_lines(said)
    use(strategy)
    query, pks = parse("zeb*" if "read" in strategy or "prefix" in strategy else "zebra"), [channels[0].pk]
    query.oldest = number % 2 == 0
    sizes, after = [], None
    has_more = True
    while has_more:
        page = search(query, pks, all_channels=False, after=after)
        sizes.append(len(page.lines))
        has_more, after = page.has_more, ResultPosition.of(page.lines[-1])
        assert has_more == (sum(sizes) < number)
        assert page.is_exact == (number <= PAGE_SIZE)
    assert sizes == [min(PAGE_SIZE, number - first) for first in range(0, number, PAGE_SIZE)]


def test_every_strategy_is_what_its_name_says(use: Callable[[str], None], channels: list[Channel]) -> None:
    used = {}
    for name in STRATEGIES:
        sample_cache.clear()
        use(name)
        page = search(parse("foo b*" if "compare" in name else "b*"), [channels[0].pk], all_channels=False)
        assert page.plan
        used[name] = type(page.plan).__name__
    for name, kind in used.items():
        expected = "ReadInOrder" if "read" in name else "FetchAll" if name.startswith("fetch") else "IndexWindows"
        assert kind == expected, name


@pytest.mark.parametrize("strategy", ["fetch all", "index windows"])
def test_a_search_that_takes_too_long_ends_with_what_it_has(
    monkeypatch: pytest.MonkeyPatch,
    use: Callable[[str], None],
    channels: list[Channel],
    slow_words: Callable[[], None],
    strategy: str,
) -> None:
    monkeypatch.setattr(results, "SEARCH_TIMEOUT_SECONDS", 0.3)
    use(strategy)
    slow_words()
    found = search(parse("foo -nothing"), [channel.pk for channel in channels], all_channels=True)
    assert (found.too_slow, found.has_more, found.is_exact) == (True, True, False)
    assert Line.objects.count() == 600  # the connection is as good as before


def test_other_database_errors_are_no_timeout(monkeypatch: pytest.MonkeyPatch, channels: list[Channel]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(results, "_fill", fail)
    with pytest.raises(OperationalError):
        search(parse("foo"), [channels[0].pk], all_channels=False)


def test_a_line_of_a_channel_that_came_up_meanwhile_is_left_out(channels: list[Channel]) -> None:
    known = [channel.pk for channel in channels[:2]]
    found = search(parse("foo"), known, all_channels=True)
    assert found.lines
    assert {line.channel_id for line in found.lines} == set(known)
