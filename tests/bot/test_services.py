"""The bot logs in to its account: every mechanism that Atheme has, on InspIRCd."""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from logs.models import BotStatus, Channel, Network
from logs.models.bot_status import State
from tests.ircd import Client, make_certificate
from tests.processes import Bot, ImpatientBot, wait_for
from tests.services import AccountIrcd, Atheme

pytestmark = pytest.mark.ircd

PASSWORD = "open sesame, ☕".replace(" ", "")


@pytest.fixture
def ircd(tmp_path: Path) -> Iterator[AccountIrcd]:
    with AccountIrcd(tmp_path) as server:
        yield server


@pytest.fixture
def atheme(tmp_path: Path, ircd: AccountIrcd) -> Iterator[Atheme]:
    with Atheme(tmp_path, ircd) as services:
        yield services


@pytest.fixture
def owner(atheme: Atheme) -> Iterator[Client]:
    """A client that has registered the bot's account."""
    with atheme.register("logger", PASSWORD) as client:
        yield client


@pytest.fixture
def network(process_env: dict[str, str], ircd: AccountIrcd) -> Network:
    network = Network.objects.create(name="local", host=ircd.host, port=ircd.port, tls=False, account="logger")
    Channel.objects.create(network=network, name="#garden", wanted=True)
    return network


def update(network: Network, **fields: object) -> None:
    Network.objects.filter(pk=network.pk).update(**fields)


def assert_logged_in(observer: Client) -> None:
    """Wait until the bot is in the channel and check its account."""

    def is_joined() -> bool:
        observer.send("NAMES #garden")
        return "botbot" in observer.read_until(" 353 ")

    observer.join("#garden")
    wait_for(is_joined, 20, "the bot is in the channel")
    observer.send("WHOIS botbot")
    assert " botbot logger :" in observer.read_until(" 330 ")


def test_plain(network: Network, owner: Client, bot: Bot) -> None:
    update(network, account_password=PASSWORD)
    assert_logged_in(owner)


def test_a_key(network: Network, atheme: Atheme, owner: Client, bot: Bot, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "account.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    atheme.tell(owner, f"SET PUBKEY {base64.b64encode(point).decode()}", "public key")
    update(network, account_key=str(path), account_password="wrong", mechanisms="ECDSA-NIST256P-CHALLENGE")
    assert_logged_in(owner)


def test_a_certificate(
    network: Network, atheme: Atheme, owner: Client, process_env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "ours").mkdir()
    certificate = make_certificate(tmp_path / "ours", "botbot.example.org")
    pem = certificate.read_text()
    combined = tmp_path / "ours" / "both.pem"
    combined.write_text(pem + (tmp_path / "ours" / "key.pem").read_text())
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    atheme.tell(owner, f"CERT ADD {fingerprint}", "fingerprint")
    update(network, tls=True, port=atheme.ircd.tls_port, certificate=str(combined))
    with Bot(tmp_path, process_env | {"SSL_CERT_FILE": str(atheme.ircd.certificate)}):
        assert_logged_in(owner)


def test_the_next_mechanism_after_one_that_services_refuse(network: Network, owner: Client, bot: Bot) -> None:
    update(network, account_password=PASSWORD, mechanisms="SCRAM-SHA-256 EXTERNAL PLAIN")
    assert_logged_in(owner)


def test_a_wrong_password_keeps_it_out_and_is_reported(network: Network, owner: Client, bot: Bot) -> None:
    update(network, account_password="wrong")
    owner.join("#garden")
    status = BotStatus.objects.filter(network=network, channel=None, state=State.WAITING)
    wait_for(status.filter(detail__contains="not logged in to the account").exists, 20, "the reason is shown")
    owner.settle()
    assert not any(":botbot!" in line for line in owner.lines)


def test_services_that_do_not_answer_keep_it_out_until_they_do(
    network: Network, atheme: Atheme, owner: Client, process_env: dict[str, str], tmp_path: Path
) -> None:
    atheme.pause()
    update(network, account_password=PASSWORD)
    with ImpatientBot(tmp_path, process_env) as bot:
        wait_for(lambda: "not logged in to the account: nobody answers" in bot.output(), 20, "the reason is shown")
        atheme.resume()
        assert_logged_in(owner)


def test_silent_services_are_ignored_where_the_account_is_optional(
    network: Network, atheme: Atheme, owner: Client, process_env: dict[str, str], tmp_path: Path
) -> None:
    atheme.pause()
    update(network, account_password=PASSWORD, account_required=False)
    owner.join("#garden")
    with ImpatientBot(tmp_path, process_env):
        owner.read_until(":botbot!", 20)
