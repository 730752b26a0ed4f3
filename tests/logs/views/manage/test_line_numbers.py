"""Lines named in forms: numbers, links of lines and of ranges, and what is wrong with others."""

from __future__ import annotations

import pytest
from django import forms

from logs.models import Channel
from logs.views.manage.section import MAX_LINES, parse_line, parse_lines

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("5", [5]),
        ("5, 7  9", [5, 7, 9]),
        ("5-7", [5, 6, 7]),
        ("https://logs.example.org/testnet/garden/at/5/", [5]),
        ("/testnet/garden/at/5", [5]),
        ("http://127.0.0.1:8000/prefix/testnet/GARDEN/at/5-6/?embed#l5", [5, 6]),
        ("/testnet/%67arden/conversation/8/", [8]),
        ("/testnet/garden/at/5/ 9", [5, 9]),
    ],
)
def test_numbers_and_links_are_understood(channel: Channel, text: str, ids: list[int]) -> None:
    assert parse_lines(text, channel) == ids


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("carl", "This is neither: carl"),
        ("5-", "This is neither: 5-"),
        ("²", "This is neither"),
        ("0", "There is no such line: 0"),
        ("9-5", "There is no such line: 9-5"),
        ("99999999999", "There is no such line"),
        ("/testnet/pond/at/5/", "not one of #garden"),
        ("/othernet/garden/at/5/", "not one of #garden"),
        ("/testnet/garden/2026-03-01/", "This is neither"),
        (f"1-{MAX_LINES + 1}", "more than 5,000 lines"),
        ("1-2000000000", "more than 5,000 lines"),
    ],
)
def test_what_names_no_line_is_refused(channel: Channel, text: str, sentence: str) -> None:
    with pytest.raises(forms.ValidationError, match=sentence):
        parse_lines(text, channel)


def test_a_field_for_one_line_accepts_one(channel: Channel) -> None:
    assert parse_line("/testnet/garden/at/5/", channel) == 5
    for text in ("5 6", "5-6", ""):
        with pytest.raises(forms.ValidationError, match="Enter the number of a line or its link"):
            parse_line(text, channel)
