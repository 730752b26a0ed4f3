"""The path of a received line, from the socket to the journal: a reader has to know few files."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import gevent
import pytest

from bot.connection import ConnectionLostError, Timing
from bot.recorder import Recorder
from bot.session import Session
from bot.state_file import StsStore
from logs.ingest.journal import Journal
from tests.bot.server import Server
from tests.bot.test_fuzz import NETWORK

ALREADY_RUNNING = ["bot/connection.py", "bot/session.py"]
"""Their functions wait for the line, so that the trace does not see them called."""

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_BOT_FILES = 10
MAX_FILES = 17


class FileTrace:
    """Collects the project's files whose functions are called between the receipt of a line and its append."""

    def __init__(self) -> None:
        self.files = list(ALREADY_RUNNING)
        self.is_active = False

    def __call__(self, frame: FrameType, event: str, _arg: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if not self.is_active or event != "call" or not path.is_relative_to(ROOT) or ".venv" in path.parts:
            return
        name = path.relative_to(ROOT).as_posix()
        if name not in self.files:
            self.files.append(name)


def trace_line(server: Server, folder: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the files that a line of the server enters before it is in the journal."""
    journal = Journal(folder)
    recorder = Recorder(journal)
    channel = replace(NETWORK.channels[0], off_record=("[off]",))
    network = replace(NETWORK, host=server.host, port=server.port, channels=(channel,))
    recorder.privacy_filter.update(network)
    trace = FileTrace()
    append = Journal.append

    def append_and_stop(self: Journal, record: Any) -> None:
        append(self, record)
        trace.is_active = False

    session = Session(network, recorder, StsStore(folder / "sts.json"), lambda *_: None, Timing())

    def run() -> None:
        sys.setprofile(trace)
        try:
            session.run()
        except ConnectionLostError:
            pass
        finally:
            sys.setprofile(None)

    reader = gevent.spawn(run)
    connection = server.accept()
    connection.register()
    connection.send(":botbot!b@h JOIN #c", ":s 353 botbot = #c :botbot ann", ":s 366 botbot #c :End")
    connection.ping()
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", append_and_stop)
        trace.is_active = True
        connection.send(line)
        connection.ping()
    connection.close()
    reader.join(5)
    journal.close()
    return trace.files


def test_a_message_enters_few_files_before_the_journal(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = trace_line(server, tmp_path / "net", ":ann!a@h PRIVMSG #c :good morning", monkeypatch)
    assert files[-1] in {"logs/ingest/journal.py", "logs/ingest/entry.py"}, files
    assert len([name for name in files if name.startswith("bot/")]) <= MAX_BOT_FILES, files
    assert len([name for name in files if not name.startswith("tests/")]) <= MAX_FILES, files
