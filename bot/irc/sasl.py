"""SASL as a client. https://ircv3.net/specs/extensions/sasl-3.2

Pure: takes the server's replies, returns the lines to send. With SCRAM a success counts only after the server's
signature has proven that it knows the password, too.
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

CHUNK_CHARACTERS = 400
"""Characters of base64 in one AUTHENTICATE."""

MAX_CHALLENGE_CHARACTERS = 64 * 1024

Line = tuple[str, ...]


class SaslError(Exception):
    """This mechanism cannot go on."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What we log in with.

    `key` is a private key of the curve P-256 in PEM; `has_certificate`: our TLS connection shows one. `mechanisms` are
    in order of preference; empty for all that the credentials allow, the strongest first.
    """

    account: str = ""
    password: str = ""
    key: str = ""
    has_certificate: bool = False
    mechanisms: tuple[str, ...] = ()

    def usable_mechanisms(self) -> list[str]:
        """Return the names of the mechanisms to try, in order."""
        if self.mechanisms:
            return [name.upper() for name in self.mechanisms if name.upper() in MECHANISMS]
        names = ["EXTERNAL"] if self.has_certificate else []
        names += ["ECDSA-NIST256P-CHALLENGE"] if self.key else []
        return names + (["SCRAM-SHA-256", "PLAIN"] if self.account and self.password else [])


class Sasl:
    """One login: tries mechanisms until one succeeds (`is_done`) or none is left (`failure` says why).

    `offered` is the value of the capability, such as `PLAIN,EXTERNAL`; empty when the server does not list them.
    """

    def __init__(self, credentials: Credentials, offered: str) -> None:
        self.is_done = False
        self.failure = ""
        self._credentials = credentials
        self._remaining = credentials.usable_mechanisms()
        self._last_failure = "no usable mechanism is configured"
        self._drop_unoffered(offered)
        self._mechanism: Mechanism | None = None
        self._challenge = ""
        self._is_aborted = False

    def start(self) -> list[Line]:
        """Return the lines that begin the first mechanism, or the next one."""
        self._challenge, self._is_aborted = "", False
        if not self._remaining:
            self.failure = self._last_failure
            return []
        name = self._remaining.pop(0)
        self._mechanism = MECHANISMS[name](self._credentials)
        return [("AUTHENTICATE", name)]

    def process(self, command: str, params: list[str]) -> list[Line]:
        """Process AUTHENTICATE or one of the numerics 902 to 908; return the lines to send."""
        # 907 says that we are logged in already, by an earlier login on this connection.
        self.is_done = self.is_done or (command == "907" and self._mechanism is not None)
        if self.is_done or self.failure or self._mechanism is None:
            return []
        match command:
            case "AUTHENTICATE":
                return self._answer(self._mechanism, params[-1] if params else "+")
            case "903" if self._mechanism.has_server_proof() and not self._is_aborted:
                self.is_done = True
                return []
            case "903":
                # Trying another mechanism would send the password to a server that is not the one we know.
                self.failure = "the server claims success without having proven its identity"
                return []
            case "908":
                self._drop_unoffered(params[1] if len(params) > 1 else "")
                return []
        self._last_failure = f"{params[-1] if params else 'refused'} ({command})"
        return self.start()

    def _answer(self, mechanism: Mechanism, chunk: str) -> list[Line]:
        # A chunk of full length means that another one follows; "+" is an empty one.
        self._challenge += "" if chunk == "+" else chunk
        if len(chunk) == CHUNK_CHARACTERS and len(self._challenge) < MAX_CHALLENGE_CHARACTERS:
            return []
        challenge, self._challenge = self._challenge, ""
        try:
            return split_response(mechanism.respond(base64.b64decode(challenge, validate=True)))
        except (SaslError, ScramException, binascii.Error, ValueError, UnsupportedAlgorithm) as error:
            self._last_failure = " ".join(str(error).split()) or type(error).__name__
            # The server replies 906, and then the next mechanism is tried.
            self._is_aborted = True
            return [("AUTHENTICATE", "*")]

    def _drop_unoffered(self, offered: str) -> None:
        names = {name.upper() for name in offered.split(",") if name}
        # Without a list every mechanism is tried.
        if names and self._remaining:
            self._remaining = [name for name in self._remaining if name in names]
            self._last_failure = f"the server offers only {offered}" if not self._remaining else self._last_failure


def split_response(response: bytes) -> list[Line]:
    """Return a response in chunks of 400 characters; a last chunk of full length, or an empty response, gets a "+"."""
    text = base64.b64encode(response).decode()
    pieces = [text[start : start + CHUNK_CHARACTERS] for start in range(0, len(text), CHUNK_CHARACTERS)]
    if len(text) % CHUNK_CHARACTERS == 0:
        pieces.append("+")
    return [("AUTHENTICATE", piece) for piece in pieces]


class Mechanism:
    """A mechanism; `respond` answers a challenge, `has_server_proof` says whether a success may be believed now."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials

    def respond(self, _: bytes, /) -> bytes:
        raise NotImplementedError

    def has_server_proof(self) -> bool:
        return True


class Plain(Mechanism):
    """RFC 4616."""

    def respond(self, _: bytes, /) -> bytes:
        account = self.credentials.account.encode()
        return b"\0".join([account, account, self.credentials.password.encode()])


class External(Mechanism):
    """RFC 4422, appendix A: the certificate of the connection identifies us."""

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
        self._is_proven = False

    def respond(self, challenge: bytes, /) -> bytes:
        self._steps += 1
        if self._steps == 1:
            return str(self._client.get_client_first()).encode()
        if self._steps == 2:
            self._client.set_server_first(challenge.decode())
            return str(self._client.get_client_final()).encode()
        if self._steps == 3:
            self._client.set_server_final(challenge.decode())
            self._is_proven = True
            return b""
        raise SaslError("the server continues after its signature")

    def has_server_proof(self) -> bool:
        return self._is_proven


MECHANISMS: dict[str, Callable[[Credentials], Mechanism]] = {
    "EXTERNAL": External,
    "ECDSA-NIST256P-CHALLENGE": Ecdsa,
    "SCRAM-SHA-256": Scram,
    "PLAIN": Plain,
}
