"""Scores the candidates of a line by a small network, in pure Python: a linear prefilter, then one hidden layer.

Flags come as bits of an integer. The sum of the weights of twelve flags is computed once for each combination that
occurs, so that a candidate costs a few additions of short vectors instead of a product with a matrix. The features are
named here in the order of their bits and numbers.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from operator import add, mul
from pathlib import Path
from typing import Any, NamedTuple

from logs.conversations.said_line import SaidLine, WordTable

LINE_FLAGS = """
    addresses_known addresses_stranger mentions question question_word greeting thanks agreement url bot command
    short has_previous previous_addressed previous_same_address called_since_own called follows_own new_speaker
    paste previous_is_near own_conversation_is_pair
""".split()  # noqa: SIM905  (a table of names)
LINE_NUMBERS = """
    length lines_since_own minutes_since_own minutes_of_20_lines speakers starts continues own_conversation_size
""".split()  # noqa: SIM905  (a table of names)

PAIR_FLAGS = """
    distance_1 distance_2 distance_3_5 distance_6_15 minute_0 minute_1 minutes_2_4 minutes_5_14 minutes_15
    same_speaker own_last own_adjacent addresses_me mentions_me mentions_me_last mentions_me_unanswered i_address_it
    i_address_its_last i_address_mutual i_address_other i_mention_it addresses_other addresses_nobody same_address
    mentions_my_addressee is_speakers_last i_mentioned_speaker speaker_mentioned_me we_exchanged own_conversation
    last_of_own_conversation last_of_conversation i_am_in_conversation addressee_in_conversation
    conversation_is_ours replied replied_twice replied_by_me open_question begins_conversation question greeting
    thanks url bot command short new_speaker followed_by_own follows_own both_questions both_greetings
    thanks_for_call bot_for_command agreement_to_question answers_me answers_me_unanswered answers_my_addressee
    is_partner is_previous_address since_own open_question_to_me both_pastes same_address_as_previous
    in_calling_conversation previous_answers_it previous_parent_speaker
""".split()  # noqa: SIM905  (a table of names)
PAIR_NUMBERS = """
    log_distance log_minutes address_rank lines_after_by_speaker own_lines_after conversation_size
    conversation_overlap conversation_age conversation_lines_after overlap rarest_shared_word shared_words length
    is_answered starts exchanges
""".split()  # noqa: SIM905  (a table of names)

# The flags that describe conversations: unknown while the first model of the training is made.
STRUCTURE_FLAGS = frozenset(
    """
    own_conversation last_of_own_conversation last_of_conversation i_am_in_conversation addressee_in_conversation
    conversation_is_ours replied replied_twice replied_by_me open_question begins_conversation answers_me
    answers_me_unanswered answers_my_addressee is_partner in_calling_conversation we_exchanged
    own_conversation_is_pair previous_answers_it previous_parent_speaker
    """.split()  # noqa: SIM905  (a table of words)
)
STRUCTURE_NUMBERS = frozenset(
    """
    conversation_size conversation_overlap conversation_age conversation_lines_after own_conversation_size
    """.split()  # noqa: SIM905  (a table of words)
)


@dataclasses.dataclass(slots=True)
class Candidate:
    line: SaidLine
    flags: int
    numbers: tuple[float, ...]


@dataclasses.dataclass(slots=True)
class Description:
    """A new line and the candidates that deserve a look, newest first."""

    flags: int
    numbers: tuple[float, ...]
    candidates: list[Candidate]


_FOLDER = Path(__file__).parent
# Candidates that the prefilter passes to the network.
FINALISTS = 3
_GROUP_BITS = 12
_GROUP_MASK = (1 << _GROUP_BITS) - 1
# Combinations remembered for each group; others are computed each time.
_MAX_SUMS = 1_000

Vector = tuple[float, ...]


class Choice(NamedTuple):
    """`place` is an index of the description's candidates, or None where the line begins a conversation."""

    place: int | None
    confidence: float


class _FlagWeights:
    """Sums of the weight vectors of set flags, remembered for each combination of twelve neighbouring flags."""

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

        self._line_flags, self._line_numbers = _FlagWeights(take(len(LINE_FLAGS))), take(len(LINE_NUMBERS))
        self._pair_flags, self._pair_numbers = _FlagWeights(take(len(PAIR_FLAGS))), take(len(PAIR_NUMBERS))
        self._begins = tuple(w / values["scale"] for w in values["begins"])
        self._bias = tuple(w / values["scale"] for w in values["bias"])
        self._output = tuple(w / values["scale"] for w in values["output"])
        self._begins_bonus = float(values["begins_bonus"])
        prefilter = [w / values["scale"] for w in values["prefilter"]]
        self._prefilter_flags = _FlagWeights([(w,) for w in prefilter[: len(PAIR_FLAGS)]])
        self._prefilter_numbers = prefilter[len(PAIR_FLAGS) :]

    def choose(self, description: Description) -> Choice:
        """The most probable candidate and its probability among all of them and "begins a conversation"."""
        base = self._bias
        for vector in self._line_flags.vectors(description.flags):
            base = tuple(map(add, base, vector))
        for number, weight in zip(description.numbers, self._line_numbers, strict=True):
            if number:
                base = tuple(b + number * w for b, w in zip(base, weight, strict=True))
        finalists = self._find_finalists(description)
        scores = [self._output_of(map(add, base, self._begins)) + self._begins_bonus]
        for place in finalists:
            candidate = description.candidates[place]
            hidden: Sequence[float] = base
            for vector in self._pair_flags.vectors(candidate.flags):
                hidden = list(map(add, hidden, vector))
            for number, weight in zip(candidate.numbers, self._pair_numbers, strict=True):
                if number:
                    hidden = [h + number * w for h, w in zip(hidden, weight, strict=True)]
            scores.append(self._output_of(hidden))
        best = max(range(len(scores)), key=scores.__getitem__)
        confidence = 1 / sum(math.exp(score - scores[best]) for score in scores)
        return Choice(finalists[best - 1] if best else None, confidence)

    def _output_of(self, hidden: Any) -> float:
        score: float = sum(map(mul, self._output, [h if h > 0 else 0.0 for h in hidden]))
        return score

    def _find_finalists(self, description: Description) -> list[int]:
        """The places of the FINALISTS best candidates by a linear score."""
        candidates = description.candidates
        if len(candidates) <= FINALISTS:
            return list(range(len(candidates)))
        vectors, numbers = self._prefilter_flags.vectors, self._prefilter_numbers
        scores = [
            sum(map(mul, candidate.numbers, numbers), sum([weight for (weight,) in vectors(candidate.flags)]))
            for candidate in candidates
        ]
        return sorted(range(len(candidates)), key=scores.__getitem__, reverse=True)[:FINALISTS]


@functools.cache
def load_model() -> tuple[Model, WordTable]:
    """The shipped model and its word table, read once."""
    words = json.loads((_FOLDER / "words.json").read_text())
    table = WordTable(words["rarity"], words["default_rarity"], words["weights"], words["bias"])
    return Model(json.loads((_FOLDER / "model.json").read_text())), table
