"""Pictures to share: rectangles and texts, written as SVG or painted as PNG by Pillow.

The sizes are those that other sites show beside a link. Everything is bounded: as many parts as a caller adds, texts
cut to the width that they are given.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from markupsafe import escape
from PIL import Image, ImageDraw

from logs.picture_fonts import make_drawable, measure_text, split_by_font

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
