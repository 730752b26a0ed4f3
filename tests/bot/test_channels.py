"""Which channels the bot joins: those that the database wants and the server allows."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from bot.connection import Timing
from bot.recorder import Recorder
from bot.session import Session
from bot.state_file import StsStore
from logs.ingest.journal import Journal
from logs.models import BotStatus, Channel, Gap, Kind, Line, Network
from logs.models.bot_status import State
from tests.bot.conftest import stored_messages, wait_until_stored
from tests.bot.server import Connection, Server
from tests.bot.test_fuzz import NETWORK
from tests.processes import Bot, wait_for

ANN = ":ann!a@example.org "


def status(channel: Channel) -> tuple[str, str]:
    row = BotStatus.objects.filter(channel=channel).first()
    return (row.state, row.detail) if row else ("", "")


def wait_for_state(channel: Channel, state: State) -> str:
    wait_for(lambda: status(channel)[0] == state, 15, f"{channel} is {state.label}")
    return status(channel)[1]


def test_joining_and_parting_follow_what_is_wanted(joined: Connection, garden: Channel) -> None:
    shed = Channel.objects.create(network=garden.network, name="#shed", wanted=True)
    assert joined.expect("JOIN") == "JOIN #shed"
    joined.send(":botbot!b@h JOIN #shed")
    wait_for_state(shed, State.JOINED)
    Channel.objects.filter(pk=shed.pk).update(wanted=False)
    assert joined.expect("PART").startswith("PART #shed")


def test_many_channels_are_joined_in_batches_those_with_a_key_first(garden: Channel, server: Server, bot: Bot) -> None:
    for number in range(9):
        Channel.objects.create(network=garden.network, name=f"#c{number}", wanted=True, key="k" if number == 5 else "")
    connection = server.accept()
    connection.register("TARGMAX=JOIN:4")
    connection.expect("JOIN")
    joins = [connection.received[-1], connection.expect("JOIN"), connection.expect("JOIN")]
    first = joins[0].split(" ")
    assert first[1].split(",")[0] == "#c5"
    assert first[2] == "k"
    assert [len(line.split(" ")[1].split(",")) for line in joins] == [4, 4, 2]
    assert {name for line in joins for name in line.split(" ")[1].split(",")} == {
        "#garden",
        *(f"#c{n}" for n in range(9)),
    }


def test_no_more_channels_are_requested_than_the_server_allows(garden: Channel, server: Server, bot: Bot) -> None:
    other = Channel.objects.create(network=garden.network, name="#second", wanted=True)
    connection = server.accept()
    connection.register("CHANLIMIT=#:1")
    assert connection.expect("JOIN") == "JOIN #garden"
    assert "no more channels" in wait_for_state(other, State.REFUSED)


def test_the_reason_of_a_refusal_is_reported(garden: Channel, server: Server, bot: Bot) -> None:
    names = {"471": "#full", "473": "#invited", "474": "#banned", "475": "#key", "477": "#registered"}
    names |= {
        "405": "#many",
        "437": "#split",
        "448": "#forbidden",
        "480": "#throttled",
        "489": "#secure",
        "519": "#admins",
    }
    for name in names.values():
        Channel.objects.create(network=garden.network, name=name, wanted=True)
    connection = server.accept()
    connection.register("TARGMAX=JOIN:")
    connection.expect("JOIN")
    for number, name in names.items():
        connection.send(f":irc.example.org {number} botbot {name} :Cannot join channel (+x)")
    for name in names.values():
        expected = "temporarily unavailable" if name == "#split" else "Cannot join channel (+x)"
        assert wait_for_state(Channel.objects.get(name=name), State.REFUSED) == expected


def test_a_channel_that_forwards_elsewhere_is_not_followed(garden: Channel, server: Server, bot: Bot) -> None:
    connection = server.accept()
    connection.register()
    connection.expect("JOIN")
    connection.send(
        ":irc.example.org 470 botbot #garden ##overflow :Forwarding to another channel",
        ":botbot!b@h JOIN ##overflow",
    )
    assert connection.expect("PART").startswith("PART ##overflow")
    assert "##overflow" in wait_for_state(garden, State.REFUSED)


def test_after_a_kick_the_bot_stays_out_and_the_gap_is_shown(joined: Connection, garden: Channel) -> None:
    joined.send(f"{ANN}KICK #garden botbot :no bots", f"{ANN}PRIVMSG #garden :who was that?")
    assert "kicked by ann: no bots" in wait_for_state(garden, State.REFUSED)
    wait_for(Gap.objects.filter(channel=garden, reason="kicked", to_at=None).exists, 10, "the gap is stored")
    kick = Line.objects.get(channel=garden, kind=Kind.KICK)
    assert (kick.nick, kick.target, kick.text) == ("ann", "botbot", "no bots")
    assert stored_messages(garden) == []
    joined.ping()
    assert [line for line in joined.received if line.startswith("JOIN")] == ["JOIN #garden"]


def test_a_quit_and_a_new_nick_go_to_the_channels_where_the_nick_was(garden: Channel, server: Server, bot: Bot) -> None:
    shed = Channel.objects.create(network=garden.network, name="#shed", wanted=True)
    connection = server.accept()
    connection.register("TARGMAX=JOIN:1")
    for others in (("ann", "@+bob"), ("ann",)):
        connection.let_join("botbot", *others)
    connection.send(
        ":bob!b@h NICK bobby", ":bobby!b@h QUIT :gone", ":ANN!a@h QUIT :gone too", ":eve!e@h QUIT :never there"
    )
    connection.send(":x!x@h PRIVMSG #shed :end", ":x!x@h PRIVMSG #garden :end")
    for channel in (garden, shed):
        wait_until_stored(channel, "end")

    def departures(channel: Channel) -> list[tuple[int, str]]:
        lines = Line.objects.filter(channel=channel, kind__in=[Kind.QUIT, Kind.NICK]).order_by("id")
        return list(lines.values_list("kind", "nick"))

    all_departures = [(Kind.NICK, "bob"), (Kind.QUIT, "bobby"), (Kind.QUIT, "ANN")]
    first, second = (
        (garden, shed)
        if connection.received.index("JOIN #garden") < connection.received.index("JOIN #shed")
        else (
            shed,
            garden,
        )
    )
    assert departures(first) == all_departures
    assert departures(second) == [(Kind.QUIT, "ANN")]


def test_a_hanging_network_does_not_block_others(garden: Channel, server: Server, bot: Bot) -> None:
    with Server() as other:
        network = Network.objects.create(name="other", host=other.host, port=other.port, tls=False)
        Channel.objects.create(network=network, name="#c", wanted=True)
        other.accept()  # and never says a word
        connection = server.accept()
        connection.register()
        connection.let_join()
        connection.send(f"{ANN}PRIVMSG #garden :all well here")
        wait_until_stored(garden, "all well here")


def test_an_unwanted_network_is_left_with_quit(joined: Connection, garden: Channel) -> None:
    Network.objects.filter(pk=garden.network_id).update(wanted=False)
    assert joined.expect("QUIT") == "QUIT :no longer wanted"
    wait_for(Gap.objects.filter(channel=garden, to_at=None).exists, 10, "the gap is stored")


@pytest.mark.parametrize("closes", [True, False])
def test_what_a_server_sends_after_quit_is_stored(
    garden: Channel, server: Server, process_env: dict[str, str], tmp_path: Path, closes: bool
) -> None:
    with Bot(tmp_path, process_env | {"QUIT_WAIT": "2"}) as bot:
        connection = server.accept()
        connection.register()
        connection.let_join()
        wait_for(lambda: "this bot is the leader" in bot.output(), 10)
        os.kill(bot.pid, signal.SIGTERM)
        connection.expect("QUIT ")
        texts = [f"line {number}" for number in range(9)]
        connection.send(*[f":ann!a@example.org PRIVMSG #garden :{text}" for text in texts])
        if closes:
            connection.send("ERROR :Closing Link: stopping")
            connection.close()
        assert bot.wait(30) == 0
        assert "trying again" not in bot.output()
    lines = Line.objects.filter(channel=garden, kind=Kind.MESSAGE).order_by("id")
    assert list(lines.values_list("text", flat=True)) == texts
    assert Gap.objects.get(channel=garden).reason == "stopped"


def test_sigterm_ends_it_with_quit(joined: Connection, garden: Channel, bot: Bot) -> None:
    joined.send(f"{ANN}PRIVMSG #garden :just before the end")
    joined.ping()
    assert bot.stop() == 0
    assert joined.expect("QUIT") == "QUIT stopping"
    assert stored_messages(garden) == [("ann", "just before the end")]
    assert Gap.objects.get(channel=garden).reason == "stopped"


def test_a_lost_connection_is_established_again(joined: Connection, garden: Channel, server: Server) -> None:
    joined.send("ERROR :Closing Link: too bad")
    joined.close()
    reconnected = server.accept()
    reconnected.register()
    reconnected.let_join()
    reconnected.send(f"{ANN}PRIVMSG #garden :welcome back")
    wait_until_stored(garden, "welcome back")
    gap = Gap.objects.get(channel=garden)
    assert gap.reason == "connection"
    assert gap.to_at


def test_an_unanswered_join_is_reported_and_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[tuple[State, str]] = []
    journal = Journal(tmp_path / "net")
    session = Session(
        NETWORK,
        Recorder(journal),
        StsStore(tmp_path / "sts"),
        lambda _, state, reason: reports.append((state, reason)),
        Timing(),
    )
    session.handlers.handle_line(b":s 001 botbot :Welcome")
    session.channels.join()
    session.channels.join()
    assert reports[1:] == [(State.JOINING, "")]
    monkeypatch.setattr("bot.channels.JOIN_TIMEOUT_SECONDS", -1.0)
    session.channels.join()
    assert reports[2:] == [(State.REFUSED, "the server does not answer")]
    monkeypatch.undo()
    monkeypatch.setattr("bot.channels.RETRY_REFUSED_SECONDS", 0.0)
    session.channels.join()
    assert reports[3:] == [(State.JOINING, "")]
    journal.close()
