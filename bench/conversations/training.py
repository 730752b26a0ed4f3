"""Trains the reply model: the steps and their order. The same logs and libraries give the same file, byte for byte.

What a line answers depends on the conversations before it, so the features of later steps are computed from the links
that a model of an earlier step has found, as they will be in the product: links of one half of the logs by a model of
the other half. Four networks teach the small one that is shipped: it learns their probabilities beside the annotations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.conversations import network, text_model
from bench.conversations.corpus import AnnotatedLog
from bench.conversations.network import Array, Lists, Network
from logs.conversations.description import Description, describe
from logs.conversations.feature_names import (
    LINE_FLAGS,
    LINE_NUMBERS,
    NUMBER_UNIT,
    PAIR_FLAGS,
    PAIR_NUMBERS,
    STRUCTURE_FLAGS,
    STRUCTURE_NUMBERS,
)
from logs.conversations.model import Choice
from logs.conversations.said_line import SaidLine, WordTable
from logs.conversations.window import Window

# The columns of a row of features: "begins a conversation", the line's own, the candidate's.
COLUMNS = ["begins", *LINE_FLAGS, *LINE_NUMBERS, *PAIR_FLAGS, *PAIR_NUMBERS]
_FIRST_PAIR = 1 + len(LINE_FLAGS) + len(LINE_NUMBERS)
_STRUCTURE = np.array([k for k, name in enumerate(COLUMNS) if name in STRUCTURE_FLAGS | STRUCTURE_NUMBERS])

# Lines before the first annotated one whose links are found, too: conversations do not begin at the first line.
CONTEXT_LINES = 150
TEACHERS = 4
# The teachers' share of what the shipped network learns from.
TEACHERS_SHARE = 0.3
HIDDEN_UNITS = 40
# Added to the score of "begins a conversation": joined conversations disturb readers less than parted ones.
BEGINS_BONUS = -0.6
# Weights are stored as integers: value times this.
SCALE = 500

Links = dict[int, int]
Decide = Callable[[SaidLine, Description, int], int | None]


@dataclass(frozen=True)
class Features:
    """Rows of all annotated lines, and for each line the number of its log."""

    lists: Lists
    log_of_line: Array

    def of_logs(self, parity: int) -> Lists:
        """The lines of every second log."""
        groups = np.nonzero(self.log_of_line % 2 == parity)[0]
        starts = self.lists.starts
        rows = np.concatenate([np.arange(starts[g], starts[g] + self.lists.sizes[g]) for g in groups])
        return Lists(self.lists.rows[rows], self.lists.target[rows], self.lists.sizes[groups])


def train(logs: list[AnnotatedLog], report: Callable[[str], None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of model.json and words.json."""
    report("word tables")
    _, folds, words = text_model.fit_tables(logs)
    tables = [folds[number % text_model.FOLDS] for number in range(len(logs))]

    report("step 1: without conversations")
    features = extract(logs, tables, {})
    halves = [
        network.train(features.of_logs(1 - k), (32,), epochs=4, rate=3e-3, seed=k, dropped=_STRUCTURE) for k in (0, 1)
    ]
    links = _link_crosswise(logs, tables, halves, _STRUCTURE)

    report("step 2: with the conversations of step 1")
    features = extract(logs, tables, links)
    halves = [network.train(features.of_logs(1 - k), (48,), epochs=6, rate=3e-3, seed=k) for k in (0, 1)]
    links = _link_crosswise(logs, tables, halves, None)

    report("step 3: teachers")
    lists = extract(logs, tables, links).lists
    teachers = [network.train(lists, (96,), epochs=8, rate=3e-3, seed=100 + k, dropout=0.2) for k in range(TEACHERS)]
    report("step 4: the shipped network and the prefilter")
    student = network.train(
        Lists(lists.rows, _soften(lists, teachers), lists.sizes),
        (HIDDEN_UNITS,),
        epochs=14,
        rate=4e-3,
        seed=7,
        soft=True,
    )
    pairs = Lists(lists.rows[:, _FIRST_PAIR:], lists.target, lists.sizes)
    prefilter = network.train(pairs, (), epochs=2, rate=5e-3, seed=1)
    return export_model(student, prefilter), words


def export_model(student: Network, prefilter: Network) -> dict[str, Any]:
    """The values of model.json, which logs.conversations.model reads."""

    def whole(values: Array) -> list[Any]:
        return np.rint(values * SCALE).astype(int).tolist()

    return {
        "about": "Made by `python -m bench.conversations train` from the corpus named in LICENSE.md, CC-BY 4.0.",
        "features": COLUMNS[1:],
        "scale": SCALE,
        "begins": whole(student.weights[0][0]),
        "hidden": whole(student.weights[0][1:]),
        "bias": whole(student.biases[0]),
        "output": whole(student.weights[1][:, 0]),
        "begins_bonus": BEGINS_BONUS,
        "prefilter": whole(prefilter.weights[0][:, 0]),
    }


def dump(values: Mapping[str, Any]) -> str:
    """JSON with one entry or row of weights a line, so that versions can be compared."""
    entries = []
    for key, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], list):
            rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value)
            entries.append(f"{json.dumps(key)}:[\n{rows}\n]")
        elif isinstance(value, dict):
            pairs = ",\n".join(
                f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(weight, separators=(',', ':'))}"
                for name, weight in sorted(value.items())
            )
            entries.append(f"{json.dumps(key)}:{{\n{pairs}\n}}")
        else:
            entries.append(f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}")
    return "{" + ",\n".join(entries) + "}\n"


def extract(logs: list[AnnotatedLog], tables: list[WordTable], links: Mapping[str, Links]) -> Features:
    """The features of all annotated lines, with conversations as `links` has them."""
    rows, targets, sizes, log_of_line = [], [], [], []
    for number, (log, table) in enumerate(zip(logs, tables, strict=True)):
        known = links.get(log.name, {})
        for line, description in walk(log, table, lambda line, _d, known=known: known.get(line.key), CONTEXT_LINES):
            if line.key < log.first_annotated:
                continue
            rows.append(rows_of(description).astype(np.float16))
            ids = [line.key, *(candidate.line.key for candidate in description.candidates)]
            gold = log.answers.get(line.key, set())
            targets.append(np.array([k in gold for k in ids], "f"))
            sizes.append(len(ids))
            log_of_line.append(number)
    return Features(Lists(np.concatenate(rows), np.concatenate(targets), np.array(sizes)), np.array(log_of_line))


def walk(
    log: AnnotatedLog, table: WordTable, decide: Callable[[SaidLine, Description], int | None], context: int
) -> Iterator[tuple[SaidLine, Description]]:
    """Yield said lines with their description, then add them with what `decide` returns (None: it begins).

    The first one is `context` lines before the first annotated line; those before it are added only.
    """
    window = Window(table)
    lines: dict[int, SaidLine] = {}
    for message in log.messages:
        if message.nick is None:
            for nick in message.seen:
                window.add_nick(nick)
            continue
        line = window.read(message.number, message.minute, message.nick, message.text)
        parent = None
        if message.number >= log.first_annotated - context:
            description = describe(window, line)
            yield line, description
            answered = decide(line, description)
            parent = lines.get(answered) if answered is not None and answered != line.key else None
        window.add(line, parent)
        lines[line.key] = line


def rows_of(description: Description) -> Array:
    """The features as a matrix: a row for "begins a conversation", then one for each candidate."""
    candidates = description.candidates
    rows = np.zeros((1 + len(candidates), len(COLUMNS)), "f")
    rows[0, 0] = 1
    rows[:, 1 : 1 + len(LINE_FLAGS)] = _bits(description.flags, len(LINE_FLAGS))
    rows[:, 1 + len(LINE_FLAGS) : _FIRST_PAIR] = np.array(description.numbers) / NUMBER_UNIT
    for k, candidate in enumerate(candidates, 1):
        rows[k, _FIRST_PAIR : _FIRST_PAIR + len(PAIR_FLAGS)] = _bits(candidate.flags, len(PAIR_FLAGS))
        rows[k, _FIRST_PAIR + len(PAIR_FLAGS) :] = np.array(candidate.numbers) / NUMBER_UNIT
    return rows


def _bits(flags: int, count: int) -> Array:
    data = np.frombuffer(flags.to_bytes((count + 7) // 8, "little"), np.uint8)
    return np.unpackbits(data, bitorder="little")[:count]


def link_with(
    log: AnnotatedLog, table: WordTable, choose: Callable[[Description], Choice], context: int = CONTEXT_LINES
) -> dict[int, tuple[int, float]]:
    """Run a model from left to right: line → (the line that it answers, or itself; confidence)."""
    links: dict[int, tuple[int, float]] = {}

    def decide(line: SaidLine, description: Description) -> int:
        choice = choose(description)
        target = line.key if choice.place is None else description.candidates[choice.place].line.key
        links[line.key] = target, choice.confidence
        return target

    for _ in walk(log, table, decide, context):
        pass
    return links


def _link_crosswise(
    logs: list[AnnotatedLog], tables: list[WordTable], halves: list[Network], dropped: Array | None
) -> dict[str, Links]:
    """The links of each log by the network that was not trained with it."""
    links = {}
    for number, (log, table) in enumerate(zip(logs, tables, strict=True)):

        def choose(description: Description, model: Network = halves[number % 2]) -> Choice:
            rows = rows_of(description)
            if dropped is not None:
                rows[:, dropped] = 0
            best = int(model.score(rows).argmax())
            return Choice(best - 1 if best else None, 0.0)

        links[log.name] = {line: target for line, (target, _) in link_with(log, table, choose).items()}
    return links


def _soften(lists: Lists, teachers: list[Network]) -> Array:
    """The annotations mixed with the teachers' mean probabilities; these alone where no candidate is right."""
    starts, sizes = lists.starts, lists.sizes
    mean = np.zeros(len(lists.target), "f")
    for teacher in teachers:
        scores = [teacher.score(lists.rows[k : k + 100_000].astype("f")) for k in range(0, len(lists.rows), 100_000)]
        mean += network.softmax(np.concatenate(scores), starts, sizes) / len(teachers)
    gold = mean * lists.target
    total = np.repeat(np.add.reduceat(gold, starts), sizes)
    mixed = (1 - TEACHERS_SHARE) * gold / (total + 1e-9) + TEACHERS_SHARE * mean
    return np.where(total > 0, mixed, mean).astype("f")
