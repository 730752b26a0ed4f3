from __future__ import annotations

import pytest

from logs.text.privacy_rules import OFF_RECORD_CHARACTERS, LineNames, Person, is_off_record


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
    ],
)
def test_what_cannot_be_seen_hides_no_prefix(invisible: str) -> None:
    assert is_off_record(f"{invisible}[off] x", ["[off]"])
    assert is_off_record(f"botbot:{invisible}[off] x", ["[off]"], "botbot")


@pytest.mark.parametrize("address", ["botbot: ", "botbot, ", "BotBot:", "@botbot: ", "botbot_: ", "botbot-2: "])
def test_a_line_to_the_bot_can_be_off_the_record(address: str) -> None:
    assert is_off_record(f"{address}[off] x", ["[off]"], "botbot")
    assert not is_off_record(f"{address}[off] x", ["[off]"], "other")
    assert not is_off_record(f"{address}tell [off] x", ["[off]"], "botbot")


@pytest.mark.parametrize(
    "text", ["x [off]", "ann: [off] is the marker", "\u00e9[off]", "1[off]", "\u20ac[off]", "\U0001f389[off]"]
)
def test_what_people_type_before_a_prefix_makes_it_an_ordinary_line(text: str) -> None:
    assert not is_off_record(text, ["[off]"], "botbot")


def test_a_prefix_counts_near_the_beginning_only() -> None:
    assert is_off_record(" " * (OFF_RECORD_CHARACTERS - 5) + "[off]", ["[off]"])
    assert not is_off_record(" " * (OFF_RECORD_CHARACTERS - 4) + "[off]", ["[off]"])


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
def test_whose_line_it_is(opt_out: tuple[str, str], account: str, nick: str, target: str, expected: bool) -> None:
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
