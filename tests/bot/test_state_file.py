"""State files are written beside the event loop, once for many changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gevent
import gevent.monkey
import pytest

from bot import state_file
from bot.recorder import Recorder
from bot.state_file import StateFile
from logs.ingest.journal import Journal
from logs.models.line import Reason

get_thread_id = gevent.monkey.get_original("_thread", "get_ident")


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The name of each file that was written, with the thread that wrote it."""
    write, recorded = state_file.write_atomically, []

    def write_recorded(path: Path, content: str) -> None:
        recorded.append((path.name, get_thread_id()))
        write(path, content)

    monkeypatch.setattr(state_file, "write_atomically", write_recorded)
    return recorded


def test_a_disconnect_from_many_channels_writes_each_state_file_once_and_in_a_thread(
    tmp_path: Path, writes: list[tuple[str, int]]
) -> None:
    journal = Journal(tmp_path)
    recorder = Recorder(journal)
    for channel in range(300):
        recorder.start_recording(channel)
    recorder.flush_state()
    writes.clear()
    for channel in range(300):
        recorder.stop_recording(channel, Reason.CONNECTION)
    recorder.flush_state()
    journal.close()
    assert sorted(name for name, _ in writes) == ["heard.json", "holes.json"]
    assert get_thread_id() not in {thread for _, thread in writes}
    assert json.loads((tmp_path / "heard.json").read_text()) == []
    assert len(json.loads((tmp_path / "holes.json").read_text())) == 300


def test_a_change_during_a_write_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, written = ["first"], []

    def write(_path: Path, content: str) -> None:
        written.append(json.loads(content))

    monkeypatch.setattr(state_file, "write_atomically", write)
    file = StateFile(tmp_path / "state.json", lambda: list(state), lambda _error: None)
    file.write_soon()
    while not written:
        gevent.sleep(0)
    state.append("second")
    file.write_soon()
    file.flush()
    assert written[-1] == ["first", "second"]


def test_an_error_is_reported_and_the_next_change_is_written(tmp_path: Path) -> None:
    errors: list[Any] = []
    folder = tmp_path / "missing"
    file = StateFile(folder / "state.json", lambda: 1, errors.append)
    file.write_soon()
    file.flush()
    assert len(errors) == 1
    folder.mkdir()
    file.write_soon()
    file.flush()
    assert (folder / "state.json").read_text() == "1"
