"""All formats."""

from __future__ import annotations

from logs.formats.line import Format
from logs.formats.raku import RAKU

FORMATS: dict[str, Format] = {known.name: known for known in (RAKU,)}
