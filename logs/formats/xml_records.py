"""Read XML that clients append to line by line: the children of the root one after another, with little memory.

Only what such a log needs is read: declarations of entities are refused, and so are deep trees and long records. After
a place that is no XML the rest of the file is reported line by line, since nothing tells where the next record begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from logs.formats.log_items import NumberedLine, UnparsedLine

MAX_DEPTH = 50
MAX_RECORD_CHARACTERS = 200_000


class Record(NamedTuple):
    """An element below the root, with the number and the text of the line in which it ends."""

    number: int
    text: str
    element: Element


class _RecordParser:
    """Collects records; `root` is the root's name and attributes once it was read."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.records: list[Element] = []
        self._depth = 0
        self._size = 0
        self._builder = TreeBuilder()
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.EntityDeclHandler = self._refuse_entity

    def feed(self, text: str) -> list[Element]:
        """The records that end in this line; ValueError if it is no XML or exceeds a limit."""
        self.records = []
        try:
            self._parser.Parse(text.encode("utf-8", "replace") + b"\n", False)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error
        return self.records

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError("too deep")
        if self._depth == 1:
            self.root = Element(name, attributes)
            return
        # The root stays open until the end of the file: each of its children is built as a tree of its own.
        if self._depth == 2:
            self._builder, self._size = TreeBuilder(), 0
        self._grow(sum(map(len, attributes.values())))
        self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth:
            self._builder.end(name.rpartition(":")[2])
        if self._depth == 1:
            self.records.append(self._builder.close())

    def _data(self, text: str) -> None:
        if self._depth > 1:
            self._grow(len(text))
            self._builder.data(text)

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_RECORD_CHARACTERS:
            raise ValueError("too long")

    @staticmethod
    def _refuse_entity(*_: object) -> None:
        raise ValueError("declares entities")


def read_records(lines: Iterable[NumberedLine], root: str) -> Iterator[Record | UnparsedLine]:
    """The records of a file whose root has this name; every line that is no part of such a file is one not understood.

    The root itself is yielded first, as a record without children.
    """
    parser: _RecordParser | None = None
    is_broken = is_root_read = False
    for number, text in lines:
        if not text.strip():
            continue
        if parser is None:
            # A first line that is no XML: the file is of another format.
            parser, is_broken = _RecordParser(), not text.lstrip().startswith("<")
        found: list[Element] = []
        if not is_broken:
            try:
                found = parser.feed(text)
            except ValueError:
                is_broken = True
        if not is_root_read and parser.root is not None:
            is_root_read = True
            is_broken = is_broken or parser.root.tag != root
            found = [parser.root, *found]
        if is_broken:
            yield UnparsedLine(number, text)
            continue
        for element in found:
            yield Record(number, text, element)


def plain_text(element: Element | None) -> str:
    """The text of an element without its markup, line breaks as blanks."""
    if element is None:
        return ""
    return " ".join(_walk(element).split("\n")).strip()


def _walk(element: Element) -> str:
    pieces = [" " if element.tag == "br" else element.text or ""]
    for child in element:
        pieces += (_walk(child), child.tail or "")
    return "".join(pieces)
