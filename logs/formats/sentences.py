"""What clients say of joins, departures, nicks, kicks, topics and modes in their users' languages.

`sentences.tsv` has one sentence a line: client, language, kind, and the sentence with its places in braces. These are
facts about the programs, collected from their published translations. The kinds are those of a line; `mode:+o` is a
mode that the client tells in words, `banner` a line with the day, `ignored` what a client tells its own user.

A sentence is compared piece by piece from its beginning, not by a regular expression: the cost grows with its length,
whatever it contains.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from typing import Final, NamedTuple

from logs.formats.log_items import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC

IGNORED: Final = 0
BANNER: Final = -1
_KINDS = {
    "join": JOIN,
    "part": PART,
    "quit": QUIT,
    "nick": NICK,
    "kick": KICK,
    "topic": TOPIC,
    "mode": MODE,
    "ignored": IGNORED,
    "banner": BANNER,
}
_ONE_WORD = {"nick", "target", "channel", "host", "sign", "letter"}
"""Places that hold no blank. The others are `text`, and what is dropped: `old` (a topic), `any`, `who`."""

_FULL_STOPS = ".。।"


class Sentence(NamedTuple):
    """What a sentence says; `kind` may also be IGNORED or BANNER."""

    kind: int
    nick: str = ""
    text: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with places. `literals` stand before, between and behind the places, and `core` is the longest one."""

    kind: int
    modes: str
    places: tuple[str, ...]
    literals: tuple[str, ...]
    core: str
    has_full_stop: bool

    def match(self, sentence: str) -> Sentence | None:
        """What the sentence says if it has this form."""
        if self.core not in sentence:
            return None
        # Versions of a client differ in whether the sentence has a full stop.
        if self.has_full_stop and sentence[-1] in _FULL_STOPS:
            sentence = sentence[:-1]
        values = self._values(sentence)
        return None if values is None else self._fill(values)

    def _values(self, sentence: str) -> dict[str, str] | None:
        start, end = self.literals[0], self.literals[-1]
        if not self.places:
            return {} if sentence == start else None
        if not sentence.startswith(start) or not sentence.endswith(end) or len(sentence) < len(start) + len(end):
            return None
        at, last = len(start), len(sentence) - len(end)
        values: dict[str, str] = {}
        for place, literal in zip(self.places, self.literals[1:], strict=True):
            # The literal behind the last place is the end, which was compared.
            is_last = len(values) == len(self.places) - 1
            found = last if is_last else sentence.find(literal, at, last)
            value = sentence[at:found]
            name = place.rstrip("0123456789")
            if found < at or (name in _ONE_WORD and (" " in value or not value)):
                return None
            # `a quitté (Excess)` is a departure with its reason, not one from a channel of that name.
            if name == "channel" and value[0] not in "#&+!":
                return None
            values[place] = value
            at = found + len(literal)
        return values

    def _fill(self, values: dict[str, str]) -> Sentence:
        if self.kind == MODE:
            words = [self.modes, values.get("sign", "") + values.get("letter", ""), values.get("text", "")]
            return Sentence(MODE, values.get("nick", ""), " ".join(filter(None, words)))
        # WeeChat writes account, real name and host behind a nick, each in brackets.
        nick = values.get("nick") or values.get("who", "").partition(" ")[0]
        return Sentence(self.kind, nick, values.get("text", ""), values.get("target"))


class Phrasebook:
    """The sentences of one client. Those that matched last are tried first, because a log has one language."""

    def __init__(self, templates: list[Template]) -> None:
        self._templates = templates

    def find(self, sentence: str) -> Sentence | None:
        """What a sentence says; None if it is in no language's translation."""
        for number, template in enumerate(self._templates):
            if found := template.match(sentence):
                if number > 20:  # not for each line: a log alternates between some sentences
                    self._templates.insert(0, self._templates.pop(number))
                return found
        return None


@lru_cache(maxsize=10)
def load_phrasebook(client: str) -> Phrasebook:
    """The sentences of a client in all languages; the longest fixed text is tried first, as it says most."""
    templates = _load_templates(client)
    return Phrasebook(sorted(templates, key=lambda each: (each.kind in {IGNORED, BANNER}, -_length(each))))


def load_all_templates() -> list[Template]:
    """The sentences of all clients about what happens in a channel, in all languages."""
    return [each for each in _load_templates("") if each.kind not in {IGNORED, BANNER}]


def _load_templates(client: str) -> list[Template]:
    """The templates of a client, or of all of them without a name."""
    table = files("logs.formats").joinpath("sentences.tsv").read_text(encoding="utf-8")
    rows = (row.split("\t") for row in table.splitlines() if not client or row.startswith(f"{client}\t"))
    return [_compile(kind, text) for _, _, kind, text in rows]


def _length(template: Template) -> int:
    return sum(map(len, template.literals))


def _compile(kind: str, text: str) -> Template:
    name, _, modes = kind.partition(":")
    places: list[str] = []
    literals: list[str] = []
    for literal, place, _, _ in Formatter().parse(text):
        literals.append(literal)
        if place:
            # A name that occurs twice (two hosts) is numbered, for each place has a value of its own.
            places.append(place if place not in places else f"{place}{len(places)}")
    if len(literals) == len(places):
        literals.append("")
    has_full_stop = literals[-1].endswith(tuple(_FULL_STOPS))
    if has_full_stop:
        literals[-1] = literals[-1][:-1]
    return Template(_KINDS[name], modes, tuple(places), tuple(literals), max(literals, key=len), has_full_stop)
