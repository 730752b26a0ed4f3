"""Before an import: which channel each file is of, and how it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from pathlib import PurePath

from logs.formats.detect import Guess, detect
from logs.formats.files import LogFile
from logs.formats.line import Format, Source
from logs.formats.names import Place, day_of, place_of
from logs.formats.reading import UnreadableError


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said of all files; None is to be found out for each."""

    network: str | None = None
    channel: str | None = None
    format: Format | None = None
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One file. `doubt`: what had better be asked before it is stored; `error`: why it cannot be."""

    file: LogFile
    place: Place
    format: Format | None = None
    why: str = ""
    doubt: str = ""
    error: str = ""


def plan(files: Iterable[LogFile], wish: Wish) -> Iterator[Planned]:
    """What is to be done with each file, in the order of their days."""
    neighbours: dict[PurePath, Format] = {}
    for file in sorted(files, key=lambda file: (day_of(file.shown.name) or date.min, str(file.shown))):
        told = place_of(file.shown)
        place = Place(wish.network or told.network, wish.channel or told.channel)
        planned = _planned(file, place, wish, neighbours.get(file.shown.parent))
        if planned.format:
            neighbours[file.shown.parent] = planned.format
        yield planned


def _planned(file: LogFile, place: Place, wish: Wish, before: Format | None) -> Planned:
    if not place.network or not place.channel:
        missing = " and ".join(f"--{name}" for name, value in zip(place._fields, place, strict=True) if not value)
        return Planned(file, place, error=f"Its path does not tell its channel: say {missing}.")
    try:
        guess = _guess(file, wish, before)
    except UnreadableError as error:
        return Planned(file, place, error=str(error))
    if guess.format is None and guess.sure:
        return Planned(file, place, why=guess.why)
    if guess.format is None:
        return Planned(file, place, error=f"Of the formats known here it has none: {guess.why}.")
    doubt = "" if guess.sure else f"{guess.why}: say --format"
    if not (guess.format.zoned or wish.zone or doubt):
        doubt = f"{guess.format.title} tells no time zone: say --timezone"
    return Planned(file, place, guess.format, guess.why, doubt)


def _guess(file: LogFile, wish: Wish, before: Format | None) -> Guess:
    if wish.format:
        return Guess(wish.format, sure=True, why="as said")
    source = Source(wish.zone or UTC, day_of(file.shown.name))
    return detect(file.lines(), source, before)
