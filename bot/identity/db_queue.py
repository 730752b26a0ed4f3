"""Database work about people's identities, done in order beside the session, so that its reader never waits."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent
from django.db import DatabaseError, connection
from gevent.lock import BoundedSemaphore

from bot.connection import ConnectionLostError
from bot.irc.message import Send
from logs.accounts.identity import Reply
from logs.text.names import is_channel

logger = logging.getLogger(__name__)

DATABASE_AWAY = "I cannot reach the database at the moment: please try again in a minute."


class DatabaseQueue:
    """Runs the database work of one session in the order of submission.

    The order matters: a proof must not be revoked before it has been stored.
    """

    def __init__(self, network_name: str, send: Send) -> None:
        self._network_name = network_name
        self._send = send
        self._lock = BoundedSemaphore(1)

    def submit(self, work: Callable[[], Reply | None], nick: str = "", channel: str = "") -> None:
        """Queue work; its answer is sent to the nick, or to the channel when it is for everybody there."""
        gevent.spawn(self._run, work, nick, channel)

    def send_sentence(self, target: str, sentence: str) -> None:
        """Send a sentence, to a channel as a message and to a person as a notice."""
        try:
            self._send("PRIVMSG" if is_channel(target) else "NOTICE", target, sentence)
        except ConnectionLostError as error:
            logger.info("%s: a sentence to %s was not sent: %s", self._network_name, target, error)

    def _run(self, work: Callable[[], Reply | None], nick: str, channel: str) -> None:
        # gevent's semaphore wakes its waiters in the order in which they came.
        with self._lock:
            try:
                answer = work()
            except DatabaseError as error:
                logger.warning("%s: no answer to %s: %s", self._network_name, nick or channel, error)
                answer = Reply(DATABASE_AWAY)
            finally:
                connection.close()
        if answer is not None and (target := channel if answer.to_all else nick):
            self.send_sentence(target, answer.sentence)
