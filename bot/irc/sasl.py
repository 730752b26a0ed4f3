"""SASL as a client. https://ircv3.net/specs/extensions/sasl-3.2

Pure: takes the server's answers, gives the lines to send. A server of SCRAM is believed only when its signature proves
that it knows the password, too.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from scramp import ScramClient, ScramException

CHUNK = 400
"""Characters of base64 in one AUTHENTICATE."""

LONGEST_CHALLENGE = 64 * 1024

Line = tuple[str, ...]


class SaslError(Exception):
    """This mechanism cannot go on."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are. `key` is a private key of the curve P-256 in PEM; `certificate`: our TLS connection shows one.

    `mechanisms` in order of preference; empty: whatever the rest allows, the strongest first.
    """

    account: str = ""
    password: str = ""
    key: str = ""
    certificate: bool = False
    mechanisms: tuple[str, ...] = ()

    def usable(self) -> list[str]:
        if self.mechanisms:
            return [name.upper() for name in self.mechanisms if name.upper() in MECHANISMS]
        found = ["EXTERNAL"] if self.certificate else []
        found += ["ECDSA-NIST256P-CHALLENGE"] if self.key else []
        return found + (["SCRAM-SHA-256", "PLAIN"] if self.account and self.password else [])


class Sasl:
    """One authentication: mechanism after mechanism, until one succeeds (`done`) or none is left (`failure` says why).

    `offered` is the value of the capability, `PLAIN,EXTERNAL`; empty when the server does not tell.
    """

    def __init__(self, credentials: Credentials, offered: str) -> None:
        self.done = False
        self.failure = ""
        self._credentials = credentials
        self._left = credentials.usable()
        self._why = "no mechanism that we could use is set"
        self._keep_offered(offered)
        self._mechanism: Mechanism | None = None
        self._challenge = ""
        self._aborted = False

    def start(self) -> list[Line]:
        """The first line, or that of the next mechanism."""
        self._challenge, self._aborted = "", False
        if not self._left:
            self.failure = self._why
            return []
        name = self._left.pop(0)
        self._mechanism = MECHANISMS[name](self._credentials)
        return [("AUTHENTICATE", name)]

    def take(self, command: str, params: list[str]) -> list[Line]:
        """Answers AUTHENTICATE and the numbers from 902 to 908."""
        if self.done or self.failure or self._mechanism is None:
            return []
        match command:
            case "AUTHENTICATE":
                return self._answer(self._mechanism, params[-1] if params else "+")
            case "903" if self._mechanism.believes() and not self._aborted:
                self.done = True
                return []
            case "903":
                self.failure = "the server claims success without having proven itself"
                return []
            case "908":
                self._keep_offered(params[1] if len(params) > 1 else "")
                return []
        self._why = f"{params[-1] if params else 'refused'} ({command})"
        return self.start()

    def _answer(self, mechanism: Mechanism, chunk: str) -> list[Line]:
        self._challenge += "" if chunk == "+" else chunk
        if len(chunk) == CHUNK and len(self._challenge) < LONGEST_CHALLENGE:
            return []
        whole, self._challenge = self._challenge, ""
        try:
            return chunks(mechanism.respond(base64.b64decode(whole, validate=True)))
        except (SaslError, ScramException, binascii.Error, ValueError, UnsupportedAlgorithm) as error:
            self._why = " ".join(str(error).split()) or type(error).__name__
            # The server answers 906, and then the next mechanism has its turn.
            self._aborted = True
            return [("AUTHENTICATE", "*")]

    def _keep_offered(self, offered: str) -> None:
        names = {name.upper() for name in offered.split(",") if name}
        if names and self._left:
            self._left = [name for name in self._left if name in names]
            self._why = f"the server offers only {offered}" if not self._left else self._why


def chunks(response: bytes) -> list[Line]:
    """A response in pieces of 400; after a last piece of just that length, or for nothing, a plus."""
    text = base64.b64encode(response).decode()
    pieces = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    if len(text) % CHUNK == 0:
        pieces.append("+")
    return [("AUTHENTICATE", piece) for piece in pieces]


class Mechanism:
    """`respond` answers a challenge; `believes` tells whether success may now be believed."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials

    def respond(self, _: bytes, /) -> bytes:
        raise NotImplementedError

    def believes(self) -> bool:
        return True


class Plain(Mechanism):
    """RFC 4616."""

    def respond(self, _: bytes, /) -> bytes:
        account = self.credentials.account.encode()
        return b"\0".join([account, account, self.credentials.password.encode()])


class External(Mechanism):
    """RFC 4422, appendix A: the certificate of the connection speaks for us."""

    def respond(self, _: bytes, /) -> bytes:
        return b""


class Ecdsa(Mechanism):
    """The account, then a signature over the challenge. https://atheme.github.io (ECDSA-NIST256P-CHALLENGE)."""

    def respond(self, challenge: bytes, /) -> bytes:
        if not challenge:
            return self.credentials.account.encode()
        key = load_pem_private_key(self.credentials.key.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise SaslError("the key is not one of the curve P-256")
        return key.sign(challenge, ec.ECDSA(Prehashed(hashes.SHA256())))


class Scram(Mechanism):
    """RFC 7677, without channel binding."""

    def __init__(self, credentials: Credentials) -> None:
        super().__init__(credentials)
        self._client = ScramClient(["SCRAM-SHA-256"], credentials.account, credentials.password)
        self._steps = 0
        self._proven = False

    def respond(self, challenge: bytes, /) -> bytes:
        self._steps += 1
        if self._steps == 1:
            return str(self._client.get_client_first()).encode()
        if self._steps == 2:
            self._client.set_server_first(challenge.decode())
            return str(self._client.get_client_final()).encode()
        if self._steps == 3:
            self._client.set_server_final(challenge.decode())
            self._proven = True
            return b""
        raise SaslError("the server goes on after its signature")

    def believes(self) -> bool:
        return self._proven


MECHANISMS: dict[str, Callable[[Credentials], Mechanism]] = {
    "EXTERNAL": External,
    "ECDSA-NIST256P-CHALLENGE": Ecdsa,
    "SCRAM-SHA-256": Scram,
    "PLAIN": Plain,
}
