"""Scores the candidates of a line by a small network, in pure Python: a linear prefilter, then one hidden layer.

All of it is integer arithmetic, so that every machine decides alike. The weights of a feature for all hidden units are
packed into one long integer, 32 bits a unit: adding two such integers adds all units at once, and multiplying one by a
number multiplies them all. Only the last sum of a candidate is unpacked.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from operator import mul
from pathlib import Path
from typing import Any, NamedTuple

from logs.conversations.description import Candidate, Description
from logs.conversations.feature_names import LINE_FLAGS, LINE_NUMBERS, MAX_NUMBER, NUMBER_UNIT, PAIR_FLAGS, PAIR_NUMBERS
from logs.conversations.said_line import WordTable

_FOLDER = Path(__file__).parent
# Candidates that the prefilter passes to the network.
FINALISTS = 5
_UNIT_BITS = 32
_MAX_SUM = 2 ** (_UNIT_BITS - 1) - 1
_HALF_BITS = 34
_HALF_MASK = (1 << _HALF_BITS) - 1
# Sums of flags' weights that are remembered; others are computed each time.
_MAX_SUMS = 4_000


class Choice(NamedTuple):
    """`place` is an index of the description's candidates, or None where the line begins a conversation."""

    place: int | None
    confidence: float


def _pack(weights: Iterable[int]) -> int:
    """One integer that holds a weight for each unit. Negative ones borrow from the next unit, which sums undo."""
    return sum(weight << _UNIT_BITS * unit for unit, weight in enumerate(weights))


class _FlagSums:
    """Sums of the weights of set flags, remembered for each combination in either half of the bits."""

    def __init__(self, weights: Sequence[int]) -> None:
        self._weights = [NUMBER_UNIT * weight for weight in weights]
        self._low: dict[int, int] = {}
        self._high: dict[int, int] = {}

    def __call__(self, flags: int) -> int:
        try:
            return self._low[flags & _HALF_MASK] + self._high[flags >> _HALF_BITS]
        except KeyError:
            return self._sum(self._low, flags & _HALF_MASK, 0) + self._sum(self._high, flags >> _HALF_BITS, _HALF_BITS)

    def sums(self, many: Sequence[int]) -> list[int]:
        """The sum of each."""
        low, high = self._low, self._high
        try:
            return [low[flags & _HALF_MASK] + high[flags >> _HALF_BITS] for flags in many]
        except KeyError:
            return list(map(self, many))

    def _sum(self, sums: dict[int, int], bits: int, first: int) -> int:
        value = sums.get(bits)
        if value is None:
            value = sum([w for k, w in enumerate(self._weights[first : first + _HALF_BITS]) if bits >> k & 1])
            if len(sums) < _MAX_SUMS:
                sums[bits] = value
        return value


class Model:
    """`choose` decides which candidate a line answers. Raises ValueError for weights that it cannot use."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        names = [*LINE_FLAGS, *LINE_NUMBERS, *PAIR_FLAGS, *PAIR_NUMBERS]
        if values["features"] != names:
            raise ValueError("The reply model was made for other features: train it again (docs/conversations.md).")
        rows: list[list[int]] = [values["bias"], values["begins"], *values["hidden"]]
        if max(sum(map(abs, weights)) for weights in zip(*rows, strict=True)) * MAX_NUMBER > _MAX_SUM:
            raise ValueError("The weights of the reply model are too large.")
        packed = map(_pack, rows)

        def take(count: int) -> list[int]:
            return list(itertools.islice(packed, count))

        self._bias, self._begins = [NUMBER_UNIT * weights for weights in take(2)]
        self._line_flags = _FlagSums(take(len(LINE_FLAGS)))
        self._line_numbers = take(len(LINE_NUMBERS))
        self._pair_flags = _FlagSums(take(len(PAIR_FLAGS)))
        self._pair_numbers = take(len(PAIR_NUMBERS))
        self._output: list[int] = values["output"]
        self._unit = values["scale"] * values["scale"] * NUMBER_UNIT
        self._begins_bonus = round(values["begins_bonus"] * self._unit)
        units = len(self._output)
        self._signs = _pack([_MAX_SUM + 1] * units)
        self._bytes = _UNIT_BITS // 8 * units
        self._unpack = struct.Struct(f"<{units}i").unpack
        prefilter: list[int] = values["prefilter"]
        self._prefilter_flags = _FlagSums(prefilter[: len(PAIR_FLAGS)])
        self._prefilter_numbers = prefilter[len(PAIR_FLAGS) :]

    def choose(self, description: Description) -> Choice:
        """The most probable candidate and its probability among all of them and "begins a conversation"."""
        base = self._bias + self._line_flags(description.flags)
        base = sum(map(mul, description.numbers, self._line_numbers), base)
        best, place = self._output_of(base + self._begins) + self._begins_bonus, None
        scores = [best]
        for finalist in self._find_finalists(description.candidates):
            candidate = description.candidates[finalist]
            start = base + self._pair_flags(candidate.flags)
            score = self._output_of(sum(map(mul, candidate.numbers, self._pair_numbers), start))
            scores.append(score)
            if score > best:
                best, place = score, finalist
        return Choice(place, 1 / sum([math.exp((score - best) / self._unit) for score in scores]))

    def _output_of(self, packed: int) -> int:
        """The network's output for the inputs of the hidden units."""
        # Adding the value of the sign makes each unit's field positive, so that none borrows; taking its bit away
        # again leaves the field as a signed number.
        signed = (packed + self._signs) ^ self._signs
        hidden = self._unpack(signed.to_bytes(self._bytes, "little"))
        return sum([h * weight for h, weight in zip(hidden, self._output, strict=True) if h > 0])

    def _find_finalists(self, candidates: Sequence[Candidate]) -> Iterable[int]:
        """The places of the best candidates by a linear score, the best one first."""
        if len(candidates) <= FINALISTS:
            return range(len(candidates))
        flags = self._prefilter_flags.sums([candidate.flags for candidate in candidates])
        weights = self._prefilter_numbers
        scores = [sum(map(mul, candidate.numbers, weights), s) for candidate, s in zip(candidates, flags, strict=True)]
        # Of equal scores the newest line comes first.
        return sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:FINALISTS]


@functools.cache
def load_model() -> tuple[Model, WordTable]:
    """The shipped model and its word table, read once."""
    words = json.loads((_FOLDER / "words.json").read_text())
    table = WordTable(words["rarity"], words["default_rarity"], words["weights"], words["bias"])
    return Model(json.loads((_FOLDER / "model.json").read_text())), table
