"""Commands to the bot, in a channel and in private, and the limits on its answers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from django.conf import settings

from bot.replies import BURST_ANSWERS, SECONDS_PER_ANSWER
from logs.models import Act, Channel, Identity, Kind, Line, Membership
from logs.models.channel_choices import ReplyMode, Visibility
from logs.models.people import Role
from logs.text.names import channel_to_segment
from tests.bot.conftest import stored_messages, wait_until_stored
from tests.bot.server import Connection, Server
from tests.processes import Bot, wait_for

Say = Callable[..., Line]
ANN = ":ann!a@example.org"


@pytest.fixture
def garden(garden: Channel, request: pytest.FixtureRequest) -> Channel:
    """The channel, with answers in the channel enabled, or as a test's parameter says."""
    Channel.objects.filter(pk=garden.pk).update(answers=getattr(request, "param", ReplyMode.CHANNEL))
    return garden


def ask(joined: Connection, words: str, *, of: str = ANN, where: str = "#garden", tags: str = "") -> str:
    """Say a text and return the bot's next notice."""
    joined.send(f"{tags}{of} PRIVMSG {where} :{words}")
    return joined.expect("NOTICE ")


def silent(joined: Connection) -> bool:
    """Return whether the bot sends nothing, after giving it time."""
    joined.send("PING :silence")
    before = len(joined.received)
    joined.expect("PONG silence")
    return joined.is_silent() and not any(line.startswith("NOTICE") for line in joined.received[before:])


def address(channel: Channel) -> str:
    return f"{settings.SITE_URL}/{channel.network.name}/{channel_to_segment(channel.name)}/"


@pytest.mark.parametrize(
    "words", ["botbot: ping", "botbot, ping", "BotBot:ping", "@botbot: PING", "\x02botbot\x02: ping"]
)
def test_the_bot_is_addressed_by_its_nick(joined: Connection, words: str) -> None:
    assert ask(joined, words) == "NOTICE #garden pong"


@pytest.mark.parametrize(
    "words", ["ping", "!ping", "botbot ping", "botbot: pings", "botbot:", "notbot: ping", "a: botbot: ping"]
)
def test_nothing_else_is_answered_in_a_channel(joined: Connection, words: str) -> None:
    joined.send(f"{ANN} PRIVMSG #garden :{words}", f"{ANN} NOTICE #garden :botbot: ping")
    assert silent(joined)


def test_help_names_the_commands_and_explains_each(joined: Connection) -> None:
    assert "help, log, search, seen, status, ping, off, on" in ask(joined, "botbot: help")
    joined.expect("NOTICE #garden")
    assert ask(joined, "help link", where="botbot").startswith("NOTICE ann :log: ")


def test_a_private_message_without_a_command_gets_an_introduction(joined: Connection) -> None:
    reply = ask(joined, "hello?", where="botbot")
    assert reply.startswith("NOTICE ann :I am a logging bot")
    assert settings.SITE_URL in reply


def test_log_returns_the_address_of_the_line_itself(joined: Connection, garden: Channel) -> None:
    joined.send(f"{ANN} PRIVMSG #garden :before")
    reply = ask(joined, "botbot: log")
    line = Line.objects.get(channel=garden, text="botbot: log")
    assert reply == f"NOTICE #garden {address(garden)}at/{line.id}/"
    wait_for(Line.objects.filter(channel=garden, nick="botbot", kind=Kind.NOTICE).exists, 10)
    latest = Line.objects.filter(channel=garden).latest("id")
    assert ask(joined, "link #garden", where="botbot") == f"NOTICE ann {address(garden)}at/{latest.id}/"


def test_log_returns_the_day_of_an_unpublished_line(garden: Channel, server: Server, bot: Bot) -> None:
    Channel.objects.filter(pk=garden.pk).update(delay=60)
    connection = server.accept()
    connection.register()
    connection.let_join()
    day_before = datetime.now(UTC).date()
    reply = ask(connection, "botbot: log")
    assert reply in {f"NOTICE #garden {address(garden)}{day}/" for day in (day_before, datetime.now(UTC).date())}


def test_search_returns_the_three_newest_lines(joined: Connection, garden: Channel, say: Say) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [say(garden, "bob", f"roses \x02{number}\x02", start + timedelta(days=number)) for number in range(4)]
    replies = [
        ask(joined, "search #garden roses nick:bob", where="botbot"),
        *(joined.expect("NOTICE ") for _ in range(3)),
    ]
    for answer, line, number in zip(replies, reversed(lines), (3, 2, 1), strict=False):
        assert answer == (
            f"NOTICE ann :#garden 2026-01-0{number + 1} 00:00 UTC <bob> roses {number} {address(garden)}at/{line.id}/"
        )
    assert replies[3].startswith(f"NOTICE ann :More: {address(garden)}search/?q=roses+nick%3Abob")


def test_a_search_without_results_is_answered(joined: Connection) -> None:
    assert ask(joined, "botbot: search unheard nick:bob") == "NOTICE #garden :Nothing found."
    assert "Search for what?" in ask(joined, "botbot: search")


def test_seen_returns_the_last_activity(joined: Connection, garden: Channel) -> None:
    joined.send(":bob!b@example.org PRIVMSG #garden :\x0304good\x0f night", ":bob!b@example.org QUIT :sleeping")
    wait_for(Line.objects.filter(channel=garden, kind=Kind.QUIT).exists, 10)
    line = Line.objects.get(channel=garden, kind=Kind.QUIT)
    reply = ask(joined, "botbot: seen BOB?")
    assert reply.startswith("NOTICE #garden :BOB was last seen in #garden ")
    assert reply.endswith(f", quitting: sleeping {address(garden)}at/{line.id}/")
    assert ask(joined, "botbot: seen eve") == "NOTICE #garden :I have never seen eve in #garden."


def test_status_describes_the_channel(joined: Connection, garden: Channel) -> None:
    wait_for(lambda: garden.network.statuses.filter(channel=garden, state="joined").exists(), 10)
    reply = ask(joined, "botbot: status")
    assert reply.startswith("NOTICE #garden :#garden: joined, for ")
    reply = ask(joined, "status", where="botbot")
    assert reply.startswith("NOTICE ann :local: connected")


@pytest.mark.parametrize(("answers", "answer"), [(ReplyMode.PRIVATE, "NOTICE ann pong"), (ReplyMode.NOBODY, "")])
def test_owners_choose_where_the_bot_answers(
    joined: Connection, garden: Channel, bot: Bot, answers: str, answer: str
) -> None:
    Channel.objects.filter(pk=garden.pk).update(answers=answers)
    Channel.objects.create(network=garden.network, name="#shed", wanted=True)
    os.kill(bot.pid, signal.SIGHUP)
    joined.expect("JOIN #shed")  # read together with what changed
    joined.send(f"{ANN} PRIVMSG #garden :botbot: ping")
    assert joined.expect("NOTICE") == answer if answer else silent(joined)


def test_other_bots_replays_and_services_are_not_answered(joined: Connection) -> None:
    old = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    joined.send(
        f"@bot {ANN} PRIVMSG botbot :help",
        f"@bot {ANN} PRIVMSG #garden :botbot: help",
        f"@time={old} {ANN} PRIVMSG #garden :botbot: help",
        f"@time=2001-01-01T00:00:00.000Z {ANN} PRIVMSG #garden :botbot: help",
        ":*status!znc@znc.in PRIVMSG botbot :help",
        ":botbot!b@example.org PRIVMSG botbot :help",
        f"{ANN} NOTICE botbot :help",
    )
    assert silent(joined)


def test_a_command_to_operators_only_is_answered_in_private(joined: Connection) -> None:
    assert ask(joined, "botbot: ping", where="@#garden") == "NOTICE ann pong"


def test_the_rate_of_answers_is_limited(joined: Connection) -> None:
    started = monotonic()
    joined.send(*(f":n{number}!n@example.org PRIVMSG botbot :\x01PING {number}\x01" for number in range(200)))
    for _ in range(BURST_ANSWERS):
        joined.expect("NOTICE")
    joined.ping()
    reply_count = 0
    while not joined.is_silent():
        reply_count += joined.read().startswith("NOTICE")
    assert reply_count <= (monotonic() - started) / SECONDS_PER_ANSWER


def test_ctcp_is_answered(joined: Connection) -> None:
    assert ask(joined, "\x01PING 42\x01", where="botbot") == "NOTICE ann :\x01PING 42\x01"
    assert settings.SITE_URL in ask(joined, "\x01VERSION\x01", where="botbot")
    assert settings.SITE_URL in ask(joined, "\x01SOURCE", where="botbot")


def test_the_reader_does_not_wait_for_the_database(
    joined: Connection, garden: Channel, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A slow command does not block others: a ping after it is answered before it."""
    joined.send(f"{ANN} PRIVMSG #garden :botbot: log", f"{ANN} PRIVMSG #garden :next", "PING :there")
    assert joined.read() == "PONG there"
    joined.expect("NOTICE #garden")
    wait_until_stored(garden, "next")


def test_own_lines_are_logged_where_the_server_does_not_echo_them(joined: Connection, garden: Channel) -> None:
    ask(joined, "botbot: ping")
    wait_for(Line.objects.filter(channel=garden, nick="botbot", kind=Kind.NOTICE, text="pong").exists, 10)


def test_echoed_lines_are_logged_once(garden: Channel, server: Server, bot: Bot) -> None:
    connection = server.accept()
    connection.register(capabilities="echo-message")
    connection.let_join()
    ask(connection, "botbot: ping")
    connection.send(":botbot!b@example.org NOTICE #garden :pong", f"{ANN} PRIVMSG #garden :end")
    wait_until_stored(garden, "end")
    assert Line.objects.filter(channel=garden, nick="botbot", kind=Kind.NOTICE).count() == 1


def names(joined: Connection, *nicks: str) -> None:
    joined.expect("NAMES #garden")
    joined.send(
        f":irc.example.org 353 botbot = #garden :{' '.join(nicks)}",
        ":irc.example.org 366 botbot #garden :End of /NAMES list.",
    )


def test_operators_can_switch_logging_off_and_on(joined: Connection, garden: Channel) -> None:
    joined.send(f"{ANN} PRIVMSG #garden :botbot: off")
    names(joined, "botbot", "@ann", "+bob")
    assert joined.expect("NOTICE ").startswith("NOTICE #garden :Logging is off")
    joined.send(f"{ANN} PRIVMSG #garden :secret", f"{ANN} PRIVMSG botbot :on #garden")
    names(joined, "botbot", "@ann", "+bob")
    assert joined.expect("NOTICE ").startswith("NOTICE ann :Logging is on")
    joined.send(f"{ANN} PRIVMSG #garden :no secret")
    wait_until_stored(garden, "no secret")
    assert [text for _, text in stored_messages(garden)] == ["botbot: off", "no secret"]
    assert list(Act.objects.filter(channel=garden).order_by("pk").values_list("by", "what")) == [
        ("@ann", "switched logging off"),
        ("@ann", "switched logging on"),
    ]


@pytest.mark.parametrize("garden", [ReplyMode.NOBODY], indirect=True)
def test_logging_goes_off_also_where_the_bot_answers_nobody(joined: Connection, garden: Channel) -> None:
    joined.send(f"{ANN} PRIVMSG #garden :botbot: ping", f"{ANN} PRIVMSG #garden :botbot: off")
    names(joined, "botbot", "@ann")
    wait_for(Channel.objects.filter(paused=True).exists)
    joined.send(f"{ANN} PRIVMSG #garden :secret", f"{ANN} PRIVMSG #garden :botbot: on")
    names(joined, "botbot", "@ann")
    wait_for(Channel.objects.filter(paused=False).exists)
    joined.send(f"{ANN} PRIVMSG #garden :no secret")
    wait_until_stored(garden, "no secret")
    assert [text for _, text in stored_messages(garden)] == ["botbot: ping", "botbot: off", "no secret"]
    assert not any(line.startswith("NOTICE #garden") for line in joined.received)


def test_logging_goes_off_also_beyond_the_rate_of_answers(joined: Connection, garden: Channel) -> None:
    joined.send(*[":eve!e@example.org PRIVMSG #garden :botbot: ping"] * 20)
    joined.send(*[f"{ANN} PRIVMSG #garden :botbot: off"] * 5)
    names(joined, "botbot", "@ann", "eve")
    wait_for(Channel.objects.filter(paused=True).exists)
    assert len([line for line in joined.received if line.startswith("NAMES")]) == 1, "the server is asked once"


def test_nobody_else_can_switch_logging_off(joined: Connection, garden: Channel) -> None:
    joined.send(":bob!b@example.org PRIVMSG #garden :botbot: off")
    names(joined, "botbot", "@ann", "+bob")
    assert "Only an operator" in joined.expect("NOTICE ")
    assert "Only an operator" in ask(joined, "off #elsewhere", where="botbot")
    garden.refresh_from_db()
    assert not garden.paused


def test_an_owner_can_switch_logging_off(joined: Connection, garden: Channel) -> None:
    identity = Identity.objects.create(network=garden.network, account="ann", nick="ann")
    Membership.objects.create(channel=garden, identity=identity, role=Role.OWNER, evidence="test")
    joined.send(f"@account=Ann {ANN} PRIVMSG #garden :botbot: off")
    names(joined, "botbot", "ann")
    assert "Logging is off" in joined.expect("NOTICE ")


def test_logs_that_are_not_public_are_shown_to_members_only(joined: Connection, garden: Channel, say: Say) -> None:
    Channel.objects.filter(pk=garden.pk).update(visibility=Visibility.MEMBERS)
    say(garden, "bob", "thorns")
    identity = Identity.objects.create(network=garden.network, account="ann", nick="ann")
    Membership.objects.create(channel=garden, identity=identity, role=Role.MEMBER, evidence="test")
    assert "There is no log" in ask(joined, "seen bob", where="botbot", of=":eve!e@example.org")
    assert "There is no log of #garden" in ask(joined, "search #garden thorns", where="botbot")
    assert "thorns" in ask(joined, "search #garden thorns", where="botbot", tags="@account=ann ")
    assert "There is no log" in ask(joined, "botbot: search thorns", tags="@account=ann ")  # all would read it


@pytest.mark.parametrize("words", ["seen #garden bob", "log #garden", "status #garden", "search #garden thorns"])
def test_a_hidden_log_is_not_revealed_to_strangers(joined: Connection, garden: Channel, say: Say, words: str) -> None:
    Channel.objects.filter(pk=garden.pk).update(hidden=True)
    say(garden, "bob", "thorns")
    assert ask(joined, words, where="botbot") == "NOTICE ann :There is no log of #garden that everybody may read."


def test_an_announcement_of_the_website_is_said_once_in_the_channel(joined: Connection, garden: Channel) -> None:
    Channel.objects.filter(pk=garden.pk).update(announcement="The log of this channel is public from now on: here")
    assert joined.expect("PRIVMSG #garden").endswith(":The log of this channel is public from now on: here")
    wait_for(lambda: Channel.objects.get(pk=garden.pk).announcement == "", 10)
    assert silent(joined)
