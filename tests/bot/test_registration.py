"""Registration: capabilities, account, TLS, nick."""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from logs.models import BotStatus, Channel, Network
from tests.bot.server import Connection, Server
from tests.ircd import make_certificate
from tests.processes import Bot, wait_for


@pytest.fixture
def network(garden: Channel) -> Network:
    return garden.network


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Server]:
    certificate = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, tmp_path / "key.pem")
    with Server(context) as server:
        yield server


def fingerprint(folder: Path) -> str:
    pem = (folder / "certificate.pem").read_text()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def update(network: Network, **fields: object) -> None:
    Network.objects.filter(pk=network.pk).update(**fields)


def detail(network: Network) -> str:
    status = BotStatus.objects.filter(network=network, channel=None).first()
    return status.detail if status else ""


def arrive(server: Server, bot: Bot, capabilities: str = "") -> Connection:
    """Start the bot and list these capabilities."""
    bot.start()
    connection = server.accept()
    connection.expect("CAP LS 302")
    connection.expect("USER ")
    connection.send(f"CAP * LS :{capabilities}")
    return connection


@pytest.fixture
def bot(stopped_bot: Bot) -> Bot:
    return stopped_bot


def test_without_capabilities_registration_ends_at_once(server: Server, garden: Channel, bot: Bot) -> None:
    assert arrive(server, bot).read() == "CAP END"


def test_a_list_of_several_lines_is_completed_first(server: Server, garden: Channel, bot: Bot) -> None:
    bot.start()
    connection = server.accept()
    connection.expect("USER ")
    connection.send("CAP * LS * :server-time draft/unheard-of", "CAP * LS :batch sasl=PLAIN")
    assert connection.read() == "CAP REQ :batch server-time"
    connection.send("CAP * ACK :batch server-time ")
    assert connection.read() == "CAP END"


def test_a_refused_request_is_repeated_separately(server: Server, garden: Channel, bot: Bot) -> None:
    connection = arrive(server, bot, "server-time batch")
    connection.expect("CAP REQ :batch server-time")
    connection.send("CAP * NAK :batch server-time")
    assert [connection.read(), connection.read()] == ["CAP REQ batch", "CAP REQ server-time"]
    connection.send("CAP * ACK batch", "CAP * NAK server-time")
    assert connection.read() == "CAP END"


@pytest.mark.parametrize(
    "answer",
    [
        "421 botbot CAP :Unknown command",
        "451 * CAP :Register first.",
        "451 CAP :Register first.",
        "410 botbot LS :Invalid CAP command",
        "FAIL CAP UNKNOWN_COMMAND :What?",
    ],
)
def test_a_server_that_does_not_know_cap_has_no_capabilities(
    server: Server, garden: Channel, bot: Bot, answer: str
) -> None:
    bot.start()
    connection = server.accept()
    connection.expect("USER ")
    connection.send(f":irc.example.org {answer}")
    assert connection.read() == "CAP END"


@pytest.mark.parametrize("answer", ["410 botbot REQ :Invalid CAP command", "CAP * ACK :"])
def test_a_request_that_is_not_understood_is_refused(server: Server, garden: Channel, bot: Bot, answer: str) -> None:
    connection = arrive(server, bot, "server-time batch")
    connection.expect("CAP REQ :batch server-time")
    connection.send(f":irc.example.org {answer}")
    assert connection.read() == "CAP END"


@pytest.mark.parametrize(
    "answer",
    [
        "421 botbot AUTHENTICATE :Unknown command",
        "461 botbot AUTHENTICATE :Not enough parameters",
        "FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :Services are away",
    ],
)
def test_a_login_that_is_not_understood_is_refused_with_the_reason(
    server: Server, network: Network, bot: Bot, answer: str
) -> None:
    update(network, account="ann", account_password="sesame", mechanisms="PLAIN")
    connection = arrive(server, bot, "sasl")
    connection.expect("CAP REQ sasl")
    connection.send("CAP * ACK sasl")
    connection.expect("AUTHENTICATE PLAIN")
    connection.send(f":irc.example.org {answer}")
    assert connection.read().startswith("QUIT")
    reason = answer.partition(" :")[2]
    wait_for(lambda: reason in detail(network), 10, "the reason is shown")


def test_later_capabilities_are_requested_later(server: Server, garden: Channel, bot: Bot) -> None:
    connection = arrive(server, bot)
    connection.send(":irc.example.org 001 botbot :Welcome", ":irc.example.org CAP botbot NEW :server-time")
    assert connection.expect("CAP REQ") == "CAP REQ server-time"


def test_login_comes_before_the_end_of_registration(server: Server, network: Network, bot: Bot, tmp_path: Path) -> None:
    update(network, account="ann", account_password="sesame", mechanisms="plain")
    connection = arrive(server, bot, "sasl")
    connection.expect("CAP REQ sasl")
    connection.send("CAP * ACK sasl")
    assert connection.read() == "AUTHENTICATE PLAIN"
    connection.send("AUTHENTICATE +")
    assert base64.b64decode(connection.read().split(" ")[1]) == b"ann\0ann\0sesame"
    connection.send("900 * * ann :You are now logged in.", "903 * :SASL authentication successful")
    assert connection.read() == "CAP END"
    assert "sesame" not in bot.output()


def test_a_bot_that_cannot_log_in_disconnects_with_a_reason(server: Server, network: Network, bot: Bot) -> None:
    update(network, account="ann", account_password="sesame", mechanisms="PLAIN")
    connection = arrive(server, bot, "sasl=PLAIN")
    connection.expect("CAP REQ sasl")
    connection.send("CAP * ACK sasl")
    connection.expect("AUTHENTICATE PLAIN")
    connection.send("904 * :SASL authentication failed")
    assert connection.read().startswith("QUIT")
    assert connection.read() == ""
    wait_for(lambda: "SASL authentication failed" in detail(network), 10, "the reason is shown")


@pytest.mark.parametrize("capabilities", ["", "sasl=EXTERNAL"])
def test_a_failed_login_to_an_optional_account_is_ignored(
    server: Server, network: Network, bot: Bot, capabilities: str
) -> None:
    update(network, account="ann", account_password="sesame", account_required=False)
    connection = arrive(server, bot, capabilities)
    if capabilities:
        connection.expect("CAP REQ sasl")
        connection.send("CAP * ACK sasl")
    assert connection.read() == "CAP END"


def test_a_server_without_sasl_is_left(server: Server, network: Network, bot: Bot) -> None:
    update(network, account="ann", account_password="sesame")
    connection = arrive(server, bot)
    assert connection.read().startswith("QUIT")
    wait_for(lambda: "no SASL" in detail(network), 10, "the reason is shown")


def test_a_pinned_certificate_is_trusted(secure: Server, network: Network, bot: Bot, tmp_path: Path) -> None:
    shown = fingerprint(tmp_path).upper()
    pinned = ":".join(shown[at : at + 2] for at in range(0, 64, 2))
    update(network, port=secure.port, tls=True, fingerprints=pinned)
    bot.start()
    secure.accept().expect("CAP LS 302")


@pytest.mark.parametrize("fingerprints", ["", "0" * 64])
def test_nothing_is_sent_to_an_unproven_server(secure: Server, network: Network, bot: Bot, fingerprints: str) -> None:
    update(network, port=secure.port, tls=True, fingerprints=fingerprints)
    bot.start()
    wait_for(lambda: "certificate" in detail(network), 10, "the reason is shown")
    assert secure.has_no_new_connection() or secure.accept().read() == ""


def test_tls_to_a_plain_server_is_reported_in_a_sentence(server: Server, network: Network, bot: Bot) -> None:
    update(network, tls=True)
    bot.start()
    server.accept().send("NOTICE * :*** Looking up your hostname...")
    wait_for(lambda: "does not speak TLS" in detail(network), 10, "the reason is shown")


def test_sts_is_followed_also_after_a_restart(
    server: Server, secure: Server, network: Network, bot: Bot, tmp_path: Path
) -> None:
    update(network, fingerprints=fingerprint(tmp_path))
    connection = arrive(server, bot, f"sts=port={secure.port}")
    assert connection.read() == ""
    connection = secure.accept()
    connection.expect("CAP LS 302")
    connection.send("CAP * LS :sts=duration=60,port=1")
    connection.expect("CAP END")
    connection.send("ERROR :closing link")
    secure.accept().expect("CAP LS 302")
    bot.stop()
    bot.start()
    secure.accept().expect("CAP LS 302")


def test_a_policy_of_an_unproven_server_is_not_stored(
    server: Server, secure: Server, network: Network, bot: Bot
) -> None:
    arrive(server, bot, f"sts=port={secure.port}")
    wait_for(lambda: "certificate" in detail(network), 10, "the reason is shown")
    assert not list(bot.journal.rglob("sts.json"))


def test_another_nick_is_used_until_ours_is_free(server: Server, garden: Channel, bot: Bot) -> None:
    connection = arrive(server, bot)
    connection.send(":irc.example.org 433 * botbot :Nickname is already in use.")
    assert connection.expect("NICK") == "NICK botbot_"
    connection.send(":irc.example.org 001 botbot_ :Welcome")
    connection.send(":irc.example.org 005 botbot_ MONITOR=100 :are supported by this server")
    assert connection.expect("MONITOR") == "MONITOR + botbot"
    connection.send(":irc.example.org 730 botbot_ :botbot!x@y")
    connection.ping()
    connection.send(":irc.example.org 731 botbot_ :botbot")
    assert connection.expect("NICK") == "NICK botbot"


def test_the_bot_mode_is_set_after_joining(server: Server, garden: Channel, bot: Bot) -> None:
    bot.start()
    connection = server.accept()
    connection.register("BOT=B")
    connection.let_join()
    assert connection.expect("MODE", 15) == "MODE botbot +B"
