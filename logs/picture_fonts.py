"""The fonts of pictures: for each piece of a text an installed one that has its characters.

What none has, and scripts that need more than one letter beside the other (from right to left, or with letters that
change their shape and place), are left out instead of drawn as boxes or in a wrong order. Only the basic layout is
used: shaping by another library would be one more to parse foreign text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import bidirectional, category, normalize

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

LEFT_OUT = "[…]"
"""Stands for characters that cannot be drawn."""

_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
_OTHERS = (
    *("wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf"),
    *("NotoSansSymbols2-Regular.ttf", "unifont.otf"),
)
_FILES = {
    False: ("DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", *_OTHERS),
    True: ("DejaVuSans-Bold.ttf", "NotoSansCJK-Bold.ttc", *_OTHERS),
}
"""DejaVu Sans knows Latin, Greek, Cyrillic and many signs; the others add Chinese, Japanese, Korean, and more signs."""

_SHAPED = ((0x0900, 0x109F), (0x1780, 0x17FF), (0x1A20, 0x1AAF), (0x1B00, 0x1BFF), (0xA800, 0xABFF), (0x11000, 0x11FFF))
"""Scripts of India and South-East Asia, whose letters are joined and placed by rules of their own."""

_PROBE_SIZE = 20
_NO_CHARACTER = "\U0010ffff"
"""No font has it: what is drawn in its place is what stands for every character that a font lacks."""


@lru_cache(maxsize=64)
def load_fonts(size: int, *, bold: bool = False) -> tuple[Font, ...]:
    """Return the installed fonts, the preferred one first; without any, the font that Pillow brings."""
    fonts = [ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC) for path in _find_files(bold)]
    return tuple(fonts) or (ImageFont.load_default(size),)


@lru_cache(maxsize=2)
def _find_files(bold: bool) -> tuple[Path, ...]:
    installed: dict[str, Path] = {}
    for folder in _FOLDERS:
        for path in sorted(Path(folder).rglob("*.[ot]t[fc]")):
            installed.setdefault(path.name, path)
    # The fonts of Arch and Fedora have the same names in other folders.
    return tuple(installed[name] for name in _FILES[bold] if name in installed)


def make_drawable(text: str) -> tuple[str, bool]:
    """Return a text on one line with what can be drawn of it, and whether anything was left out."""
    parts: list[str] = []
    is_complete = True
    for char in normalize("NFC", text):
        if char.isascii():
            drawn = char if char.isprintable() else " "
        elif category(char) in {"Cf", "Cc"} or "\ufe00" <= char <= "\ufe0f":
            drawn = ""  # without a width of its own
        else:
            drawn = _find_drawable(char)
            is_complete = is_complete and drawn != LEFT_OUT
        # One sign for any number of characters.
        if drawn and not (drawn == LEFT_OUT and parts[-1:] == [LEFT_OUT]):
            parts.append(drawn)
    return "".join(parts), not is_complete


def split_by_font(text: str, size: int, *, bold: bool = False) -> Iterator[tuple[Font, str]]:
    """Yield pieces of a drawable text, each with the font that has its characters."""
    fonts = load_fonts(size, bold=bold)
    for number, chars in groupby(text, key=lambda char: _find_font(char, bold=bold) or 0):
        yield fonts[number], "".join(chars)


def measure_text(text: str, size: int, *, bold: bool = False) -> float:
    """Return the width of a drawable text in pixels."""
    return float(sum(font.getlength(piece) for font, piece in split_by_font(text, size, bold=bold)))


@lru_cache(maxsize=20_000)
def _find_drawable(char: str) -> str:
    """Return a character, or the letter without its accents, or the sign for what is left out."""
    if bidirectional(char) in {"R", "AL"} or any(first <= ord(char) <= last for first, last in _SHAPED):
        return LEFT_OUT
    if char.isspace():
        return " "
    if _find_font(char, bold=False) is not None:
        return char
    plain = "".join(part for part in normalize("NFKD", char) if category(part) != "Mn")
    return plain if plain.isascii() and plain.isprintable() and plain else LEFT_OUT


@lru_cache(maxsize=20_000)
def _find_font(char: str, *, bold: bool) -> int | None:
    """Return which of the fonts has a character, None if none has."""
    if char.isascii():
        return 0
    for number, font in enumerate(load_fonts(_PROBE_SIZE, bold=bold)):
        if _draw(font, char) != _draw(font, _NO_CHARACTER):
            return number
    return None


def _draw(font: Font, char: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(char)
    return mask.size, bytes(mask)
