"""Pictures to share: rectangles and texts, written as SVG or painted as PNG by Pillow.

The sizes are those that other sites show beside a link. Everything is bounded: as many parts as a caller adds, texts
cut to the width that they are given.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import bidirectional, category, normalize

from markupsafe import escape
from PIL import Image, ImageDraw, ImageFont

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


WIDTH, HEIGHT = 1200, 630
MAX_TEXT_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float
    colour: str
    radius: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text that begins at `x`; `y` is its base line."""

    x: float
    y: float
    size: int
    colour: str
    text: str
    bold: bool = False


@dataclass(slots=True)
class Picture:
    """A picture of WIDTH by HEIGHT on a background, with a title for those who do not see it.

    `is_complete`: every character of its texts could be drawn.
    """

    title: str
    background: str
    parts: list[Rectangle | Text] = field(default_factory=list)
    is_complete: bool = True

    def add_text(
        self, x: float, y: float, size: int, colour: str, text: str, *, bold: bool = False, width: float = WIDTH
    ) -> float:
        """Add a text, cut to a width in pixels; return the width that it takes."""
        drawable, lacks_some = make_drawable(text[:MAX_TEXT_CHARACTERS])
        self.is_complete = self.is_complete and not lacks_some
        shortened = shorten_text(drawable, size, width, bold=bold)
        self.parts.append(Text(x, y, size, colour, shortened, bold))
        return measure_text(shortened, size, bold=bold)

    def add_square(self, x: float, y: float, size: float, colour: str) -> None:
        self.parts.append(Rectangle(x, y, size, size, colour, 3))

    def add_rule(self, x: float, y: float, width: float, colour: str) -> None:
        self.parts.append(Rectangle(x, y, width, 2, colour))

    def to_svg(self) -> bytes:
        parts = "\n".join(_svg(part) for part in self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
            f' font-family="DejaVu Sans, Verdana, sans-serif" role="img"><title>{escape(self.title)}</title>\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{self.background}"/>\n{parts}\n</svg>\n'
        ).encode()

    def to_png(self) -> bytes:
        image = Image.new("RGB", (WIDTH, HEIGHT), self.background)
        draw = ImageDraw.Draw(image)
        for part in self.parts:
            if isinstance(part, Text):
                x = part.x
                for font, piece in split_by_font(part.text, part.size, bold=part.bold):
                    draw.text((x, part.y), piece, fill=part.colour, font=font, anchor="ls")
                    x += font.getlength(piece)
            else:
                box = (part.x, part.y, part.x + part.width - 1, part.y + part.height - 1)
                draw.rounded_rectangle(box, part.radius, fill=part.colour)
        output = io.BytesIO()
        # Few colours: a palette makes the file a third of the size.
        image.quantize(64).save(output, "PNG", optimize=False)
        return output.getvalue()


def shorten_text(text: str, size: int, width: float, *, bold: bool = False) -> str:
    """Return a drawable text, cut to a width in pixels."""
    if measure_text(text, size, bold=bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure_text(f"{text[:middle]}…", size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}…"


def _svg(part: Rectangle | Text) -> str:
    if isinstance(part, Text):
        weight = ' font-weight="700"' if part.bold else ""
        return (
            f'<text x="{part.x:.1f}" y="{part.y:.1f}" font-size="{part.size}"{weight} fill="{part.colour}">'
            f"{escape(part.text)}</text>"
        )
    return (
        f'<rect x="{part.x:.1f}" y="{part.y:.1f}" width="{part.width:.1f}" height="{part.height:.1f}"'
        f' rx="{part.radius}" fill="{part.colour}"/>'
    )
