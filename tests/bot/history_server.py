"""A fake server with a history, as different as real ones are, and a bot on it without sockets or a real clock.

It follows what the specification of CHATHISTORY, soju (times only, no message ids), Ergo (message ids, events),
InspIRCd (replay on JOIN, its times cut to seconds) and ZNC (playback) do.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from bot import history, history_cursor, recorder, server_clock
from bot.connection import Timing
from bot.identity.db_queue import DatabaseQueue
from bot.recorder import Recorder
from bot.session import Session
from bot.state_file import StsStore
from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened
from logs.ingest.journal import Journal
from logs.models.line import Reason
from tests.bot.test_fuzz import NETWORK

CHATHISTORY, ZNC, REPLAY = "draft/chathistory", "znc.in/playback", ""
HISTSERV = "HistServ!HistServ@localhost"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock(datetime):
    """`datetime` whose present the test decides."""

    present = START

    @classmethod
    def now(cls, tz: Any = None) -> Any:  # noqa: ARG003 (its name is fixed)
        return cls.present


@contextmanager
def virtual_time() -> Iterator[None]:
    """Let the bot's history live in the time of `Clock`, without a database."""

    def fail(*_: object) -> None:
        raise OperationalError("there is none in this test")

    with pytest.MonkeyPatch.context() as patch:
        for module in (history, recorder, server_clock):
            patch.setattr(module, "datetime", Clock)
        patch.setattr(history_cursor, "_read_stored_lines", fail)
        # Anything that can be closed.
        patch.setattr(history_cursor, "connection", BytesIO())
        # What a session does in the database, such as ending sign-ins by nick, is of no concern here.
        patch.setattr(DatabaseQueue, "_run", lambda *_: None)
        Clock.present = START
        yield


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a server offers. `skew` is its clock minus ours.

    `cut` is what all its times are rounded down to, `history_cut` those that its history shows. `history_request` says
    how history is requested; with REPLAY the server sends its last `replayed` lines after every JOIN. `history_limit`
    is how many lines it keeps. `events_as_text`: HistServ describes joins and quits in messages, as Ergo does without
    event-playback.
    """

    history_request: str = CHATHISTORY
    replayed: int = 50
    history_cut: timedelta = timedelta(milliseconds=1)

    has_msgids: bool = True
    accepts_msgids: bool = True
    cut: timedelta = timedelta(milliseconds=1)
    cuts_storage: bool = True
    page: int = 100
    announces_page: bool = True
    skew: timedelta = timedelta()
    stamps_join: bool = True
    history_limit: int = 1_000_000
    has_before: bool = True
    has_events: bool = False
    events_as_text: bool = False


@dataclass(frozen=True)
class SentLine:
    """A line on the server: `at` by its clock, `at_local` by ours."""

    number: int
    nick: str
    command: str
    text: str
    at: datetime
    at_local: datetime


class FakeServer:
    """One channel, `#c`. `connect` gives the bot a new session; `answer` handles one command of the bot."""

    peer = ("192.0.2.1", 6667)

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.sent: list[SentLine] = []
        self.journal = Journal(folder / "net")
        self.recorder = Recorder(self.journal)
        self.recorder.privacy_filter.update(NETWORK)
        self.session: Session | None = None
        self.commands: deque[tuple[str, ...]] = deque()
        self.requests: list[str] = []

    def close(self) -> None:
        self.session = None
        self.recorder.flush_state()
        self.journal.close()

    def wait(self, duration: timedelta) -> None:
        Clock.present += duration

    def say(self, text: str, nick: str = "ann", command: str = "PRIVMSG #c") -> None:
        now = Clock.present
        line = SentLine(len(self.sent), nick, command, text, now + self.kind.skew, now)
        self.sent.append(line)
        if self.session:
            self._send(self._format(line))

    def connect(self) -> None:
        kind = self.kind
        # A gap without a duration would be none.
        self.wait(timedelta(milliseconds=2))
        self.session = Session(NETWORK, self.recorder, StsStore(self.folder / "sts"), lambda *_: None, Timing())
        self.commands.clear()
        self.session.nickname._send = self.session._history._send = self._receive
        self.session._outbox.connection = self  # type: ignore[assignment]
        tokens = [f"MSGREFTYPES={'msgid,timestamp' if kind.accepts_msgids else 'timestamp'}"]
        if kind.announces_page:
            tokens.append(f"CHATHISTORY={kind.page}")
        for line in (
            f":s CAP * LS :batch server-time message-tags {kind.history_request}",
            f":s CAP * ACK :batch server-time message-tags {kind.history_request}",
            ":s 001 botbot :hi",
            f":s 005 botbot {' '.join(tokens)} :are supported",
        ):
            self._send(line)
        stamp = f"@time={self._stamp(Clock.present + kind.skew)} " if kind.stamps_join else ""
        self._send(f"{stamp}:botbot!b@h JOIN #c")
        if kind.history_request == REPLAY:
            # It begins between two times.
            cut_off = {line.at for line in self.sent[: -kind.replayed]}
            self._send_history([line for line in self._stored()[-kind.replayed :] if line.at not in cut_off])

    def disconnect(self) -> None:
        if self.session:
            self.session.channels.close_all(Reason.CONNECTION, 0.0)
            self.session = None
            self.wait(timedelta(milliseconds=1))

    def kill(self) -> None:
        """Kill the bot and start another one, which has only its files."""
        self.session = None
        self.wait(timedelta(milliseconds=1))
        self.recorder.flush_state()
        self.journal.note_alive()
        self.journal.close()
        self.journal = Journal(self.folder / "net")
        # The file's time is that of the real clock.
        self.journal.heard_until = Clock.present
        self.recorder = Recorder(self.journal)
        self.recorder.privacy_filter.update(NETWORK)
        self.recorder.recover()

    def answer(self) -> bool:
        """Answer the bot's next command, if there is one."""
        if not self.session or not self.commands:
            return False
        command = self.commands.popleft()
        if command[0] == "CHATHISTORY":
            self.requests.append(" ".join(command))
            self._answer_history(*command[1:])
        elif command[:2] == ("PRIVMSG", "*playback"):
            self.requests.append(" ".join(command))
            since = datetime.fromtimestamp(float(command[2].split(" ")[2]), UTC)
            self._send_history([line for line in self._stored() if line.at >= since])
        return True

    def send(self, command: str, *params: str) -> None:
        self._receive(command, *params)

    def send_now(self, command: str, *params: str) -> None:
        self._receive(command, *params)

    def _receive(self, command: str, *params: str) -> None:
        self.commands.append((command, *params))

    def _answer_history(self, subcommand: str, _target: str, position: str, limit: str) -> None:
        kind = self.kind
        count = min(int(limit), kind.page)
        stored = self._stored()
        criterion, _, value = position.partition("=")
        if subcommand == "BEFORE" and not kind.has_before:
            self._send(f"FAIL CHATHISTORY INVALID_PARAMS {subcommand} #c :no")
            return
        if criterion == "msgid":
            numbers = [line.number for line in stored]
            if not kind.accepts_msgids or int(value[1:]) not in numbers:
                self._send(f"FAIL CHATHISTORY INVALID_MSGREFTYPE {subcommand} #c :no")
                return
            found = [line for line in stored if line.number > int(value[1:])]
        else:
            at = datetime.fromisoformat(value)
            stored_at = self._cut if kind.cuts_storage else (lambda time: time)
            found = [
                line
                for line in stored
                if (stored_at(line.at) > at if subcommand == "AFTER" else stored_at(line.at) < at)
            ]
        found = found[:count] if subcommand == "AFTER" else found[-count:]
        self._send_history(found)

    def _stored(self) -> list[SentLine]:
        """Return what the server remembers."""
        events = [] if self.kind.has_events or self.kind.events_as_text else ["JOIN #c", "QUIT"]
        # What the server forgets, it forgets with all lines for which it shows the same time.
        step = max(self.kind.cut, self.kind.history_cut)
        forgotten = {_cut_down(line.at, step) for line in self.sent[: -self.kind.history_limit]}
        return [line for line in self.sent if line.command not in events and _cut_down(line.at, step) not in forgotten]

    def _send_history(self, lines: list[SentLine]) -> None:
        name = "znc.in/playback" if self.kind.history_request == ZNC else "chathistory"
        cut = self.kind.history_cut
        shown = [self._format(self._in_words(replace(line, at=_cut_down(line.at, cut))), "batch=h") for line in lines]
        self._send(f":s BATCH +h {name} #c", *shown, ":s BATCH -h")

    def _in_words(self, line: SentLine) -> SentLine:
        if not self.kind.events_as_text or line.command.startswith(("PRIVMSG", "NOTICE")):
            return line
        did = "joined the channel" if line.command.startswith("JOIN") else f"quit ({line.text})"
        return replace(line, nick=HISTSERV, command="PRIVMSG #c", text=f"{line.nick} {did}")

    def _format(self, line: SentLine, *tags: str) -> str:
        own = [f"msgid=m{line.number}"] if self.kind.has_msgids else []
        all_tags = ";".join([f"time={self._stamp(line.at)}", *own, *tags])
        source = line.nick if line.nick == HISTSERV else f"{line.nick}!u@h"
        return f"@{all_tags} :{source} {line.command} :{line.text}"

    def _cut(self, at: datetime) -> datetime:
        return _cut_down(at, self.kind.cut)

    def _stamp(self, at: datetime) -> str:
        at = self._cut(at)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"

    def _send(self, *lines: str) -> None:
        assert self.session
        for line in lines:
            self.session.handlers.handle_line(line.encode())
        assert self.session.handlers.failure_count == 0


def _cut_down(at: datetime, step: timedelta) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=UTC)) % step


@dataclass
class Outcome:
    """What the bot's journal says: recorded lines, as the database would store them, and the gaps that remain."""

    lines: list[Entry]
    gaps: list[tuple[datetime, datetime]]

    def missing(self, sent: list[SentLine]) -> Counter[tuple[str, str]]:
        recorded = Counter((entry.nick, entry.text) for entry in self.lines)
        return Counter((line.nick, line.text) for line in sent) - recorded

    def is_in_order(self, sent: list[SentLine]) -> bool:
        """Whether readers see the lines in the order in which they were said."""
        words = iter((line.nick, line.text) for line in sent)
        return all((entry.nick, entry.text) in words for entry in sorted(self.lines, key=attrgetter("at")))

    def doubled(self, sent: list[SentLine]) -> Counter[tuple[str, str]]:
        recorded = Counter((entry.nick, entry.text) for entry in self.lines)
        return recorded - Counter((line.nick, line.text) for line in sent)


def outcome_of(server: FakeServer) -> Outcome:
    records, _ = server.journal.read(server.journal.first_position(), 1_000_000)
    lines: dict[object, Entry] = {}
    gaps: list[tuple[datetime, datetime]] = []
    opened: datetime | None = None
    for number, record in enumerate(records):
        match record:
            case Entry():
                lines.setdefault(record.msgid or number, record)
            case GapOpened():
                opened = record.at if opened is None else opened
            case GapClosed() if opened is not None:
                gaps.append((opened, record.at))
                opened = None
            case GapCovered(at=start, until=end):
                pieces = [piece for gap in gaps for piece in ((gap[0], min(gap[1], start)), (max(gap[0], end), gap[1]))]
                gaps = [piece for piece in pieces if piece[0] < piece[1]]
    return Outcome(list(lines.values()), gaps if opened is None else [*gaps, (opened, Clock.present)])


SOJU = Kind(has_msgids=False, accepts_msgids=False, page=1000)
ERGO = Kind(has_events=True, page=1000)
ERGO_WITHOUT_EVENTS = Kind(events_as_text=True, page=1000)
INSPIRCD = Kind(history_request=REPLAY, history_cut=timedelta(seconds=1))
ZNC_BOUNCER = Kind(history_request=ZNC, has_msgids=False)
