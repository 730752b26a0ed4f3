"""Scores the candidates of a line by a small network, in pure Python: a linear prefilter, then one hidden layer.

Flags come as bits of an integer. The sum of the weights of neighbouring flags is computed once for each combination,
so that a candidate costs a few additions of short vectors instead of a product with a matrix.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from operator import mul
from pathlib import Path
from typing import Any, NamedTuple

from logs.conversations.description import Candidate, Description
from logs.conversations.feature_names import LINE_FLAGS, LINE_NUMBERS, PAIR_FLAGS, PAIR_NUMBERS
from logs.conversations.said_line import WordTable

_FOLDER = Path(__file__).parent
# Candidates that the prefilter passes to the network.
FINALISTS = 3
_GROUP_BITS = 17
_GROUP_MASK = (1 << _GROUP_BITS) - 1
_HALF_BITS = 34
_HALF_MASK = (1 << _HALF_BITS) - 1
# Sums and products that are remembered; others are computed each time.
_MAX_SUMS = 1_000
_MAX_PRODUCTS = 100
_MAX_HALVES = 10_000

Vector = tuple[float, ...]


class Choice(NamedTuple):
    """`place` is an index of the description's candidates, or None where the line begins a conversation."""

    place: int | None
    confidence: float


class _Products:
    """Products of a feature's weights with its value, remembered for values that recur, as those of counts do."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._weights = weights
        self._products: dict[float, Vector] = {}

    def __call__(self, value: float) -> Vector:
        product = self._products.get(value)
        if product is None:
            product = tuple([value * weight for weight in self._weights])
            if len(self._products) < _MAX_PRODUCTS:
                self._products[value] = product
        return product


class _FlagSums:
    """Sums of the weights of set flags, remembered for each combination of neighbouring flags."""

    def __init__(self, weights: Sequence[Vector]) -> None:
        self._groups = [weights[k : k + _GROUP_BITS] for k in range(0, len(weights), _GROUP_BITS)]
        self._sums: list[dict[int, Vector]] = [{} for _ in self._groups]

    def vectors(self, flags: int) -> list[Vector]:
        """Return vectors whose sum is the sum of the weights of all set flags."""
        vectors = []
        for group, sums in enumerate(self._sums):
            bits = flags & _GROUP_MASK
            if bits:
                vector = sums.get(bits)
                if vector is None:
                    chosen = [weight for k, weight in enumerate(self._groups[group]) if bits >> k & 1]
                    vector = tuple(map(sum, zip(*chosen, strict=True)))
                    if len(sums) < _MAX_SUMS:
                        sums[bits] = vector
                vectors.append(vector)
            flags >>= _GROUP_BITS
        return vectors


class _Prefilter:
    """A linear score of flags and numbers. The sums of flags are remembered by halves, whole ones recur less."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._flag_weights = weights[: len(PAIR_FLAGS)]
        self._number_weights = weights[len(PAIR_FLAGS) :]
        self._low: dict[int, float] = {}
        self._high: dict[int, float] = {}

    def scores(self, candidates: Sequence[Candidate]) -> list[float]:
        low, high, weights = self._low, self._high, self._number_weights
        scores = []
        for candidate in candidates:
            flags = candidate.flags
            try:
                score = low[flags & _HALF_MASK] + high[flags >> _HALF_BITS]
            except KeyError:
                score = self._sum(low, flags & _HALF_MASK, 0) + self._sum(high, flags >> _HALF_BITS, _HALF_BITS)
            scores.append(sum(map(mul, candidate.numbers, weights), score))
        return scores

    def _sum(self, sums: dict[int, float], bits: int, first: int) -> float:
        value = sums.get(bits)
        if value is None:
            value = sum([w for k, w in enumerate(self._flag_weights[first : first + _HALF_BITS]) if bits >> k & 1])
            if len(sums) < _MAX_HALVES:
                sums[bits] = value
        return value


class Model:
    """`choose` decides which candidate a line answers. Raises ValueError for weights made for other features."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        names = [*LINE_FLAGS, *LINE_NUMBERS, *PAIR_FLAGS, *PAIR_NUMBERS]
        if values["features"] != names:
            raise ValueError("The reply model was made for other features: train it again (docs/conversations.md).")
        hidden = [tuple(weight / values["scale"] for weight in row) for row in values["hidden"]]
        rows = iter(hidden)

        def take(count: int) -> list[Vector]:
            return list(itertools.islice(rows, count))

        self._line_flags = _FlagSums(take(len(LINE_FLAGS)))
        self._line_numbers = [_Products(row) for row in take(len(LINE_NUMBERS))]
        self._pair_flags = _FlagSums(take(len(PAIR_FLAGS)))
        self._pair_numbers = [_Products(row) for row in take(len(PAIR_NUMBERS))]
        self._begins = tuple(w / values["scale"] for w in values["begins"])
        self._bias = tuple(w / values["scale"] for w in values["bias"])
        self._output = tuple(w / values["scale"] for w in values["output"])
        self._begins_bonus = float(values["begins_bonus"])
        self._prefilter = _Prefilter([w / values["scale"] for w in values["prefilter"]])

    def choose(self, description: Description) -> Choice:
        """The most probable candidate and its probability among all of them and "begins a conversation"."""
        vectors = self._line_flags.vectors(description.flags)
        vectors += [
            products(number) for number, products in zip(description.numbers, self._line_numbers, strict=True) if number
        ]
        base = tuple(map(sum, zip(self._bias, *vectors, strict=True)))
        finalists = self._find_finalists(description.candidates)
        scores = [self._output_of([base, self._begins]) + self._begins_bonus]
        for place in finalists:
            candidate = description.candidates[place]
            vectors = self._pair_flags.vectors(candidate.flags)
            vectors += [
                products(number)
                for number, products in zip(candidate.numbers, self._pair_numbers, strict=True)
                if number
            ]
            vectors.append(base)
            scores.append(self._output_of(vectors))
        best = max(range(len(scores)), key=scores.__getitem__)
        confidence = 1 / sum([math.exp(score - scores[best]) for score in scores])
        return Choice(finalists[best - 1] if best else None, confidence)

    def _output_of(self, vectors: list[Vector]) -> float:
        """The network's output where these vectors add up to the input of the hidden layer."""
        hidden = map(sum, zip(*vectors, strict=True))
        score: float = sum([h * weight for h, weight in zip(hidden, self._output, strict=True) if h > 0.0])
        return score

    def _find_finalists(self, candidates: Sequence[Candidate]) -> list[int]:
        """The places of the best candidates by a linear score, the best one first."""
        places = range(len(candidates))
        if len(candidates) <= FINALISTS:
            return list(places)
        scores = self._prefilter.scores(candidates)
        return sorted(places, key=scores.__getitem__, reverse=True)[:FINALISTS]


@functools.cache
def load_model() -> tuple[Model, WordTable]:
    """The shipped model and its word table, read once."""
    words = json.loads((_FOLDER / "words.json").read_text())
    table = WordTable(words["rarity"], words["default_rarity"], words["weights"], words["bias"])
    return Model(json.loads((_FOLDER / "model.json").read_text())), table
