"""The pieces of real logs, counted without any of our parsers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from logs.formats.file_names import day_in_path
from logs.formats.log_files import open_log_files
from logs.formats.log_format import LogLine, ParseContext
from logs.formats.registry import FORMATS
from tests.logs.formats.reading import PIECES

EXPECTED_COUNTS = {
    "irssi": ["irssi/ddnet_2014-03-01.log"],
    "znc": ["znc/#qtox_20160605.log.txt", "znc-stripped/2020-06-10.log"],
    "limnoria": ["limnoria/sample-pov-latin1.log", "limnoria/#fluid-tech.2018-11-14.log"],
    "textual": ["textual/2021-04-22.txt"],
    "raku": [
        "raku/2021-04-22",
        "raku/parrot/2008/2008-10-01",
        "raku/parrot/2008/2008-10-27",
        "raku/raku-dev/2023/2023-04-03",
        "raku/raku-dev/2024/2024-01-10",
    ],
}
"""Logs of which every line that is not blank tells what happened in the channel."""

SAID = re.compile(rb"^[^<]{0,40}<[^>]+>", re.MULTILINE)


def read(path: Path, name: str) -> list[object]:
    with open_log_files([path]) as (file,):
        return list(FORMATS[name].parse(file.lines(), ParseContext(day=day_in_path(file.display_path))))


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in EXPECTED_COUNTS.items() for path in paths])
def test_every_line_is_one(name: str, path: str) -> None:
    content = (PIECES / path).read_bytes()
    items = read(PIECES / path, name)
    assert all(isinstance(item, LogLine) for item in items)
    assert len(items) == sum(bool(line.strip()) for line in content.split(b"\n"))
    messages = [item for item in items if isinstance(item, LogLine) and item.kind == 1]
    assert len(messages) == sum(bool(SAID.match(line)) and b"*** " not in line[:40] for line in content.split(b"\n"))


def test_of_a_hexchat_log_what_is_of_the_channel_is_read() -> None:
    """The rest is a banner, messages of services to the user alone, and messages of the client."""
    content = (PIECES / "hexchat" / "_obsidian_md_log.log").read_text()
    events = re.findall(
        r"^\w{3} \d\d [\d:]{8} \*\t(?!Now talking|Topic|Disconnected|You|Channel|\*\*\*)", content, re.MULTILINE
    )
    items = read(PIECES / "hexchat" / "_obsidian_md_log.log", "hexchat")
    assert len(items) == len(events) > 0
    assert all(isinstance(item, LogLine) for item in items)


@pytest.mark.parametrize(
    ("path", "name", "events"),
    [
        ("irccloud/#c.txt", "irccloud", r"^\[[^]]+\] (?:<|— |⇐ |← |→ (?!Joined)|\* (?!Socket|Channel))"),
        ("chatzilla/moznet/channels/#c.2010-08-24.log", "chatzilla",
         r"^\[[^]]+\] (?:<\w|\* |-->\||<--\||\|<--|=-= (?!Topic for|YOU are))"),
        ("limechat/#c/2010-08-24_moznet.txt", "limechat",
         r"^[\d:]{5} (?:(?!Topic|Mode|Names)\w+:|\w+ (?:has|is now))"),
    ],
)  # fmt: skip
def test_lines_of_the_channel_are_as_many_as_a_plain_count_finds(path: str, name: str, events: str) -> None:
    count = len(re.findall(events, (PIECES / path).read_text(), re.MULTILINE))
    assert count == sum(isinstance(item, LogLine) for item in read(PIECES / path, name)) > 0
