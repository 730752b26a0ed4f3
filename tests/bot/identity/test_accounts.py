"""Accounts where the server has no account tags, and the members of channels."""

from __future__ import annotations

import pytest

from bot.irc.isupport import Isupport
from bot.members import Members
from logs import privacy
from logs.models import Channel, Kind, Line
from logs.privacy import Speaker
from tests.bot.conftest import stored_messages, wait_until_stored
from tests.bot.server import Connection, Server
from tests.processes import Bot, wait_for

TOLD = "account-notify extended-join"


def accounts(channel: Channel) -> list[tuple[str, str | None]]:
    lines = Line.objects.filter(channel=channel, kind=Kind.MESSAGE).order_by("id")
    return list(lines.values_list("text", "account"))


def speak(connection: Connection, *pairs: tuple[str, str]) -> None:
    connection.send(*(f":{nick}!u@h.example PRIVMSG #garden :{text}" for nick, text in pairs))


def joined(server: Server, *isupport: str, capabilities: str) -> Connection:
    connection = server.accept()
    connection.register(*isupport, capabilities=capabilities)
    connection.let_join("botbot", "ann", "bob")
    return connection


def answer_who(connection: Connection, *pairs: tuple[str, str]) -> None:
    connection.expect("WHO #garden %tna,43")
    connection.send(*(f":irc.example.org 354 botbot 43 {nick} {account}" for nick, account in pairs))
    connection.send(":irc.example.org 315 botbot #garden :End of /WHO list.")


def test_accounts_are_known_from_who_join_and_account(garden: Channel, server: Server, bot: Bot) -> None:
    connection = joined(server, "WHOX", capabilities=TOLD)
    answer_who(connection, ("ann", "Ann"), ("bob", "0"))
    speak(connection, ("ann", "1"), ("bob", "2"))
    connection.send(
        ":eve!u@h.example JOIN #garden Eve :Eve", ":bob!u@h.example ACCOUNT Bob", ":ann!u@h.example ACCOUNT *"
    )
    speak(connection, ("ann", "3"), ("bob", "4"), ("eve", "5"))
    connection.send(":eve!u@h.example NICK eva")
    speak(connection, ("eva", "6"), ("eve", "7"))
    wait_until_stored(garden, "7")
    # Bob said 2 on the connection that logged in afterwards.
    assert accounts(garden) == [
        ("1", "Ann"), ("2", "Bob"), ("3", None), ("4", "Bob"), ("5", "Eve"), ("6", "Eve"), ("7", None)
    ]  # fmt: skip


@pytest.mark.parametrize("leaving", ["PART #garden", "QUIT :bye", "KICK"])
def test_an_account_is_forgotten_with_its_nick(garden: Channel, server: Server, bot: Bot, leaving: str) -> None:
    connection = joined(server, capabilities=TOLD)
    connection.send(":eve!u@h.example JOIN #garden Eve :Eve")
    connection.send(":ann!u@h.example KICK #garden eve :out" if leaving == "KICK" else f":eve!u@h.example {leaving}")
    speak(connection, ("eve", "from outside"))
    connection.send(":eve!u@h.example JOIN #garden * :another one")
    speak(connection, ("eve", "again"))
    wait_until_stored(garden, "again")
    assert accounts(garden) == [("from outside", None), ("again", None)]


def test_only_the_tag_counts_where_there_are_tags(garden: Channel, server: Server, bot: Bot) -> None:
    connection = joined(server, "WHOX", capabilities=f"{TOLD} account-tag")
    connection.send(":eve!u@h.example JOIN #garden Eve :Eve")
    speak(connection, ("eve", "not logged in any more"))
    wait_until_stored(garden, "not logged in any more")
    assert accounts(garden) == [("not logged in any more", None)]
    assert not [line for line in connection.received if line.startswith("WHO ")]


def test_an_opt_out_by_account_works_without_tags(garden: Channel, server: Server, bot: Bot) -> None:
    privacy.opt_out(garden.network, Speaker("eve"), "eve")
    connection = joined(server, capabilities=TOLD)
    wait_for(lambda: '"eve"' in (bot.journal / "wanted.json").read_text(), 10)
    connection.send(":other!u@h.example JOIN #garden Eve :Eve")
    speak(connection, ("other", "nothing for you"), ("ann", "end"))
    wait_until_stored(garden, "end")
    assert stored_messages(garden) == [("ann", "end")]


def test_names_replaces_the_members() -> None:
    members = Members(Isupport())
    members.open_channel("#a")
    for nick in ("ann", "bob", "Eve"):
        members.add("#a", nick)
    members.add_listed("#a", "ANN")
    members.add_listed("#a", "new")
    assert members.finish_list("#A") == {"bob", "eve"}
    assert members.nicks("#a") == {"ann", "new"}
    assert members.finish_list("#a") == set()  # an answer that names nobody: we may not see who is there
    assert members.nicks("#a") == {"ann", "new"}
    assert not members.shares_channel("bob")
