"""From the first byte to the welcome: capabilities, our account, transport security.

https://modern.ircdocs.horse/#connection-registration
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from django.conf import settings

from bot.connection import ConnectionLostError
from bot.desired_state import WantedNetwork
from bot.irc import sts
from bot.irc.capabilities import WANTED, Capabilities
from bot.irc.message import Message
from bot.irc.sasl import Credentials, Sasl
from bot.sts_store import Policies

logger = logging.getLogger(__name__)

Send = Callable[..., None]


class UpgradeError(ConnectionLostError):
    """The server wants to be reached by TLS at `port`."""

    def __init__(self, port: int) -> None:
        super().__init__(f"the server wants TLS, at port {port}")
        self.port = port


class Registration:
    """Speaks until the server welcomes us. `port` is where we are connected; `secure`: by TLS, the server proven."""

    def __init__(self, network: WantedNetwork, send: Send, policies: Policies, port: int, *, secure: bool) -> None:
        self.network = network
        self.done = False
        self._send = send
        self._policies = policies
        self._port = port
        self._secure = secure
        self._ended = False
        self._sasl: Sasl | None = None
        self._answered_at = 0.0
        self._promised: int | None = None
        self._credentials = credentials(network)
        self._account_wanted = bool(self._credentials.usable())
        self.capabilities = Capabilities(WANTED | {"sasl"} if self._account_wanted else WANTED)

    def start(self, nick: str) -> None:
        self._send("CAP", "LS", "302")
        if self.network.password:
            self._send("PASS", self.network.password)
        self._send("NICK", nick)
        self._send("USER", self.network.username, "0", "*", self.network.realname or settings.SITE_URL)

    def negotiate(self, message: Message) -> None:
        """Acts on CAP. UpgradeError when the server wants to be reached in another way."""
        for names in self.capabilities.take(message.params):
            self._send("CAP", "REQ", names)
        if "sts" in self.capabilities.offered:
            self._follow_policy(sts.parse(self.capabilities.offered["sts"]))
        self._go_on()

    def authenticate(self, message: Message) -> None:
        """Acts on AUTHENTICATE and the numbers from 902 to 908. ConnectionLostError when we may not go on without our
        account."""
        if self._sasl is None:
            return
        self._answered_at = monotonic()
        for line in self._sasl.take(message.command, message.params):
            self._send(*line)
        if self._sasl.failure:
            self._stay_out(self._sasl.failure)
        self._go_on()

    def look(self, seconds: float) -> None:
        """Called every second or so: gives up a login that nobody has answered for so long. ConnectionLostError when we
        may not go on without our account."""
        if self._sasl and not self._ended and monotonic() - self._answered_at > seconds:
            self._send("AUTHENTICATE", "*")
            self._sasl.failure = "nobody answers"
            self._stay_out(self._sasl.failure)
            self._go_on()

    def welcomed(self) -> None:
        """The server has registered us. ConnectionLostError when it did so without letting us log in first."""
        if self._account_wanted and not (self._sasl and self._sasl.done):
            self._stay_out("the server did not wait for it")
        self.done = self._ended = True

    def left(self) -> None:
        """The connection is over: what the server promised of TLS counts from now."""
        if self._promised:
            self._policies.keep(self.network.host, self._port, self._promised)

    def _go_on(self) -> None:
        capabilities = self.capabilities
        if not capabilities.settled:
            return
        if "sasl" in capabilities.enabled and self._sasl is None:
            self._answered_at = monotonic()
            self._sasl = Sasl(self._credentials, capabilities.offered.get("sasl", ""))
            for line in self._sasl.start():
                self._send(*line)
            if self._sasl.failure:
                self._stay_out(self._sasl.failure)
        elif self._account_wanted and self._sasl is None:
            self._stay_out("the server has no SASL")
        if not self._ended and (self._sasl is None or self._sasl.done or self._sasl.failure):
            self._ended = True
            self._send("CAP", "END")

    def _stay_out(self, why: str) -> None:
        logger.warning("%s: not logged in to the account %s: %s", self.network.name, self.network.account, why)
        if self.network.account_required and not self.done:
            self._send("QUIT", "cannot log in")
            raise ConnectionLostError(f"not logged in to the account: {why}")

    def _follow_policy(self, policy: sts.Policy) -> None:
        if self._secure and policy.duration is not None:
            self._promised = policy.duration
            self._policies.keep(self.network.host, self._port, policy.duration)
        elif not self._secure and policy.port is not None:
            raise UpgradeError(policy.port)


def credentials(network: WantedNetwork) -> Credentials:
    """What we can log in with. ConnectionLostError when the key cannot be read."""
    key = ""
    if network.account_key:
        try:
            key = Path(network.account_key).read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise ConnectionLostError(f"the key {network.account_key} cannot be read: {error}") from error
    return Credentials(
        network.account,
        network.account_password,
        key,
        certificate=bool(network.certificate),
        mechanisms=network.mechanisms,
    )
