"""Which words of a phrase the index is asked for, and when all hits are fetched at once."""

from __future__ import annotations

from typing import cast

import pytest

from logs.search import sql
from logs.search.database import Asking
from logs.search.planner import Plan, plan
from logs.search.query_parser import parse
from logs.search.statistics import Frequencies, Months, Sample, Shares

WORDS = {"the": 0.3, "for": 0.2, "code": 0.01, "class": 0.005, "parrot": 0.004}
KNOWN = Frequencies(10_000_000, Shares(WORDS, 1e-6), Shares({"1": 0.5, "2": 0.001}, 1e-7), Months({}))


class Knowing:
    """What a plan asks of Asking."""

    def frequencies(self) -> Frequencies:
        return KNOWN

    def sample(self) -> Sample:
        return Sample()


def planned(text: str, channels: list[int] | None = None) -> Plan:
    return plan(cast("Asking", Knowing()), parse(text), channels or [], everything=not channels)


def asked(way: Plan) -> list[object]:
    return [param for condition in way.indexed for param in condition.params]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"zebra for the code"', "zebra"),
        ('"code for the zebra zebra"', "zebra"),
        ('"code the class"', "class code"),
        ('"for the"', "for the"),
    ],
)
def test_common_words_of_a_phrase_with_a_rare_one_are_left_to_reading(text: str, words: str) -> None:
    way = planned(text)
    assert asked(way) == [words]
    assert any(sql.READ in condition.sql for condition in way.checked)


def test_words_that_are_not_read_are_all_looked_up() -> None:
    assert asked(planned('zebra the "for"')) == ["zebra", "the", "for"]


@pytest.mark.parametrize("text", ['"zebra for the" OR code', '"zebra the" OR "zebra for"'])
def test_either_of_two_phrases_keeps_all_its_words(text: str) -> None:
    assert asked(planned(text)) == [" ".join(term.words) for term in parse(text).marked]


def test_days_are_sampled_by_all_words() -> None:
    way = planned('"zebra for the code"')
    assert [condition.params for condition in way.telling] == [["zebra for the code"]]


def test_few_hits_are_fetched_at_once_and_many_are_not() -> None:
    assert planned("zebra").few
    assert planned('"zebra for the code"').few
    assert not planned("code").few
    assert planned("code", [2]).likely == pytest.approx(100)
    assert planned("code", [1]).likely == pytest.approx(50_000)
