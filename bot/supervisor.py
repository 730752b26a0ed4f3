"""Connects the networks that the database lists as wanted, comparing the two once a second."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic

import gevent
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError
from gevent.event import Event

from bot import desired_state
from bot.announcements import OutageMail
from bot.connection import Timing
from bot.desired_state import SettingsReader, WantedNetwork
from bot.leader import LeaderLocks
from bot.maintenance import run_maintenance, run_owner_notices, run_reply_backlog
from bot.network import NetworkRunner
from bot.status import StatusBoard
from logs.greenlets import spawn_lasting
from logs.models.bot_status import State

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
STATUS_INTERVAL_SECONDS = 10.0
DATABASE_TIMEOUT_SECONDS = 10.0
"""A database that has not answered within this time counts as away."""

WORK_TIMEOUT_SECONDS = 0.2
STOP_TIMEOUT_SECONDS = 1.5
CLOSE_TIMEOUT_SECONDS = 0.5
FINAL_STATUS_TIMEOUT_SECONDS = 0.5
"""Stopping takes less than five seconds in total, whatever servers and database do: for the round at work, for the end
of the connections after QUIT (QUIT_WAIT), for storing what is waiting, and for the final status."""

STANDBY_SUFFIX = "-2"
NICK_CHARACTERS = 13

_running: list[Supervisor] = []


class Supervisor:
    """Runs until `stop`. While the database is away it uses the last known settings, also after a restart."""

    def __init__(
        self,
        folder: Path,
        timing: Timing | None = None,
        *,
        is_standby: bool = False,
        network_names: Collection[str] | None = None,
    ) -> None:
        self.folder = folder
        self.timing = timing or Timing()
        self.locks = LeaderLocks(is_standby=is_standby)
        self.is_standby = is_standby
        self.network_names = network_names
        """The networks to connect to, if they are wanted; None: all."""
        self.board = StatusBoard()
        self._reader = SettingsReader()
        self.runners: dict[int, NetworkRunner] = {}
        self.ticked_at: float | None = None
        """When the settings were last applied, by `monotonic`; None before the first time."""
        self.database_away_since: float | None = None
        """The same for when the database last stopped answering; None while it answers."""
        self.database_problem = ""
        self._last_settings: list[WantedNetwork] | None = None
        self._status_written_at = 0.0
        self._is_idle = False
        self._unknown_names: set[str] = set()
        self._without_journal: set[int] = set()
        """The networks that could not be started, because the disk refused their journals."""
        self._stopping = Event()
        self._woken = Event()

    def run(self) -> None:
        """Run until `stop`.

        JournalBusyError when another bot uses one of the journals at the start, OSError when not one can be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        _running.append(self)
        self.locks.start()
        maintenance = [
            spawn_lasting(name, partial(work, lambda: bool(self.locks.site.primary)))
            for name, work in (
                ("publishing delayed lines and deleting old ones", run_maintenance),
                ("finding which lines answer each other", run_reply_backlog),
                ("notices to owners", run_owner_notices),
            )
        ]
        # The standby of a leader would send it a second time.
        if not self.is_standby:
            outage_mail = OutageMail(self.folder, self._database_away_for)
            maintenance.append(spawn_lasting("mail about the database", outage_mail.run))
        work = gevent.spawn(self._work)
        work.link(lambda _: self._stopping.set())
        self._stopping.wait()
        # A round that waits for the database is killed: otherwise it could start a network again.
        work.join(WORK_TIMEOUT_SECONDS)
        gevent.killall([*maintenance, work], block=False)
        if work.value:
            raise work.value
        self._stop_all()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Make `run` return."""
        self._stopping.set()
        self._woken.set()

    def reread(self) -> None:
        """Read the settings at once. Connections stay as they are unless their settings have changed."""
        logger.info("reading the settings again")
        self._reader.forget()
        self._woken.set()

    def _work(self) -> Exception | None:
        """Tick until stopped; return the exception that ended it, if any.

        In a greenlet of its own, so that a database that does not answer cannot keep `run` from ending.
        """
        try:
            while not self._stopping.is_set():
                self._woken.clear()
                self._tick()
                self._write_status()
                self._woken.wait(TICK_SECONDS)
        except Exception as error:  # noqa: BLE001  (`run` raises it)
            return error
        return None

    def _tick(self) -> None:
        requested_at = monotonic()
        try:
            timeout_error = OperationalError(f"no answer within {DATABASE_TIMEOUT_SECONDS:g} s")
            with gevent.Timeout(DATABASE_TIMEOUT_SECONDS, timeout_error):
                networks = [self._with_own_nick(network) for network in self._reader.read()]
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            # A ProgrammingError at the start means that there are no tables yet; later it means an update in progress.
            if isinstance(error, ProgrammingError) and self._last_settings is None:
                raise
            self._note_database_away(str(error).strip())
            networks = (
                self._last_settings if self._last_settings is not None else desired_state.load(self._settings_path)
            )
        else:
            self._note_database_back()
            if networks != self._last_settings:
                self._save_settings(networks)
        self._last_settings = networks
        self._report_unknown_names(networks)
        self._apply([network for network in networks if self._is_own(network)], requested_at)
        self.ticked_at = monotonic()

    def _apply(self, networks: list[WantedNetwork], requested_at: float) -> None:
        """Start, update and stop networks according to settings that were requested from the database at a time."""
        if not networks and not self._is_idle:
            logger.warning("no network is wanted yet: add one with `manage.py addchannel` or in the admin")
        self._is_idle = not networks
        refusal = None
        for network in networks:
            runner = self.runners.get(network.id)
            if runner is None:
                try:
                    self._start(network)
                except OSError as error:
                    # The other networks go on, and the next round tries this one again.
                    refusal = error
                    self._report_without_journal(network, error)
            elif runner.network != network and not runner.was_paused_since(requested_at):
                # A command may have paused a channel while the query ran: then its result is out of date.
                runner.update(network)
            else:
                runner.tick()
        if refusal and not self.runners:
            # Not one journal can be written: more likely the folder is wrong than a disk full for a moment.
            raise refusal
        wanted_ids = {network.id for network in networks}
        self._without_journal &= wanted_ids
        for network_id in self.runners.keys() - wanted_ids:
            runner = self.runners.pop(network_id)
            runner.stop("no longer wanted", STOP_TIMEOUT_SECONDS)
            self._set_off(runner.network)

    def _start(self, network: WantedNetwork) -> None:
        """Start a network. OSError if the disk refuses its journal."""
        role = self.locks.role_of(network.id)
        runner = NetworkRunner(network, self.folder / network.name, self.board, self.timing, role)
        self._without_journal.discard(network.id)
        self.runners[network.id] = runner
        runner.start()

    def _report_without_journal(self, network: WantedNetwork, error: OSError) -> None:
        problem = f"its journal cannot be written: {error}"
        if network.id not in self._without_journal:
            logger.critical("%s is not connected: %s", network.name, problem)
        self._without_journal.add(network.id)
        self.board.set(network.id, None, State.WAITING, problem)

    def _is_own(self, network: WantedNetwork) -> bool:
        return self.network_names is None or network.name in self.network_names

    def _report_unknown_names(self, networks: list[WantedNetwork]) -> None:
        unknown = set(self.network_names or ()) - {network.name for network in networks}
        if unknown - self._unknown_names:
            logger.warning("no network that is wanted has this name: %s", ", ".join(sorted(unknown)))
        self._unknown_names = unknown

    def _with_own_nick(self, network: WantedNetwork) -> WantedNetwork:
        """Return the network with the nick of this bot: a standby is connected beside the leader."""
        if not self.is_standby:
            return network
        return replace(network, nick=f"{network.nick[:NICK_CHARACTERS]}{STANDBY_SUFFIX}")

    def _set_off(self, network: WantedNetwork) -> None:
        self.board.set(network.id, None, State.OFF, "")
        for channel in network.channels:
            self.board.set(network.id, channel.id, State.OFF, "")

    def _write_status(self, timeout_seconds: float = DATABASE_TIMEOUT_SECONDS) -> None:
        # A standby writes none: a network's rows are about its leader.
        led_networks = self.locks.led_networks
        is_due = self.board.has_changed or monotonic() - self._status_written_at > STATUS_INTERVAL_SECONDS
        if self.database_problem or not led_networks or not is_due:
            return
        try:
            with gevent.Timeout(timeout_seconds, OperationalError(f"no answer within {timeout_seconds:g} s")):
                for network, runner in self.runners.items():
                    if network in led_networks:
                        runner.update_board()
                        runner.store_casemapping()
                self.board.write(led_networks)
            self._status_written_at = monotonic()
            # The rows of a network that is not wanted any more say so now: its lock is not needed any more either.
            self.locks.keep_only(self.runners.keys() | self._without_journal)
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            self._note_database_away(str(error).strip())

    def _stop_all(self) -> None:
        stopping = [gevent.spawn(runner.stop, "stopping", STOP_TIMEOUT_SECONDS) for runner in self.runners.values()]
        gevent.joinall(stopping, timeout=settings.QUIT_WAIT + STOP_TIMEOUT_SECONDS + CLOSE_TIMEOUT_SECONDS)
        for runner in self.runners.values():
            self._set_off(runner.network)
        self._write_status(FINAL_STATUS_TIMEOUT_SECONDS)
        # The locks go last: until then a standby must not store lines.
        self.locks.stop()

    def _save_settings(self, networks: list[WantedNetwork]) -> None:
        try:
            desired_state.save(self._settings_path, networks)
        except OSError as error:
            logger.critical("the copy of the settings cannot be written: %s", error)

    def _database_away_for(self) -> timedelta | None:
        since = self.database_away_since
        return None if since is None else timedelta(seconds=monotonic() - since)

    def _note_database_away(self, problem: str) -> None:
        if not self.database_problem:
            logger.warning("the database is away, using the last known settings: %s", problem)
            self.database_away_since = monotonic()
        self.database_problem = problem

    def _note_database_back(self) -> None:
        if self.database_problem:
            logger.info("the database is back")
        self.database_problem, self.database_away_since = "", None

    @property
    def _settings_path(self) -> Path:
        return self.folder / "wanted.json"


def running_supervisor() -> Supervisor | None:
    """Return the supervisor of this process, None before it runs."""
    return _running[-1] if _running else None
