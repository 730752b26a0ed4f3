"""Registration with a server: from the first line to the welcome.

Negotiates capabilities, logs in to our account, follows strict transport security.
https://modern.ircdocs.horse/#connection-registration
"""

from __future__ import annotations

import logging
from pathlib import Path
from time import monotonic

from django.conf import settings

from bot.connection import ConnectionLostError
from bot.desired_state import WantedNetwork
from bot.irc.capabilities import Capabilities, StsPolicy, parse_sts
from bot.irc.message import Message, Send
from bot.irc.sasl import Credentials, Sasl
from bot.state_file import StsStore

logger = logging.getLogger(__name__)


CONFIRMED_SECONDS = 1.0
"""How soon 903 follows 900, on servers that send both."""


class UpgradeError(ConnectionLostError):
    """The server requires TLS, at `port`."""

    def __init__(self, port: int) -> None:
        super().__init__(f"the server requires TLS, at port {port}")
        self.port = port


class Registration:
    """One registration, over a connection that uses TLS if the network says so. `is_done` after the welcome.

    `send` must not delay lines: the server waits for them.
    """

    def __init__(self, network: WantedNetwork, capabilities: Capabilities, sts_store: StsStore, send: Send) -> None:
        self.network = network
        self.is_done = False
        self._capabilities = capabilities
        self._sts_store = sts_store
        self._send = send
        self._has_ended = False
        self._negotiated_at = monotonic()
        self._confirmed_at: float | None = None
        self._logged_failure = ""
        self._sasl: Sasl | None = None
        self._login_answered_at = 0.0
        self._sts_duration: int | None = None
        self._credentials = read_credentials(network)
        self._needs_account = bool(self._credentials.usable_mechanisms())
        if self._needs_account:
            capabilities.requested |= {"sasl"}

    @property
    def is_logged_in(self) -> bool:
        return bool(self._sasl and self._sasl.is_done)

    def start(self, nick: str) -> None:
        """Send the first lines."""
        # CAP LS comes first, so that the server does not welcome us before the negotiation has ended.
        self._send("CAP", "LS", "302")
        if self.network.password:
            self._send("PASS", self.network.password)
        self._send("NICK", nick)
        self._send("USER", self.network.username, "0", "*", self.network.realname or settings.SITE_URL)

    def handle_cap(self, message: Message) -> None:
        """Process CAP. UpgradeError when the server requires TLS and this connection is plain."""
        self._negotiated_at = monotonic()
        for names in self._capabilities.process(message.params):
            self._send("CAP", "REQ", names)
        self._forget_login(message)
        if "sts" in self._capabilities.offered:
            self._follow_sts(parse_sts(self._capabilities.offered["sts"]))
        self._continue()

    def handle_cap_refused(self) -> None:
        """Process an error about CAP, whose subcommand the server does not know: it has no more capabilities.

        ConnectionLostError when we may not go on without login.
        """
        self._capabilities.end()
        self._continue()

    def handle_login(self, message: Message) -> None:
        """Process AUTHENTICATE, the numerics 902 to 908, and errors about AUTHENTICATE, which refuse a mechanism.

        ConnectionLostError when we may not go on without login.
        """
        if self._sasl is None:
            return
        self._login_answered_at = monotonic()
        self._confirmed_at = None
        for line in self._sasl.process(message.command, message.params):
            self._send(*line)
        if self._sasl.failure:
            self._handle_login_failure(self._sasl.failure)
        self._continue()

    def handle_logged_in(self) -> None:
        """Process 900, which is a success also where 903 does not follow."""
        if self._sasl and self._confirmed_at is None:
            self._confirmed_at = monotonic()

    def tick(self, timeout_seconds: float) -> None:
        """Go on without an answer to a request for capabilities or to a login; called about every second.

        ConnectionLostError when we may not go on without login.
        """
        now = monotonic()
        if self._capabilities.is_listed and not self._capabilities.is_settled:
            if now - self._negotiated_at > timeout_seconds:
                self.handle_cap_refused()
        elif self._confirmed_at is not None and now - self._confirmed_at > CONFIRMED_SECONDS:
            # What proves the server's identity is as necessary as for 903.
            self.handle_login(Message("903"))
        elif self._sasl and not self._has_ended and now - self._login_answered_at > timeout_seconds:
            # Some servers ignore AUTHENTICATE while their services are away.
            self._send("AUTHENTICATE", "*")
            self._sasl.failure = "nobody answers"
            self._handle_login_failure(self._sasl.failure)
            self._continue()

    def handle_welcome(self) -> None:
        """Process 001. ConnectionLostError when the server did not wait for a login that we may not go on without."""
        if self._needs_account and not self.is_logged_in:
            self._handle_login_failure("the server did not wait for it")
        self.is_done = self._has_ended = True

    def handle_disconnect(self) -> None:
        """Restart the lifetime of the server's STS policy, which counts from the end of the last connection."""
        # Otherwise a long connection would end with an expired policy.
        if self._sts_duration:
            self._sts_store.save(self.network.host, self.network.port, self._sts_duration)

    def _continue(self) -> None:
        """Take the next step: log in after the negotiation, end the negotiation after the login."""
        if not self._capabilities.is_settled:
            return
        if "sasl" in self._capabilities.enabled and self._sasl is None:
            self._login_answered_at = monotonic()
            self._sasl = Sasl(self._credentials, self._capabilities.offered.get("sasl", ""))
            for line in self._sasl.start():
                self._send(*line)
            if self._sasl.failure:
                self._handle_login_failure(self._sasl.failure)
        elif self._needs_account and self._sasl is None and not self.is_done:
            self._handle_login_failure("the server has no SASL")
        if not self._has_ended and (self._sasl is None or self._sasl.is_done or self._sasl.failure):
            self._has_ended = True
            self._send("CAP", "END")

    def _forget_login(self, message: Message) -> None:
        """Log in again, after the registration, when the server's services have come back.

        It withdraws the capability while they are away (DEL), and announces it again (NEW). A login that has begun gets
        no answer then.
        """
        if "sasl" not in {name.partition("=")[0] for name in message.last.split(" ")}:
            return
        subcommand = message.param(1).upper()
        if not self._has_ended and subcommand == "DEL" and self._sasl and not self._sasl.is_done:
            self._sasl.failure = self._sasl.failure or "the server has withdrawn SASL"
            self._handle_login_failure(self._sasl.failure)
        elif self.is_done and (subcommand == "DEL" or (subcommand == "NEW" and self._sasl and not self._sasl.is_done)):
            self._sasl = None

    def _handle_login_failure(self, reason: str) -> None:
        # Each reason once: services may come and go often.
        if reason != self._logged_failure:
            self._logged_failure = reason
            logger.warning("%s: not logged in to the account %s: %s", self.network.name, self.network.account, reason)
        if self.network.account_required and not self.is_done:
            self._send("QUIT", "cannot log in")
            raise ConnectionLostError(f"not logged in to the account: {reason}")

    def _follow_sts(self, policy: StsPolicy) -> None:
        # A duration is believed only from a server that has proven its identity, a port only on a plain connection:
        # otherwise an attacker in between could set either.
        if self.network.tls and policy.duration_seconds is not None:
            self._sts_duration = policy.duration_seconds
            self._sts_store.save(self.network.host, self.network.port, policy.duration_seconds)
        elif not self.network.tls and policy.port is not None:
            raise UpgradeError(policy.port)


def read_credentials(network: WantedNetwork) -> Credentials:
    """Return what we can log in with. ConnectionLostError when the key cannot be read."""
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
        has_certificate=bool(network.certificate),
        mechanisms=network.mechanisms,
    )
