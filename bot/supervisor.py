"""Which networks and channels should be up: looks at what is wanted once a second and makes it so."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from time import monotonic

import gevent
from django.db import InterfaceError, OperationalError, ProgrammingError
from gevent.event import Event

from bot import desired_state
from bot.connection import Timing
from bot.desired_state import WantedNetwork
from bot.leader import PrimaryLock
from bot.maintenance import tidy
from bot.network import Link
from bot.status import Board
from logs.models.bot_status import State

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0
STATUS_EVERY = 10.0
DATABASE_SECONDS = 10.0
"""A database that has not answered by then is away."""

STOP_SECONDS = 1.5
PATIENCE = 0.2
LAST_WORDS = 0.5
"""Ending takes less than five seconds, whatever server and database do: so long for what is being done, STOP_SECONDS
for goodbyes and what waits to be stored, and so long for the status."""
SECOND = "-2"


class Supervisor:
    """Runs until `stop`; while the database is away it goes on with what was wanted last, also after a restart."""

    def __init__(self, folder: Path, timing: Timing | None = None, *, standby: bool = False) -> None:
        self.folder = folder
        self.timing = timing or Timing()
        self.lock = PrimaryLock(patient=standby)
        self.standby = standby
        self.board = Board()
        self.links: dict[int, Link] = {}
        self._copy: list[WantedNetwork] | None = None
        self._database_away = ""
        self._status_written = 0.0
        self._stopping = Event()
        self._idle_said = False
        self._woken = Event()

    def run(self) -> None:
        """JournalBusyError when another bot has one of the journals at the start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock.start()
        tidying = gevent.spawn(tidy, lambda: bool(self.lock.primary))
        working = gevent.spawn(self._work)
        working.link(lambda _: self._stopping.set())
        self._stopping.wait()
        working.join(PATIENCE)
        gevent.killall([tidying, working], block=False)
        if working.value:
            raise working.value
        self._stop_all()

    def stop(self) -> None:
        """Makes `run` come to its end."""
        self._stopping.set()
        self._woken.set()

    def reread(self) -> None:
        """Looks at once what is wanted; connections stay as they are unless something else is wanted."""
        logger.info("reading anew what is wanted")
        self._woken.set()

    def _work(self) -> Exception | None:
        """Beside `run`, so that a database that does not answer cannot keep it from ending. Why it cannot go on."""
        try:
            while not self._stopping.is_set():
                self._woken.clear()
                self._look()
                self._write_status()
                self._woken.wait(LOOK_EVERY)
        except Exception as error:  # noqa: BLE001  (`run` raises it)
            return error
        return None

    def _look(self) -> None:
        asked_at = monotonic()
        try:
            with gevent.Timeout(DATABASE_SECONDS, OperationalError(f"no answer within {DATABASE_SECONDS:g} s")):
                networks = [self._named(network) for network in desired_state.read()]
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            if isinstance(error, ProgrammingError) and self._copy is None:
                raise  # no tables yet; later it means that a new version is being installed
            self._away(str(error).strip())
            networks = self._copy if self._copy is not None else desired_state.load(self._wanted_path)
        else:
            self._back()
            if networks != self._copy:
                self._keep_copy(networks)
        self._copy = networks
        self._follow(networks, asked_at)

    def _follow(self, networks: list[WantedNetwork], asked_at: float) -> None:
        if not networks and not self._idle_said:
            logger.warning("no network is wanted yet: add one with `manage.py addchannel` or in the admin")
        self._idle_said = not networks
        for network in networks:
            if network.id in self.links:
                if self.links[network.id].network != network and not self.links[network.id].told_since(asked_at):
                    self.links[network.id].want(network)
                else:
                    self.links[network.id].look()
            else:
                self._begin(network)
        for gone in self.links.keys() - {network.id for network in networks}:
            link = self.links.pop(gone)
            link.stop("no longer wanted", STOP_SECONDS)
            self._off(link.network)

    def _begin(self, network: WantedNetwork) -> None:
        link = Link(network, self.folder / network.name, self.board, self.timing, self.lock)
        self.links[network.id] = link
        link.start()

    def _named(self, network: WantedNetwork) -> WantedNetwork:
        """A second bot has a nick of its own."""
        return replace(network, nick=f"{network.nick[:13]}{SECOND}") if self.standby else network

    def _off(self, network: WantedNetwork) -> None:
        self.board.set(network.id, None, State.OFF, "")
        for channel in network.channels:
            self.board.set(network.id, channel.id, State.OFF, "")

    def _write_status(self, seconds: float = DATABASE_SECONDS) -> None:
        if (
            self._database_away
            or not self.lock.primary
            or not (self.board.changed or monotonic() - self._status_written > STATUS_EVERY)
        ):
            return
        try:
            with gevent.Timeout(seconds, OperationalError(f"no answer within {seconds:g} s")):
                for link in self.links.values():
                    link.tell()
                    link.keep_casemapping()
                self.board.write()
            self._status_written = monotonic()
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            self._away(str(error).strip())

    def _stop_all(self) -> None:
        stopping = [gevent.spawn(link.stop, "stopping", STOP_SECONDS) for link in self.links.values()]
        gevent.joinall(stopping, timeout=STOP_SECONDS + 1)
        for link in self.links.values():
            self._off(link.network)
        self._write_status(LAST_WORDS)
        self.lock.stop()

    def _keep_copy(self, networks: list[WantedNetwork]) -> None:
        try:
            desired_state.save(self._wanted_path, networks)
        except OSError as error:
            logger.critical("what is wanted cannot be kept on disk: %s", error)

    def _away(self, why: str) -> None:
        if not self._database_away:
            logger.warning("the database is away, going on with what was wanted last: %s", why)
        self._database_away = why

    def _back(self) -> None:
        if self._database_away:
            logger.info("the database is back")
        self._database_away = ""

    @property
    def _wanted_path(self) -> Path:
        return self.folder / "wanted.json"
