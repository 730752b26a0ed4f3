from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.text.irc_formatting import split_runs, strip_formatting

CODES = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f"
FORMATTED = st.text(st.sampled_from(CODES + "0123456789,abcdef é<&\t") | st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [("", "plain")]),
        ("a \x02bold\x02 b", [("", "a "), ("b", "bold"), ("", " b")]),
        ("\x1di\x1fiu\x1eius\x11iusm", [("i", "i"), ("i u", "iu"), ("i s u", "ius"), ("i m s u", "iusm")]),
        ("\x0304red\x03 none", [("c4", "red"), ("", " none")]),
        ("\x034red", [("c4", "red")]),
        ("\x03045", [("c4", "5")]),
        ("\x034,1red on black", [("g1 k4", "red on black")]),
        ("\x034,1a\x033b", [("g1 k4", "a"), ("g1 k3", "b")]),
        ("\x034, text", [("c4", ", text")]),
        ("\x03,4 text", [("", ",4 text")]),
        ("\x0398,99x", [("c98", "x")]),
        ("\x0399,1x", [("g1", "x")]),
        ("\x04ff0000red\x04 none", [("c4", "red"), ("", " none")]),
        ("\x04FE0102,000000x", [("g1 k4", "x")]),
        ("\x04ff00 too short", [("", "ff00 too short")]),
        ("\x16reversed\x16", [("r", "reversed")]),
        ("\x034\x16x", [("r g4", "x")]),
        ("\x02\x1d\x034,1\x16all\x0f none", [("b i r g4 k1", "all"), ("", " none")]),
        ("\x02\x02", []),
        ("", []),
    ],
)
def test_codes_become_classes(text: str, expected: list[tuple[str, str]]) -> None:
    assert list(split_runs(text)) == expected


def test_unreadable_text_gets_the_text_colour_of_its_background() -> None:
    assert list(split_runs("\x031,1spoiler")) == [("g1", "spoiler")]


def test_other_control_characters_are_shown_as_pictures() -> None:
    assert strip_formatting("a\x07b\x00c\x7fd\r\ne\x85f\tg") == "a␇b␀c␡d␍␊e\ufffdf\tg"


@given(FORMATTED)
def test_runs_hold_all_the_text_and_only_the_text(text: str) -> None:
    assert "".join(part for _, part in split_runs(text)) == strip_formatting(text)
    assert not set(strip_formatting(text)) & {chr(code) for code in [*range(9), *range(10, 32), *range(127, 160)]}


@given(FORMATTED)
def test_text_without_codes_is_kept_as_it_is(text: str) -> None:
    plain = "".join(char for char in text if char.isprintable())
    assert strip_formatting(plain) == plain


@given(FORMATTED, FORMATTED)
def test_a_reset_ends_everything(before: str, after: str) -> None:
    assert list(split_runs(f"{before}\x0f{after}"))[len(list(split_runs(before))) :] == list(split_runs(after))


@given(FORMATTED)
def test_split_runs_yields_no_empty_run(text: str) -> None:
    assert all(part for _, part in split_runs(text))
