"""Colours of formatted text and of nicks, readable on the page's background in the light and in the dark theme.

`python -m logs.text.colours palette > static/css/palette.css` writes the style sheet of all pages, and with `colours`
that of pages with formatted text, which are few; a test compares both.
"""

from __future__ import annotations

import colorsys
import sys
from collections.abc import Iterable
from functools import cache

# https://modern.ircdocs.horse/formatting#colors-16-98
_TABLE = (
    "ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00 ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2 "
    "470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a "
    "740000 743a00 747400 517400 007400 007449 007474 004074 000074 4b0074 740074 740045 "
    "b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 0000b5 7500b5 b500b5 b5006b "
    "ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098 "
    "ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc "
    "ff9c9c ffd39c ffff9c e2ff9c 9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3 "
    "000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f bcbcbc e2e2e2 ffffff"
)
MIRC_COLOURS = tuple(_TABLE.split())

# Degrees on the colour wheel, closer together where the eye distinguishes more colours.
NICK_HUES = (0, 14, 26, 36, 46, 62, 82, 105, 135, 158, 174, 188, 200, 212, 226, 242, 258, 274, 290, 306, 322, 340)

LIGHT = ("fdfdfb", "fff1b8")
DARK = ("17191c", "3b3518")
"""The backgrounds of the page and of a highlighted line, in each theme."""

MIN_CONTRAST = 4.5
"""The contrast that WCAG 2.2 AA requires of text."""


def _luminance(colour: str) -> float:
    """Relative luminance. https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [value / 255 for value in bytes.fromhex(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def contrast(one: str, other: str) -> float:
    """The contrast of two colours written as six hexadecimal digits: 1 (none) to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@cache
def nearest_mirc_colour(colour: str) -> int:
    """The number of the mIRC colour that is closest to this one."""
    target = bytes.fromhex(colour)
    return min(
        range(len(MIRC_COLOURS)),
        key=lambda n: sum((a - b) ** 2 for a, b in zip(target, bytes.fromhex(MIRC_COLOURS[n]), strict=True)),
    )


@cache
def is_readable(fg: int, bg: int) -> bool:
    """Whether text of one mIRC colour is readable on a background of another."""
    return contrast(MIRC_COLOURS[fg], MIRC_COLOURS[bg]) >= MIN_CONTRAST


def text_colour_on(background: str) -> str:
    """Black or white, whichever has more contrast with the background; it is always enough."""
    return max("000000", "ffffff", key=lambda colour: contrast(colour, background))


def adapt_colour(colour: str, backgrounds: tuple[str, ...], step: int = 1) -> str:
    """The colour mixed with as little black or white as makes it readable on all backgrounds.

    With `step=17` three digits express it, which makes a style sheet of two hundred colours shorter.
    """
    toward = bytes.fromhex(text_colour_on(backgrounds[0]))
    # One per cent at a time, so that the colour changes as little as possible.
    for share in range(101):
        mixed = bytes(
            round((a * (100 - share) + b * share) / 100 / step) * step
            for a, b in zip(bytes.fromhex(colour), toward, strict=True)
        )
        if all(contrast(mixed.hex(), background) >= MIN_CONTRAST for background in backgrounds):
            return mixed.hex()
    raise ValueError(f"no colour is readable on all of {backgrounds}")


def _hex(colour: str) -> str:
    """A colour in the shortest notation of CSS."""
    return f"#{colour[::2]}" if colour[::2] == colour[1::2] else f"#{colour}"


def _themed(colour: str, step: int = 1) -> str:
    return f"light-dark({_hex(adapt_colour(colour, LIGHT, step))},{_hex(adapt_colour(colour, DARK, step))})"


def _grouped(prefix: str, values: Iterable[str], rule: str) -> list[str]:
    """CSS rules for the classes `prefix` + number; classes of equal value share a rule."""
    classes: dict[str, list[str]] = {}
    for n, value in enumerate(values):
        classes.setdefault(value, []).append(f".{prefix}{n}")
    return [f"{','.join(names)}{{{rule}:{value}}}" for value, names in classes.items()]


def nick_colours() -> list[str]:
    """The colours of nicks before they are adapted to a background."""
    triples = [colorsys.hls_to_rgb(hue / 360, 0.46, 0.72) for hue in NICK_HUES]
    return [bytes(round(part * 255) for part in triple).hex() for triple in triples]


def palette() -> str:
    """Return the style sheet of the page's background and of nicks."""
    return _sheet(
        "palette",
        f":root{{--paper:light-dark(#{LIGHT[0]},#{DARK[0]});--mark:light-dark(#{LIGHT[1]},#{DARK[1]})}}",
        *_grouped("n", map(_themed, nick_colours()), "color"),
    )


def mirc_colours() -> str:
    """Return the style sheet of text with colours of its own (logs/text/irc_formatting.py)."""
    return _sheet(
        "colours",
        *_grouped("c", (_themed(colour, 17) for colour in MIRC_COLOURS), "color"),
        *_grouped("g", map(_hex, MIRC_COLOURS), "background"),
        *_grouped("g", (_hex(text_colour_on(colour)) for colour in MIRC_COLOURS), "color"),
        *_grouped("k", map(_hex, MIRC_COLOURS), "color"),
    )


def _sheet(name: str, *rules: str) -> str:
    return "\n".join([f"/* Written by `python -m logs.text.colours {name}`. */", *rules, ""])


SHEETS = {"palette": palette, "colours": mirc_colours}

if __name__ == "__main__":
    sys.stdout.write(SHEETS[sys.argv[1]]())
