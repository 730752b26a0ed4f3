"""Hostile input of a server or a user: the bot stays connected and logs the next valid line."""

from __future__ import annotations

import pytest
from psutil import Process

from logs.models import Channel, Kind, Line
from tests.bot.conftest import stored_messages, wait_until_stored
from tests.bot.hostile import ANN, HOSTILE
from tests.bot.server import Connection
from tests.processes import Bot


def test_hostile_lines_do_not_stop_the_bot(joined: Connection, garden: Channel, bot: Bot) -> None:
    for number, line in enumerate(HOSTILE):
        joined.send(line)
        joined.ping()
        joined.send(f":eve!e@example.org PRIVMSG #garden :good {number}")
    wait_until_stored(garden, f"good {len(HOSTILE) - 1}")
    assert [text for nick, text in stored_messages(garden) if nick == "eve"] == [
        f"good {n}" for n in range(len(HOSTILE))
    ]
    assert "failed on" not in bot.output()


@pytest.mark.parametrize(
    "lines",
    [
        [ANN + b"KICK #garden botbot"],
        [ANN + b"KICK #garden botbot", b":botbot!b@example.org PART #garden"],
        [b"KICK #garden botbot :by nobody"],
        [b":botbot!b@example.org PART #garden,#garden,#elsewhere"],
        [b":botbot!b@example.org NICK other", b":other!b@example.org NICK botbot", b":other!b@example.org NICK x"],
        [b":irc.example.org 001 another :Welcome again", b":another!b@example.org NICK #garden"],
        [b":botbot!b@example.org JOIN #garden", b":botbot!b@example.org JOIN #garden,#garden,,#elsewhere"],
        [b":irc.example.org 005 botbot CHANTYPES=! CASEMAPPING=ascii PREFIX= :are supported"],
        [b"CAP * DEL :" + b" ".join([b"server-time", b"batch", b"message-tags"]), b"CAP * NEW :batch batch"],
    ],
)
def test_leaving_the_channel_in_odd_ways_keeps_the_connection(joined: Connection, lines: list[bytes]) -> None:
    for line in lines:
        joined.send(line)
        joined.ping()


def test_a_line_without_end_takes_no_memory_and_no_next_line(joined: Connection, garden: Channel, bot: Bot) -> None:
    before = Process(bot.pid).memory_info().rss
    for _ in range(500):
        joined.socket.sendall(b"x" * 100_000)
    joined.send("", ":eve!e@example.org PRIVMSG #garden :after it")
    joined.ping()
    wait_until_stored(garden, "after it")
    assert Process(bot.pid).memory_info().rss - before < 20_000_000


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
def test_text_is_stored_unchanged(joined: Connection, garden: Channel, sent: bytes, stored: str) -> None:
    joined.send(ANN + b"PRIVMSG #garden :" + sent, ANN + b"PRIVMSG #garden :end")
    wait_until_stored(garden, "end")
    assert stored_messages(garden) == [("ann", stored), ("ann", "end")]


def test_a_parameter_without_a_colon_keeps_unusual_white_space(joined: Connection, garden: Channel) -> None:
    joined.send(ANN + "PRIVMSG #garden \x1da\u3000b\u00a0c\x1d".encode(), ANN + b"PRIVMSG #garden :end")
    wait_until_stored(garden, "end")
    assert stored_messages(garden)[0] == ("ann", "\x1da\u3000b\u00a0c\x1d")


def test_an_action_may_lack_its_end(joined: Connection, garden: Channel) -> None:
    joined.send(ANN + b"PRIVMSG #garden :\x01ACTION waves", ANN + b"PRIVMSG #garden :\x01ACTION bows\x01")
    joined.send(ANN + b"PRIVMSG #garden :end")
    wait_until_stored(garden, "end")
    assert list(
        Line.objects.filter(channel=garden, kind=Kind.ACTION).order_by("id").values_list("text", flat=True)
    ) == ["waves", "bows"]


def test_the_last_lines_before_the_server_closes_are_recorded(joined: Connection, garden: Channel) -> None:
    joined.send("PING :and goodbye", b":ann!a@example.org PRIVMSG #garden :last words")
    joined.close()
    wait_until_stored(garden, "last words")
