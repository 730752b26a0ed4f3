"""Whether a code that somebody says is one that waits: asked before the server is asked who that is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError

from bot.connection import ConnectionLostError
from bot.identity.db_queue import DatabaseQueue
from bot.irc.isupport import Isupport
from bot.throttle import AttemptLimit
from logs.accounts import codes, identity
from logs.accounts.identity import Reply

logger = logging.getLogger(__name__)

MAX_WAITING_PER_NICK = 5
MAX_WAITING = 200
"""Codes that wait for the database at one time; any more are ignored."""

WINDOW_SECONDS = 60.0
MAX_TRIES_PER_CODE = 5
"""How often the first part of a valid code may be said in this time."""

MAX_REFUSALS_PER_NICK = 2
MAX_REFUSALS = 10
"""Codes that nobody waits for and that are answered, in this time. More answers would hold up all others."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    nick: str
    text: str
    page: str
    on_open: Callable[[], None]


class CodeChecks:
    """The checks of one session. What is limited in all are only codes that nobody waits for.

    So people who invent codes, however many they are, keep nobody from saying one that a page shows.
    """

    def __init__(self, network_id: int, isupport: Isupport, queue: DatabaseQueue) -> None:
        self._network_id = network_id
        self._isupport = isupport
        self._queue = queue
        self._waiting: list[_Waiting] = []
        self._tries = AttemptLimit(MAX_TRIES_PER_CODE, codes.MAX_OPEN_CODES, WINDOW_SECONDS)
        self._refusals = AttemptLimit(MAX_REFUSALS_PER_NICK, MAX_REFUSALS, WINDOW_SECONDS)

    def check(self, nick: str, text: str, page: str, on_open: Callable[[], None]) -> None:
        """Call `on_open` if the code in a text waits, unless the nick is forgotten before; else refuse it.

        `page` is where people get a new code.
        """
        key = self._isupport.fold(nick)
        count = sum(waiting.nick == key for waiting in self._waiting)
        if count < MAX_WAITING_PER_NICK and len(self._waiting) < MAX_WAITING:
            waiting = _Waiting(key, text, page, on_open)
            self._waiting.append(waiting)
            self._queue.submit(partial(self._decide, waiting), nick)

    def forget(self, nick: str, page: str = "") -> None:
        """Drop the codes of a nick, or those for a page: the next one with that nick may be somebody else."""
        key = self._isupport.fold(nick)
        self._waiting = [waiting for waiting in self._waiting if waiting.nick != key or (page and waiting.page != page)]

    def _decide(self, waiting: _Waiting) -> Reply | None:
        try:
            selector = codes.find_open(self._network_id, waiting.text)
        except DatabaseError:
            if not self._refusals.allow(waiting.nick):
                return None
            raise
        finally:
            is_forgotten = waiting not in self._waiting
            if not is_forgotten:
                self._waiting.remove(waiting)
        if is_forgotten:
            return None
        if not selector:
            is_answered = self._refusals.allow(waiting.nick)
            return identity.refuse_code(self._network_id, waiting.page) if is_answered else None
        if self._tries.allow(selector):
            try:
                waiting.on_open()
            except ConnectionLostError as error:
                logger.info("a code of %s is not examined: %s", waiting.nick, error)
        return None
