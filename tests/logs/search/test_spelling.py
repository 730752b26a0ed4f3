"""Words that are spelt alike."""

from __future__ import annotations

import pytest

from logs.models import Channel
from logs.search.spelling import MAX_WORDS, rank, similar_words

pytestmark = pytest.mark.django_db

WORDS = ["svnadmin", "receive", "garden", "gardens", "harden", "perl", "perl6", "raku", "regex", "日本", "a", ""]


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("svnadmn", "svnadmin"),
        ("recieve", "receive"),
        ("gardn", "garden"),
        ("rgeex", "regex"),
        ("prel", "perl"),
        ("prl", "perl"),
    ],
)
def test_the_most_similar_word_comes_first(typed: str, best: str) -> None:
    assert rank(typed, WORDS)[:1] == [best]


def test_words_that_are_not_alike_are_left_out() -> None:
    assert rank("zanzibar", WORDS) == []
    assert rank("garden", ["garden"]) == []
    assert len(rank("garden", [f"garde{letter}" for letter in "abcdefgh"])) == MAX_WORDS


def test_words_of_the_channels_are_compared(channels: list[Channel]) -> None:
    found = similar_words("exmaple", [channel.pk for channel in channels])
    assert found[:1] == ["example"]
    assert similar_words("fo", [channels[0].pk]) == []
    assert similar_words("日本語日本", [channels[0].pk]) == []
