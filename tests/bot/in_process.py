"""A session in this process, without sockets: the test is the server, and sees what it sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bot.connection import Connection, Timing
from bot.desired_state import WantedNetwork
from bot.recorder import Recorder
from bot.session import Session
from bot.state_file import StsStore
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from logs.models.bot_status import State
from tests.bot.test_fuzz import NETWORK

StartLocal = Callable[..., "LocalSession"]
"""Starts a session with the parameters of LocalSession that follow the folder."""


@dataclass
class SentLines:
    """Takes the place of a connection and collects what the bot sends."""

    lines: list[str] = field(default_factory=list)
    peer: tuple[str, int] = ("192.0.2.1", 6667)

    def send(self, command: str, *params: str) -> None:
        self.lines.append(" ".join([command, *params]))

    send_now = send


class LocalSession:
    """A session with the journal in `folder`; `reports` holds the last state and reason by channel id."""

    def __init__(self, folder: Path, network: WantedNetwork = NETWORK, **options: Any) -> None:
        self.journal = Journal(folder / "net")
        self.reports: dict[int | None, tuple[State, str]] = {}
        self._sent = SentLines()
        recorder = Recorder(self.journal)
        recorder.privacy_filter.update(network)
        self.session = Session(network, recorder, StsStore(folder / "sts"), self._report, Timing(), **options)
        self.session._outbox.connection = cast("Connection", self._sent)

    def receive(self, *lines: str | bytes) -> None:
        """Let the bot handle lines of the server; none may fail."""
        for line in lines:
            self.session.handlers.handle_line(line if isinstance(line, bytes) else line.encode())
        assert self.session.handlers.failure_count == 0

    def read_sent(self, start: str = "") -> list[str]:
        """Return what the bot has sent since the last call, only lines with this beginning."""
        sent, self._sent.lines = self._sent.lines, []
        return [line for line in sent if line.startswith(start)]

    def entries(self, channel: int = 1) -> list[Entry]:
        """Return the journaled lines of a channel."""
        records, _ = self.journal.read(self.journal.first_position(), 1_000_000)
        return [record for record in records if isinstance(record, Entry) and record.channel == channel]

    def journaled_messages(self, channel: int = 1) -> list[tuple[str, str]]:
        """Return nick and text of the journaled lines of a channel."""
        return [(entry.nick, entry.text) for entry in self.entries(channel)]

    def close(self) -> None:
        self.journal.close()

    def _report(self, channel: int | None, state: State, reason: str) -> None:
        self.reports[channel] = (state, reason)
