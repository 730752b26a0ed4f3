"""The bot's nick where its own is taken, too long, misspelt, or kept by services."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.irc.isupport import Isupport
from bot.irc.message import Message
from bot.nickname import Nickname, clean, shorten
from bot.supervisor import Supervisor
from tests.bot.in_process import LocalSession, StartLocal
from tests.bot.test_fuzz import NETWORK

IN_USE, ERRONEOUS = "433", "432"


class NickServer:
    """A server with a limit for nicks, which it enforces in one of the ways that servers have."""

    def __init__(self, max_length: int, taken: set[str], *, truncates: bool = False, names_nick: bool = True) -> None:
        self.max_length = max_length
        self.taken = taken
        self.truncates = truncates
        self.names_nick = names_nick

    def register(self, wanted: str) -> Nickname:
        """Register a client; return its nick."""
        sent: list[str] = [wanted]
        nickname = Nickname(wanted, Isupport(), lambda _, nick: sent.append(nick))
        while True:
            assert len(sent) < 30, f"still not in: {sent}"
            requested = sent[-1]
            nick = requested[: self.max_length] if self.truncates else requested
            command = ERRONEOUS if len(nick) > self.max_length or nick != clean(nick) else IN_USE
            if command == IN_USE and nick not in self.taken:
                nickname.handle_welcome(nick)
                return nickname
            words = ["*", nick] if self.names_nick else ["*"]
            nickname.try_next(Message(command, [*words, "Nickname refused"]))


@pytest.mark.parametrize("options", [{}, {"names_nick": False}, {"truncates": True}])
@pytest.mark.parametrize(
    ("max_length", "wanted", "taken", "expected"),
    [
        (9, "logbot123", {"logbot123"}, "logbot12_"),
        (9, "logbot123", {"logbot123", "logbot12_"}, "logbot1__"),
        (9, "logbot123", {"logbot123", "logbot12_", "logbot1__", "logbot___"}, "logbot124"),
        (9, "gardenlog-2", {"gardenlog"}, "gardenl-2"),
        (9, "gardenlog-2", {"gardenlog", "gardenl-2"}, "garden-2_"),
        (9, "botbot", {"botbot"}, "botbot_"),
        (30, "gardenlog-2", {"gardenlog"}, "gardenlog-2"),
        (30, "averylongnickname", {"averylongnickname"}, "averylongnicknam_"),
        (5, "robin", {"robin"}, "robi_"),
    ],
)
def test_an_alternative_fits_and_is_recognised(
    max_length: int, wanted: str, taken: set[str], expected: str, options: dict[str, bool]
) -> None:
    server = NickServer(max_length, taken, **options)
    assert server.register(wanted).current == expected


@pytest.mark.parametrize(("wanted", "expected"), [("9lives", "_9lives"), ("-bot", "_-bot"), ("log.bot", "log_bot")])
def test_a_misspelt_nick_is_corrected(wanted: str, expected: str) -> None:
    assert NickServer(9, set()).register(wanted).current == expected


@given(
    st.integers(4, 31),
    st.text("abc-_1", min_size=1, max_size=30),
    st.lists(st.text("abc-_1", min_size=1, max_size=9), max_size=5),
    st.booleans(),
)
def test_some_nick_is_found_on_every_server(max_length: int, wanted: str, taken: list[str], truncates: bool) -> None:
    server = NickServer(max_length, {wanted, wanted[:max_length], *taken}, truncates=truncates)
    assert len(server.register(wanted).current) <= max_length


@pytest.mark.parametrize(
    ("nick", "max_length", "short"),
    [("gardenlog-2", 9, "gardenl-2"), ("gardenlog", 9, "gardenlog"), ("ab-12", 3, "ab-"), ("logbot123", 8, "logbot12")],
)
def test_the_suffix_of_a_standby_survives(nick: str, max_length: int, short: str) -> None:
    assert shorten(nick, max_length) == short


def test_a_nick_that_does_not_fit_is_not_requested_again(start_local: StartLocal) -> None:
    local = start_local(replace(NETWORK, nick="gardenlog-2"))
    local.receive(":s 001 gardenlog :hi", ":s 005 gardenlog NICKLEN=9 MONITOR=100 :are supported")
    local.session.tick()
    assert local.read_sent("MONITOR") == ["MONITOR + gardenl-2"]
    local.receive(":s 731 gardenlog :gardenl-2", ":gardenlog!b@h NICK gardenl-2")
    assert local.read_sent("NICK") == ["NICK gardenl-2"]
    local.session.tick()
    local.receive(":s 731 gardenl-2 :gardenl-2")
    assert local.read_sent("NICK") == []


@pytest.mark.parametrize("isupport", ["MONITOR=100", "CHANTYPES=#"])
def test_a_nick_that_services_keep_is_requested_with_growing_pauses_and_logged_once(
    local: LocalSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, isupport: str
) -> None:
    now = 0.0
    monkeypatch.setattr("bot.nickname.monotonic", lambda: now)
    local.session.nickname._polled_at = local.session.nickname._kept_since = now
    local.receive(":s 001 botbot :hi", f":s 005 botbot {isupport} :are supported")
    local.read_sent()
    requests: list[float] = []
    nick = "botbot"
    with caplog.at_level(logging.WARNING, "bot.nickname"):
        while now < 24 * 3600:
            now += 10
            local.session.nickname.tick()
            if local.read_sent("NICK"):
                requests.append(now)
                local.receive(f":{nick}!b@h NICK botbot")
                nick = "botbot"
            if nick == "botbot":
                nick = "Guest77"
                local.receive(":botbot!b@h NICK Guest77")
            local.receive(f":s {'731 Guest77 :botbot' if 'MONITOR' in isupport else '303 Guest77 :'}")
    assert len(requests) < 35
    assert [one for one in requests if one < 60] == []
    assert all(later - earlier <= 3700 for earlier, later in pairwise(requests))
    assert len(caplog.records) == 1


def test_a_nick_in_use_is_taken_as_soon_as_it_is_free(local: LocalSession) -> None:
    local.receive(":s 433 * botbot :Nickname is already in use", ":s 001 botbot_ :hi", ":s 005 botbot_ MONITOR=9 :are")
    local.session.tick()
    local.receive(":s 730 botbot_ :botbot!x@y")
    assert local.read_sent("NICK") == ["NICK botbot_"]
    local.receive(":s 731 botbot_ :botbot")
    assert local.read_sent("NICK") == ["NICK botbot"]
    local.receive(":s 433 botbot_ botbot :Nickname is already in use", ":s 731 botbot_ :botbot")
    assert local.read_sent("NICK") == []


@pytest.mark.parametrize(
    ("welcome", "current"),
    [
        (":s 001", "botbot"),
        (":s 001 botb :hi", "botb"),
        (":s 001 * :hi", "botbot"),
        (":s 001 BOTBOT :hi", "BOTBOT"),
        (":s 001 botbot!b@h :hi", "botbot"),
    ],
)
def test_the_welcome_says_our_nick(local: LocalSession, welcome: str, current: str) -> None:
    local.receive(welcome)
    assert local.session.nickname.current == current


def test_a_nick_that_was_cut_in_silence_is_learnt_from_our_join(local: LocalSession) -> None:
    local.receive(":s 001 botbot :hi", ":s 422 botbot :no", ":botb!b@h JOIN #c", ":ann!a@h PRIVMSG #c :hi")
    assert local.session.nickname.current == "botb"
    assert local.journaled_messages() == [("ann", "hi")]


@pytest.mark.parametrize(
    ("ghost", "recorded"),
    [
        ("botbot!b@h", []),
        ("BotBot!b@h", []),
        ("botb__!b@h", []),
        ("botbot2!b@h", []),
        ("botbot!b@elsewhere", ["botbot"]),
        ("ann!b@h", ["ann"]),
        ("bot!b@h", ["bot"]),
    ],
)
def test_an_earlier_connection_of_ours_comes_and_goes_unrecorded(
    local: LocalSession, ghost: str, recorded: list[str]
) -> None:
    nick = ghost.partition("!")[0]
    local.receive(":s 433 * botbot :in use", ":s 001 botbot_ :hi", ":botbot_!b@h JOIN #c")
    local.receive(f":s 353 botbot_ = #c :botbot_ {nick}", ":s 366 botbot_ #c :End")
    local.receive(f":{ghost} QUIT :Disconnected by services", f":{ghost} JOIN #c", f":{ghost} PART #c")
    assert [entry.nick for entry in local.entries()] == recorded * 3
    assert not local.session.handlers._parts.members.has("#c", nick)


def test_a_refusal_without_end_costs_little(local: LocalSession) -> None:
    for number in range(3000):
        local.receive(f":s {('432', '433', '437')[number % 3]} * {'botbot'[: number % 7]} :no")
    assert len(local.read_sent("NICK")) == 3000


def test_a_standby_bot_has_a_nick_beside_the_first(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, is_standby=True)
    assert supervisor._with_own_nick(replace(NETWORK, nick="gardenlog")).nick == "gardenlog-2"
