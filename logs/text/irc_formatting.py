"""IRC formatting codes: split a text into runs with CSS classes. https://modern.ircdocs.horse/formatting

The classes are those of static/css/lines.css and colours.css; a strict content security policy forbids inline styles:
`b i u s m` (bold, italic, underline, strikethrough, monospace), `c0`-`c98` (a colour on the page's background),
`g0`-`g98` (a background with a readable text colour), `k0`-`k98` (a colour on such a background), `r` (reversed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from logs.text.colours import is_readable, nearest_mirc_colour

_CODE = re.compile(
    r"(?P<toggle>[\x02\x11\x16\x1d\x1e\x1f])|(?P<reset>\x0f)"
    r"|\x03(?:(?P<fg>[0-9]{1,2})(?:,(?P<bg>[0-9]{1,2}))?)?"
    r"|\x04(?:(?P<hexfg>[0-9a-fA-F]{6})(?:,(?P<hexbg>[0-9a-fA-F]{6}))?)?"
)
FORMATTING_CODE = (
    r"[\x02\x0f\x11\x16\x1d\x1e\x1f]|\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?"
)
"""One formatting code, as a part of a regular expression."""

_TOGGLES = {"\x02": "b", "\x1d": "i", "\x1f": "u", "\x1e": "s", "\x11": "m", "\x16": "r"}
_DEFAULT = 99

# Other control characters are not valid in HTML. Visible symbols take their place.
_CONTROL_PICTURES: dict[int, int] = {code: 0x2400 + code for code in range(32)} | {0x7F: 0x2421}
_CONTROL_PICTURES |= dict.fromkeys(
    [*range(0x80, 0xA0), 0xFFFE, 0xFFFF, *range(0xFDD0, 0xFDF0), *range(0xD800, 0xE000)], 0xFFFD
)
_CONTROL_PICTURES |= {plane * 0x10000 + last: 0xFFFD for plane in range(1, 17) for last in (0xFFFE, 0xFFFF)}
del _CONTROL_PICTURES[ord("\t")]


@dataclass(slots=True)
class _Style:
    toggles: set[str]
    fg: int | None = None
    bg: int | None = None

    def apply(self, code: re.Match[str]) -> None:
        """Apply one formatting code."""
        if toggle := code["toggle"]:
            self.toggles ^= {_TOGGLES[toggle]}
        elif code["reset"]:
            self.toggles.clear()
            self.fg = self.bg = None
        elif code["fg"]:
            self.fg = _colour(code["fg"])
            self.bg = _colour(code["bg"]) if code["bg"] else self.bg
        elif code["hexfg"]:
            self.fg = nearest_mirc_colour(code["hexfg"])
            self.bg = nearest_mirc_colour(code["hexbg"]) if code["hexbg"] else self.bg
        else:
            self.fg = self.bg = None

    def classes(self) -> str:
        names = [name for name in "bimrsu" if name in self.toggles]
        # Reversed text swaps its colours.
        fg, bg = (self.bg, self.fg) if "r" in self.toggles else (self.fg, self.bg)
        if bg is not None:
            names.append(f"g{bg}")
            if fg is not None and is_readable(fg, bg):
                names.append(f"k{fg}")
        elif fg is not None and "r" not in self.toggles:
            names.append(f"c{fg}")
        return " ".join(names)


def _colour(digits: str) -> int | None:
    number = int(digits)
    return None if number == _DEFAULT else number


def split_runs(text: str) -> Iterator[tuple[str, str]]:
    """Yield (classes, text) for each run of equal formatting, in order, without codes and without empty runs."""
    style = _Style(set())
    start = 0
    for code in _CODE.finditer(text):
        if code.start() > start:
            yield style.classes(), text[start : code.start()].translate(_CONTROL_PICTURES)
        style.apply(code)
        start = code.end()
    if start < len(text):
        yield style.classes(), text[start:].translate(_CONTROL_PICTURES)


def has_colours(text: str) -> bool:
    """Whether a text may need the style sheet of colours."""
    return "\x03" in text or "\x04" in text


def remove_codes(text: str) -> str:
    """The text without formatting codes; other control characters stay."""
    return _CODE.sub("", text)


def strip_formatting(text: str) -> str:
    """The text without formatting codes, with symbols for other control characters: one printable line."""
    return remove_codes(text).translate(_CONTROL_PICTURES)


def make_one_line(text: str) -> str:
    """Return a text of somebody else, such as a server's, as one line of printable characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
