"""Elects among several bots the one that stores a network, and the one that does the site's recurring work.

Each of these duties is an advisory lock of the database, held by at most one bot: a bot that has a network's lock is
its leader. All locks belong to one connection, and are free when it ends.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from time import monotonic
from typing import Any

import gevent
import psycopg2
from django.db import OperationalError
from gevent.event import Event

from logs.models.postgres import open_direct_connection
from logs.recording.role import Role

logger = logging.getLogger(__name__)

LOCK_KEY = 0x626F74626F74
"""Shared by all bots of a database before they take any other lock.

Earlier versions held it alone, for all networks at once, as a restore does: none of them stores beside a bot of this
version.
"""

SITE_KEY = LOCK_KEY + 1
"""The lock of the bot that publishes delayed lines, deletes old ones and sends mails."""

NETWORK_CLASS = 0x626F7462
"""The first of the two integers that name a network's lock; the second is its primary key."""

CHECK_INTERVAL_SECONDS = 1.0
STANDBY_DELAY_SECONDS = 10.0
"""How long a standby leaves a free lock to others: it must not become the leader when both bots start at once."""

SET_KEEPALIVE = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""Frees the locks of a bot whose host has vanished after 25 seconds."""

_TRY_NETWORKS = """
    SELECT network, pg_try_advisory_lock(%s, network) FROM unnest(%s::integer[]) AS network"""


class Duty(Role):
    """`primary` says whether it is this bot's; None while the database is away and nobody can tell."""

    def __init__(self, delay_seconds: float) -> None:
        self.primary: bool | None = None
        self.may_lead_from = monotonic() + delay_seconds


class LeaderLocks:
    """The locks of one bot."""

    def __init__(self, *, is_standby: bool) -> None:
        self._delay_seconds = STANDBY_DELAY_SECONDS if is_standby else 0.0
        self.site = Duty(self._delay_seconds)
        self._networks: dict[int, Duty] = {}
        self._held: set[int] = set()
        """The networks whose locks the connection has."""
        self._is_counted = False
        """Whether the connection shares LOCK_KEY."""
        self._logged: tuple[int, int] | None = None
        self._woken = Event()
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Release all locks, so that other bots become leaders."""
        if self._greenlet:
            self._greenlet.kill()

    def role_of(self, network: int) -> Role:
        """Return the role in a network, whose lock this bot competes for from now on."""
        if network not in self._networks:
            self._networks[network] = Duty(self._delay_seconds)
            self._woken.set()
        return self._networks[network]

    def keep_only(self, networks: set[int]) -> None:
        """Leave all other networks to other bots."""
        for network in self._networks.keys() - networks:
            self._networks.pop(network).primary = None
            self._woken.set()

    @property
    def led_networks(self) -> set[int]:
        """The networks of which this bot is the leader."""
        return {network for network, duty in self._networks.items() if duty.primary}

    def _run(self) -> None:
        while True:
            try:
                self._compete()
            except (psycopg2.Error, OperationalError) as error:
                if self.site.primary is not None:
                    logger.warning("it is unknown which bot is the leader: %s", " ".join(str(error).split()))
                self._forget()
            except Exception:
                logger.exception("the election of the leader failed and goes on")
                self._forget()
            gevent.sleep(CHECK_INTERVAL_SECONDS)

    def _forget(self) -> None:
        """The connection is gone, and with it the locks."""
        self._is_counted = False
        self._held.clear()
        for duty in (self.site, *self._networks.values()):
            duty.primary = None
        self._logged = None

    def _compete(self) -> None:
        """Try to get and keep the locks while the connection lasts.

        They belong to the connection, so this one stays open and is not from the pool.
        """
        lock_connection = open_direct_connection("leader lock")
        try:
            with lock_connection.cursor() as cursor:
                cursor.execute(SET_KEEPALIVE)
                while True:
                    self._woken.clear()
                    self._check(cursor)
                    self._woken.wait(CHECK_INTERVAL_SECONDS)
        finally:
            with suppress(psycopg2.Error):
                lock_connection.close()

    def _check(self, cursor: Any) -> None:
        # At least one query each time: one that fails is how a leader notices that it has lost connection and locks.
        # Networks that are added meanwhile are left to the next time.
        networks = dict(self._networks)
        if not self._is_counted:
            cursor.execute("SELECT pg_try_advisory_lock_shared(%s)", [LOCK_KEY])
            (self._is_counted,) = cursor.fetchone()
        if self._is_counted:
            self._release(cursor, self._held - networks.keys())
            self._try_networks(cursor, networks)
            self._try_site(cursor)
        for network, duty in networks.items():
            duty.primary = network in self._held
        self.site.primary = bool(self.site.primary)
        self._log(networks)

    def _try_networks(self, cursor: Any, networks: dict[int, Duty]) -> None:
        now = monotonic()
        free = sorted(
            network for network, duty in networks.items() if network not in self._held and duty.may_lead_from <= now
        )
        # All of them by one statement: two bots that begin at once share them out by accident only.
        cursor.execute(_TRY_NETWORKS, [NETWORK_CLASS, free])
        self._held |= {network for network, is_held in cursor.fetchall() if is_held}

    def _try_site(self, cursor: Any) -> None:
        if not self.site.primary and self.site.may_lead_from <= monotonic():
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [SITE_KEY])
            (self.site.primary,) = cursor.fetchone()

    def _release(self, cursor: Any, networks: set[int]) -> None:
        for network in networks:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [NETWORK_CLASS, network])
            self._held.discard(network)

    def _log(self, networks: dict[int, Duty]) -> None:
        counts = sum(bool(duty.primary) for duty in networks.values()), len(networks)
        if counts == self._logged or not networks:
            return
        self._logged = counts
        led, of = counts
        if led == of:
            logger.info("this bot is the leader and stores all lines")
        elif led:
            logger.info("this bot stores the lines of %d of %d networks, other bots those of the others", led, of)
        else:
            logger.info("this bot is the standby of another one")
