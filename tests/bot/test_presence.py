"""Who is where: members that nobody announced, lines without a source, our own coming and going."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.desired_state import WantedChannel
from logs.models import Kind
from logs.models.line import Reason
from tests.bot.in_process import LocalSession, StartLocal
from tests.bot.test_fuzz import NETWORK, WELCOME


@pytest.fixture
def local(start_local: StartLocal) -> LocalSession:
    """A session in #c, with ann, and in #d."""
    local = start_local(replace(NETWORK, channels=(WantedChannel(1, "#c"), WantedChannel(2, "#d"))))
    local.receive(*WELCOME, ":botbot!b@h JOIN #d")
    return local


def kinds(local: LocalSession, channel: int = 1) -> list[tuple[Kind, str]]:
    return [(Kind(entry.kind), entry.nick) for entry in local.entries(channel)]


@pytest.mark.parametrize("line", ["MODE #c +o bob", "TOPIC #c :eve was here", "KICK #c bob :bye"])
def test_who_has_done_something_in_a_channel_quits_there(local: LocalSession, line: str) -> None:
    local.receive(f":eve!e@h {line}", ":eve!e@h QUIT :gone")
    assert kinds(local)[1:] == [(Kind.QUIT, "eve")]
    assert kinds(local, 2) == []


def test_a_server_that_changes_modes_does_not_quit(local: LocalSession) -> None:
    local.receive(":irc.example.org MODE #c +o bob", ":irc.example.org QUIT :gone")
    assert kinds(local) == [(Kind.MODE, "irc.example.org")]


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_who_has_spoken_quits_and_is_renamed_where_it_spoke(local: LocalSession, command: str) -> None:
    local.receive(f":eve!e@h {command} #c :hello", f":eve!e@h {command} #c :again")
    local.receive(":EVE!e@h NICK eva", ":eva!e@h QUIT :gone", ":eva!e@h QUIT :again")
    assert kinds(local)[2:] == [(Kind.NICK, "EVE"), (Kind.QUIT, "eva")]
    assert kinds(local, 2) == []


def test_speakers_who_leave_or_join_are_recorded_once(local: LocalSession) -> None:
    local.receive(":eve!e@h PRIVMSG #c :x", ":eve!e@h PART #c", ":eve!e@h QUIT :gone")
    local.receive(":bob!b@h PRIVMSG #c :x", ":bob!b@h JOIN #c", ":bob!b@h QUIT :gone")
    assert kinds(local) == [
        (Kind.MESSAGE, "eve"),
        (Kind.PART, "eve"),
        (Kind.MESSAGE, "bob"),
        (Kind.JOIN, "bob"),
        (Kind.QUIT, "bob"),
    ]


def test_a_speaker_is_no_member(local: LocalSession) -> None:
    local.receive(":eve!e@h PRIVMSG #c :x", ":irc.example.org NOTICE #c :x")
    members = local.session.handlers._parts.members
    assert not members.shares_channel("eve")
    assert not members.has("#c", "eve")
    assert members.remove_everywhere("irc.example.org") == []


def test_speakers_take_limited_memory(local: LocalSession) -> None:
    local.receive(*[f":n{number}!e@h PRIVMSG #c :x" for number in range(3000)])
    assert len(local.session.handlers._parts.members._speakers["#c"]) == 1000


@pytest.mark.parametrize(("welcome", "name"), [(":s 001 botbot :hi", "s"), ("001 botbot :hi", "irc.example.org")])
def test_a_line_without_a_source_is_the_server_s(start_local: StartLocal, welcome: str, name: str) -> None:
    local = start_local()
    local.receive("CAP * LS :", welcome, ":botbot!b@h JOIN #c")
    local.receive("NOTICE #c :x", "PRIVMSG #c :y", "TOPIC #c :z", "MODE #c +n", ": NOTICE #c :a")
    local.receive("JOIN #c", "PART #c", "QUIT :x", "NICK x")
    assert [entry.nick for entry in local.entries()] == [name] * 5


@pytest.mark.parametrize("command", ["JOIN #c", "PART #c :bye", "QUIT :Connection reset"])
def test_our_own_coming_and_going_is_not_replayed(local: LocalSession, command: str) -> None:
    local.receive("CAP * ACK :draft/chathistory", "@msgid=1 :ann!a@h PRIVMSG #c :before")
    local.session.recorder.stop_recording(1, Reason.CONNECTION)
    local.receive(":botbot!b@h JOIN #c", "BATCH +h chathistory #c", "@batch=h;msgid=1 :ann!a@h PRIVMSG #c :before")
    local.receive(f"@batch=h;msgid=2 :botbot!b@h {command}", f"@batch=h;msgid=3 :bob!b@h {command}", "BATCH -h")
    assert [nick for _, nick in kinds(local)] == ["ann", "bob"]
