"""Real files beside their pages: every line that somebody wrote stands there, in order, with its time and speaker."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.logs.formats.reading import PIECES

pytestmark = pytest.mark.django_db
FILES = ["parrot/2008/2008-10-01", "parrot/2008/2008-10-27", "raku-dev/2023/2023-04-03", "raku-dev/2024/2024-01-10"]

_LINE = re.compile(r'<div class="line .*?</div>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)}
"""Characters that nobody sees are shown by their pictures."""
_SAYS = re.compile(r"\[(\d\d:\d\d)\] (?:<([^>]+)> ?|\* (?=\S))(.*)")
_EVENT = re.compile(r"\[(\d\d:\d\d)\] \*\*\* (\S+) (.*)")


def words(path: Path) -> list[list[str]]:
    """Time, speaker and words of each line of a file, as a reader of the file would tell them."""
    found = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if event := _EVENT.fullmatch(line):
            clock, nick, text = event.groups()
            text = re.sub(r"\)\)$", ")", text).replace("sets mode:", "set mode")
            text = re.sub(r"!\S*@\S+", "!*@*", text)  # a ban's host is not stored
            found.append([clock, nick, *text.split()])
        elif said := _SAYS.fullmatch(line):
            clock, nick, text = said.groups()
            found.append([clock, *([nick] if nick else []), *text.translate(_PICTURES).split()])
        else:
            assert not line.strip()
    return found


def shown(page: str) -> list[list[str]]:
    """The same of a page, as a reader of the page sees it."""
    lines = _LINE.findall(page)
    return [html.unescape(_TAG.sub("", line)).split() for line in lines]


@pytest.mark.parametrize("name", FILES)
def test_a_page_shows_every_line_of_its_file(client: Client, name: str) -> None:
    path = PIECES / "raku" / name
    call_command("importlogs", str(path), network="libera", channel="#raku", format="raku", verbosity=0)
    expected = words(path)
    assert expected
    assert shown(client.get(f"/libera/raku/{path.name}/").content.decode()) == expected
