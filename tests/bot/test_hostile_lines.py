"""Whatever a server or a speaker sends: the bot answers on the same connection and logs the next good line."""

from __future__ import annotations

import pytest

from logs.models import Channel, Kind, Line
from tests.bot.conftest import said, wait_until_said
from tests.bot.server import Connection

ANN = b":ann!a@example.org "
HOSTILE = [
    b" ",
    b"   ",
    b":",
    b": ",
    b"@",
    b"@ ",
    b"@a=b",
    b"@a=b ",
    b"@a=b :ann",
    b":ann!a@example.org",
    ANN,
    b"\x00",
    b"\x01\x02\x03",
    b"\xff\xfe\xfd",
    b"42",
    b"0001 botbot :too many digits",
    ANN + b"PRIVMSG",
    ANN + b"PRIVMSG #garden",
    ANN + b"PRIVMSG :",
    ANN + b"PRIVMSG  #garden  ",
    ANN + b"PRIVMSG botbot :\x01DCC\x01",
    ANN + b"PRIVMSG #garden :\x01DCC\x01",
    ANN + b"PRIVMSG botbot :\x01\x01",
    ANN + b"PRIVMSG botbot :\x01 \x01",
    ANN + b"PRIVMSG botbot :\x01PING\x01",
    ANN + b"PRIVMSG botbot :\x01VERSION\r",
    ANN + b"NOTICE",
    b"NOTICE",
    b"PRIVMSG #garden :no source",
    ANN + b"QUIT",
    b"QUIT",
    ANN + b"NICK",
    b"NICK new",
    ANN + b"NICK :",
    ANN + b"JOIN",
    ANN + b"JOIN #elsewhere",
    ANN + b"JOIN :",
    ANN + b"PART",
    ANN + b"PART #elsewhere",
    ANN + b"KICK",
    ANN + b"KICK #garden",
    ANN + b"KICK #elsewhere ann",
    ANN + b"MODE",
    ANN + b"MODE #garden",
    ANN + b"MODE #elsewhere +b *!*@*",
    ANN + b"TOPIC",
    ANN + b"TOPIC #elsewhere :new",
    b":irc.example.org 005 botbot PREFIX=@+ :are supported",
    b":irc.example.org 005 botbot PREFIX= CHANLIMIT=# TARGMAX=JOIN:x CASEMAPPING=klingon :are supported",
    b":irc.example.org 005 botbot PREFIX=(ov)@+ CHANLIMIT= CHANTYPES STATUSMSG NICKLEN=-1 :are supported",
    b":irc.example.org 005",
    b":irc.example.org 353",
    b":irc.example.org 353 botbot = #elsewhere :ann bob",
    b":irc.example.org 353 botbot = #garden :  @ + @+ ann",
    b":irc.example.org 332 botbot",
    b":irc.example.org 433",
    b":irc.example.org 470 botbot",
    b":irc.example.org 473",
    b":irc.example.org 001",
    b"CAP",
    b"CAP *",
    b"CAP * LS",
    b"CAP * ACK",
    b"CAP * ACK : ",
    b"CAP * NAK :nothing",
    b"CAP * NEW",
    b"CAP * DEL :sasl",
    b"CAP * WHAT :is this",
    b"AUTHENTICATE",
    b"AUTHENTICATE +",
    b":irc.example.org 904 botbot :no",
    b"BATCH",
    b"BATCH +",
    b"BATCH -unknown",
    b"BATCH +1 chathistory",
    b"@batch=unknown " + ANN + b"PRIVMSG #elsewhere :in a batch that was never opened",
    b"@time=yesterday " + ANN + b"PRIVMSG #elsewhere :at no time",
    b"@time=9999-99-99T99:99:99Z;msgid=\\ " + ANN + b"PRIVMSG #elsewhere :x",
    b"@" + b"a" * 9000 + b" " + ANN + b"PRIVMSG #elsewhere :long tags",
    b"PING",
    b"PONG",
    b"FAIL",
    b"FAIL CHATHISTORY",
    b"ACCOUNT",
    ANN + b"CHGHOST",
    ANN + b"SETNAME",
    ANN + b"TAGMSG",
    ANN + b"INVITE",
    ANN + b"REDACT #garden",
    b"730",
    b"303",
    b"x" * 40000,
]


def test_whatever_comes_the_bot_goes_on(joined: Connection, garden: Channel) -> None:
    for number, line in enumerate(HOSTILE):
        joined.send(line)
        joined.alive()
        joined.send(f":eve!e@example.org PRIVMSG #garden :good {number}")
    wait_until_said(garden, f"good {len(HOSTILE) - 1}")
    assert [text for nick, text in said(garden) if nick == "eve"] == [f"good {n}" for n in range(len(HOSTILE))]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("café ☕".encode(), "café ☕"),
        ("café".encode("cp1252"), "café"),
        ("“café”".encode("cp1252"), "“café”"),
        ("naïve café".encode()[:-1], "naïve caf\ufffd"),
        (b"a\x00b", "ab"),
        (b"\x81\x8d", "\x81\x8d"),
        (b"\x1ditalic\x1d \x1funder\x1f \x02bold\x02", "\x1ditalic\x1d \x1funder\x1f \x02bold\x02"),
        ("a\u3000b\u00a0c\u2028d\x85e".encode(), "a\u3000b\u00a0c\u2028d\x85e"),
        (b"before\x01after", "before\x01after"),
        (b"\x100\x10n", "\x100\x10n"),
        (b"  blanks  ", "  blanks  "),
        (b":colon", ":colon"),
    ],
)
def test_text_is_kept_as_it_was_said(joined: Connection, garden: Channel, sent: bytes, stored: str) -> None:
    joined.send(ANN + b"PRIVMSG #garden :" + sent, ANN + b"PRIVMSG #garden :end")
    wait_until_said(garden, "end")
    assert said(garden) == [("ann", stored), ("ann", "end")]


def test_a_word_without_a_colon_keeps_its_odd_blanks(joined: Connection, garden: Channel) -> None:
    joined.send(ANN + "PRIVMSG #garden \x1da\u3000b\u00a0c\x1d".encode(), ANN + b"PRIVMSG #garden :end")
    wait_until_said(garden, "end")
    assert said(garden)[0] == ("ann", "\x1da\u3000b\u00a0c\x1d")


def test_an_action_may_lack_its_end(joined: Connection, garden: Channel) -> None:
    joined.send(ANN + b"PRIVMSG #garden :\x01ACTION waves", ANN + b"PRIVMSG #garden :\x01ACTION bows\x01")
    joined.send(ANN + b"PRIVMSG #garden :end")
    wait_until_said(garden, "end")
    assert list(
        Line.objects.filter(channel=garden, kind=Kind.ACTION).order_by("id").values_list("text", flat=True)
    ) == ["waves", "bows"]


def test_what_is_said_to_operators_is_said_in_the_channel(joined: Connection, garden: Channel) -> None:
    joined.send(ANN + b"PRIVMSG @#garden :psst", ANN + b"PRIVMSG #garden :end")
    wait_until_said(garden, "end")
    assert said(garden)[0] == ("ann", "psst")


def test_the_last_words_before_the_server_closes_are_kept(joined: Connection, garden: Channel) -> None:
    joined.send("PING :and goodbye", b":ann!a@example.org PRIVMSG #garden :last words")
    joined.close()
    wait_until_said(garden, "last words")
