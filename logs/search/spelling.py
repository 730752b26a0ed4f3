"""Words of the archive that are spelt like one that no line has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from logs.search import sql
from logs.search.database import SearchSession, TooSlowError, open_session
from logs.search.query_parser import Query, Term
from logs.search.results import search
from logs.search.sample import sample_cache
from logs.text.words import is_segmented, split_words

MIN_CHARACTERS = 3
"""Of shorter words too many are alike."""

MAX_LENGTH_DIFFERENCE = 2
MIN_SIMILARITY = 0.25
"""Shared trigrams of all trigrams. One wrong letter in the middle of four leaves two of eight."""

MIN_SHARED = 2
MAX_TRANSPOSED = 16
"""Letters at the beginning of a word that may have been exchanged."""

MAX_WORDS = 5

NEWEST_LINES = 3000
"""In an archive without a sample, the words of this many lines are compared."""

TIMEOUT_SECONDS = 0.3

_WORDS_OF_NEWEST = f"""
    SELECT DISTINCT unnest(tsvector_to_array({sql.WORDS})) FROM (
        SELECT text, kind FROM logs_line WHERE channel_id = ANY(%s) ORDER BY at DESC LIMIT {NEWEST_LINES}
    ) AS newest
"""  # noqa: S608  (only constants of these modules)


def similar_words(word: str, channels: list[int], hidden_periods: Sequence[int] = ()) -> list[str]:
    """Up to MAX_WORDS words, the most similar first, that the channels may have.

    The list of words is that of the sample of lines, which knows no rare words; those that begin like the word are
    looked up. It may hold words that the visitor cannot read: the caller has to search for each before showing it.
    """
    if len(word) < MIN_CHARACTERS or not all(map(is_segmented, word)):
        return []
    return rank(word, [*_common_words(channels), *_rare_words(word, channels, hidden_periods)])


def rank(word: str, words: Iterable[str]) -> list[str]:
    """The most similar words, by the trigrams that they share."""
    grams, transposed = _trigrams(word), _transposed(word)
    found = {}
    for other in words:
        if other in transposed:
            found[other] = 1.0
        elif abs(len(other) - len(word)) > MAX_LENGTH_DIFFERENCE or other == word:
            continue
        # A set of its trigrams would take longer, and most words share none.
        elif (shared := _count_shared(grams, other)) >= MIN_SHARED:
            found[other] = shared / (len(grams) + len(other) + 1 - shared)
    alike = (pair for pair in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])) if pair[1] >= MIN_SIMILARITY)
    return [other for other, _ in islice(alike, MAX_WORDS)]


def _count_shared(grams: set[str], word: str) -> int:
    padded = f"  {word} "
    return sum(gram in padded for gram in grams)


def _transposed(word: str) -> set[str]:
    """The word with two neighbouring letters exchanged, which leaves few of its trigrams."""
    places = range(min(len(word), MAX_TRANSPOSED) - 1)
    return {f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in places} - {word}


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def _common_words(channels: list[int]) -> Iterable[str]:
    try:
        with open_session(TIMEOUT_SECONDS) as session:
            sample = sample_cache.current(session)
            return sample.words if len(sample) else _words_of_newest(session, channels)
    except TooSlowError:
        return ()


def _words_of_newest(session: SearchSession, channels: list[int]) -> list[str]:
    return [word for (word,) in session.execute(_WORDS_OF_NEWEST, [channels])]


def _rare_words(word: str, channels: list[int], hidden_periods: Sequence[int]) -> set[str]:
    """From a page of lines, words with the first two thirds of this one, or with two of its letters exchanged."""
    beginning, transposed = word[: max(3, len(word) * 2 // 3)], _transposed(word)
    terms = [Term(beginning, prefix=True), *map(Term, sorted(transposed))]
    query = Query(groups=[terms])
    page = search(query, channels, all_channels=False, hidden_periods=hidden_periods, seconds=TIMEOUT_SECONDS)
    words = {other for line in page.lines for other in split_words(line.text)}
    return {other for other in words if other.startswith(beginning) or other in transposed}
