"""How well links and conversations agree with annotations, measured as by the tools of Kummerfeld et al. (2019)."""

import collections
import dataclasses
import math
from collections.abc import Iterable, Mapping

import numpy as np
from scipy.optimize import linear_sum_assignment

from bench.conversations.corpus import AnnotatedLog


@dataclasses.dataclass(frozen=True)
class Measures:
    """Percentages; `vi` is 100 minus the scaled variation of information, so that 100 is perfect."""

    precision: float
    recall: float
    vi: float
    one_to_one: float
    exact_precision: float
    exact_recall: float

    @property
    def f(self) -> float:
        return _harmonic(self.precision, self.recall)

    @property
    def exact_f(self) -> float:
        return _harmonic(self.exact_precision, self.exact_recall)


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def find_conversations(links: Mapping[int, Iterable[int]], first: int) -> list[set[int]]:
    """The connected lines of `links`, without lines before `first`."""
    parent: dict[int, int] = {}

    def root(line: int) -> int:
        parent.setdefault(line, line)
        while parent[line] != line:
            parent[line] = parent[parent[line]]
            line = parent[line]
        return line

    for line, targets in links.items():
        root(line)
        for target in targets:
            parent[root(line)] = root(target)
    groups = collections.defaultdict(set)
    for line in list(parent):
        if line >= first:
            groups[root(line)].add(line)
    return list(groups.values())


def measure(logs: list[AnnotatedLog], links: Mapping[tuple[str, int], int]) -> Measures:
    """`links`: (log's name, line) → the line that it answers. A line without an entry begins a conversation."""
    gold_count = found_count = right_count = 0
    exact_gold = exact_found = exact_right = 0
    best_overlap = 0.0
    tables = []
    for log in logs:
        found = {n: {links.get((log.name, n), n)} for n in range(log.first_annotated, len(log.messages))}
        gold_count += sum(len(targets) for targets in log.answers.values())
        found_count += len(found)
        right_count += sum(len(targets & found.get(line, set())) for line, targets in log.answers.items())
        gold_groups = find_conversations(log.answers, log.first_annotated)
        found_groups = find_conversations(found, log.first_annotated)
        group_of = {line: k for k, group in enumerate(found_groups) for line in group}
        table = np.zeros((len(gold_groups), len(found_groups)))
        for k, group in enumerate(gold_groups):
            for line in group:
                if line in group_of:
                    table[k, group_of[line]] += 1
        rows, columns = linear_sum_assignment(-table)
        best_overlap += table[rows, columns].sum()
        tables.append(table)
        gold_sets = {frozenset(group) for group in gold_groups if len(group) > 1}
        found_sets = {frozenset(group) for group in found_groups if len(group) > 1}
        exact_gold += len(gold_sets)
        exact_found += len(found_sets)
        exact_right += len(gold_sets & found_sets)
    total = sum(table.sum() for table in tables)
    return Measures(
        precision=100 * right_count / found_count,
        recall=100 * right_count / gold_count,
        vi=100 - 100 * _variation(tables, total) / math.log2(total),
        one_to_one=100 * best_overlap / total,
        exact_precision=100 * exact_right / max(1, exact_found),
        exact_recall=100 * exact_right / max(1, exact_gold),
    )


def _variation(tables: list[np.ndarray], total: float) -> float:
    """The variation of information, in bits: joint entropy minus mutual information, over the lines of all logs."""
    variation = 0.0
    for table in tables:
        sizes = table.sum(1, keepdims=True) * table.sum(0, keepdims=True)
        nonzero = table > 0
        share = table[nonzero] / total
        variation -= (share * np.log2(share)).sum()
        variation -= (share * np.log2((table * total / np.where(sizes > 0, sizes, 1))[nonzero])).sum()
    return float(variation)
