"""Days that a log does not tell: lines below are reported, not stored under the day before."""

from __future__ import annotations

from datetime import date

import pytest

from logs.formats.eggdrop import EGGDROP
from logs.formats.hexchat import HEXCHAT
from logs.formats.irssi import IRSSI
from logs.formats.log_format import Format, LogLine, UnparsedLine
from logs.formats.log_items import UNKNOWN_DAY
from logs.formats.mirc import MIRC
from logs.formats.pidgin import PIDGIN
from logs.formats.raku import RAKU
from logs.formats.znc import ZNC
from tests.logs.formats.reading import lines, read_text

PIDGIN_START = "Conversation with #c at Thu 12 May 2011 10:00:00 PM CEST on nick@irc.freenode.net (irc)"


@pytest.mark.parametrize(
    ("form", "header", "line"),
    [
        (MIRC, "Session Start: Thu May 12 22:00:00 2011", "[{}] <anna> x"),
        (IRSSI, "--- Log opened Thu May 12 22:00:00 2011", "{} < anna> x"),
        (PIDGIN, PIDGIN_START, "({}:00) anna: x"),
        (EGGDROP, "[00:00] --- Thu May 12 2011", "[{}] <anna> x"),
    ],
)
@pytest.mark.parametrize("times", [["00:01", "23:59", "00:01", "23:00"], ["20:00", "20:30", "09:15"]])
def test_a_midnight_without_a_header(form: Format, header: str, line: str, times: list[str]) -> None:
    items = read_text(form, "\n".join([header, *map(line.format, times)]))
    assert lines(items[:2]) == items[:2]
    assert [item.reason for item in items[2:] if isinstance(item, UnparsedLine)] == [UNKNOWN_DAY] * (len(times) - 2)


def test_the_next_header_tells_the_day_again() -> None:
    text = """--- Log opened Thu May 12 22:00:00 2011
23:59 < anna> a
00:01 < anna> b
--- Day changed Sat May 14 2011
00:01 < anna> c"""
    a, b, c = read_text(IRSSI, text)
    assert isinstance(b, UnparsedLine)
    assert [f"{line.at:%d}" for line in lines([a, c])] == ["12", "14"]


def test_a_clock_that_is_set_back_and_a_file_of_one_day_keep_their_day() -> None:
    text = "--- Log opened Thu May 12 12:00:00 2011\n12:00 < anna> a\n10:30 < anna> b\n12:00 < anna> c"
    assert [line.text for line in lines(read_text(IRSSI, text))] == ["a", "b", "c"]
    text = "[23:59] <anna> a\n[00:01] <anna> b"
    assert [line.at.day for line in lines(read_text(RAKU, text, date(2011, 5, 12)))] == [12, 12]


@pytest.mark.parametrize(
    "header", ["Day changed to 13 May 2011", "=== Friday, 13 May 2011 ===", "*** 2011-05-13 ***", "13.05.2011"]
)
def test_a_header_of_another_program(header: str) -> None:
    text = f"--- Log opened Thu May 12 12:00:00 2011\n12:00 < anna> a\n{header}\n12:00 < anna> b"
    a, *rest = read_text(IRSSI, text)
    lines([a])
    assert [item.reason for item in rest if isinstance(item, UnparsedLine)] == [UNKNOWN_DAY] * 2


@pytest.mark.parametrize(
    "text", ["Segmentation fault", "since 12 May 2011", "12:00 2011-05-13", "x" * 300 + " 2011-05-13"]
)
def test_other_lines_do_not_lose_the_day(text: str) -> None:
    log = f"--- Log opened Thu May 12 12:00:00 2011\n12:00 < anna> a\n{text}\n12:00 < anna> b"
    a, garbage, b = read_text(IRSSI, log)
    assert isinstance(garbage, UnparsedLine)
    lines([a, b])


@pytest.mark.parametrize(
    ("form", "text", "days"),
    [
        # A log that somebody pasted, up to its end; below it the day of the log around it is not told.
        (IRSSI, "--- Log opened Fri Mar 01 10:00:00 2010\n10:00 < b> x\n--- Log closed Fri Mar 01 10:10:00 2010", [1]),
        (IRSSI, "--- Day changed Fri Mar 01 2010\n10:00 < b> x", []),
        (MIRC, "Session Start: Fri Mar 01 10:00:00 2010\n[10:00] <b> x\nSession Close: Fri Mar 01 10:10:00 2010", [1]),
        (ZNC, "--- Day changed Fri Mar 01 2010\n[10:00:00] <b> x", []),
        (RAKU, "Friday, 1 March 2010\n[10:00] <b> x", []),
    ],
)
def test_below_a_pasted_log(form: Format, text: str, days: list[int]) -> None:
    stamp = "12:{} <anna> x" if form is IRSSI else "[12:{}:00] <anna> x" if form is ZNC else "[12:{}] <anna> x"
    headers = {
        IRSSI.name: "--- Log opened Thu May 12 12:00:00 2011",
        MIRC.name: "Session Start: Thu May 12 12:00:00 2011",
    }
    log = "\n".join([headers.get(form.name, ""), stamp.format("00"), text, stamp.format("01")])
    items = read_text(form, log, None if form.name in headers else date(2011, 5, 12))
    assert [item.at.day for item in items if isinstance(item, LogLine)] == [12, *days]
    assert [item.reason for item in items if isinstance(item, UnparsedLine)][-1] == UNKNOWN_DAY


@pytest.mark.parametrize("before", ["", "12:01 ", "12:01 -!- ", "12:01 -!- Irssi: "])
def test_lines_that_irssi_printed_again_have_no_day(before: str) -> None:
    text = f"""--- Log opened Thu May 12 12:00:00 2011
12:00 < anna> a
{before}Lastlog:
23:40 < berta> of another day
{before}End of Lastlog
12:02 < anna> b"""
    a, again, b = read_text(IRSSI, text)
    assert isinstance(again, UnparsedLine)
    assert (again.number, again.reason) == (4, UNKNOWN_DAY)
    assert [(line.text, line.at.day) for line in lines([a, b])] == [("a", 12), ("b", 12)]


NUMERIC = "Session Start: {} 12:00\nSession Ident: #c\n[12:00] <anna> x"


@pytest.mark.parametrize(
    ("headers", "day", "expected"),
    [
        (["03/04/2014"], None, [None]),
        (["03/04/2014"], date(2014, 4, 3), ["2014-04-03"]),
        (["03/04/2014"], date(2014, 3, 4), ["2014-03-04"]),
        (["03/04/2014"], date(2014, 5, 1), [None]),
        (["25/03/2014", "03/04/2014"], None, ["2014-03-25", "2014-04-03"]),
        (["02/25/2014", "03/04/2014"], None, ["2014-02-25", "2014-03-04"]),
        (["03/04/2014", "25/04/2014"], None, [None, "2014-04-25"]),
    ],
)
def test_the_order_of_day_and_month(headers: list[str], day: date | None, expected: list[str | None]) -> None:
    items = read_text(MIRC, "\n\n".join(map(NUMERIC.format, headers)), day)
    said = [item for item in items if isinstance(item, LogLine) or "<anna>" in item.text]
    assert [f"{item.at:%F}" if isinstance(item, LogLine) else None for item in said] == expected


@pytest.mark.parametrize(
    ("form", "session"),
    [
        (IRSSI, "--- Log opened Thu May 12 22:00:00 2011\n22:01 < anna> x\n--- Log closed Thu May 12 22:02:00 2011"),
        (MIRC, "Session Start: Thu May 12 22:00:00 2011\nSession Ident: #c\n[22:01] <anna> x"),
        (HEXCHAT, "**** BEGIN LOGGING AT Thu May 12 22:00:00 2011\n\nMay 12 22:01:00 <anna>\tx"),
    ],
)
def test_a_session_that_is_there_twice_is_read_once(form: Format, session: str) -> None:
    items = read_text(form, f"{session}\n{session}")
    assert [item.text for item in items if isinstance(item, LogLine)] == ["x"]
    assert [item.text for item in items if isinstance(item, UnparsedLine)][-1] in session
    again = session.replace("22:0", "23:0")
    assert len([item for item in read_text(form, f"{session}\n{again}") if isinstance(item, LogLine)]) == 2


def test_windows_of_one_start_are_no_copies() -> None:
    start = "Session Start: Thu May 12 22:00:00 2011\nSession Ident: {}\n[22:01] <anna> in {}"
    items = read_text(MIRC, "\n".join(start.format(name, name) for name in ("#c", "#d")))
    assert [item.text for item in items if isinstance(item, LogLine)] == ["in #c"]
