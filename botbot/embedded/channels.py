"""What the demo network's clients do in channels and say to each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from irc.server import IRCChannel, IRCError

CHANNEL = re.compile(r"[#&][^\x00\x07\r\n ,:]{1,49}")


class ChannelCommands:
    """A part of `Client`: commands whose first word names channels or nicks, in whatever case."""

    server: Any
    nick: str | None
    channels: dict[str, Any]
    client_ident: Callable[[], str]
    _number: Callable[..., None]
    _reply: Callable[[str], None]

    def _tell(self, channel: Any, line: str) -> None:
        for client in list(channel.clients):
            client.send_queue.append(line)

    def handle_join(self, params: str) -> None:
        for name in params.lstrip(":").split(" ")[0].split(","):
            if not CHANNEL.fullmatch(name):
                self._number(403, name or "*", "No such channel")
                continue
            channel = self.server.channels.setdefault(name.lower(), IRCChannel(name, ""))
            if self in channel.clients:
                continue
            if not channel.clients:
                channel.operators = {self}
            channel.clients.add(self)
            self.channels[name.lower()] = channel
            self._tell(channel, f":{self.client_ident()} JOIN {channel.name}")
            if channel.topic:
                self._number(332, channel.name, channel.topic)
            self.handle_names(channel.name)

    def handle_names(self, params: str) -> None:
        channel = self._channel(params)
        names = " ".join(("@" if one in channel.operators else "") + str(one.nick) for one in channel.clients)
        self._number(353, "=", channel.name, names)
        self._number(366, channel.name, "End of /NAMES list")

    def handle_part(self, params: str) -> None:
        names, _, reason = params.partition(" ")
        for name in names.split(","):
            channel = self._joined(name)
            self._tell(channel, f":{self.client_ident()} PART {channel.name} :{reason.lstrip(':')}")
            self._leave(channel)

    def handle_topic(self, params: str) -> None:
        name, _, topic = params.partition(" ")
        channel = self._joined(name)
        if not topic:
            return self._number(332, channel.name, channel.topic) if channel.topic else None
        channel.topic = topic.removeprefix(":")[:390]
        return self._tell(channel, f":{self.client_ident()} TOPIC {channel.name} :{channel.topic}")

    def handle_kick(self, params: str) -> None:
        name, nick, reason = [*params.split(" ", 2), "", ""][:3]
        channel = self._joined(name)
        target = next((client for client in channel.clients if client.nick.lower() == nick.lower()), None)
        if self not in channel.operators:
            return self._number(482, channel.name, "You're not channel operator")
        if target is None:
            return self._number(441, nick or "*", channel.name, "They aren't on that channel")
        self._tell(channel, f":{self.client_ident()} KICK {channel.name} {target.nick} :{reason.removeprefix(':')}")
        target._leave(channel)
        return None

    def handle_mode(self, params: str) -> None:
        name, change, nick = [*params.split(" ", 2), "", ""][:3]
        if not name.startswith(("#", "&")):
            return
        channel = self._joined(name)
        if not change:
            self._reply(f"324 {self.nick} {channel.name} +n")
        elif self not in channel.operators:
            self._number(482, channel.name, "You're not channel operator")
        elif change in {"+o", "-o"}:
            for target in [client for client in channel.clients if client.nick.lower() == nick.lower()]:
                (channel.operators.add if change == "+o" else channel.operators.discard)(target)
                self._tell(channel, f":{self.client_ident()} MODE {channel.name} {change} {target.nick}")

    def handle_who(self, params: str) -> None:
        self._number(315, params.partition(" ")[0] or "*", "End of WHO list")

    def _send_msg(self, command: str, params: str) -> None:
        target, _, text = params.partition(" ")
        text = text.removeprefix(":")
        message = f":{self.client_ident()} {command} {target} :{text}"
        if not text:
            self._number(412, "No text to send")
        elif target.startswith(("#", "&")):
            for client in self._joined(target).clients - {self}:
                client.send_queue.append(message)
        elif client := self.server.find(target):
            client.send_queue.append(message)
        else:
            self._number(401, target or "*", "No such nick")

    def _channel(self, name: str) -> Any:
        name = name.lstrip(":").split(" ")[0]
        channel = self.server.channels.get(name.lower())
        if channel is None:
            raise IRCError(403, f"{name or '*'} :No such channel")
        return channel

    def _joined(self, name: str) -> Any:
        channel = self._channel(name)
        if self not in channel.clients:
            raise IRCError(442, f"{channel.name} :You're not on that channel")
        return channel

    def _leave(self, channel: Any) -> None:
        channel.clients.discard(self)
        channel.operators.discard(self)
        self.channels.pop(channel.name.lower(), None)
        if not channel.clients:
            self.server.channels.pop(channel.name.lower(), None)
