"""`python -m botbot.embedded.demo PORT`: the demo network, and a few scripted people who chat in #demo.

A newcomer who runs `make run` sees live lines at once. It runs until it is stopped.
"""

from __future__ import annotations

import botbot.green  # noqa: F401  (first: see its docstring)

import itertools
import random
import signal
import sys
from collections.abc import Iterator

import gevent
from gevent import socket

from bot.irc.message import format_message, parse
from botbot.embedded.demo_server import DemoServer


CHANNEL = "#demo"
NICKS = ("ada", "grace", "linus")

LONG_TEXT = (
    "and a line that is so long that it has to wrap somewhere, because people paste whole paragraphs into channels and "
    "then wonder why everybody goes quiet for a while to read them"
)

# Each scene is a list of (nick, text). Text that starts with "/" is an IRC command without the channel's name.
SCENES: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ("ada", "/TOPIC Welcome to the demo \N{EM DASH} say something, it is logged and live"),
        ("grace", "good morning everyone"),
        ("linus", "morning. is the log live already?"),
        ("ada", "it is: every line shows up in the browser as we type"),
        ("grace", "\x01ACTION waves at the people who are reading along\x01"),
    ),
    (
        ("linus", "does it know mIRC colours? \x0304red\x03, \x0303green\x03 and \x02bold\x02"),
        ("ada", "yes, and \x1ditalics\x1d, \x1funderline\x1f, \x11monospace\x11 too"),
        ("grace", "and links: https://modern.ircdocs.horse/ is the best text about the protocol"),
    ),
    (
        ("grace", "/NICK grace_away"),
        ("linus", "how does it find a line from three years ago?"),
        ("ada", "one GIN index in PostgreSQL, walked backwards by month"),
        ("grace_away", "/NICK grace"),
        ("grace", "back. what did I miss?"),
        ("linus", "read the log \N{WINKING FACE}"),
    ),
    (
        ("ada", "what happens if I kill -9 the bot right now?"),
        ("linus", "it has every line on disk before it does anything else, so nothing"),
        ("grace", "and what was said while it was away is shown as a gap, with the reason"),
        ("ada", "\x01ACTION looks for the kill button\x01"),
    ),
    (
        ("linus", "/PART lunch"),
        ("ada", "he always leaves before the hard questions"),
        ("grace", "such as Foo::Bar->new vs foo.bar()?"),
        ("linus", "/JOIN"),
        ("linus", "I heard that"),
    ),
    (
        (
            "grace",
            "non-ASCII works, of course: naïve café, 日本語, русский, \N{PARTY POPPER}",
        ),
        (
            "ada",
            LONG_TEXT,
        ),
        ("linus", "point taken"),
    ),
    (
        ("ada", "join us: any IRC client will do, the address is in the terminal where you ran make run"),
        ("grace", "/NOTICE the logs of this channel are public"),
        ("linus", "as they should be"),
    ),
)


class Speaker:
    """A scripted person with a connection of its own to the demo network."""

    def __init__(self, port: int, nick: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.settimeout(None)
        self.nick = nick
        self.send("NICK", nick)
        self.send("USER", nick, "0", "*", f"{nick}, a scripted speaker")
        gevent.spawn(self._answer_pings)
        self.send("JOIN", CHANNEL)

    def send(self, command: str, *params: str) -> None:
        self._socket.sendall(format_message(command, *params))

    def perform(self, text: str) -> None:
        """Say a text of a scene in the channel, or run its command."""
        if not text.startswith("/"):
            self.send("PRIVMSG", CHANNEL, text)
            return
        command, _, argument = text[1:].partition(" ")
        if command == "NICK":
            self.send("NICK", argument)
            self.nick = argument
        else:
            self.send(command, CHANNEL, *([argument] if argument else []))

    def _answer_pings(self) -> None:
        with self._socket.makefile("rb") as lines:
            for raw in lines:
                message = parse(raw)
                if message and message.command == "PING":
                    self.send("PONG", message.param(0))


def chat(port: int) -> None:
    """Chat for ever: a line every other second in the first minute, then every five to twenty seconds."""
    speakers = [Speaker(port, nick) for nick in NICKS]
    gevent.sleep(1)  # until all of them have joined
    for count, (nick, text) in enumerate(_script()):
        next(speaker for speaker in speakers if speaker.nick == nick).perform(text)
        gevent.sleep(random.uniform(1, 3) if count < 30 else random.uniform(5, 20))  # noqa: S311  (a chat, no secret)


def _script() -> Iterator[tuple[str, str]]:
    """The first scene, which sets the topic, and then all others again and again in random order."""
    yield from SCENES[0]
    for _ in itertools.count():
        yield from itertools.chain.from_iterable(random.sample(SCENES[1:], len(SCENES) - 1))


def main(port: int) -> int:
    try:
        server = DemoServer(port)
    except OSError as error:
        print(f"The demo network cannot listen on port {port}: {error.strerror}.", file=sys.stderr)
        return 1
    server.daemon_threads = True
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, sys.exit, 0)
    gevent.spawn(server.serve_forever)
    chat(port)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
