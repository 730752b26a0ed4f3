"""Which strategy is the cheapest, by what a sample knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from struct import pack

import pytest

from logs.search.planner import FetchAll, IndexWindows, Plan, ReadInOrder, make_plan, possible_plans
from logs.search.query_parser import parse
from logs.search.sample import KEY_PREFIX, Sample

SIZE, LINES = 10_000, 10_000_000
DAYS = [(date(2026, 3, 31) - date(1970, 1, 1)).days - number // 4 for number in range(SIZE)]
EVERY = {"the": 3, "code": 100, "old": 0, "parrot": 300, "parrots": 350, "map": 1200, "mapping": 1300}
BIG, SMALL = 1, 2


def sample() -> Sample:
    """Each line stands for a thousand. Channel 1 has half of them, channel 2 a thousandth; "the" is everywhere."""
    found: dict[str, Iterable[int]] = {word: range(0, SIZE, step) for word, step in EVERY.items() if step}
    found |= {
        "old": range(9000, 9900),
        f"{KEY_PREFIX}{BIG}": range(0, SIZE, 2),
        f"{KEY_PREFIX}{SMALL}": range(1, SIZE, 1000),
    }
    rows = [(element, pack(f">{len(list(numbers))}h", *numbers)) for element, numbers in found.items()]
    columns = [
        (f"{KEY_PREFIX}{name}", pack(f">{SIZE}i", *values)) for name, values in (("day", DAYS), ("id", range(SIZE)))
    ]
    return Sample(LINES, [*rows, *columns, (f"{KEY_PREFIX}channel", pack(f">{SIZE}i", *[BIG] * SIZE))])


SAMPLE = sample()


def planned(text: str, channel: int | None = None) -> Plan:
    return make_plan(SAMPLE, parse(text), [channel or BIG], all_channels=channel is None)


@pytest.mark.parametrize(
    ("text", "channel", "strategy"),
    [
        ("zebra", None, FetchAll),
        ("zebra the", BIG, IndexWindows),
        ("code", None, IndexWindows),
        ("code the", BIG, IndexWindows),
        ("code", SMALL, FetchAll),
        ("old", None, IndexWindows),
        ('"the code"', None, IndexWindows),
        ("th*", None, ReadInOrder),
        ("->", None, ReadInOrder),
        ("-> ::", SMALL, ReadInOrder),
        ("-> zebra", None, FetchAll),
        ("zeb*", None, FetchAll),
        ("parrot*", BIG, ReadInOrder),
        ("zebra th*", None, FetchAll),
        ("code on:2026-03", None, IndexWindows),
        ("before:2026-01-01", None, IndexWindows),
    ],
)
def test_the_strategy_follows_the_number_of_hits(text: str, channel: int | None, strategy: type[Plan]) -> None:
    assert type(planned(text, channel)) is strategy


def test_a_prefix_beside_a_rare_word_is_compared() -> None:
    plan = planned("zebra th*")
    assert not any("'th':*" in str(condition.params) for condition in plan.conditions)
    assert any("~" in condition.sql for condition in plan.conditions)


def test_lines_of_a_large_channel_are_checked_and_those_of_a_small_one_looked_up() -> None:
    assert any("channel_id + 0" in condition.sql for condition in planned("zebra", BIG).conditions)
    assert any(condition.keys == [SMALL] for condition in planned("code", SMALL).conditions)


def test_a_small_archive_needs_no_estimate() -> None:
    (plan,) = possible_plans(Sample(99_999), parse('th* "the code"'), [BIG], all_channels=False)
    assert type(plan) is FetchAll


def test_hits_are_those_of_the_dates_and_channels_searched() -> None:
    assert len(planned("code").hits) == 100
    assert len(planned("code", BIG).hits) == 100
    assert len(planned("code", SMALL).hits) == 0
    assert len(planned("code after:2026-03-02").hits) == 2
    assert len(planned("code before:2026-03-01").hits) == 98


def test_whatever_is_planned_can_find_all_hits() -> None:
    """What counts facets: the conditions by the index, also where lines would be read in order."""
    plan = planned("th*")
    assert isinstance(plan, ReadInOrder)
    assert plan.all_hits == plan.fallback.conditions != plan.conditions
    assert planned("code").all_hits == planned("code").conditions


def test_of_a_long_phrase_only_the_rarest_words_are_looked_up_and_all_are_compared() -> None:
    plan = planned('"the code parrot map zebra"')
    (looked_up,) = [condition.params[0] for condition in plan.conditions if "@@" in condition.sql]
    assert looked_up == "('zebra' & 'map' & 'parrot' & 'code')"
    *_, compared = [condition.params[0] for condition in plan.conditions if "~" in condition.sql]
    assert all(word in str(compared) for word in ("the", "code", "parrot", "map", "zebra"))


def test_of_a_run_without_blanks_only_the_rarest_pairs_are_looked_up() -> None:
    (looked_up,) = [condition.params[0] for condition in planned("検索機能の一覧").conditions if "@@" in condition.sql]
    assert str(looked_up).count("&") == 3
