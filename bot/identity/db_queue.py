"""What people prove, handed to the database one after the other beside the session: its reader never waits for that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent
from django.db import DatabaseError, connection
from gevent.lock import BoundedSemaphore

from bot.connection import ConnectionLostError
from logs.accounts.identity import Answer
from logs.text.names import is_channel

if TYPE_CHECKING:
    from bot.session import Session

logger = logging.getLogger(__name__)


class Questions:
    """For one session. They are answered in the order in which they came, so that a proof is never taken back before
    it was noted."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._turn = BoundedSemaphore(1)

    def ask(self, question: Callable[[], Answer | None], nick: str = "", channel: str = "") -> None:
        """What the answer says is said to a nick, or in the channel when it is for all who are there."""
        gevent.spawn(self._asked, question, nick, channel)

    def tell(self, target: str, sentence: str) -> None:
        """In a channel as a message, to a person as a notice."""
        try:
            self.session.send("PRIVMSG" if is_channel(target) else "NOTICE", target, sentence)
        except ConnectionLostError as error:
            logger.info("%s: %s was not told: %s", self.session.network.name, target, error)

    def _asked(self, question: Callable[[], Answer | None], nick: str, channel: str) -> None:
        with self._turn:
            try:
                answer = question()
            except DatabaseError as error:
                logger.warning("%s: no answer to %s: %s", self.session.network.name, nick or channel, error)
                answer = Answer("I cannot reach my memory at the moment: please try again in a minute.")
            finally:
                connection.close()
        if answer is not None and (target := channel if answer.to_all else nick):
            self.tell(target, answer.sentence)
