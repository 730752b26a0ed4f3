"""bot/irc/sasl.py against the other side of each mechanism."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramMechanism

from bot.irc.sasl import Credentials, Sasl, split_response

ANN = Credentials("ann", "sesame")


def start(credentials: Credentials, offered: str = "") -> Sasl:
    sasl = Sasl(credentials, offered)
    sasl.start()
    return sasl


def decoded(lines: list[tuple[str, ...]]) -> bytes:
    return base64.b64decode("".join(line[1] for line in lines if line[1] != "+"))


def test_plain_sends_account_and_password() -> None:
    sasl = Sasl(Credentials("ann", "sesame", mechanisms=("plain",)), "")
    assert sasl.start() == [("AUTHENTICATE", "PLAIN")]
    assert decoded(sasl.process("AUTHENTICATE", ["+"])) == b"ann\0ann\0sesame"
    assert sasl.process("900", ["bot", "mask", "ann", "You are logged in"]) is not None
    sasl = start(Credentials("ann", "sesame", mechanisms=("plain",)))
    sasl.process("AUTHENTICATE", ["+"])
    assert sasl.process("903", ["bot", "success"]) == []
    assert sasl.is_done


@given(st.binary(max_size=1500))
def test_chunks_have_400_characters_and_an_end(response: bytes) -> None:
    pieces = [line[1] for line in split_response(response)]
    assert all(len(piece) == 400 for piece in pieces[:-1])
    assert len(pieces[-1]) < 400
    assert decoded(split_response(response)) == response


def test_the_strongest_mechanism_comes_first_and_the_next_after_a_failure() -> None:
    sasl = Sasl(ANN, "PLAIN,SCRAM-SHA-256,EXTERNAL")
    assert sasl.start() == [("AUTHENTICATE", "SCRAM-SHA-256")]
    assert sasl.process("904", ["bot", "SASL authentication failed"]) == [("AUTHENTICATE", "PLAIN")]
    assert sasl.process("904", ["bot", "SASL authentication failed"]) == []
    assert sasl.failure == "SASL authentication failed (904)"


@pytest.mark.parametrize("number", ["902", "904", "905", "906"])
def test_every_refusal_ends_the_login(number: str) -> None:
    sasl = start(Credentials("ann", "sesame", mechanisms=("PLAIN",)))
    assert sasl.process(number, ["bot", "no"]) == []
    assert sasl.failure == f"no ({number})"
    assert not sasl.is_done


def test_a_mechanism_that_is_not_offered_is_not_tried() -> None:
    sasl = Sasl(ANN, "EXTERNAL")
    assert sasl.start() == []
    assert sasl.failure == "the server offers only EXTERNAL"


def test_the_list_of_mechanisms_in_a_refusal_is_used() -> None:
    sasl = Sasl(ANN, "")
    sasl.start()
    sasl.process("908", ["bot", "EXTERNAL", "are available"])
    assert sasl.process("904", ["bot", "failed"]) == []
    assert sasl.failure


def test_external_sends_nothing() -> None:
    sasl = start(Credentials(has_certificate=True))
    assert sasl.process("AUTHENTICATE", ["+"]) == [("AUTHENTICATE", "+")]


def test_a_challenge_is_signed() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    sasl = start(Credentials("ann", key=pem.decode()))
    assert decoded(sasl.process("AUTHENTICATE", ["+"])) == b"ann"
    challenge = bytes(range(32))
    signature = decoded(sasl.process("AUTHENTICATE", [base64.b64encode(challenge).decode()]))
    key.public_key().verify(signature, challenge, ec.ECDSA(Prehashed(hashes.SHA256())))


@pytest.mark.parametrize("key", ["no key", ""])
def test_an_invalid_key_ends_its_mechanism_properly(key: str) -> None:
    sasl = start(Credentials("ann", key=key, mechanisms=("ECDSA-NIST256P-CHALLENGE",)))
    sasl.process("AUTHENTICATE", ["+"])
    assert sasl.process("AUTHENTICATE", [base64.b64encode(bytes(32)).decode()]) == [("AUTHENTICATE", "*")]
    assert sasl.process("906", ["bot", "aborted"]) == []
    assert sasl.failure


class ScramServer:
    """The other side of SCRAM-SHA-256, which knows this password."""

    def __init__(self, password: str) -> None:
        mechanism = ScramMechanism("SCRAM-SHA-256")
        salt, stored_key, server_key, rounds = mechanism.make_auth_info(password, iteration_count=4096)
        self._server = mechanism.make_server(lambda _: (salt, stored_key, server_key, rounds))

    def first(self, line: bytes) -> str:
        self._server.set_client_first(line.decode())
        return base64.b64encode(self._server.get_server_first().encode()).decode()

    def final(self, line: bytes) -> str:
        self._server.set_client_final(line.decode())
        return base64.b64encode(self._server.get_server_final().encode()).decode()


def test_scram_proves_both_sides() -> None:
    sasl, server = start(ANN, "SCRAM-SHA-256"), ScramServer("sesame")
    first = server.first(decoded(sasl.process("AUTHENTICATE", ["+"])))
    final = server.final(decoded(sasl.process("AUTHENTICATE", [first])))
    assert sasl.process("AUTHENTICATE", [final]) == [("AUTHENTICATE", "+")]
    sasl.process("903", ["bot", "success"])
    assert sasl.is_done


def test_a_server_that_does_not_know_the_password_is_not_believed() -> None:
    sasl, server = start(ANN, "SCRAM-SHA-256"), ScramServer("sesame")
    first = server.first(decoded(sasl.process("AUTHENTICATE", ["+"])))
    sasl.process("AUTHENTICATE", [first])
    forged = base64.b64encode(b"v=" + base64.b64encode(bytes(32))).decode()
    assert sasl.process("AUTHENTICATE", [forged]) == [("AUTHENTICATE", "*")]
    sasl.process("903", ["bot", "success"])
    assert not sasl.is_done
    assert "proven" in sasl.failure


def test_a_server_that_skips_its_proof_is_not_believed() -> None:
    sasl, server = start(ANN, "SCRAM-SHA-256"), ScramServer("sesame")
    first = server.first(decoded(sasl.process("AUTHENTICATE", ["+"])))
    sasl.process("AUTHENTICATE", [first])
    sasl.process("903", ["bot", "success"])
    assert not sasl.is_done
    assert "proven" in sasl.failure


@given(st.lists(st.tuples(st.sampled_from(["AUTHENTICATE", "903", "904", "906", "908"]), st.lists(st.text()))))
def test_no_server_reply_breaks_the_login(replies: list[tuple[str, list[str]]]) -> None:
    sasl = start(ANN)
    for command, params in replies:
        sasl.process(command, params)
