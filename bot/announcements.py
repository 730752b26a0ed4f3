"""What the bot says unasked: announcements in channels, memos to owners (logs/owner_notices.py), mail to admins.

A channel is told that its log was opened, or that earlier lines were published. Otherwise people would learn of what an
owner does on the website only by reading the log. The mail says that the database is away for long: the only notice
that cannot be kept in it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

import gevent
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from bot.channels import Channels
from bot.connection import ConnectionLostError
from bot.identity.db_queue import DatabaseQueue
from bot.irc.message import Send
from logs import notice_mail, owner_notices, publication


class Announcements:
    """The announcements of one session. `may_act()` says whether this bot is the leader, the only one that speaks."""

    def __init__(self, channels: Channels, queue: DatabaseQueue, may_act: Callable[[], bool]) -> None:
        self._channels = channels
        self._queue = queue
        self._may_act = may_act

    def tick(self) -> None:
        """Say what has to be said in the channels that we are in; called about every second."""
        for channel in self._channels.joined():
            if channel.announcement and self._may_act():
                # Whoever takes the text from the row says it, so that it is said once, however often this is called.
                take_sentence = partial(publication.take_announcement, channel.id, channel.announcement)
                self._queue.submit(take_sentence, channel=channel.name)


logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 30.0
SERVICE = "MemoServ"


class OwnerMemos:
    """The memos of one session. Only a bot that is logged in sends any: then there are services, which own the name."""

    def __init__(
        self,
        network_id: int,
        queue: DatabaseQueue,
        send: Send,
        may_act: Callable[[], bool],
        is_logged_in: Callable[[], bool],
    ) -> None:
        self._network_id = network_id
        self._queue = queue
        self._send = send
        self._may_act = may_act
        self._is_logged_in = is_logged_in
        self._checked_at = monotonic() - INTERVAL_SECONDS

    def tick(self) -> None:
        """Send what waits; called about every second."""
        if monotonic() - self._checked_at >= INTERVAL_SECONDS and self._may_act() and self._is_logged_in():
            self._checked_at = monotonic()
            self._queue.submit(self._send_memos)

    def _send_memos(self) -> None:
        try:
            for memo in owner_notices.take_memos(self._network_id):
                self._send("PRIVMSG", SERVICE, f"SEND {memo.account} {memo.text}")
        except ConnectionLostError as error:
            logger.info("memos to owners were not sent: %s", error)


CHECK_SECONDS = 10.0
AWAY_AFTER = timedelta(minutes=10)
REPEAT_AFTER = timedelta(hours=6)
"""Between two mails, however often the database comes and goes, also after a restart of the bot."""

ADDRESSES_LIFETIME = timedelta(minutes=10)


class OutageMail:
    """`away_for` returns for how long the database has not answered, None while it does.

    The file `outage-mail` beside the journals has the time of the last mail as its own.
    """

    def __init__(self, folder: Path, away_for: Callable[[], timedelta | None]) -> None:
        self._path = folder / "outage-mail"
        self._away_for = away_for
        self._addresses: list[str] = settings.ADMIN_ADDRESSES
        self._addresses_read_at = datetime.min.replace(tzinfo=UTC)
        self._sent_at = self._read_sent_at()

    def run(self) -> None:
        """Run for ever."""
        while True:
            self.check(datetime.now(UTC))
            gevent.sleep(CHECK_SECONDS)

    def check(self, now: datetime) -> bool:
        """Send a mail if one is due; return whether one was sent."""
        away_for = self._away_for()
        if not settings.EMAIL_URL:
            return False
        if away_for is None:
            if now - self._addresses_read_at > ADDRESSES_LIFETIME:
                self._read_addresses(now)
            return False
        if away_for < AWAY_AFTER or now - self._sent_at < REPEAT_AFTER:
            return False
        since = now - away_for
        text = (
            f"The bot has not reached the database since {since:%Y-%m-%d %H:%M} UTC. What is said waits in the journal"
            " on its disk and is stored when the database is back; pages are answered with 503."
        )
        subject = f"[{settings.SITE_NAME}] the database is away"
        if not notice_mail.send_alert(subject, text, self._addresses):
            return False
        self._sent_at = now
        with suppress(OSError):  # a full disk: the time is still known to this process
            self._path.touch()
        return True

    def _read_addresses(self, now: datetime) -> None:
        """Remember whom to tell: the accounts of superusers are in the database."""
        try:
            self._addresses = notice_mail.list_administrators()
            self._addresses_read_at = now
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the addresses of administrators were not read: %s", error)
        finally:
            connection.close()

    def _read_sent_at(self) -> datetime:
        try:
            return datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        except OSError:
            return datetime.min.replace(tzinfo=UTC)
