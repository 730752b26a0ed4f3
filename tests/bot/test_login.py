"""What `runbot` says on the wire until it is registered: one server's side of each way to log in, line by line.

bot/irc/sasl.py has the mechanisms themselves, tests/bot/test_services.py real services.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from scramp import ScramException

from logs.models import Channel, Network
from tests.bot.server import Connection, Server
from tests.bot.test_sasl import ScramServer
from tests.ircd import make_certificate
from tests.processes import Bot


@pytest.fixture
def bot(stopped_bot: Bot) -> Bot:
    return stopped_bot


@pytest.fixture
def network(garden: Channel) -> Network:
    return garden.network


def connect_and_register(
    server: Server, bot: Bot, network: Network, capability: str = "sasl", **fields: object
) -> Connection:
    """The bot, with these settings, has been granted SASL."""
    Network.objects.filter(pk=network.pk).update(**fields)
    bot.start()
    connection = server.accept(30)
    assert connection.read() == "CAP LS 302"
    connection.expect("USER ")
    connection.send(f"CAP * LS :{capability}")
    assert connection.read() == "CAP REQ sasl"
    connection.send(f"CAP {network.nick} ACK :sasl")
    return connection


def succeed(connection: Connection) -> None:
    connection.send("900 * * ann :You are now logged in.", "903 * :SASL authentication successful")
    assert connection.read() == "CAP END"


@pytest.mark.parametrize(
    ("password", "pieces"),
    [
        ("sesame", 1),
        ("barbaz" * 100, 3),
        ("éèà" * 100, 3),
        ("quux" * 148, 3),  # two full pieces, and the plus that ends them
        ("éè" * 148, 3),
        ("x" * (300 - len("ann\0ann\0")), 2),  # just one full piece
    ],
)
def test_a_password_is_sent_in_chunks_of_400(
    server: Server, network: Network, bot: Bot, password: str, pieces: int
) -> None:
    connection = connect_and_register(
        server, bot, network, account="ann", account_password=password, mechanisms="PLAIN"
    )
    assert connection.read() == "AUTHENTICATE PLAIN"
    connection.send("AUTHENTICATE +")
    pieces_sent = [connection.read().removeprefix("AUTHENTICATE ") for _ in range(pieces)]
    assert all(len(piece) == 400 for piece in pieces_sent[:-1])
    assert len(pieces_sent[-1]) < 400
    assert base64.b64decode("".join(pieces_sent).removesuffix("+")) == f"ann\0ann\0{password}".encode()
    succeed(connection)
    assert password not in bot.output()


@pytest.mark.parametrize(("required", "answer"), [(True, "QUIT"), (False, "CAP END")])
def test_a_mechanism_that_the_server_lacks_is_not_tried(
    server: Server, network: Network, bot: Bot, required: bool, answer: str
) -> None:
    connection = connect_and_register(
        server,
        bot,
        network,
        "sasl=EXTERNAL",
        account="ann",
        account_password="sesame",
        mechanisms="PLAIN",
        account_required=required,
    )
    assert connection.read().startswith(answer)


def test_a_key_signs_the_challenge_as_it_is(server: Server, network: Network, bot: Bot, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    # openssl ecparam -genkey writes the curve before the key.
    curve = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    path = tmp_path / "account.pem"
    path.write_bytes(b"\n" + curve + pem)
    connection = connect_and_register(
        server, bot, network, account="ann", account_key=str(path), mechanisms="ecdsa-nist256p-challenge"
    )
    assert connection.read() == "AUTHENTICATE ECDSA-NIST256P-CHALLENGE"
    connection.send("AUTHENTICATE +")
    assert connection.read() == f"AUTHENTICATE {base64.b64encode(b'ann').decode()}"
    challenge = bytes(range(32))
    connection.send(f"AUTHENTICATE {base64.b64encode(challenge).decode()}")
    signature = base64.b64decode(connection.read().removeprefix("AUTHENTICATE "))
    key.public_key().verify(signature, challenge, ec.ECDSA(Prehashed(hashes.SHA256())))
    succeed(connection)


def test_both_sides_prove_that_they_know_the_password(server: Server, network: Network, bot: Bot) -> None:
    services = ScramServer("sesame")
    connection = connect_and_register(
        server, bot, network, account="ann", account_password="sesame", mechanisms="SCRAM-SHA-256"
    )
    final = prove(connection, services)
    connection.send(f"AUTHENTICATE :{services.final(final)}")
    assert connection.read() == "AUTHENTICATE +"
    succeed(connection)


def test_a_wrong_password_is_refused_and_not_tried_for_ever(server: Server, network: Network, bot: Bot) -> None:
    services = ScramServer("another")
    connection = connect_and_register(
        server, bot, network, account="ann", account_password="sesame", mechanisms="SCRAM-SHA-256"
    )
    with pytest.raises(ScramException):
        services.final(prove(connection, services))
    connection.send("904 * :SASL authentication failed")
    assert connection.read().startswith("QUIT")


@pytest.mark.parametrize(
    "signature", [b"v=" + base64.b64encode(bytes(32)), b"v=", b"e=other-error", b"", b"\xff\xfe", b"v=%%%"]
)
def test_a_server_with_a_wrong_signature_gets_no_registration(
    server: Server, network: Network, bot: Bot, signature: bytes
) -> None:
    connection = connect_and_register(
        server, bot, network, account="ann", account_password="sesame", mechanisms="SCRAM-SHA-256"
    )
    prove(connection, ScramServer("sesame"))
    connection.send(f"AUTHENTICATE {base64.b64encode(signature).decode() or '+'}")
    assert connection.read() == "AUTHENTICATE *"
    connection.send("903 * :SASL authentication successful")
    assert connection.read().startswith("QUIT")


def prove(connection: Connection, services: ScramServer) -> bytes:
    """Up to the bot's proof."""
    assert connection.read() == "AUTHENTICATE SCRAM-SHA-256"
    connection.send("AUTHENTICATE +")
    first = base64.b64decode(connection.read().removeprefix("AUTHENTICATE "))
    connection.send(f"AUTHENTICATE :{services.first(first)}")
    return base64.b64decode(connection.read().removeprefix("AUTHENTICATE "))


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Server]:
    """Asks for the client's certificate and takes ours."""
    (tmp_path / "server").mkdir()
    (tmp_path / "ours").mkdir()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(make_certificate(tmp_path / "server"), tmp_path / "server" / "key.pem")
    context.load_verify_locations(make_certificate(tmp_path / "ours", "botbot.example.org"))
    context.verify_mode = ssl.CERT_REQUIRED
    with Server(context) as server:
        yield server


def test_a_certificate_logs_in_by_itself(secure: Server, network: Network, bot: Bot, tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    combined = folder / "both.pem"
    combined.write_text((folder / "certificate.pem").read_text() + (folder / "key.pem").read_text())
    bot.env |= {"SSL_CERT_FILE": str(tmp_path / "server" / "certificate.pem")}
    connection = connect_and_register(secure, bot, network, port=secure.port, tls=True, certificate=str(combined))
    assert connection.read() == "AUTHENTICATE EXTERNAL"
    connection.send("AUTHENTICATE +")
    assert connection.read() == "AUTHENTICATE +"
    succeed(connection)
