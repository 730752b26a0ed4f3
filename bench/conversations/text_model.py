"""Word tables from annotated logs: how rare words are, and whether they begin, continue or call for an answer."""

import collections
import math

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bench.conversations.corpus import AnnotatedLog
from logs.conversations.said_line import WORD, WordTable, stem
from logs.conversations.window import Window

MIN_LINES_OF_WORD = 4
MIN_LINES_OF_KEY = 6
# Smaller weights and rarer words are left out, which changes the measures by less than their seed does.
MIN_WEIGHT = 0.25
MAX_STORED_RARITY = 8.5
FOLDS = 5


def measure_rarity(logs: list[AnnotatedLog]) -> tuple[dict[str, float], float]:
    """Inverse document frequencies in nats, and that of a word that is not in the table."""
    lines_of: collections.Counter[str] = collections.Counter()
    total = 0
    for log in logs:
        for message in log.messages:
            if message.nick is not None:
                total += 1
                lines_of.update({stem(word) for word in WORD.findall(message.text.lower())})
    rarity = {word: round(math.log(total / n), 1) for word, n in sorted(lines_of.items()) if n >= MIN_LINES_OF_WORD}
    return {word: value for word, value in rarity.items() if value <= MAX_STORED_RARITY}, round(math.log(total / 2), 1)


class _Recorder(WordTable):
    """Keeps the text keys of each line instead of scoring them."""

    def __init__(self, rarity: dict[str, float], default: float) -> None:
        super().__init__(rarity, default, {}, [0.0, 0.0, 0.0])
        self.keys: set[str] = set()

    def text_scores(self, keys):  # type: ignore[no-untyped-def]
        self.keys = set(keys)
        return 0, 0, 0


def fit_tables(logs: list[AnnotatedLog]) -> tuple[WordTable, list[WordTable], dict]:
    """(the table of all logs, for each fold the table of the other folds, the first as JSON's values)."""
    rarity, default = measure_rarity(logs)
    rows = []
    for number, log in enumerate(logs):
        rows += [(number % FOLDS, *row) for row in _text_rows(log, _Recorder(rarity, default))]
    weights, bias = _fit(rows)
    full = WordTable(rarity, default, weights, bias)
    folds = []
    for fold in range(FOLDS):
        fold_weights, fold_bias = _fit([row for row in rows if row[0] != fold])
        folds.append(WordTable(rarity, default, fold_weights, fold_bias))
    return full, folds, {"rarity": rarity, "default_rarity": default, "weights": weights, "bias": bias}


def _text_rows(log: AnnotatedLog, recorder: _Recorder) -> list[tuple[set[str], bool, bool, bool]]:
    window = Window(recorder)
    keys: dict[int, set[str]] = {}
    nick: dict[int, str] = {}
    for message in log.messages:
        if message.nick is None:
            for seen in message.seen:
                window.add_nick(seen)
            continue
        line = window.read(message.number, message.minute, message.nick, message.text)
        window.add(line, None)
        keys[message.number], nick[message.number] = recorder.keys, line.nick
    answered = {
        t for n, ts in log.answers.items() for t in ts if t != n and t in nick and n in nick and nick[t] != nick[n]
    }
    return [
        (keys[n], n in ts, any(t != n and nick.get(t) == nick[n] for t in ts), n in answered)
        for n, ts in log.answers.items()
        if n in keys
    ]


def _fit(rows: list) -> tuple[dict[str, tuple[float, ...]], list[float]]:
    lines_of = collections.Counter(key for row in rows for key in row[1])
    column = {key: k for k, key in enumerate(sorted(key for key, n in lines_of.items() if n >= MIN_LINES_OF_KEY))}
    indices: list[int] = []
    ends = [0]
    for row in rows:
        indices += sorted(column[key] for key in row[1] if key in column)
        ends.append(len(indices))
    matrix = csr_matrix((np.ones(len(indices), "f"), indices, ends), shape=(len(rows), len(column)))
    coefficients, bias = [], []
    for target in (2, 3, 4):
        model = LogisticRegression(C=0.15, solver="liblinear")
        model.fit(matrix, np.array([row[target] for row in rows]))
        coefficients.append(model.coef_[0])
        bias.append(round(float(model.intercept_[0]), 2))
    weights = {key: tuple(round(float(c[k]), 1) for c in coefficients) for key, k in column.items()}
    return {key: w for key, w in weights.items() if max(map(abs, w)) >= MIN_WEIGHT}, bias
