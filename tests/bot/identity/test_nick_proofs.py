"""A proof by nick alone belongs to one connection, and is confirmed for the web only while that connection has it."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from bot.identity import nick_proofs
from bot.identity.nick_proofs import MAX_NICKS, NickProofs
from bot.identity.whois import WhoisLookups
from bot.irc.capabilities import Capabilities
from bot.irc.isupport import Isupport
from bot.irc.message import Message

HOME, ELSEWHERE = ("u", "home.example"), ("u", "elsewhere.example")


class Proofs:
    """The proofs under test, a server that answers, and what was confirmed and ended."""

    def __init__(self, *isupport: str) -> None:
        self.sent: list[str] = []
        self.confirmed: list[str] = []
        self.ended: list[str] = []
        tokens = Isupport()
        tokens.update(list(isupport))
        send = lambda *words: self.sent.append(" ".join(words))  # noqa: E731
        self.lookups = WhoisLookups(tokens, Capabilities(), send)
        self.proofs = NickProofs(tokens, self.lookups, send, self._confirm, self._end)

    def _confirm(self, nicks: Collection[str]) -> None:
        self.confirmed += sorted(nicks)

    def _end(self, nick: str) -> None:
        if self.proofs.remove(nick):
            self.ended.append(nick)

    def answer_whois(self, nick: str, connection: tuple[str, str] | None, signed_on: str = "100") -> None:
        assert self.sent.pop() == f"WHOIS {nick}"
        lines = [Message("401", ["me", nick, "No such nick"])]
        if connection:
            lines = [
                Message("311", ["me", nick, *connection, "*", "name"]),
                Message("317", ["me", nick, "7", signed_on, "seconds idle, signon time"]),
            ]
        for line in [*lines, Message("318", ["me", nick, "End of /WHOIS list."])]:
            self.lookups.handle_reply(line)


@pytest.fixture
def recheck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nick_proofs, "RECHECK_SECONDS", -1.0)


@pytest.mark.usefixtures("recheck")
def test_the_same_connection_is_confirmed_at_once_and_again() -> None:
    bot = Proofs()
    bot.proofs.add("Ann", HOME)
    bot.answer_whois("Ann", HOME)
    bot.proofs.tick()
    bot.answer_whois("ann", HOME)
    assert (bot.confirmed, bot.ended) == (["ann", "ann"], [])


def test_a_connection_that_took_the_nick_before_the_first_check_is_not_taken_for_the_one_that_proved_it() -> None:
    bot = Proofs()
    bot.proofs.add("ann", HOME)
    bot.answer_whois("ann", ELSEWHERE)
    assert (bot.confirmed, bot.ended) == ([], ["ann"])


@pytest.mark.usefixtures("recheck")
@pytest.mark.parametrize(("connection", "signed_on"), [(HOME, "200"), (ELSEWHERE, "100"), (None, "")])
def test_another_connection_ends_the_proof_even_from_the_same_host(
    connection: tuple[str, str] | None, signed_on: str
) -> None:
    bot = Proofs()
    bot.proofs.add("ann", HOME)
    bot.answer_whois("ann", HOME)
    bot.proofs.tick()
    bot.answer_whois("ann", connection, signed_on)
    assert (bot.confirmed, bot.ended) == (["ann"], ["ann"])


@pytest.mark.usefixtures("recheck")
def test_a_server_with_monitor_reports_the_end_itself() -> None:
    bot = Proofs("MONITOR=100")
    bot.proofs.add("ann", HOME)
    assert "MONITOR + ann" in bot.sent
    bot.answer_whois("ann", HOME)
    bot.proofs.handle_presence(Message("730", ["me", "ann!u@home.example,bob!b@h"]))
    bot.sent.clear()
    bot.proofs.tick()
    assert bot.sent == [], "no WHOIS is needed"
    assert bot.confirmed == ["ann", "ann"]
    bot.proofs.handle_presence(Message("731", ["me", "bob,ann"]))
    assert bot.ended == ["ann"]
    assert bot.sent == ["MONITOR - ann"]


def test_monitor_shows_somebody_else_from_the_beginning() -> None:
    bot = Proofs("MONITOR")
    bot.proofs.add("ann", HOME)
    bot.proofs.handle_presence(Message("730", ["me", "ann!u@elsewhere.example"]))
    assert bot.ended == ["ann"]


def test_a_second_connection_that_proves_the_nick_ends_the_first_proof() -> None:
    bot = Proofs()
    bot.proofs.add("ann", HOME)
    bot.answer_whois("ann", HOME)
    bot.proofs.add("ann", ELSEWHERE)
    assert bot.ended == ["ann"]
    bot.answer_whois("ann", ELSEWHERE)
    assert bot.confirmed == ["ann", "ann"]


def test_no_more_nicks_are_confirmed_than_whois_can_serve() -> None:
    bot = Proofs()
    for number in range(MAX_NICKS + 1):
        bot.proofs.add(f"n{number}", HOME)
    assert bot.ended == ["n0"]
