from __future__ import annotations

import pytest

from logs.text.privacy_rules import is_off_record, tells_of_logging

SITE = "logs.example.org"


@pytest.mark.parametrize(
    "text",
    [
        "This channel is publicly logged: https://logs.example.org/net/garden/",
        "Roses | publicly logged",
        "Public logs at another place",
        "Ducks. LOGGING is PUBLIC",
        "\x02Publicly logged\x02, do not tell secrets",
        "Publicly logged (no secrets)",
        "logs.example.org.",
        "http://LOGS.example.org:8000/",
    ],
)
def test_a_notice_tells_of_logging(text: str) -> None:
    assert tells_of_logging(text, SITE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Roses",
        "Public channel about catalogs",
        "No public logging",
        "this channel is NOT publicly logged",
        "Public channel, never logged",
        "public logging isn't allowed here",
        "Public garden | changelog: 1.2",
        "catalogs.example.org",
        "logs.example.org.evil.example",
    ],
)
def test_whatever_else_is_no_notice(text: str) -> None:
    assert not tells_of_logging(text, SITE)


@pytest.mark.parametrize("text", ["[off] x", "[OFF]x", "!- x", "\x0304[off] x", "\u200b [off]"])
def test_a_line_off_the_record_is_known_behind_blanks_and_formatting(text: str) -> None:
    assert is_off_record(text, ["[off]", "!-"])
    assert not is_off_record(f"see {text}", ["[off]", "!-"])
    assert not is_off_record(text, [])
