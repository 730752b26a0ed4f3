"""What a server refuses: our registration, our nick, a JOIN, a request for history."""

from __future__ import annotations

import logging

from bot.connection import ConnectionLostError
from bot.irc.message import JOIN_REFUSALS, Message
from bot.session_parts import SessionParts

logger = logging.getLogger(__name__)

MAX_LOGGED_KINDS = 100
"""Kinds of FAIL that a session logs."""


class Refusals:
    """Handles the refusals of one session."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts
        self._logged_kinds: set[tuple[str, str]] = set()

    def handle_forwarded(self, message: Message) -> None:
        """Process 470: the channel forwards to another one, which we do not want."""
        if self._parts.channels.get(message.param(1)):
            self._parts.channels.handle_refused(message.param(1), f"forwards to {message.param(2)}")
        else:
            self.handle_other_error(message)

    def handle_registration_refused(self, message: Message) -> None:
        """Process 464, 465 or 466. ConnectionLostError before we are registered."""
        if not self._parts.registration.is_done:
            raise ConnectionLostError(f"the server refuses us: {message.last}")

    def handle_fail(self, message: Message) -> None:
        """https://ircv3.net/specs/extensions/standard-replies"""
        kind = (message.param(0), message.param(1))
        # Each kind once, so that a server cannot fill the log.
        if kind not in self._logged_kinds and len(self._logged_kinds) < MAX_LOGGED_KINDS:
            self._logged_kinds.add(kind)
            logger.warning("%s: %s", self._parts.network_name, " ".join(message.params)[:500])
        if message.param(0) == "CHATHISTORY":
            self._parts.history.handle_failure(message)
        elif message.param(0) == "NICK" and not self._parts.registration.is_done:
            self._parts.nickname.try_next(message)
        else:
            self.handle_other_error(message)

    def handle_join_refused(self, message: Message) -> None:
        """Process a numeric that is about a JOIN by its meaning."""
        reason = message.params[-1] if len(message.params) > 2 else ""
        if self._parts.channels.get(message.param(1)):
            self._parts.channels.handle_refused(message.param(1), reason or JOIN_REFUSALS[message.command])
        else:
            self.handle_other_error(message)

    def handle_other_error(self, message: Message) -> None:
        """Process an error numeric or FAIL that may be the answer to a JOIN, or to CAP or AUTHENTICATE."""
        # FAIL begins with the command that the server does not understand, numerics have it behind our nick or instead.
        commands = [param.upper() for param in message.params[: 1 if message.command == "FAIL" else 2]]
        if "AUTHENTICATE" in commands:
            self._parts.registration.handle_login(message)
            return
        # 410 names the subcommand; other servers refuse a channel by this number.
        if "CAP" in commands or (message.command == "410" and {"LS", "REQ", "END"} & set(commands)):
            self._parts.registration.handle_cap_refused()
            return
        has_text = len(message.params) > 1 and not self._parts.channels.get(message.last)
        reason = JOIN_REFUSALS.get(message.command, f"the server says {message.command}")
        self._parts.channels.handle_error(message.params, message.last if has_text and message.last else reason)

    def handle_no_such_nick(self, message: Message) -> None:
        """Process 401, which may be about a channel, too."""
        self._parts.lookups.handle_reply(message)
        self.handle_other_error(message)

    def handle_banned(self, message: Message) -> None:
        """Process the refusal of a JOIN by a ban."""
        reason = message.last or JOIN_REFUSALS["474"]
        channel = self._parts.channels.handle_banned(message.param(1), reason)
        if channel is not None:
            self._parts.claims.report_banned(channel.id, reason)
        else:
            self.handle_other_error(message)

    def handle_nick_refused(self, message: Message) -> None:
        """Process 432, 433, 436 or 437 about our nick."""
        if self._parts.registration.is_done:
            self._parts.nickname.handle_refused()
        else:
            self._parts.nickname.try_next(message)

    def handle_unavailable(self, message: Message) -> None:
        """Process 437, which is about a nick or about a channel."""
        if self._parts.channels.get(message.param(1)):
            self._parts.channels.handle_refused(message.param(1), "temporarily unavailable")
        elif any(self._parts.isupport.channel_of(word) for word in " ".join(message.params).split(" ")):
            self.handle_other_error(message)
        else:
            self.handle_nick_refused(message)
