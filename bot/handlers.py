"""Dispatches each message of a server to the parts of a session: a table of commands, a short method for each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot import failure_log
from bot.connection import ConnectionLostError
from bot.irc.batches import Batch, Batches, add_part, take_lines
from bot.irc.message import ERRORS, JOIN_REFUSALS, Message, parse
from bot.refusals import Refusals
from bot.session_parts import SessionParts
from logs.accounts.codes import contains_code
from logs.ingest.entry import Entry
from logs.models.line import Reason

logger = logging.getLogger(__name__)

NEVER_IN_BATCH = frozenset({"BATCH", "PING", "ERROR"})
"""Commands that are handled at once wherever they stand, also within a batch."""

NEEDS_NICK = frozenset({"JOIN", "PART", "QUIT", "NICK"})
"""Commands that mean nothing without a source."""

SHOWS_PRESENCE = frozenset({"PRIVMSG", "NOTICE", "MODE", "TOPIC", "KICK"})
"""Commands whose sender is probably in the channel, even where the server lists no members."""

WHOIS_REPLIES = ("307", "311", "315", "317", "318", "319", "330")
LOGIN_REPLIES = ("AUTHENTICATE", "902", "903", "904", "905", "906", "907", "908")

MAX_TARGETS = 100

MAX_LOGGED_FAILURES = 100
"""Failures of one kind that a session logs."""


class Handlers:
    """Handles the messages of one session.

    `encoding` is that of text which is not UTF-8, "" for cp1252. `unparsed_count` counts lines that were no messages,
    `failure_count` messages that our own code failed on.
    """

    def __init__(self, parts: SessionParts, encoding: str) -> None:
        self.encoding = encoding
        self._parts = parts
        self.unparsed_count = 0
        self.failure_count = 0
        self._batches = Batches()
        self._server_name = parts.server_name
        self._refusals = refusals = Refusals(parts)
        parts.outbox.on_sent = self._record_sent
        # A bound method of each part, so that the table says everything about commands that need one part only.
        self._table: dict[str, Callable[[Message], None]] = {
            "PING": lambda message: parts.outbox.send_now("PONG", *message.params[-1:] or ["alive"]),
            "ERROR": self._handle_error,
            "CAP": parts.registration.handle_cap,
            **dict.fromkeys(LOGIN_REPLIES, parts.registration.handle_login),
            "BATCH": self._handle_batch,
            "900": self._handle_logged_in,
            "001": self._handle_welcome,
            "005": self._handle_isupport,
            "303": parts.nickname.handle_presence,
            **dict.fromkeys(("730", "731"), self._handle_presence),
            **dict.fromkeys(WHOIS_REPLIES, parts.lookups.handle_reply),
            "401": refusals.handle_no_such_nick,
            "354": self._handle_who_reply,
            "324": lambda message: parts.claims.handle_modes(message.param(1), message.param(2)),
            "331": lambda message: self._record_topic(message.param(1), ""),
            "332": lambda message: self._record_topic(message.param(1), message.param(2)),
            "353": self._handle_names,
            "366": self._handle_names_end,
            # The message of the day comes after 005, so by now the limits for JOIN are known.
            **dict.fromkeys(("376", "422"), lambda _: parts.channels.join()),
            **dict.fromkeys(("432", "433", "436"), refusals.handle_nick_refused),
            "437": refusals.handle_unavailable,
            **dict.fromkeys(("464", "465", "466"), refusals.handle_registration_refused),
            "470": refusals.handle_forwarded,
            "ACCOUNT": self._handle_account,
            "FAIL": refusals.handle_fail,
            "INVITE": parts.claims.handle_invite,
            "JOIN": self._handle_join,
            "PART": self._handle_part,
            "RENAME": parts.renames.handle_rename,
            "QUIT": self._handle_quit,
            "KICK": self._handle_kick,
            "NICK": self._handle_nick,
            "MODE": self._handle_mode,
            "TOPIC": self._handle_topic,
            "PRIVMSG": self._handle_text,
            "NOTICE": self._handle_text,
            "REDACT": self._handle_redact,
            **dict.fromkeys(JOIN_REFUSALS, refusals.handle_join_refused),
            "474": refusals.handle_banned,
        }
        for command in ERRORS:
            self._table.setdefault(command, refusals.handle_other_error)

    def handle_line(self, line: bytes) -> None:
        """Handle one line of the server. A failure of our own code is counted and logged, and affects no other line."""
        message = parse(line, self.encoding)
        if message is None:
            self.unparsed_count += 1
            if self.unparsed_count <= MAX_LOGGED_FAILURES:
                logger.info("%s: not an IRC message: %d bytes", self._parts.network_name, len(line))
            return
        self._guard(message, partial(self._handle, message))

    def handle_disconnect(self) -> None:
        """Record what was received of multi-line messages whose end did not come."""
        for batch in self._batches.close_all():
            self._guard(batch.opening, partial(self._handle_parts, batch))

    def _guard(self, message: Message, handle: Callable[[], None]) -> None:
        """Call `handle`; if it fails on a message, count and log that."""
        try:
            handle()
        except ConnectionLostError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, the next line may be fine)
            self.failure_count += 1
            if self.failure_count <= MAX_LOGGED_FAILURES:
                failure_log.log_failure(self._parts.network_name, message, error)

    def _handle(self, message: Message) -> None:
        if message.command == "MODE":
            # Before anything else, so that no key gets into a batch or a log.
            message.params[1:] = self._parts.isupport.hide_keys(message.params[1:])
        # Most messages are in no batch, and take the short way.
        if "batch" in message.tags and message.command not in NEVER_IN_BATCH:
            batch = self._batches.find(message)
            if batch is not None and self._handle_in_batch(batch, message):
                return
        elif "time" in message.tags:
            self._parts.recorder.clock.observe(message, is_new=self._is_new(message))
            if self._parts.history.handle_unmarked(message):
                return
        handler = self._table.get(message.command)
        if handler is not None:
            handler(message)

    def _is_new(self, message: Message) -> bool:
        """Whether a message is certainly not one that a bouncer repeats."""
        is_own_join = message.command == "JOIN" and self._parts.nickname.is_own_nick(message.nick)
        return is_own_join or message.command in ("PING", "PONG", "CAP") or message.command.isdecimal()

    def _handle_in_batch(self, batch: Batch, message: Message) -> bool:
        """Process a message whose batch gives it another meaning; return whether it does."""
        if not add_part(batch, message):
            return self._parts.history.handle_message(batch, message)
        if batch.is_full:
            self._handle_parts(batch)
        return True

    def _handle_parts(self, batch: Batch) -> None:
        # The lines have the tags of the batch, among them the batch around it: a multi-line message may be history.
        for line in take_lines(batch):
            # A mark and no omission: a history counts its lines.
            line.continues_off_record = batch.is_off_record
            batch.is_off_record = batch.is_off_record or self._is_off_record(line)
            self._handle(line)

    def _is_off_record(self, message: Message) -> bool:
        channel = self._parts.channels.get(self._parts.isupport.channel_of(message.param(0)))
        return channel is not None and self._parts.recorder.privacy_filter.is_off_record(channel.id, message.param(1))

    def _handle_batch(self, message: Message) -> None:
        if message.param(0).startswith("+"):
            for forgotten in self._batches.open(message):
                self._handle_parts(forgotten)
            return
        batch = self._batches.close(message)
        if batch is None:
            return
        self._handle_parts(batch)
        self._parts.history.end_batch(batch)

    def _handle_error(self, message: Message) -> None:
        raise ConnectionLostError(f"the server says: {message.param(0) or 'ERROR'}")

    def _handle_welcome(self, message: Message) -> None:
        self._server_name = message.nick or self._server_name
        self._parts.welcome(message.param(0) or self._parts.nickname.current)

    def _handle_logged_in(self, message: Message) -> None:
        self._parts.registration.handle_logged_in()
        self._refusals.handle_other_error(message)

    def _handle_isupport(self, message: Message) -> None:
        self._parts.isupport.update(message.params[1:-1])
        self._parts.channels.refold()

    def _handle_who_reply(self, message: Message) -> None:
        # The tokens of the three differ, so only one of them takes the reply.
        self._parts.accounts.handle_who_reply(message)
        self._parts.other_bots.handle_who_reply(message)
        self._parts.lookups.handle_reply(message)

    def _handle_presence(self, message: Message) -> None:
        # We monitor our own nick as well as those of other people.
        self._parts.nickname.handle_presence(message)
        self._parts.claims.nick_proofs.handle_presence(message)

    def _handle_account(self, message: Message) -> None:
        self._parts.accounts.handle_account(message)
        for login in self._parts.logins.handle_account(message.nick, message.param(0)):
            self._parts.recorder.record_login(login)

    def _forget_if_gone(self, nick: str) -> None:
        self._parts.accounts.forget_if_gone(nick)
        self._parts.other_bots.forget_if_gone(nick)
        self._parts.logins.forget_if_gone(nick)

    def _handle_names(self, message: Message) -> None:
        symbols = "".join(self._parts.isupport.prefixes)
        channel = message.param(2)
        for name in message.param(3).split(" "):
            nick = name.lstrip(symbols).partition("!")[0]
            if nick:
                own_symbols = name[: len(name) - len(name.lstrip(symbols))]
                self._parts.members.add_listed(channel, nick)
                self._parts.claims.handle_name(channel, nick, own_symbols)
                self._parts.replies.handle_name(channel, nick, own_symbols)

    def _handle_names_end(self, message: Message) -> None:
        for nick in self._parts.members.finish_list(message.param(1)):
            self._forget_if_gone(nick)
        self._parts.claims.handle_names_end(message.param(1))
        self._parts.replies.handle_names_end(message.param(1))

    def _handle_join(self, message: Message) -> None:
        for name in filter(None, message.param(0).split(",")):
            # Before our own JOIN nobody else's is sent to us.
            if self._parts.nickname.is_own_nick(message.nick) or self._parts.channels.is_requested(name):
                self._parts.nickname.handle_own_join(message)
            if self._parts.nickname.is_own_nick(message.nick):
                self._handle_own_join(name, message)
                continue
            self._parts.members.add(name, message.nick)
            self._parts.claims.handle_join(name, message.nick)
            self._parts.accounts.handle_join(message)
            # extended-join; the recorder knows accounts as tags.
            account = message.param(1)
            if account and account != "*":
                message.tags.setdefault("account", account)
            self._record_presence(name, message)

    def _handle_own_join(self, name: str, message: Message) -> None:
        channel = self._parts.renames.find_joined(name)
        if channel is None and not self._parts.claims.is_visiting(name):
            # For example a channel that forwards to another one, or a server that joins its clients to a lobby.
            self._parts.outbox.send("PART", name, "not wanted here")
            return
        self._parts.logins.forget_gone()
        self._parts.members.open_channel(name)
        if channel is not None:
            self._parts.channels.handle_joined(channel)
            self._parts.history.start(channel, message)
            self._parts.accounts.request(name)
            self._parts.other_bots.request(name)

    def _handle_part(self, message: Message) -> None:
        for name in message.param(0).split(","):
            if self._parts.nickname.is_own_nick(message.nick):
                self._parts.renames.handle_own_part(name, message)
                self._parts.channels.handle_left(name, Reason.LEFT, "made to leave the channel")
                continue
            # Recorded first: accounts and privacy rules still need the member.
            self._record_presence(name, message)
            self._parts.members.remove(name, message.nick)
            self._forget_if_gone(message.nick)

    def _handle_quit(self, message: Message) -> None:
        self._parts.claims.forget_nick(message.nick)
        # Our own QUIT is followed by the end of the connection, which closes all channels.
        if self._parts.nickname.is_own_nick(message.nick):
            return
        # A netsplit is many of these: each goes to the channels that the nick was in, in the order of the quits.
        for name in self._parts.members.remove_everywhere(message.nick):
            self._record_presence(name, message)
        self._forget_if_gone(message.nick)

    def _handle_kick(self, message: Message) -> None:
        name, target = message.param(0), message.param(1)
        self._record(name, message)
        if not self._parts.nickname.is_own_nick(target):
            self._parts.members.remove(name, target)
            self._forget_if_gone(target)
            return
        detail = f"kicked by {message.nick}: {message.param(2)}"
        # Before the channel is closed, which forgets its members.
        present = self._parts.members.nicks(name)
        channel = self._parts.channels.handle_left(name, Reason.KICKED, detail)
        if channel is not None:
            self._parts.claims.report_banned(channel.id, detail, present)

    def _handle_nick(self, message: Message) -> None:
        new = message.param(0)
        if not new or not message.nick:
            return
        # Whoever had the new nick before is gone, even if we did not see that.
        for nick in (message.nick, new):
            self._parts.claims.forget_nick(nick)
        if self._parts.nickname.is_own_nick(message.nick):
            self._parts.nickname.handle_renamed(new)
        names = self._parts.members.rename(message.nick, new)
        self._parts.logins.rename(message.nick, new)
        for name in names:
            self._record(name, message)
        self._parts.accounts.rename(message.nick, new)
        self._parts.other_bots.rename(message.nick, new)

    def _handle_mode(self, message: Message) -> None:
        if self._parts.isupport.channel_of(message.param(0)):
            self._record(message.param(0), message)

    def _handle_topic(self, message: Message) -> None:
        self._record(message.param(0), message)
        self._record_topic(message.param(0), message.param(1))

    def _record_topic(self, name: str, text: str) -> None:
        channel = self._parts.channels.get(name)
        if channel is not None:
            self._parts.recorder.record_topic(channel.id, text)

    def _handle_text(self, message: Message) -> None:
        """Process PRIVMSG and NOTICE.

        A line with a one-time code is not recorded, because its readers could use it.
        """
        if message.is_about_history:
            return
        if "," in message.param(0):
            # What is said to many is not said to us.
            targets = filter(self._parts.isupport.channel_of, message.param(0).split(","))
            for target in list(dict.fromkeys(targets))[:MAX_TARGETS]:
                self._handle_text(replace(message, params=[target, *message.params[1:]], tags=dict(message.tags)))
            return
        name = self._parts.isupport.channel_of(message.param(0))
        is_notice = message.command == "NOTICE"
        if is_notice and message.is_from_server and self._parts.channels.get(name):
            # Before our JOIN has an answer: as Twitch does, it says why there will be none.
            self._parts.channels.handle_error([name], message.param(1))
        if name:
            self._parts.other_bots.mark(message)
            has_code = not is_notice and contains_code(message.param(1))
            if not has_code or not self._parts.claims.take_channel_code(name, message):
                message.restricted_to = self._parts.isupport.restricting_symbols(message.param(0))
                recorded = self._record(name, message)
                self._parts.replies.handle_channel_message(name, message, recorded)
        # A notice proves nothing and is never answered, https://modern.ircdocs.horse/#notice-message. Nor is a message
        # to everybody on a server (`$*.example.org`).
        elif is_notice or not self._parts.nickname.is_own_nick(message.param(0)):
            return
        elif not self._parts.claims.take_private_message(message):
            self._parts.replies.handle_private_message(message)

    def _handle_redact(self, message: Message) -> None:
        """https://ircv3.net/specs/extensions/message-redaction"""
        channel = self._parts.channels.get(self._parts.isupport.channel_of(message.param(0)))
        if channel is not None and message.param(1):
            self._parts.recorder.record_redaction(channel.id, message.param(1), message.nick)

    def _record_presence(self, name: str, message: Message) -> None:
        if not self._parts.nickname.is_own_connection(message):
            self._record(name, message)

    def _record(self, name: str, message: Message) -> Entry | None:
        """Record a message in a channel that is wanted and joined; return the entry as recorded, if it was."""
        channel = self._parts.channels.get(name)
        if channel is None or not self._parts.members.is_joined(name):
            return None
        if not message.nick:
            if message.command in NEEDS_NICK:
                return None
            # The server itself says this: https://modern.ircdocs.horse/#source
            message = replace(message, nick=self._server_name)
        elif message.command in SHOWS_PRESENCE and not message.is_from_server:
            self._parts.members.add_speaker(name, message.nick)
        if not message.tags.get("account") and (account := self._parts.accounts.find(message.nick, name)):
            message = replace(message, tags=message.tags | {"account": account})
        recorded = self._parts.recorder.record(channel.id, message)
        if recorded is not None:
            for login in self._parts.logins.handle_recorded(recorded):
                self._parts.recorder.record_login(login)
            self._parts.replies.notify_listeners(recorded, channel)
        return recorded

    def _record_sent(self, command: str, params: tuple[str, ...]) -> None:
        """Record what we say in a channel ourselves, where the server does not echo it (echo-message)."""
        if command not in {"PRIVMSG", "NOTICE"} or "echo-message" in self._parts.capabilities.enabled:
            return
        name = self._parts.isupport.channel_of(params[0])
        channel = self._parts.channels.get(name)
        if channel is not None and self._parts.members.is_joined(name):
            message = Message(command, list(params), nick=self._parts.nickname.current)
            self._parts.recorder.record_own(channel.id, message)
