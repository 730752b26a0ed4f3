from __future__ import annotations

import re
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.text.privacy_rules import OFF_RECORD_CHARACTERS, LineNames, Person, is_off_record, off_record_patterns


@pytest.mark.parametrize("text", ["[off] x", "[OFF]x", "!- x", "\x0304[off] x", "\u200b [off]"])
def test_a_line_off_the_record_is_known_behind_blanks_and_formatting(text: str) -> None:
    assert is_off_record(text, ["[off]", "!-"])
    assert not is_off_record(f"see {text}", ["[off]", "!-"])
    assert not is_off_record(text, [])


@pytest.mark.parametrize(
    "invisible",
    [
        *("\u3000", "\u2009", "\u200f", "\u202a", "\u2066", "\u00ad", "\ufe0f", "\u180e", "\u00a0", "\u2028", "\ufeff"),
        *("\u0301", "\u115f", "\u3164", "\u2800", "\x02\u200b\x0304,05 \u2063", "\t \u3000" * 40),
        *("\x01", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\ufdd0", "\ue000", "\ud800", "\u0345", "\U000e0041"),
    ],
)
def test_what_cannot_be_seen_hides_no_prefix(invisible: str) -> None:
    assert is_off_record(f"{invisible}[off] x", ["[off]"])
    assert is_off_record(f"botbot:{invisible}[off] x", ["[off]"], "botbot")


@pytest.mark.parametrize(
    "text",
    [
        "[o\u200bff] x",
        "\uff3boff\uff3d x",
        "\uff3b\uff2f\uff26\uff26\uff3d",
        "[\ufe0foff\u00ad] x",
        "\u2060[\x02off\x02] x",
        "[ off ] x",
        "[\x07off\u0345 ]",
    ],
)
def test_a_prefix_is_known_in_other_widths_and_with_what_cannot_be_seen_in_it(text: str) -> None:
    assert is_off_record(text, ["[off]", "!-"])
    assert is_off_record(f"botbot: {text}", ["[off]"], "botbot")
    assert not is_off_record(text, ["[on]"])


@pytest.mark.parametrize(
    "address",
    [
        *("botbot: ", "botbot, ", "BotBot:", "@botbot: ", "botbot_: ", "botbot-2: ", "@botbot ", "botbot ", "botbot"),
        *("botbot: botbot: ", "@BotBot_, botbot ", "botb: ", "botb_2: ", "\uff42otbot\uff1a ", "bot\u200bbot: "),
        *("botbot; ", "botbot> ", "botbot\u3001"),
        "botbot: " * 50,
    ],
)
def test_a_line_to_the_bot_can_be_off_the_record(address: str) -> None:
    assert is_off_record(f"{address}[off] x", ["[off]"], "botbot")
    assert not is_off_record(f"{address}[off] x", ["[off]"], "other")
    assert not is_off_record(f"{address}tell [off] x", ["[off]"], "botbot")


@pytest.mark.parametrize("speaker", ["<ann> ", "<\x0304ann\x03> ", "\x02<a\u200bnn>\x02 ", "<ann>"])
def test_a_line_behind_a_bridge_can_be_off_the_record(speaker: str) -> None:
    assert is_off_record(f"{speaker}[off] x", ["[off]"], "botbot")
    assert is_off_record(f"{speaker}botbot: \u2066[OFF] x", ["[off]"], "botbot")
    assert not is_off_record(f"{speaker}see [off] x", ["[off]"], "botbot")


@pytest.mark.parametrize(
    "text", ["x [off]", "ann: [off] is the marker", "\u00e9[off]", "1[off]", "\u20ac[off]", "\U0001f389[off]"]
)
def test_what_people_type_before_a_prefix_makes_it_an_ordinary_line(text: str) -> None:
    assert not is_off_record(text, ["[off]"], "botbot")


def test_a_prefix_counts_near_the_beginning_only() -> None:
    assert is_off_record(" " * (OFF_RECORD_CHARACTERS - 5) + "[off]", ["[off]"])
    assert not is_off_record(" " * (OFF_RECORD_CHARACTERS - 4) + "[off]", ["[off]"])


@pytest.mark.parametrize("address", ["bot: ", "botany ", "robotbot: ", "botbox: ", "ann: botbot: ", "botbot!"])
def test_what_is_no_address_of_the_bot_is_an_ordinary_line(address: str) -> None:
    assert not is_off_record(f"{address}[off] x", ["[off]"], "botbot")


@given(
    st.text(st.sampled_from(" []of!-x:@\u200b\uff3b\uff3d\u3164\u0301\ufe0fOF\u017f"), max_size=12),
    st.sampled_from(["[off]", "!-", "nolog:", "x", "\uff3boff\uff3d"]),
)
def test_what_is_off_the_record_matches_the_pattern_that_the_database_looks_for(text: str, prefix: str) -> None:
    for line in (text, f"{prefix}{text}", f"botbot: {prefix}"):
        if is_off_record(line, [prefix], "botbot"):
            (pattern,) = off_record_patterns([prefix])
            expression = "".join(".*" if part == "%" else re.escape(part) for part in re.findall(r"%|[^%\\]", pattern))
            assert re.fullmatch(expression, normalize("NFKC", line), re.DOTALL)


@pytest.mark.parametrize(
    ("opt_out", "account", "nick", "target", "expected"),
    [
        # With two accounts the accounts decide, whatever the nicks are.
        (("ann", "ann"), "ann", "somebody", "", True),
        (("ann", "ann"), "bob", "ann", "", False),
        # Where one of them is unknown, the nicks decide.
        (("ann", "annie"), "", "annie", "", True),
        (("", "ann"), "bob", "ann", "", True),
        # An account is never compared with a nick.
        (("ann", ""), "", "ann", "", False),
        (("", "ann"), "ann", "somebody", "", False),
        # Somebody who is kicked, say, is known by their nick only.
        (("ann", "ann"), "op", "op", "ann", True),
        (("ann", ""), "op", "op", "ann", False),
        # Nobody has no name.
        (("", ""), "", "", "", False),
    ],
)
def test_a_line_belongs_to_a_person_by_account_or_nick(
    opt_out: tuple[str, str], account: str, nick: str, target: str, expected: bool
) -> None:
    names = LineNames(account, nick, target)
    assert Person(None, *opt_out).is_in_line(1, names) is expected
    assert Person(1, *opt_out).is_in_line(1, names) is expected
    assert not Person(2, *opt_out).is_in_line(1, names), "another channel's"


def test_names_are_compared_as_the_server_does() -> None:
    names = LineNames.folded(None, "Ann[", None, "rfc1459")
    assert Person(None, "", "aNN{").folded("rfc1459").is_in_line(1, names)
    assert not Person(None, "", "ann{").folded("ascii").is_in_line(1, LineNames.folded(None, "ann[", None, "ascii"))


def test_accounts_are_compared_as_services_do() -> None:
    names = LineNames.folded("Ann[", "somebody", None, "rfc1459")
    assert Person(None, "ANN[", "").folded("rfc1459").is_in_line(1, names)
    assert not Person(None, "ann{", "").folded("rfc1459").is_in_line(1, names)
