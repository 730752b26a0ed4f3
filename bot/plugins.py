"""Runs commands and listeners: the built-in ones and those of other packages (entry points in `botbot.plugins`).

A plugin cannot harm the bot: one that fails is logged and not used again until the next start. Each answer has its own
greenlet and each listener its own queue, so that no session waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from importlib.metadata import entry_points
from itertools import islice

import gevent
from django.db import InterfaceError, OperationalError, connections
from django.urls import reverse
from gevent.lock import BoundedSemaphore
from gevent.queue import Full, Queue

from bot.commands.base import MAX_LINES, Command, Listener, RecordedLine, Request
from bot.commands.builtin import Help, Log, Off, On, Ping, Search, Seen, Status
from logs.greenlets import spawn_lasting

logger = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "botbot.plugins"
ANSWER_TIMEOUT_SECONDS = 10.0
MAX_CONCURRENT_ANSWERS = 2
"""Most database connections of the pool are needed for storing lines."""

MAX_QUEUED_LINES = 1000
"""Lines waiting for a listener; any more are not passed to it."""

DATABASE_AWAY = "I cannot reach the archive at the moment. New lines are stored later."
COMMAND_FAILED = "That command failed. The error is in my log."

Say = Callable[[str], None]


class PluginError(Exception):
    """An entry point does not provide a plugin; the text gives the reason in a sentence."""


class Plugin:
    """A command, a listener, or both in one. PluginError when it does not implement the interface.

    After a failure `has_failed` is set and it is not used again; built-in ones always go on.
    """

    def __init__(self, name: str, implementation: object, *, is_builtin: bool = False) -> None:
        self.name = name
        self.is_builtin = is_builtin
        self.has_failed = False
        self.command = implementation if isinstance(implementation, Command) else None
        self.listener = implementation if isinstance(implementation, Listener) else None
        if self.command is None and self.listener is None:
            raise PluginError(f"{implementation!r} has neither names, usage, wants_symbols and answer nor heard")
        self.names = self.command.names if self.command else ()
        if not all(isinstance(name, str) and name and name == name.lower().split()[0] for name in self.names):
            raise PluginError(f"names are single words in lower case, not {self.names!r}")
        self.works_unanswered = is_builtin and getattr(implementation, "works_unanswered", False)
        """Whether the command is carried out also where no answer to it is given."""
        self._queue: Queue[tuple[RecordedLine, Say]] | None = None

    def answer(self, request: Request) -> list[str]:
        """Return the lines of the answer, or a sentence about what went wrong."""
        if self.command is None or self.has_failed:
            return []
        command = self.command
        try:
            return self._call(lambda: command.answer(request))
        except (OperationalError, InterfaceError) as error:
            logger.warning("%s: no answer without the database: %s", self.name, " ".join(str(error).split()))
            return [DATABASE_AWAY]
        except gevent.GreenletExit:
            raise
        except BaseException as error:  # noqa: BLE001  (plugins may raise anything, SystemExit included)
            self._handle_failure(error)
            # A built-in command that takes too long waits for the database.
            return [DATABASE_AWAY if self.is_builtin and isinstance(error, gevent.Timeout) else COMMAND_FAILED]

    def notify(self, line: RecordedLine, say: Say) -> None:
        """Queue a line for the listener; `say` is called with each of its remarks."""
        if self.listener is None or self.has_failed:
            return
        # Started with the first line, so that importing plugins starts no greenlet.
        if self._queue is None:
            self._queue = Queue(MAX_QUEUED_LINES)
            spawn_lasting(f"the listener of {self.name}", partial(self._run_listener, self.listener, self._queue))
        try:
            self._queue.put_nowait((line, say))
        except Full:
            logger.warning("%s: too slow, it misses a line of %s", self.name, line.channel)

    def _run_listener(self, listener: Listener, queue: Queue[tuple[RecordedLine, Say]]) -> None:
        while not self.has_failed:
            line, say = queue.get()
            for text in self._pass_line(listener, line):
                say(text)

    def _pass_line(self, listener: Listener, line: RecordedLine) -> list[str]:
        try:
            return self._call(lambda: listener.heard(line))
        except (OperationalError, InterfaceError) as error:
            logger.warning("%s: misses a line without the database: %s", self.name, " ".join(str(error).split()))
        except gevent.GreenletExit:
            raise
        except BaseException as error:  # noqa: BLE001  (as above)
            self._handle_failure(error)
        return []

    def _call(self, function: Callable[[], Iterable[str] | None]) -> list[str]:
        try:
            with gevent.Timeout(ANSWER_TIMEOUT_SECONDS):
                # Generators run here, within the timeout; a string by itself is one line, not a line per character.
                lines = function() or ()
                return [lines] if isinstance(lines, str) else [str(line) for line in islice(lines, MAX_LINES)]
        finally:
            connections.close_all()

    def _handle_failure(self, error: BaseException) -> None:
        self.has_failed = not self.is_builtin
        consequence = "" if self.is_builtin else " and is not used until the next start"
        logger.error("%s failed%s", self.name, consequence, exc_info=error)


class Plugins:
    """All plugins, in the order in which `help` lists their commands. `has_listeners`: any of them hears lines."""

    def __init__(self) -> None:
        self._plugins: list[Plugin] = []
        self.has_listeners = False
        self._slots = BoundedSemaphore(MAX_CONCURRENT_ANSWERS)
        for command in (Help(self.commands), Log(), Search(), Seen(), Status(), Ping(), Off(), On()):
            self.add(Plugin(command.names[0], command, is_builtin=True))

    def add(self, plugin: Plugin) -> None:
        """Add a plugin. PluginError when one of its names is taken."""
        taken = {name for other in self._plugins for name in other.names}.intersection(plugin.names)
        if taken:
            raise PluginError(f"the bot has a command {', '.join(sorted(taken))} already")
        self._plugins.append(plugin)
        self.has_listeners = self.has_listeners or plugin.listener is not None

    def commands(self) -> Iterator[Command]:
        for plugin in self._plugins:
            if plugin.command is not None and not plugin.has_failed:
                yield plugin.command

    def find(self, word: str) -> Plugin | None:
        """Return the plugin whose command this is."""
        for plugin in self._plugins:
            if word.lower() in plugin.names and not plugin.has_failed:
                return plugin
        return None

    def answer(self, plugin: Plugin, request: Request) -> list[str]:
        """Return the answer of a plugin, after waiting for a free slot."""
        if not self._slots.acquire(timeout=ANSWER_TIMEOUT_SECONDS):
            return [DATABASE_AWAY]
        try:
            return plugin.answer(request)
        finally:
            self._slots.release()

    def notify(self, line: RecordedLine, say: Say) -> None:
        """Pass a line to all listeners."""
        for plugin in self._plugins:
            plugin.notify(line, say)


@cache
def installed() -> Plugins:
    """Return the built-in and the installed plugins, loaded once a process. One that cannot be loaded is logged."""
    plugins = Plugins()
    try:
        # Loads the URLs of the site now, so that the first answer with an address is as fast as the others.
        reverse("index")
    except Exception:
        logger.exception("the URLs of the site cannot be loaded: commands that answer with an address will fail")
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
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
