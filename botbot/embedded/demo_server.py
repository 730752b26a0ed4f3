"""The demo network: the `irc` package's small server, changed so that real clients can use it.

Its bookkeeping of channels, clients and messages is unchanged. Reading, sending, registration and the commands that
clients rely on are replaced, because the original waits in a loop for each client and ends a connection at the first
odd byte.
"""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.queue import Queue
from irc.server import IRCChannel, IRCClient, IRCError, IRCServer

logger = logging.getLogger(__name__)

NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,29}")
MAX_LINE_BYTES = 4096
PING_INTERVAL_SECONDS = 60
IDLE_TIMEOUT_SECONDS = 300
MAX_QUEUED_LINES = 10_000
MAX_SENT_BYTES = 2000
CHANNEL = re.compile(r"[#&][^\x00\x07\r\n ,:]{1,49}")


class ChannelCommands:
    """The part of `Client` with the commands whose first word names channels or nicks; case does not matter."""

    server: Any
    nick: str | None
    user: str | None
    realname: str
    heard_at: float
    signed_on_at: float
    channels: dict[str, Any]
    client_ident: Callable[[], str]
    _send_numeric: Callable[..., None]
    _reply: Callable[[str], None]

    def _broadcast(self, channel: Any, line: str) -> None:
        for client in list(channel.clients):
            client.send_queue.append(line)

    def handle_join(self, params: str) -> None:
        for name in params.lstrip(":").split(" ")[0].split(","):
            if not CHANNEL.fullmatch(name):
                self._send_numeric(403, name or "*", "No such channel")
                continue
            channel = self.server.channels.setdefault(name.lower(), IRCChannel(name, ""))
            if self in channel.clients:
                continue
            if not channel.clients:
                channel.operators = {self}
            channel.clients.add(self)
            self.channels[name.lower()] = channel
            self._broadcast(channel, f":{self.client_ident()} JOIN {channel.name}")
            if self in channel.operators:
                self._broadcast(channel, f":{self.server.servername} MODE {channel.name} +o {self.nick}")
            if channel.topic:
                self._send_numeric(332, channel.name, channel.topic)
            self.handle_names(channel.name)

    def handle_invite(self, params: str) -> None:
        """Forward an invitation; into a channel that exists, only its members can invite."""
        nick, name = [*params.split(" "), ""][:2]
        name = name.removeprefix(":")
        target = self.server.find(nick) if nick else None
        if not name:
            return self._send_numeric(461, "INVITE", "Not enough parameters")
        if target is None:
            return self._send_numeric(401, nick or "*", "No such nick")
        if not CHANNEL.fullmatch(name):
            return self._send_numeric(403, name, "No such channel")
        if name.lower() in self.server.channels:
            channel = self._joined_channel(name)
            name = channel.name
            if target in channel.clients:
                return self._send_numeric(443, target.nick, name, "is already on channel")
        self._reply(f"341 {self.nick} {target.nick} {name}")
        target.send_queue.append(f":{self.client_ident()} INVITE {target.nick} :{name}")
        return None

    def handle_whois(self, params: str) -> None:
        """Describe the last nick of the parameters; the word before it may name a server, which is always this one."""
        nick = params.rpartition(" ")[2].removeprefix(":").split(",")[0]
        found = self.server.find(nick) if nick else None
        if found is None:
            self._send_numeric(401, nick or "*", "No such nick")
            return self._send_numeric(318, nick or "*", "End of WHOIS list")
        name = self.server.servername
        self._send_numeric(311, found.nick, str(found.user), name, "*", found.realname or str(found.nick))
        if found.channels:
            symbols = [("@" if found in one.operators else "") + one.name for one in found.channels.values()]
            self._send_numeric(319, found.nick, " ".join(symbols))
        self._send_numeric(312, found.nick, name, "the demo network of make run")
        # Without services, each nick is an account of its own, so that signing in can be tried.
        self._send_numeric(330, found.nick, str(found.nick), "is logged in as")
        idle = int(time.monotonic() - found.heard_at)
        self._send_numeric(317, found.nick, str(idle), str(int(found.signed_on_at)), "seconds idle, signon time")
        return self._send_numeric(318, found.nick, "End of WHOIS list")

    def handle_names(self, params: str) -> None:
        channel = self._find_channel(params)
        names = " ".join(("@" if one in channel.operators else "") + str(one.nick) for one in channel.clients)
        self._send_numeric(353, "=", channel.name, names)
        self._send_numeric(366, channel.name, "End of /NAMES list")

    def handle_part(self, params: str) -> None:
        names, _, reason = params.partition(" ")
        for name in names.split(","):
            channel = self._joined_channel(name)
            self._broadcast(channel, f":{self.client_ident()} PART {channel.name} :{reason.lstrip(':')}")
            self._leave(channel)

    def handle_topic(self, params: str) -> None:
        name, _, topic = params.partition(" ")
        channel = self._joined_channel(name)
        if not topic:
            known = (332, channel.name, channel.topic) if channel.topic else (331, channel.name, "No topic is set")
            return self._send_numeric(*known)
        channel.topic = topic.removeprefix(":")[:390]
        return self._broadcast(channel, f":{self.client_ident()} TOPIC {channel.name} :{channel.topic}")

    def handle_kick(self, params: str) -> None:
        name, nick, reason = [*params.split(" ", 2), "", ""][:3]
        channel = self._joined_channel(name)
        target = next((client for client in channel.clients if client.nick.lower() == nick.lower()), None)
        if self not in channel.operators:
            return self._send_numeric(482, channel.name, "You're not channel operator")
        if target is None:
            return self._send_numeric(441, nick or "*", channel.name, "They aren't on that channel")
        self._broadcast(
            channel, f":{self.client_ident()} KICK {channel.name} {target.nick} :{reason.removeprefix(':')}"
        )
        target._leave(channel)
        return None

    def handle_mode(self, params: str) -> None:
        name, change, nick = [*params.split(" ", 2), "", ""][:3]
        if not name.startswith(("#", "&")):
            return
        channel = self._joined_channel(name)
        if not change:
            self._reply(f"324 {self.nick} {channel.name} +n")
        elif change in {"b", "+b"} and not nick:  # clients ask for the bans when they join
            self._send_numeric(368, channel.name, "End of channel ban list")
        elif self not in channel.operators:
            self._send_numeric(482, channel.name, "You're not channel operator")
        elif change in {"+o", "-o"}:
            for target in [client for client in channel.clients if client.nick.lower() == nick.lower()]:
                (channel.operators.add if change == "+o" else channel.operators.discard)(target)
                self._broadcast(channel, f":{self.client_ident()} MODE {channel.name} {change} {target.nick}")

    def handle_who(self, params: str) -> None:
        self._send_numeric(315, params.partition(" ")[0] or "*", "End of WHO list")

    def _send_msg(self, command: str, params: str) -> None:
        target, _, text = params.partition(" ")
        text = text.removeprefix(":")
        message = f":{self.client_ident()} {command} {target} :{text}"
        if not text:
            self._send_numeric(412, "No text to send")
        elif target.startswith(("#", "&")):
            for client in self._joined_channel(target).clients - {self}:
                client.send_queue.append(message)
        elif client := self.server.find(target):
            client.send_queue.append(message)
        else:
            self._send_numeric(401, target or "*", "No such nick")

    def _find_channel(self, name: str) -> Any:
        name = name.lstrip(":").split(" ")[0]
        channel = self.server.channels.get(name.lower())
        if channel is None:
            raise IRCError(403, f"{name or '*'} :No such channel")
        return channel

    def _joined_channel(self, name: str) -> Any:
        channel = self._find_channel(name)
        if self not in channel.clients:
            raise IRCError(442, f"{channel.name} :You're not on that channel")
        return channel

    def _leave(self, channel: Any) -> None:
        channel.clients.discard(self)
        channel.operators.discard(self)
        self.channels.pop(channel.name.lower(), None)
        if not channel.clients:
            self.server.channels.pop(channel.name.lower(), None)


class SendQueue(Queue[str]):
    """Lines to be sent. The inherited code appends to it as to a list; a client that reads nothing loses lines."""

    def append(self, line: object) -> None:
        if self.qsize() < MAX_QUEUED_LINES:
            self.put_nowait(str(line))


class Client(ChannelCommands, IRCClient):  # type: ignore[misc]
    """One client, read in one greenlet, written in another, and pinged by a third while it says nothing."""

    def handle(self) -> None:
        self.send_queue = SendQueue()
        self.welcomed = False
        self.heard_at, self.signed_on_at = time.monotonic(), time.time()
        self.request.settimeout(IDLE_TIMEOUT_SECONDS)
        helpers = [gevent.spawn(self._write), gevent.spawn(self._ping)]
        try:
            with self.request.makefile("rb") as lines:
                while line := lines.readline(MAX_LINE_BYTES):
                    self.heard_at = time.monotonic()
                    # A line longer than the limit arrives in pieces, and a client may send a bare CR or NUL.
                    for one in re.split(r"[\r\n\0]", line.decode("utf-8", "replace")):
                        self._handle_line(one)
        except (OSError, self.Disconnect) as error:
            logger.debug("%s: %s", self.nick, error)
        finally:
            helpers[0].join(0.2)  # so that a last error message still goes out
            gevent.killall(helpers)

    def _write(self) -> None:
        """Send queued lines."""
        while True:
            line = self.send_queue.get()
            try:
                self.request.sendall(line.encode()[:MAX_SENT_BYTES] + b"\r\n")
            except OSError:
                return

    def _ping(self) -> None:
        """Ping a client that says nothing, however much it is sent: whatever it says keeps it from the idle timeout."""
        while True:
            quiet = time.monotonic() - self.heard_at
            if quiet < PING_INTERVAL_SECONDS:
                gevent.sleep(PING_INTERVAL_SECONDS - quiet)
            else:
                self.send_queue.append(f"PING :{self.server.servername}")
                gevent.sleep(PING_INTERVAL_SECONDS)

    def _handle_line(self, line: str) -> None:
        command, _, params = line.strip(" ").partition(" ")
        act = getattr(self, f"handle_{command.lower()}", None) if command.isalpha() else None
        try:
            # The original server has two debugging commands that a visitor should not reach.
            if act is None or command.lower() in {"dump", "line"}:
                self._send_numeric(421, command, "Unknown command") if command else None
            elif not self.welcomed and command.lower() not in {"nick", "user", "cap", "pass", "ping", "quit"}:
                self._send_numeric(451, "You have not registered")
            else:
                answer = act(params.lstrip(" "))
                if answer:
                    self.send_queue.append(answer)
        except IRCError as error:
            self._reply(f"{error.code} {self.nick or '*'} {error.value}")

    def _reply(self, text: str) -> None:
        self.send_queue.append(f":{self.server.servername} {text}")

    def _send_numeric(self, number: int, *params: str) -> None:
        *middle, last = params
        self._reply(" ".join([f"{number:03}", self.nick or "*", *middle, f":{last}"]))

    def _neighbours(self) -> set[Any]:
        return {client for channel in self.channels.values() for client in channel.clients} | {self}

    def _welcome(self) -> None:
        if self.welcomed or not self.nick or not self.user:
            return
        self.welcomed = True
        name = self.server.servername
        self._send_numeric(1, f"Welcome to the demo network, {self.nick}")
        self._send_numeric(2, f"Your host is {name}")
        self._send_numeric(3, "This server lives as long as `make run`")
        self._reply(f"004 {self.nick} {name} botbot-demo o o")
        self._reply(
            f"005 {self.nick} CASEMAPPING=ascii CHANTYPES=#& PREFIX=(o)@ NICKLEN=30 NETWORK=demo :are supported"
        )
        self._send_numeric(375, "- Everything said in #demo is logged and shown at the address that make run printed.")
        self._send_numeric(376, "End of MOTD")

    def handle_cap(self, params: str) -> None:
        if params.upper().startswith(("LS", "LIST")):
            self._reply(f"CAP * {params.partition(' ')[0].upper()} :")
        elif params.upper().startswith("REQ"):
            self._reply(f"CAP * NAK :{params[3:].strip().lstrip(':')}")

    def handle_pass(self, params: str) -> None:
        """Accept any password: nothing here is protected by one."""

    def handle_nick(self, params: str) -> None:
        nick = params.lstrip(":").split(" ")[0]
        if not NICK.fullmatch(nick):
            return self._send_numeric(432, nick or "*", "Erroneous nickname")
        if self.server.find(nick) not in {None, self}:
            return self._send_numeric(433, nick, "Nickname is already in use")
        if self.welcomed:
            for client in self._neighbours():
                client.send_queue.append(f":{self.client_ident()} NICK :{nick}")
        self.server.clients.pop(self.nick, None)
        self.nick = nick
        self.server.clients[nick] = self
        return self._welcome()

    def handle_user(self, params: str) -> None:
        # The original fails on fewer than four parameters.
        super().handle_user(params if params.count(" ") >= 3 else f"{params or 'user'} 0 * :")
        self.user = re.sub(r"[^A-Za-z0-9_.-]", "", str(self.user))[:20] or "user"
        self._welcome()

    def handle_ping(self, params: str) -> str:
        return f":{self.server.servername} PONG {self.server.servername} :{params.lstrip(':')}"

    def handle_pong(self, params: str) -> None:
        """Nothing to do: reading the line already restarted the idle timeout."""

    def handle_quit(self, params: str) -> None:
        self._say_quit(params.lstrip(":") or "Client quit")
        raise self.Disconnect

    def _say_quit(self, reason: str) -> None:
        for client in self._neighbours() - {self}:
            client.send_queue.append(f":{self.client_ident()} QUIT :{reason}")
        for channel in list(self.channels.values()):
            self._leave(channel)

    def finish(self) -> None:
        self._say_quit("Connection closed")
        if self.server.clients.get(self.nick) is self:
            del self.server.clients[self.nick]
        self.request.close()


class DemoServer(IRCServer):  # type: ignore[misc]
    """The server; it listens on the loopback interface only."""

    address_family = socket.AF_INET

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Client)
        self.servername = "demo.local"

    def find(self, nick: str) -> Client | None:
        return next((client for name, client in self.clients.items() if name.lower() == nick.lower()), None)
