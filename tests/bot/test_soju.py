"""soju: a connection for each network of its user, chosen by the name at login, and a service of its own.

Debian 12 has no soju. `Soju` is a fake that does what its documentation says (https://soju.im/, soju(1)).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.identity.db_queue import DatabaseQueue
from logs.models.bot_status import State
from tests.bot.in_process import LocalSession, StartLocal
from tests.bot.test_fuzz import NETWORK

NETWORKS = {"libera": "1", "oftc": "2"}
SERVICE = ":BouncerServ!BouncerServ@BouncerServ"
CAPABILITIES = (
    "batch cap-notify draft/chathistory echo-message message-tags server-time"
    " soju.im/bouncer-networks soju.im/bouncer-networks-notify soju.im/no-implicit-names sasl=PLAIN"
)


class Soju:
    """A bouncer whose user `ann` has two networks, in each of which she is in `#c`."""

    def __init__(self) -> None:
        self.clients: dict[str, LocalSession] = {}

    def accept(self, client: LocalSession) -> None:
        """Let a client log in, and bring it up to date as soju does: it joins without being asked."""
        client.session.registration.start("botbot")
        sent = client.read_sent()
        (user,) = [line.split(" ")[1] for line in sent if line.startswith("USER ")]
        name, _, network = user.partition("/")
        assert (name, network in NETWORKS) == ("ann", True)
        self.clients[network] = client
        client.receive(f":soju CAP * LS :{CAPABILITIES}")
        (request,) = client.read_sent("CAP REQ")
        client.receive(f":soju CAP * ACK :{request.removeprefix('CAP REQ ').removeprefix(':')}")
        assert client.read_sent() == ["CAP END"]
        client.receive(
            ":soju 001 botbot :Welcome to soju, botbot",
            f":soju 005 botbot BOUNCER_NETID={NETWORKS[network]} BOT=B CHATHISTORY=1000 MSGREFTYPES=timestamp"
            " CASEMAPPING=ascii :are supported by this server",
            ":soju 422 botbot :No MOTD",
            f":soju BOUNCER NETWORK {NETWORKS[network]} name={network};state=connected;host=irc.example.org",
            ":botbot!ann@example.org JOIN #c",
            ":soju 332 botbot #c :Our topic",
            ":soju 353 botbot = #c :botbot @ann",
            ":soju 366 botbot #c :End of /NAMES list",
        )

    def say(self, network: str, text: str, nick: str = "eve") -> None:
        self.clients[network].receive(f"@time=2026-11-30T00:00:00.000Z :{nick}!e@h PRIVMSG #c :{text}")

    def send_message(self, text: str, command: str = "PRIVMSG") -> None:
        """Speak as its service, to every client."""
        for client in self.clients.values():
            client.receive(f"{SERVICE} {command} botbot :{text}")


@pytest.fixture(autouse=True)
def _without_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatabaseQueue, "_run", lambda *_: None)


@pytest.fixture
def soju(start_local: StartLocal) -> Soju:
    soju = Soju()
    for number, network in enumerate(NETWORKS, 1):
        soju.accept(start_local(replace(NETWORK, id=number, name=network, username=f"ann/{network}", password="p")))
    return soju


def test_each_network_is_a_log_of_its_own(soju: Soju) -> None:
    soju.say("libera", "here")
    soju.say("oftc", "there")
    assert {network: client.journaled_messages() for network, client in soju.clients.items()} == {
        "libera": [("eve", "here")],
        "oftc": [("eve", "there")],
    }
    for client in soju.clients.values():
        # It had joined already, whatever it answers to the JOIN.
        assert client.reports[1] == (State.JOINED, "")
        assert client.read_sent("PART") == []


def test_what_the_service_says_is_neither_logged_nor_answered(soju: Soju) -> None:
    for client in soju.clients.values():
        client.read_sent()
    for command in ("PRIVMSG", "NOTICE"):
        soju.send_message("disconnected from oftc: EOF", command)
        soju.send_message("help", command)
    assert [client.read_sent() for client in soju.clients.values()] == [[], []]
    assert [client.journaled_messages() for client in soju.clients.values()] == [[], []]


def test_changes_of_its_networks_mean_nothing_to_the_bot(soju: Soju) -> None:
    client = soju.clients["libera"]
    client.read_sent()
    client.receive(
        ":soju BOUNCER NETWORK 1 state=disconnected;error=EOF",
        ":soju BOUNCER NETWORK 2 *",
        ":soju BOUNCER LISTNETWORKS",
        "FAIL BOUNCER INVALID_NETID 9 :Unknown network ID",
        ":soju CAP * DEL :draft/chathistory",
        ":soju CAP * NEW :draft/chathistory",
    )
    soju.say("libera", "still here")
    assert client.journaled_messages() == [("eve", "still here")]
    assert client.read_sent("QUIT") == []
