"""Commands and listeners, ours and those of other packages (entry points of the group `botbot.plugins`).

Whatever a plugin does, the bot goes on: one that fails is logged and asked nothing more until the next start. Each
answer has its own greenlet and each listener its own queue, so that no session waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import entry_points
from itertools import islice

import gevent
from django.db import InterfaceError, OperationalError, connections
from django.urls import reverse
from gevent.lock import BoundedSemaphore
from gevent.queue import Full, Queue

from bot.commands.base import MOST_LINES, Command, Heard, Listener, Request
from bot.commands.information import Help, Log, Ping, Status
from bot.commands.log_queries import Search, Seen
from bot.commands.pause import Off, On

logger = logging.getLogger(__name__)

GROUP = "botbot.plugins"
SECONDS = 10.0
"""An answer that takes longer is none."""

BEHIND = 1000
"""Lines that wait for a listener at the most; later ones it does not hear."""

AWAY = "I cannot reach the archive at the moment: what is said is kept meanwhile."
STUMBLED = "I stumbled over that: it is in my log."

Say = Callable[[str], None]


class PluginError(Exception):
    """What an entry point gives is no plugin; the text says why in a sentence."""


class Plugin:
    """One command, one listener, or both in one, until it fails; `ours` are never given up."""

    def __init__(self, name: str, made: object, *, ours: bool = False) -> None:
        """PluginError when it does not keep the contract."""
        self.name = name
        self.ours = ours
        self.failed = False
        self.command = made if isinstance(made, Command) else None
        self.listener = made if isinstance(made, Listener) else None
        if self.command is None and self.listener is None:
            raise PluginError(f"{made!r} has neither names, usage, wants_symbols and answer nor heard")
        self.names = self.command.names if self.command else ()
        if not all(isinstance(name, str) and name and name == name.lower().split()[0] for name in self.names):
            raise PluginError(f"names are single words in lower case, not {self.names!r}")
        self._queue: Queue[tuple[Heard, Say]] | None = None

    def answer(self, request: Request) -> list[str]:
        """What it answers; a sentence about what went wrong when it cannot."""
        if self.command is None or self.failed:
            return []
        command = self.command
        try:
            return self._run(lambda: command.answer(request))
        except (OperationalError, InterfaceError) as error:
            logger.warning("%s: no answer without the database: %s", self.name, " ".join(str(error).split()))
            return [AWAY]
        except gevent.GreenletExit:
            raise
        except BaseException as error:  # noqa: BLE001  (whatever it is, sys.exit() included, it is the plugin's)
            self._fail(error)
            return [AWAY if self.ours and isinstance(error, gevent.Timeout) else STUMBLED]

    def tell(self, line: Heard, say: Say) -> None:
        """Lets it hear a line, in its own time."""
        if self.listener is None or self.failed:
            return
        if self._queue is None:
            self._queue = Queue(BEHIND)
            gevent.spawn(self._listen, self.listener, self._queue)
        try:
            self._queue.put_nowait((line, say))
        except Full:
            logger.warning("%s: too slow, it does not hear a line of %s", self.name, line.channel)

    def _listen(self, listener: Listener, queue: Queue[tuple[Heard, Say]]) -> None:
        while not self.failed:
            line, say = queue.get()
            for text in self._hear(listener, line):
                say(text)

    def _hear(self, listener: Listener, line: Heard) -> list[str]:
        try:
            return self._run(lambda: listener.heard(line))
        except (OperationalError, InterfaceError) as error:
            logger.warning("%s: deaf without the database: %s", self.name, " ".join(str(error).split()))
        except gevent.GreenletExit:
            raise
        except BaseException as error:  # noqa: BLE001  (as above)
            self._fail(error)
        return []

    def _run(self, question: Callable[[], Iterable[str] | None]) -> list[str]:
        try:
            with gevent.Timeout(SECONDS):
                said = question() or ()
                return [said] if isinstance(said, str) else [str(line) for line in islice(said, MOST_LINES)]
        finally:
            connections.close_all()

    def _fail(self, error: BaseException) -> None:
        self.failed = not self.ours
        what_now = "" if self.ours else " and is not used until the next start"
        logger.error("%s failed%s", self.name, what_now, exc_info=error)


class Plugins:
    """All that there are, in the order in which help lists them."""

    def __init__(self) -> None:
        self._plugins: list[Plugin] = []
        # Most connections of the pool are for storing what is said.
        self._turns = BoundedSemaphore(2)
        for command in (Help(self.commands), Log(), Search(), Seen(), Status(), Ping(), Off(), On()):
            self.add(Plugin(command.names[0], command, ours=True))

    def add(self, plugin: Plugin) -> None:
        """PluginError when somebody else answers to one of its names."""
        taken = {name for other in self._plugins for name in other.names}.intersection(plugin.names)
        if taken:
            raise PluginError(f"the bot has a command {', '.join(sorted(taken))} already")
        self._plugins.append(plugin)

    def commands(self) -> Iterator[Command]:
        for plugin in self._plugins:
            if plugin.command is not None and not plugin.failed:
                yield plugin.command

    def named(self, word: str) -> Plugin | None:
        """Whose command this is."""
        for plugin in self._plugins:
            if word.lower() in plugin.names and not plugin.failed:
                return plugin
        return None

    def answer(self, plugin: Plugin, request: Request) -> list[str]:
        """Waits its turn: at most a few ask the database at once."""
        if not self._turns.acquire(timeout=SECONDS):
            return [AWAY]
        try:
            return plugin.answer(request)
        finally:
            self._turns.release()

    def tell(self, line: Heard, say: Say) -> None:
        for plugin in self._plugins:
            plugin.tell(line, say)


@cache
def installed() -> Plugins:
    """Ours, and what the packages beside us offer; loaded once a process. One that cannot be loaded is logged."""
    plugins = Plugins()
    try:
        reverse("index")  # the addresses are read now, so that nobody has to wait for that later
    except Exception:
        logger.exception("the site is broken: whoever asks for an address hears so")
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            plugins.add(Plugin(entry.name, entry.load()()))
        except KeyboardInterrupt:
            raise
        except PluginError as error:
            logger.error("plugin %s (%s) is not used: %s", entry.name, entry.value, error)  # noqa: TRY400
        except BaseException:
            logger.exception("plugin %s (%s) cannot be loaded", entry.name, entry.value)
        else:
            logger.info("plugin %s (%s)", entry.name, entry.value)
    return plugins
