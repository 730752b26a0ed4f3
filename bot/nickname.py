"""Our nick: an alternative while ours is taken, and ours again as soon as it is free."""

from __future__ import annotations

import logging
import re
from time import monotonic

from bot.irc.isupport import Isupport
from bot.irc.message import Message, Send

logger = logging.getLogger(__name__)

ISON_INTERVAL_SECONDS = 60.0
MIN_PAUSE_SECONDS = 60.0
MAX_PAUSE_SECONDS = 3600.0
"""Pause after a request for our nick that did not help; it doubles with each one."""

KEPT_SECONDS = 600.0
"""A nick that we had for this long was not taken from us by services that protect it."""

COMMON_LENGTH = 9
"""Every server accepts nicks of this length (RFC 2812, section 1.2.1)."""

MIN_LENGTH = 4
MAX_UNDERSCORES = 3

_STANDBY_SUFFIX = re.compile(r"-[0-9]+\Z")
_SUFFIX = re.compile(r"(_{1,3}|[0-9]{1,9})\Z")
"""What an alternative has at its end."""

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_\[\]\\`^{}|-]")


class Nickname:
    """`current` is the nick that we have, or try to register with.

    Alternatives are as long as the server is known to accept: NICKLEN of 005 says that after registration, before it
    the server's refusals do. A server with MONITOR (https://ircv3.net/specs/extensions/monitor) says by itself when our
    nick is free; any other is polled with ISON. Services may keep a nick from us by renaming us again and again, so it
    is requested with growing pauses.
    """

    def __init__(self, wanted: str, isupport: Isupport, send: Send) -> None:
        self.current = wanted
        self._isupport = isupport
        self._send = send
        self._wanted = wanted
        self._address = "", ""
        self._alternative = 0
        self._refused: set[str] = set()
        self._max_length: int | None = None
        self._accepted_length = 0
        self._polled_at = monotonic()
        self._monitored = ""
        self._is_free = False
        self._tried_at = self._kept_since = monotonic()
        self._pause_seconds = 0.0
        self._has_warned = False

    @property
    def target(self) -> str:
        """The nick that we want, in the form that fits this server."""
        return shorten(self._wanted, self._isupport.nicklen or self._max_length or len(self._wanted))

    def is_own_nick(self, nick: str) -> bool:
        """Whether a nick is the one that we have now."""
        return self._isupport.is_same_name(nick, self.current)

    def is_own_connection(self, message: Message) -> bool:
        """Whether a message is from us, or from another connection of ours: of our address, with a nick like ours.

        The server takes a while to give up a connection that was lost, and so our nick.
        """
        if self.is_own_nick(message.nick):
            return True
        stem, wanted = self._isupport.fold(_SUFFIX.sub("", message.nick)), self._isupport.fold(self._wanted)
        is_similar = self._isupport.is_same_name(message.nick, self.target) or (
            len(stem) >= MIN_LENGTH and wanted.startswith(stem)
        )
        return is_similar and bool(message.host) and (message.user, message.host) == self._address

    def try_next(self, refusal: Message) -> None:
        """Try an alternative, during registration, after 432, 433, 436 or 437 has refused the current nick."""
        self._refused.add(self.current)
        self._learn(refusal)
        while self._build_alternative() in self._refused:
            self._alternative += 1
        self.current = self._build_alternative()
        self._send("NICK", self.current)

    def handle_welcome(self, nick: str) -> None:
        """Process 001, which says the nick that we have got."""
        nick = nick.partition("!")[0]
        if is_truncation(nick, self.current):
            self._max_length = len(nick)
        if nick not in ("", "*"):
            self.current = nick

    def handle_own_join(self, message: Message) -> None:
        """Process our own JOIN, which shows our address, and how much of our nick was kept."""
        if is_truncation(message.nick, self.current):
            self.handle_welcome(message.nick)
        if self.is_own_nick(message.nick):
            self._address = message.user, message.host

    def handle_renamed(self, nick: str) -> None:
        """Process our own NICK."""
        had_target, self.current = self._has_target, nick
        if self._has_target:
            self._kept_since = monotonic()
            self._is_free = False
        elif had_target and monotonic() - self._kept_since < KEPT_SECONDS:
            self._note_failure()
        elif had_target:
            self._pause_seconds = 0.0

    def handle_refused(self) -> None:
        """Process the refusal of our request for the nick, after registration."""
        if not self._has_target:
            self._warn()

    def tick(self) -> None:
        """Watch for our nick to become free; called about every second."""
        if self._has_target:
            return
        if "MONITOR" in self._isupport.tokens:
            if self._monitored != self.target:
                self._monitored = self.target
                self._send("MONITOR", "+", self.target)
        elif monotonic() - self._polled_at > max(ISON_INTERVAL_SECONDS, self._pause_seconds):
            self._polled_at = monotonic()
            self._send("ISON", self.target)
        self._take_if_free()

    def handle_presence(self, message: Message) -> None:
        """Process RPL_MONONLINE (730), RPL_MONOFFLINE (731) or RPL_ISON (303): take our nick when it is free."""
        if self._has_target:
            return
        names = [name.partition("!")[0] for name in message.last.replace(",", " ").split(" ")]
        is_listed = any(self._isupport.is_same_name(name, self.target) for name in names)
        # 731 lists nicks that are offline, the others those that are online. ISON lists all that are.
        if is_listed:
            self._is_free = message.command == "731"
        elif message.command == "303":
            self._is_free = True
        self._take_if_free()

    @property
    def _has_target(self) -> bool:
        return self._isupport.is_same_name(self.current, self.target)

    def _take_if_free(self) -> None:
        if not self._is_free or monotonic() - self._tried_at < self._pause_seconds:
            return
        # A server without MONITOR is polled again before the next request.
        self._is_free = "MONITOR" in self._isupport.tokens
        self._start_pause()
        self._send("NICK", self.target)

    def _start_pause(self) -> None:
        self._tried_at = monotonic()
        self._pause_seconds = min(max(MIN_PAUSE_SECONDS, 2 * self._pause_seconds), MAX_PAUSE_SECONDS)

    def _note_failure(self) -> None:
        """Note that the nick was taken from us as soon as we had it."""
        self._start_pause()
        self._warn()

    def _warn(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "the nick %s is not left to us, going on as %s: trying again after longer and longer pauses",
                self.target,
                self.current,
            )

    def _learn(self, refusal: Message) -> None:
        """Draw conclusions about the length and the characters of nicks from a refusal."""
        refused = refusal.param(1)
        if is_truncation(refused, self.current):
            self._limit(len(refused))
        elif refusal.command != "432":
            # It is in use, so there is nothing wrong with its form.
            self._accepted_length = max(self._accepted_length, len(self.current))
        elif len(self.current) > self._accepted_length > 0:
            self._limit(self._accepted_length)
        elif len(self.current) > COMMON_LENGTH:
            self._limit(COMMON_LENGTH)
        elif (cleaned := clean(self._wanted)) != self._wanted:
            self._wanted = cleaned
            self._alternative = 0
        elif self._alternative >= MAX_UNDERSCORES:
            # Neither too long nor misspelt: perhaps a reserved name, perhaps a server that takes even less.
            self._limit(max(MIN_LENGTH, len(self.current) - 1))

    def _limit(self, length: int) -> None:
        if self._max_length is None or length < self._max_length:
            self._max_length = length
            # The nick without a suffix may be free in its shorter form.
            self._alternative = 0

    def _build_alternative(self) -> str:
        number = self._alternative
        suffix = "_" * number if number <= MAX_UNDERSCORES else str(number)
        max_length = self._max_length or max(COMMON_LENGTH, len(self._wanted))
        return shorten(self._wanted, max(1, max_length - len(suffix))) + suffix


def shorten(nick: str, max_length: int) -> str:
    """Return a nick of at most this length; the suffix of a standby bot (`-2`) is kept."""
    suffix = match[0] if (match := _STANDBY_SUFFIX.search(nick)) else ""
    if len(nick) <= max_length or len(suffix) >= max_length:
        return nick[:max_length]
    return nick[: max_length - len(suffix)] + suffix


def clean(nick: str) -> str:
    """Return a nick of characters that every server accepts. https://www.rfc-editor.org/rfc/rfc2812#section-2.3.1"""
    cleaned = _FORBIDDEN.sub("_", nick)
    return f"_{cleaned}" if cleaned[:1].isdigit() or cleaned.startswith("-") else cleaned


def is_truncation(nick: str, full: str) -> bool:
    """Whether a server has cut off the end of a nick."""
    return 0 < len(nick) < len(full) and full.startswith(nick)
