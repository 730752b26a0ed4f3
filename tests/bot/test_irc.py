"""bot/irc: parsing and formatting of the protocol, without a connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.irc.isupport import UNLIMITED_HISTORY_PAGE, Isupport
from bot.irc.message import (
    MAX_RECEIVED_BYTES,
    LineBuffer,
    Message,
    format_message,
    parse,
    split_ctcp,
)


def test_a_message_has_tags_a_source_a_command_and_parameters() -> None:
    message = parse(rb"@time=2026-01-01T00:00:00Z;+a=x\:y\s\\z\r\n\q;b :ann!a@h  PRIVMSG   #c  :two  words ")
    assert message == Message(
        "PRIVMSG",
        ["#c", "two  words "],
        {"time": "2026-01-01T00:00:00Z", "+a": "x;y \\z\r\nq", "b": ""},
        "ann",
        "a",
        "h",
    )


@pytest.mark.parametrize(
    ("raw", "nick", "user", "host"),
    [
        (b":ann PING", "ann", "", ""),
        (b":ann@host PING", "ann", "", "host"),
        (b":ann!user PING", "ann", "user", ""),
        (b":a!b!c@d@e PING", "a", "b!c", "d@e"),
        (b":irc.example.org PING", "irc.example.org", "", ""),
    ],
)
def test_a_source_is_a_nick_with_user_and_host_or_a_server(raw: bytes, nick: str, user: str, host: str) -> None:
    message = parse(raw)
    assert message
    assert (message.nick, message.user, message.host) == (nick, user, host)


@pytest.mark.parametrize("raw", [b"", b" ", b":", b":a", b"@a", b"@a :b", b"12", b"1234", "é".encode(), b"PING\xff"])
def test_a_line_without_a_command_is_not_a_message(raw: bytes) -> None:
    assert parse(raw) is None


@given(st.binary())
def test_parsing_never_fails(raw: bytes) -> None:
    message = parse(raw)
    assert message is None or message.command


WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n "), min_size=1, max_size=40).filter(
    lambda word: not word.startswith(":")
)
LAST = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=60)


@given(st.sampled_from(["PRIVMSG", "JOIN"]), st.lists(WORD, max_size=3), LAST)
def test_a_formatted_message_parses_to_the_same(command: str, words: list[str], last: str) -> None:
    message = parse(format_message(command, *words, last))
    assert message == Message(command, [*words, last])


def test_a_line_ends_within_512_bytes_between_characters() -> None:
    written = format_message("PRIVMSG", "#c", "☕" * 400)
    assert 508 < len(written) <= 512
    assert written.endswith("☕\r\n".encode())


@pytest.mark.parametrize("params", [["a\nb"], ["a\rb"], ["a\0b"], ["a b", "c"], ["", "c"], [":a", "b"]])
def test_parts_that_would_form_another_message_are_refused(params: list[str]) -> None:
    with pytest.raises(ValueError, match="PRIVMSG"):
        format_message("PRIVMSG", *params)


@given(st.lists(st.binary(max_size=20).filter(lambda x: not set(x) & set(b"\r\n")), max_size=8), st.data())
def test_lines_are_split_independently_of_chunks(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"\r\n".join(parts) + b"\n"
    lines, found = LineBuffer(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += lines.feed(stream[:size])
        stream = stream[size:]
    assert found == [part for part in parts if part]


def test_an_endless_line_takes_limited_memory() -> None:
    lines = LineBuffer()
    for _ in range(100):
        assert lines.feed(b"x" * 4096) == []
    assert lines.feed(b"\nPING\n") == [b"x" * MAX_RECEIVED_BYTES, b"PING"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hello", None),
        ("\x01", None),
        ("\x01\x01", None),
        ("\x01ACTION waves\x01", ("ACTION", "waves")),
        ("\x01ACTION waves", ("ACTION", "waves")),
        ("\x01action a\x01b\x01", ("ACTION", "a\x01b")),
        ("\x01DCC\x01", ("DCC", "")),
        ("\x10\x30", None),
    ],
)
def test_ctcp_is_distinguished_from_text(text: str, found: tuple[str, str] | None) -> None:
    assert split_ctcp(text) == found


def test_isupport_has_the_defaults_of_its_specification() -> None:
    isupport = Isupport()
    assert (isupport.casemapping, isupport.chantypes, isupport.nicklen) == ("rfc1459", "#&", None)
    assert isupport.prefixes == {"@": "o", "+": "v"}


@pytest.mark.parametrize(
    "token", ["PREFIX=@+", "PREFIX=(o)@+", "CASEMAPPING=x", "TARGMAX=JOIN:x", "TARGMAX", "NICKLEN=x", "=", "-", "-X"]
)
def test_isupport_survives_nonsense(token: str) -> None:
    isupport = Isupport()
    isupport.update([token])
    assert isupport.prefixes == {"@": "o", "+": "v"}
    assert isupport.max_targets("JOIN") >= 1
    assert isupport.channel_of("#c") == "#c"


def test_isupport_tokens_can_be_removed() -> None:
    isupport = Isupport()
    isupport.update(["CASEMAPPING=ascii", r"NETWORK=A\x20B", "TARGMAX=JOIN:7,WHOIS:"])
    assert (isupport.casemapping, isupport.tokens["NETWORK"], isupport.max_targets("JOIN")) == ("ascii", "A B", 7)
    isupport.update(["-CASEMAPPING"])
    assert isupport.casemapping == "rfc1459"


@pytest.mark.parametrize(
    ("target", "channel"),
    [("#c", "#c"), ("@#c", "#c"), ("@+#c", "#c"), ("+c", ""), ("+#c", "#c"), ("bob", ""), ("", ""), ("&c", "&c")],
)
def test_a_target_is_a_channel_or_a_nick(target: str, channel: str) -> None:
    assert Isupport().channel_of(target) == channel


@pytest.mark.parametrize(
    ("target", "channel"),
    [
        ("&#c", "&#c"),
        ("@&#c", "&#c"),
        ("~#c", "#c"),
        ("@%#c", "#c"),
        ("+c", "+c"),
        ("+#c", "+#c"),
        ("~c", ""),
        ("@", ""),
    ],
)
def test_a_symbol_that_begins_channels_too_begins_a_channel(target: str, channel: str) -> None:
    isupport = Isupport()
    isupport.update(["PREFIX=(qaohv)~&@%+", "CHANTYPES=#&+", "STATUSMSG=~&@%+"])
    assert isupport.channel_of(target) == channel


@pytest.mark.parametrize(
    ("word", "readings"),
    [
        ("&#c", [("", "&#c"), ("&", "#c")]),
        ("@&#c", [("@", "&#c"), ("@&", "#c")]),
        ("~@#c", [("~@", "#c")]),
        ("#c", [("", "#c")]),
        ("##&c", [("", "##&c")]),
        ("+c", [("", "+c")]),
        ("%+c", [("%", "+c")]),
        ("c", []),
        ("", []),
    ],
)
def test_a_channel_of_whois_may_have_two_readings(word: str, readings: list[tuple[str, str]]) -> None:
    isupport = Isupport()
    isupport.update(["PREFIX=(qaohv)~&@%+", "CHANTYPES=#&+"])
    assert isupport.split_symbols(word) == readings


@pytest.mark.parametrize(
    ("value", "page"),
    [
        ("50", 50),
        ("0", UNLIMITED_HISTORY_PAGE),
        ("", 100),
        ("-5", 100),
        ("x", 100),
        ("\u00b2", 100),
        ("\u0665", 100),
        ("1000", 1000),
    ],
)
def test_the_page_size_of_history_is_valid(value: str, page: int) -> None:
    isupport = Isupport()
    isupport.update([f"CHATHISTORY={value}"])
    assert isupport.history_page == page


def test_numbers_of_thousands_of_digits_are_numbers() -> None:
    isupport = Isupport()
    isupport.update([f"{name}={'9' * 6000}" for name in ("CHATHISTORY", "NICKLEN")] + [f"TARGMAX=JOIN:{'9' * 6000}"])
    assert isupport.history_page == isupport.nicklen == isupport.max_targets("JOIN") == 999_999_999
