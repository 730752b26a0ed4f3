"""The year of logs whose lines have none."""

from __future__ import annotations

import pytest

from logs.formats.hexchat import HEXCHAT
from tests.logs.formats.reading import lines, read_text


@pytest.mark.parametrize(
    ("banner", "days", "years"),
    [
        ("Fri Apr 02 09:00:00 2010", ["Mar 28", "Apr 02"], [2010, 2010]),
        ("Fri Dec 31 09:00:00 2010", ["Dec 31", "Jan 01", "Jan 02"], [2010, 2011, 2011]),
        ("Sun Jan 02 09:00:00 2011", ["Dec 30", "Jan 02", "Feb 01"], [2010, 2011, 2011]),
        ("Wed Mar 03 10:28:36 2010", ["Dec 31", "Jan 01", "Dec 31", "Jan 01"], [2010, 2011, 2010, 2011]),
        ("Wed Mar 03 10:28:36 2010", ["Mar 02", "Feb 28", "Mar 03", "Apr 01"], [2010] * 4),
        ("Mon Nov 15 10:28:36 2010", ["Nov 20", "Feb 01", "Mar 01"], [2010, 2011, 2011]),
    ],
)
def test_hexchat(banner: str, days: list[str], years: list[int]) -> None:
    text = "\n".join([f"**** BEGIN LOGGING AT {banner}", "", *(f"{day} 12:00:00 <a>\tb" for day in days)])
    assert [line.at.year for line in lines(read_text(HEXCHAT, text))] == years


def test_each_session_has_its_year() -> None:
    text = """**** BEGIN LOGGING AT Fri Apr 02 09:00:00 2010
Apr 02 12:00:00 <a>\tb
**** ENDING LOGGING AT Fri Apr 02 13:00:00 2010
**** BEGIN LOGGING AT Mon Mar 03 09:00:00 2014
Mar 02 12:00:00 <a>\tb"""
    assert [line.at.year for line in lines(read_text(HEXCHAT, text))] == [2010, 2014]
