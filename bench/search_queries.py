"""Queries by class, drawn from the logs that are searched."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from bench.archive import read
from logs.text.words import fold, is_unsegmented, split_words

CLASSES = [
    "rare",
    "medium",
    "common",
    "very common",
    "two words",
    "phrase",
    "prefix",
    "nick + word",
    "only old hits",
    "no hit",
]
LITERAL_CLASSES = ["part of CJK", "accent folded", "code literal"]
OWN_CLASSES = [*LITERAL_CLASSES, "oldest first"]
"""What the others that could search have no rule for, or another one: only BotBot is measured."""

MAX_DRAWS = 500
"""For each query, until a class has none: an archive may have no line with it."""

_CODE = re.compile(r"\S*\w[^\w\s'’.,:;?!]\S*|--\w+|\w+\(\)|\w+::\w+")
SAID = {1, 2, 3, 10}
# How frequent the words of a class are: the share of lines that hold one.
SHARES = {"rare": (0, 1e-5), "medium": (5e-5, 5e-4), "common": (1e-3, 1e-2), "very common": (1e-2, 1)}


@dataclass(frozen=True, slots=True)
class Question:
    """One query: `words` (the last one a beginning if `prefix`), perhaps as a phrase, by a nick, or the oldest first.

    `literal`: the text as it is typed, for classes that others do not have.
    """

    query_class: str
    words: tuple[str, ...]
    channel: str | None
    phrase: bool = False
    prefix: bool = False
    nick: str | None = None
    oldest: bool = False
    literal: str = ""

    @property
    def text(self) -> str:
        """As a visitor types it."""
        if self.literal:
            return self.literal
        words = " ".join(self.words)
        typed = f'"{words}"' if self.phrase else f"{words}*" if self.prefix else words
        typed += " sort:oldest" if self.oldest else ""
        return f"{typed} nick:{self.nick}" if self.nick else typed


class Corpus:
    """What is said in some channels: how many lines hold a word and when the last did, and lines to draw from."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.size = 0
        self.lines: list[tuple[str, list[str], str]] = []
        self.frequency: Counter[str] = Counter()
        self.last: dict[str, datetime] = {}
        self.days: Counter[datetime] = Counter()

    def add(self, folder: Path) -> None:
        for line in read(folder):
            if line.kind not in SAID:
                continue
            words = split_words(line.text)
            self.size += 1
            self.days[line.at] += 1
            for word in set(words):
                self.frequency[word] += 1
                self.last[word] = max(line.at, self.last.get(word, line.at))
            if self.random.random() < 0.05:
                self.lines.append((line.nick, words, line.text))

    def between(self, least: float, most: float) -> list[str]:
        """Words in so large a share of the lines; of those in a single line some are enough."""
        found = [word for word, count in self.frequency.items() if least < count / self.size <= most and len(word) > 1]
        return sorted(found)

    def old(self) -> list[str]:
        """Words of more than 20 lines all of which are in the first half."""
        days = sorted(self.days.elements())
        half = days[len(days) // 2]
        return sorted(word for word, count in self.frequency.items() if count > 20 and self.last[word] < half)


def questions(logs: Path, number: int, seed: int = 7) -> list[Question]:
    """`number` queries of each class: in all channels, in the largest and in a small one."""
    random = Random(seed)
    corpora: dict[str | None, Corpus] = defaultdict(lambda: Corpus(random))
    for folder in sorted(path for path in logs.iterdir() if path.is_dir()):
        corpora[None].add(folder)
        corpora[folder.name].add(folder)
    by_size = sorted((name for name in corpora if name and corpora[name].size > 5000), key=lambda n: corpora[n].size)
    return [
        question
        for scope in (None, by_size[-1], by_size[0])
        for query_class in [*CLASSES, *OWN_CLASSES]
        for question in _draw_questions(query_class, corpora[scope], scope, number, random)
    ]


def _draw_questions(query_class: str, corpus: Corpus, scope: str | None, number: int, random: Random) -> list[Question]:
    channel = f"#{scope}" if scope else None
    if query_class in SHARES or query_class == "only old hits":
        words = corpus.between(*SHARES[query_class]) if query_class in SHARES else corpus.old()
        return [Question(query_class, (word,), channel) for word in random.sample(words, min(number, len(words)))]
    if query_class == "no hit":
        letters = "bcdfghjklmnpqrstvwxz"
        return [Question(query_class, ("".join(random.choices(letters, k=9)),), channel) for _ in range(number)]
    usual = set(corpus.between(3e-4, 1))
    found: dict[str, Question] = {}
    for _ in range(number * MAX_DRAWS):
        if len(found) == number:
            break
        if question := _draw_question(query_class, corpus, usual, channel):
            found[question.text] = question
    return list(found.values())


def _draw_question(query_class: str, corpus: Corpus, usual: set[str], channel: str | None) -> Question | None:
    """A query that at least the line has that it is drawn from; None if the line is no good for this class."""
    random = corpus.random
    nick, words, text = random.choice(corpus.lines)
    if query_class in LITERAL_CLASSES:
        literal = _literal(query_class, words, text, random)
        return Question(query_class, tuple(split_words(literal)), channel, literal=literal) if literal else None
    known = [word for word in words if word in usual and len(word) > 2]
    if query_class == "phrase" and len(words) > 3:
        start = random.randrange(len(words) - 2)
        return Question(query_class, tuple(words[start : start + random.choice([2, 3])]), channel, phrase=True)
    if query_class == "two words" and len(set(known)) > 1:
        return Question(query_class, tuple(random.sample(sorted(set(known)), 2)), channel)
    if query_class == "prefix" and known:
        word = random.choice(known)
        return Question(query_class, (word[: max(3, len(word) - 2)],), channel, prefix=True)
    if query_class in {"nick + word", "oldest first"} and known:
        is_oldest = query_class == "oldest first"
        return Question(
            query_class, (random.choice(known),), channel, nick=None if is_oldest else nick, oldest=is_oldest
        )
    return None


def _literal(query_class: str, words: list[str], text: str, random: Random) -> str:
    """A piece of a line's text that is typed as it stands; "" if it has none."""
    if query_class == "part of CJK" and (runs := [word for word in words if len(word) > 3 and is_unsegmented(word[0])]):
        run = random.choice(runs)
        start = random.randrange(len(run) - 3)
        return run[start : start + random.choice([2, 3, 4])]
    if query_class == "accent folded":
        folded = [fold(word) for word in text.split() if word.isalpha() and not word.isascii()]
        return random.choice([word for word in folded if word.isascii()] or [""])
    if query_class == "code literal":
        pieces = [piece for piece in _CODE.findall(text) if len(piece) < 30 and "://" not in piece and '"' not in piece]
        return random.choice(pieces or [""])
    return ""
