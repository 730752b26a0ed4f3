from __future__ import annotations

import pytest

from logs.text.privacy_rules import LineNames, Person, is_off_record


@pytest.mark.parametrize("text", ["[off] x", "[OFF]x", "!- x", "\x0304[off] x", "\u200b [off]"])
def test_a_line_off_the_record_is_known_behind_blanks_and_formatting(text: str) -> None:
    assert is_off_record(text, ["[off]", "!-"])
    assert not is_off_record(f"see {text}", ["[off]", "!-"])
    assert not is_off_record(text, [])


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
