from __future__ import annotations

import re
from pathlib import Path

import pytest

from logs.text.colours import (
    DARK,
    LIGHT,
    MIN_CONTRAST,
    MIRC_COLOURS,
    SHEETS,
    contrast,
    is_readable,
    mirc_colours,
    nearest_mirc_colour,
    palette,
    text_colour_on,
)

STYLES = Path(__file__).parents[3] / "static/css"


@pytest.mark.parametrize("name", SHEETS)
def test_the_style_sheets_are_those_that_the_module_writes(name: str) -> None:
    assert (STYLES / f"{name}.css").read_text(encoding="utf-8") == SHEETS[name](), (
        f"run: python -m logs.text.colours {name} > static/css/{name}.css"
    )


def themed(classes: str) -> list[tuple[str, str]]:
    """The colour by day and by night of each of the classes, as six digits."""
    rules = re.findall(r"((?:\.\w+,?)+)\{color:light-dark\(#(\w+),#(\w+)\)\}", palette() + mirc_colours())
    return [
        (_whole(light), _whole(dark))
        for names, light, dark in rules
        for name in names.split(",")
        if re.fullmatch(rf"\.{classes}\d+", name)
    ]


def _whole(colour: str) -> str:
    return colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)


def test_every_colour_can_be_read_on_the_page_and_on_a_marked_line_by_day_and_by_night() -> None:
    pairs = themed("[nc]")
    assert len(pairs) == 22 + 99
    for light, dark in pairs:
        assert min(contrast(light, ground) for ground in LIGHT) >= MIN_CONTRAST
        assert min(contrast(dark, ground) for ground in DARK) >= MIN_CONTRAST


def test_every_background_has_a_readable_text_colour() -> None:
    assert all(contrast(colour, text_colour_on(colour)) >= MIN_CONTRAST for colour in MIRC_COLOURS)


@pytest.mark.parametrize("prefix", ["g", "k"])
def test_the_style_sheet_has_every_background_and_text_colour(prefix: str) -> None:
    rules = re.findall(r"((?:\.\w+,?)+)\{(?:background|color):(#\w+)\}", palette() + mirc_colours())
    found = {name: _whole(colour[1:]) for names, colour in reversed(rules) for name in names.split(",")}
    assert [found[f".{prefix}{n}"] for n in range(99)] == list(MIRC_COLOURS)


def test_nick_colours_differ() -> None:
    pairs = themed("n")
    assert len({light for light, _ in pairs}) == len({dark for _, dark in pairs}) == len(pairs)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)


def test_there_are_ninety_nine_colours() -> None:
    assert len(MIRC_COLOURS) == 99
    assert (MIRC_COLOURS[0], MIRC_COLOURS[4], MIRC_COLOURS[52], MIRC_COLOURS[98]) == (
        "ffffff",
        "ff0000",
        "ff0000",
        "ffffff",
    )


def test_a_free_colour_becomes_the_nearest_one() -> None:
    assert nearest_mirc_colour("fe0000") == 4
    assert nearest_mirc_colour("010101") == 1


def test_black_on_black_cannot_be_read() -> None:
    assert not is_readable(1, 1)
    assert is_readable(0, 1)
