"""Text in UTF-8, in other encodings, in both at once, and cut in the middle of a character."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.irc.decoding import CUT_CHARACTER, decode
from tests.bot.in_process import StartLocal
from tests.bot.test_fuzz import NETWORK, WELCOME

CUT = CUT_CHARACTER
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ENCODINGS = ["", "cp1251", "koi8-r", "gbk", "big5", "shift_jis", "euc_kr", "iso2022_jp"]


@given(st.binary(), st.sampled_from(ENCODINGS))
def test_decoding_never_fails_and_keeps_all_but_nul(raw: bytes, encoding: str) -> None:
    text = decode(raw, encoding)
    assert "\0" not in text
    assert len(text) >= len(raw.replace(b"\0", b"")) / 4 or encoding.startswith("iso2022")


@given(TEXT, st.sampled_from(ENCODINGS[:-1]))
def test_utf8_is_decoded_unchanged(text: str, encoding: str) -> None:
    assert decode(text.encode(), encoding) == text


@given(TEXT, st.binary(min_size=1, max_size=1).filter(lambda byte: byte >= b"\x80"), TEXT)
def test_one_foreign_byte_changes_nothing_else(before: str, byte: bytes, after: str) -> None:
    assert decode(before.encode() + byte + after.encode()) in {
        before + CUT + after,
        before + decode(byte) + after,
        decode(before.encode() + byte + after.encode()) if (before + after).isascii() else "",
    }


@given(st.lists(st.tuples(TEXT, st.integers(0x80, 0xFF)), max_size=6), st.sampled_from(["", "koi8-r", "cp1251"]))
def test_a_mixture_keeps_all_valid_characters(pieces: list[tuple[str, int]], encoding: str) -> None:
    raw = "né".encode() + b" ".join(text.encode() + bytes([byte]) for text, byte in pieces)
    decoded = decode(raw + b" .", encoding).removeprefix("né")
    for text, _ in pieces:
        assert decoded.startswith(text)
        decoded = decoded[len(text) + 1 :].removeprefix(" ")


@given(TEXT.filter(lambda text: not text.isascii()), st.characters(min_codepoint=0x80), st.data())
def test_a_cut_character_is_replaced_alone(text: str, character: str, data: st.DataObject) -> None:
    if "\ud800" <= character <= "\udfff":
        return
    encoded = character.encode()
    cut = encoded[: data.draw(st.integers(1, len(encoded) - 1))]
    for rest in ("", "...", "…"):
        assert decode(text.encode() + cut + rest.encode()) == text + CUT + rest


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("naïve ".encode() + b"caf\xe9 ok", "naïve café ok"),
        ("naïve ".encode() + b"\x93caf\xe9\x94 ok", "naïve “café” ok"),
        (b"caf\xe9 " + "naïve".encode(), "café naïve"),
        (b"caf\xe9", "café"),
        (b"na\xefve caf\xe9 \x85", "naïve café …"),
        ("Größe schön na".encode() + b"\xc3...", f"Größe schön na{CUT}..."),
        ("Größe schön na".encode() + b"\xc3 und mehr", f"Größe schön na{CUT} und mehr"),
        ("Größe ".encode() + b"\xe2\x82 und \xf0\x9f\x98!", f"Größe {CUT} und {CUT}!"),
        (b"only a cut \xe2\x82", f"only a cut {CUT}"),
        (b"only a cut \xe2\x82...", f"only a cut {CUT}..."),
        ("\x01ACTION schön na".encode() + b"\xe2\x01", f"\x01ACTION schön na{CUT}\x01"),
        ("привет".encode() + b"\xd1 ...", f"привет{CUT} ..."),
        ("naïve ".encode() + b"\xd6sterreich", "naïve Österreich"),
        (b"\x81\x8d", "\x81\x8d"),
    ],
)
def test_what_stands_beside_a_bad_byte_is_kept(raw: bytes, text: str) -> None:
    assert decode(raw) == text


@pytest.mark.parametrize(
    "command", ["PRIVMSG #c", "NOTICE #c", "TOPIC #c", "PART #c", "KICK #c ann", "QUIT", "PRIVMSG @#c"]
)
def test_one_bad_byte_garbles_no_kind_of_line(start_local: StartLocal, command: str) -> None:
    channel = replace(NETWORK.channels[0], keeps_restricted=True)
    local = start_local(replace(NETWORK, channels=(channel,)))
    local.receive(*WELCOME, f":ann!a@h {command} :".encode() + "naïve ".encode() + b"caf\xe9 sch\xc3...")
    assert local.journaled_messages() == [("ann", f"naïve café sch{CUT}...")]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("koi8-r", "Привет, мир"),
        ("cp1251", "Привет, мир"),
        ("iso8859-7", "Καλημέρα κόσμε"),
        ("gbk", "你好，世界"),
        ("gb18030", "你好，世界 㐀"),
        ("big5", "你好，世界"),
        ("euc_kr", "안녕하세요"),
        ("shift_jis", "こんにちは世界"),
        ("iso2022_jp", "こんにちは世界"),
    ],
)
def test_text_in_the_network_s_encoding_is_read(start_local: StartLocal, encoding: str, text: str) -> None:
    local = start_local(replace(NETWORK, encoding=encoding))
    local.receive(*WELCOME, b":ann!a@h PRIVMSG #c :" + text.encode(encoding), f":ann!a@h PRIVMSG #c :{text}")
    assert local.journaled_messages() == [("ann", text)] * 2
    local.session.update(replace(NETWORK, encoding=""))
    local.receive(b":ann!a@h PRIVMSG #c :caf\xe9")
    assert local.journaled_messages()[2:] == [("ann", "café")]


def test_both_encodings_may_stand_in_one_line() -> None:
    assert decode("naïve ".encode() + "мир".encode("koi8-r") + b" ok", "koi8-r") == "naïve мир ok"


def test_an_unknown_encoding_is_reported_and_ignored(start_local: StartLocal, caplog: pytest.LogCaptureFixture) -> None:
    local = start_local(replace(NETWORK, encoding="klingon"))
    local.receive(*WELCOME, b":ann!a@h PRIVMSG #c :caf\xe9")
    assert local.journaled_messages() == [("ann", "café")]
    assert "There is no text encoding klingon" in caplog.text
