"""Logs that sites gave out: logbot, BotBot, irclogger, rustlog, and JSON Lines."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from logs.formats.jsonl import JSONL, RUSTLOG
from logs.formats.log_format import ACTION, JOIN, KICK, MESSAGE, NICK, NOTICE, PART, QUIT, LogLine, UnparsedLine
from logs.formats.sites import BOTBOT, IRCLOGGER, LOGBOT
from tests.logs.formats.reading import lines, read_text, shorten

DAY = date(2014, 3, 1)


def test_logbot() -> None:
    text = "12:00:01 <ada> mail me⊙example.org\n12:00:02 * ada waves\n12:00:03 -ada- noticed\nwhat"
    assert shorten(read_text(LOGBOT, text, DAY, "Asia/Tokyo")) == [
        ("12:00:01", MESSAGE, "ada", "mail me⊙example.org"),
        ("12:00:02", ACTION, "ada", "waves"),
        ("12:00:03", NOTICE, "ada", "noticed"),
        ("unparsed", 4),
    ]


def test_an_export_of_the_former_botbot_is_read() -> None:
    text = """[12:00:01] <ada> hi
[12:00:02] * ada joined the channel
[12:00:03] * ada left the channel
[12:00:04] * ada is now known as eve
[12:00:05] * eve has quit (Quit: x)
[12:00:06] * bob was kicked by ada (why)
[12:00:07] * ada is happy"""
    assert shorten(read_text(BOTBOT, text, DAY, "Asia/Tokyo")) == [
        ("12:00:01", MESSAGE, "ada", "hi"),
        ("12:00:02", JOIN, "ada", ""),
        ("12:00:03", PART, "ada", ""),
        ("12:00:04", NICK, "ada", "", "eve"),
        ("12:00:05", QUIT, "eve", "Quit: x"),
        ("12:00:06", KICK, "ada", "why", "bob"),
        ("12:00:07", ACTION, "ada", "is happy"),
    ]


def test_irclogger() -> None:
    text = "2014-03-01 23:59 <ada> hi\n2014-03-02 00:00 * ada waves\n2014-02-30 00:00 <ada> no such day"
    read = read_text(IRCLOGGER, text, zone="Asia/Tokyo")
    assert shorten(read) == [("23:59:00", MESSAGE, "ada", "hi"), ("00:00:00", ACTION, "ada", "waves"), ("unparsed", 3)]


def test_rustlog() -> None:
    text = (
        '{"text":"hi","displayName":"Ada","username":"ada","timestamp":"2026-01-02T03:04:05.678Z","id":"0b5f","tags":{}}'
        '\n{"text":"hi","displayName":"","username":"ada","timestamp":"2026-01-02T04:04:05+01:00"}\n{"text":"hi"}'
    )
    assert read_text(RUSTLOG, text) == [
        LogLine(datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC), MESSAGE, "Ada", "hi", msgid="0b5f"),
        LogLine(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), MESSAGE, "ada", "hi"),
        UnparsedLine(3, '{"text":"hi"}'),
    ]


def test_json_lines() -> None:
    text = '{"at":"2026-01-02T03:04:05.678901+00:00","kind":"kick","nick":"op","text":"why","target":"v","id":7}'
    (line,) = lines(read_text(JSONL, text))
    assert line == LogLine(datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), KICK, "op", "why", "v", id=7)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        "7",
        "null",
        '"text"',
        "{}",
        "[" * 100_000,
        '{"at":"2026-01-02T03:04:05","kind":"message","nick":"a"}',
        '{"at":"9999-12-31T23:59:59-23:59","kind":"message","nick":"a"}',
        '{"at":"yesterday","kind":"message","nick":"a"}',
        '{"at":7,"kind":"message","nick":"a"}',
        '{"at":"2026-01-02T03:04:05Z","kind":"shout","nick":"a"}',
        '{"at":"2026-01-02T03:04:05Z","kind":[],"nick":"a"}',
        '{"at":"2026-01-02T03:04:05Z","kind":"message","nick":"a","text":7}',
        '{"at":"2026-01-02T03:04:05Z","kind":"message","nick":"a","id":0}',
        '{"at":"2026-01-02T03:04:05Z","kind":"message","nick":"a","id":99999999999}',
        '{"at":"2026-01-02T03:04:05Z","kind":"message","nick":"a","id":"x"}',
        '{"at":"2026-01-02T03:04:05Z","kind":"message","nick":"a","id":1.5}',
        '{"at":"2026-01-02T03:04:05Z","kind":"message","nick":7}',
    ],
)
def test_json_that_is_no_line(text: str) -> None:
    assert read_text(JSONL, f"\n{text}") == [UnparsedLine(2, text)]
