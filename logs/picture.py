"""Pictures to share: rectangles and texts, written as SVG or painted as PNG by Pillow.

The sizes are those that other sites show beside a link. Everything is bounded: as many parts as a caller adds, texts
cut to the width that they are given.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from markupsafe import escape
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
MAX_TEXT_CHARACTERS = 300
_FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu", "/usr/share/fonts/TTF")
_FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


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
    """A picture of WIDTH by HEIGHT on a background, with a title for those who do not see it."""

    title: str
    background: str
    parts: list[Rectangle | Text] = field(default_factory=list)

    def add_text(
        self, x: float, y: float, size: int, colour: str, text: str, *, bold: bool = False, width: float = WIDTH
    ) -> float:
        """Add a text, cut to a width in pixels; return the width that it takes."""
        shortened = shorten_text(text, size, width, bold=bold)
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
                place = (part.x, part.y)
                draw.text(place, part.text, fill=part.colour, font=load_font(part.size, bold=part.bold), anchor="ls")
            else:
                box = (part.x, part.y, part.x + part.width - 1, part.y + part.height - 1)
                draw.rounded_rectangle(box, part.radius, fill=part.colour)
        output = io.BytesIO()
        # Few colours: a palette makes the file a third of the size.
        image.quantize(64).save(output, "PNG", optimize=False)
        return output.getvalue()


@lru_cache(maxsize=32)
def load_font(size: int, *, bold: bool = False) -> Font:
    """Return DejaVu Sans where it is installed, which knows many scripts; else the font that Pillow brings."""
    for folder in _FOLDERS:
        path = Path(folder, _FILES[bold])
        if path.is_file():
            # The basic layout: shaping by another library is not needed, and would be one more to parse foreign text.
            return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    return ImageFont.load_default(size)


def measure_text(text: str, size: int, *, bold: bool = False) -> float:
    return float(load_font(size, bold=bold).getlength(text))


def shorten_text(text: str, size: int, width: float, *, bold: bool = False) -> str:
    """Return a text on one line, cut to a width in pixels."""
    plain = "".join(char if char.isprintable() else " " for char in text[:MAX_TEXT_CHARACTERS])
    if measure_text(plain, size, bold=bold) <= width:
        return plain
    low, high = 0, len(plain)
    while low < high:
        middle = (low + high + 1) // 2
        if measure_text(f"{plain[:middle]}…", size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return f"{plain[:low].rstrip()}…"


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
