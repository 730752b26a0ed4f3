"""Missed lines are filled from the server's history, or stay a gap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from logs.models import Channel, Gap
from tests.bot.conftest import stored_messages, wait_until_stored
from tests.bot.server import Connection, Server
from tests.processes import Bot, wait_for

CAPABILITIES = "batch server-time message-tags draft/chathistory"
Past = Callable[[int, str], str]


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


class NumberedLines:
    """Numbered lines of ann in #garden, as a server sends them live and as history."""

    def __init__(self) -> None:
        self.at: dict[int, datetime] = {}

    def line(self, number: int, batch: str = "") -> str:
        at = self.at.setdefault(number, datetime.now(UTC))
        tags = f"time={stamp(at)};msgid=m{number}" + (f";batch={batch}" if batch else "")
        return f"@{tags} :ann!a@example.org PRIVMSG #garden :{number}"

    def page(self, numbers: range) -> list[str]:
        lines = [self.line(number, "h") for number in numbers]
        return [":irc.example.org BATCH +h chathistory #garden", *lines, ":irc.example.org BATCH -h"]


@pytest.fixture
def lines() -> NumberedLines:
    return NumberedLines()


def arrive(server: Server, *isupport: str, capabilities: str = CAPABILITIES) -> Connection:
    connection = server.accept()
    connection.register(*isupport, capabilities=capabilities)
    connection.let_join("botbot", "ann")
    return connection


def numbers(channel: Channel) -> list[int]:
    return [int(text) for text in channel.lines.filter(nick="ann").order_by("at", "id").values_list("text", flat=True)]


def no_gap(channel: Channel) -> bool:
    return not Gap.objects.filter(channel=channel).exists()


def test_no_history_is_requested_for_a_new_channel(
    server: Server, garden: Channel, bot: Bot, lines: NumberedLines
) -> None:
    connection = arrive(server)
    connection.send(*lines.page(range(3)))
    connection.ping()
    assert not any("CHATHISTORY" in line for line in connection.received)
    connection.send(lines.line(3))
    wait_until_stored(garden, "3")
    assert numbers(garden) == [3]


def test_missed_lines_are_filled_page_by_page(server: Server, garden: Channel, bot: Bot, lines: NumberedLines) -> None:
    connection = arrive(server)
    connection.send(lines.line(0), lines.line(1))
    wait_until_stored(garden, "1")
    connection.close()
    for number in range(2, 6):
        lines.line(number)
    connection = arrive(server)
    lines.at[6] = datetime.now(UTC) + timedelta(seconds=1)
    connection.send(lines.line(6))
    assert connection.expect("CHATHISTORY") == "CHATHISTORY AFTER #garden msgid=m1 100"
    connection.send(*lines.page(range(2, 4)))
    assert connection.expect("CHATHISTORY") == "CHATHISTORY AFTER #garden msgid=m3 100"
    wait_until_stored(garden, "3")
    assert not no_gap(garden)
    connection.send(*lines.page(range(4, 7)))
    wait_for(lambda: no_gap(garden), 10, "the gap is gone")
    assert numbers(garden) == list(range(7))


def test_a_bot_killed_during_a_fill_starts_the_fill_again(
    server: Server, garden: Channel, bot: Bot, lines: NumberedLines
) -> None:
    connection = arrive(server)
    connection.send(lines.line(0))
    wait_until_stored(garden, "0")
    bot.kill()
    for number in range(1, 5):
        lines.line(number)
    bot.start()
    connection = arrive(server)
    connection.expect("CHATHISTORY")
    connection.send(*lines.page(range(1, 3)), lines.line(5))
    wait_until_stored(garden, "5")
    bot.kill()
    bot.start()
    connection = arrive(server)
    assert connection.expect("CHATHISTORY") == "CHATHISTORY AFTER #garden msgid=m0 100"
    connection.send(*lines.page(range(1, 6)))
    connection.expect("CHATHISTORY AFTER #garden msgid=m5")
    connection.send(*lines.page(range(6, 6)))
    wait_for(lambda: no_gap(garden), 10, "the gap is gone")
    assert numbers(garden) == list(range(6))


def test_a_message_id_that_the_server_has_forgotten_is_replaced_by_its_time(
    server: Server, garden: Channel, bot: Bot, lines: NumberedLines
) -> None:
    connection = arrive(server)
    connection.send(lines.line(0))
    wait_until_stored(garden, "0")
    connection.close()
    lines.line(1)
    connection = arrive(server)
    connection.expect("CHATHISTORY")
    connection.send("FAIL CHATHISTORY MESSAGE_ERROR AFTER #garden :Messages could not be retrieved")
    before = stamp(lines.at[0] - timedelta(milliseconds=1))
    assert connection.expect("CHATHISTORY") == f"CHATHISTORY AFTER #garden timestamp={before} 100"
    connection.send(*lines.page(range(2)))
    connection.expect("CHATHISTORY AFTER #garden msgid=m1 100")
    connection.send(*lines.page(range(0)))
    wait_for(lambda: no_gap(garden), 10, "the gap is gone")
    assert numbers(garden) == [0, 1]


def test_lines_that_the_server_does_not_have_stay_a_gap(
    server: Server, garden: Channel, bot: Bot, lines: NumberedLines
) -> None:
    connection = arrive(server, "MSGREFTYPES=timestamp")
    connection.send(lines.line(0))
    wait_until_stored(garden, "0")
    connection.close()
    connection = arrive(server, "MSGREFTYPES=timestamp")
    connection.expect("CHATHISTORY AFTER #garden timestamp=")
    connection.send("FAIL CHATHISTORY INVALID_TARGET AFTER #garden :Messages could not be retrieved")
    connection.send(lines.line(1))
    wait_until_stored(garden, "1")
    gap = Gap.objects.get(channel=garden)
    assert gap.reason == "connection"
    assert gap.to_at


def test_a_replay_on_joining_fills_the_gap(server: Server, garden: Channel, bot: Bot, lines: NumberedLines) -> None:
    connection = arrive(server, capabilities="batch server-time message-tags")
    connection.send(lines.line(0), lines.line(1))
    wait_until_stored(garden, "1")
    connection.close()
    for number in range(2, 4):
        lines.line(number)
    connection = arrive(server, capabilities="batch server-time message-tags")
    connection.send(*lines.page(range(1, 4)))
    wait_for(lambda: no_gap(garden), 10, "the gap is gone")
    assert numbers(garden) == list(range(4))


def test_a_replay_that_is_too_short_leaves_the_rest_of_the_gap(
    server: Server, garden: Channel, bot: Bot, lines: NumberedLines
) -> None:
    connection = arrive(server, capabilities="batch server-time message-tags")
    connection.send(lines.line(0))
    wait_until_stored(garden, "0")
    connection.close()
    wait_for(lambda: not no_gap(garden), 10, "the gap is stored")
    lines.at[1] = datetime.now(UTC) + timedelta(milliseconds=500)
    connection = arrive(server, capabilities="batch server-time message-tags")
    connection.send(*lines.page(range(1, 2)))
    wait_until_stored(garden, "1")
    gap = Gap.objects.get(channel=garden)
    assert gap.to_at
    # As far as the server's clock is known: a message takes a moment.
    assert lines.at[1] - timedelta(milliseconds=2) < gap.to_at < lines.at[1] + timedelta(seconds=5)


def test_lines_without_message_ids_are_matched_one_to_one(server: Server, garden: Channel, bot: Bot) -> None:
    def line(text: str, at: datetime, batch: str = "") -> str:
        tags = f"time={stamp(at)}" + (f";batch={batch}" if batch else "")
        return f"@{tags} :ann!a@example.org PRIVMSG #garden :{text}"

    connection = arrive(server, capabilities="batch server-time")
    now = datetime.now(UTC)
    connection.send(line("yes", now), line("yes", now), line("no", now))
    wait_until_stored(garden, "no")
    connection.close()
    connection = arrive(server, capabilities="batch server-time")
    replay = [line(text, now, "z") for text in ("yes", "yes", "no", "yes", "new")]
    connection.send("BATCH +z znc.in/playback #garden", *replay, "BATCH -z")
    wait_until_stored(garden, "new")
    assert [text for _, text in stored_messages(garden)] == ["yes", "yes", "no", "yes", "new"]


def test_history_with_truncated_times_keeps_its_order(
    server: Server, garden: Channel, bot: Bot, lines: NumberedLines
) -> None:
    connection = arrive(server)
    lines.at[0] = datetime.now(UTC).replace(microsecond=900_000) - timedelta(seconds=1)
    connection.send(lines.line(0))
    wait_until_stored(garden, "0")
    connection.close()
    for number in range(1, 4):
        lines.at[number] = lines.at[0].replace(microsecond=0)
    connection = arrive(server)
    connection.expect("CHATHISTORY")
    connection.send(*lines.page(range(1, 4)))
    wait_until_stored(garden, "3")
    assert numbers(garden) == [0, 1, 2, 3]


def test_a_long_message_in_pieces_is_one_line(server: Server, garden: Channel, bot: Bot) -> None:
    connection = arrive(server, capabilities="batch message-tags draft/multiline")
    ann = ":ann!a@example.org "
    connection.send(
        f"@msgid=m {ann}BATCH +1 draft/multiline #garden",
        f"@batch=1 {ann}PRIVMSG #garden :one ",
        f"@batch=1;draft/multiline-concat {ann}PRIVMSG #garden :and the same",
        f"@batch=1 {ann}PRIVMSG #garden :two",
        f"{ann}BATCH -1",
    )
    wait_until_stored(garden, "two")
    assert stored_messages(garden) == [("ann", "one and the same"), ("ann", "two")]


def test_a_page_that_ends_with_a_message_in_pieces_is_followed_by_its_own_id(
    server: Server, garden: Channel, bot: Bot, lines: NumberedLines
) -> None:
    capabilities = f"{CAPABILITIES} draft/multiline"
    connection = arrive(server, capabilities=capabilities)
    connection.send(lines.line(0))
    wait_until_stored(garden, "0")
    connection.close()
    lines.line(1)
    connection = arrive(server, capabilities=capabilities)
    connection.expect("CHATHISTORY AFTER #garden msgid=m0 100")
    begin, end = lines.page(range(0))
    ann = ":ann!a@example.org "
    connection.send(
        begin,
        f"@time={stamp(lines.at[1])};msgid=m1;batch=h {ann}BATCH +1 draft/multiline #garden",
        f"@batch=1 {ann}PRIVMSG #garden :1",
        f"@batch=1 {ann}PRIVMSG #garden :2",
        f"{ann}BATCH -1",
        end,
    )
    assert connection.expect("CHATHISTORY") == "CHATHISTORY AFTER #garden msgid=m1 100"
    connection.send(*lines.page(range(0)))
    wait_for(lambda: no_gap(garden), 10, "the gap is gone")
    assert numbers(garden) == [0, 1, 2]
