"""What a format writes, it reads: the same lines, but for what it cannot tell. And no bytes make a format raise."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.formats import log_format as kinds
from logs.formats.irssi import IRSSI
from logs.formats.jsonl import JSONL
from logs.formats.log_format import Format, LogLine, ParseContext, UnparsedLine, WriteOptions
from logs.formats.numbered_lines import UnreadableError, numbered_lines
from logs.formats.registry import FORMATS
from logs.formats.weechat import WEECHAT
from logs.formats.znc import ZNC

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
NICKS = st.from_regex(re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,15}"), fullmatch=True)
TEXTS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60)
TRUE_LINES = [
    b"[12:00:00] *** Joins: a (b@c)",
    b"12:00 -!- a [b@c] has quit [d]",
    b"--- Day changed Sat Sep 06 2014",
    b"2026-07-24 11:32:21Z\t-->\ta (b@c) has joined #c",
    b"Jan  1 00:00:02 *\ta has quit (b)",
    b"**** BEGIN LOGGING AT Wed Mar 03 10:28:36 2010",
    b"Session Start: Tue Feb 07 22:10:15 2017",
    b"[00:00] --- Mon Jan  5 2026",
    b"[00:00] Last message repeated 9999 time(s).",
    b'{"at":"2026-01-02T03:04:05Z","kind":"message","nick":"a","text":"b"}',
]


def moments(unit: timedelta) -> st.SearchStrategy[datetime]:
    return st.integers(0, int(timedelta(days=10_000) / unit)).map(lambda count: FIRST + count * unit)


@st.composite
def line(draw: st.DrawFn, unit: timedelta) -> LogLine:
    """A line with only what text formats tell."""
    kind = draw(st.sampled_from(range(kinds.MESSAGE, kinds.TOPIC + 1)))
    text = "" if kind in {kinds.JOIN, kinds.NICK} else draw(TEXTS)
    target = draw(NICKS) if kind in {kinds.NICK, kinds.KICK} else None
    if kind <= kinds.NOTICE:
        target = draw(st.sampled_from([None, None, "@", "+", "@%+"]))
    return LogLine(draw(moments(unit)), kind, draw(NICKS), text, target)


def write_and_read(form: Format, lines: list[LogLine], zone: str = "UTC") -> list[object]:
    assert form.write
    file = "".join(f"{written}\n" for written in form.write(lines, WriteOptions("#c", ZoneInfo(zone))))
    return list(form.parse(numbered_lines(io.BytesIO(file.encode())), ParseContext(ZoneInfo(zone))))


@given(st.lists(line(timedelta(minutes=1)), max_size=8))
def test_irssi(lines: list[LogLine]) -> None:
    # In order, as in an export: a clock that runs back by hours loses the day.
    lines = sorted(lines, key=lambda each: each.at)
    assert write_and_read(IRSSI, lines) == lines


@given(st.lists(line(timedelta(microseconds=1)), max_size=8))
def test_weechat(lines: list[LogLine]) -> None:
    lines = [each._replace(text=without_colours(each)) for each in lines]
    assert write_and_read(WEECHAT, lines) == lines


@given(st.lists(line(timedelta(seconds=1)), max_size=8))
def test_znc(lines: list[LogLine]) -> None:
    for each in lines:
        assert ZNC.write
        written = list(ZNC.write([each], WriteOptions("#c")))
        assert list(ZNC.parse(enumerate(written, 1), ParseContext(UTC, each.at.date()))) == [each]


@given(st.lists(line(timedelta(minutes=1)), max_size=8, min_size=2))
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"])
def test_local_times_in_order_are_the_same_moments(zone: str, lines: list[LogLine]) -> None:
    """But for the nights of autumn, of which this does not tell: see test_clock.py."""
    lines = sorted(lines, key=lambda each: each.at)
    read = write_and_read(IRSSI, lines, zone)
    local = [each.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in lines]
    assert [
        each.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in read if isinstance(each, LogLine)
    ] == local


@given(
    st.lists(
        st.builds(
            LogLine,
            moments(timedelta(microseconds=1)),
            st.integers(kinds.MESSAGE, kinds.UNLOGGED),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            *[st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)] * 3,
            st.none() | st.integers(1, 2**31 - 1),
            st.none() | st.tuples(st.integers(1, 2**63 - 1)),
        )
    )
)
def test_json_lines_lose_nothing(lines: list[LogLine]) -> None:
    assert write_and_read(JSONL, lines) == lines


def without_colours(each: LogLine) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", each.text)


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
@settings(max_examples=25)
@given(st.lists(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_read_line_by_line(form: Format, pieces: list[bytes]) -> None:
    read_all(form, b"\n".join(pieces))


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
@settings(max_examples=25)
@given(st.data())
def test_damaged_lines_are_read_line_by_line(form: Format, data: st.DataObject) -> None:
    """Pieces of true lines of any format, cut and put together."""
    pieces = data.draw(st.lists(st.sampled_from(TRUE_LINES), max_size=6))
    cuts = [piece[data.draw(st.integers(0, 10)) : len(piece) - data.draw(st.integers(0, 10))] for piece in pieces]
    read_all(form, data.draw(st.sampled_from([b"\n", b"", b"\r\n", b"\t"])).join(cuts))


def read_all(form: Format, content: bytes) -> None:
    for day in (None, FIRST.date()):
        try:
            items = list(form.parse(numbered_lines(io.BytesIO(content)), ParseContext(ZoneInfo("Europe/Berlin"), day)))
        except UnreadableError:
            assert day is None
            continue
        numbers = [item.number for item in items if isinstance(item, UnparsedLine)]
        assert numbers == sorted(set(numbers))
        assert all(isinstance(item, UnparsedLine) or (item.at.tzinfo and item.nick) for item in items) or form is JSONL
