"""What the web processes of a site count together: a view for each index stands for a process here."""

from __future__ import annotations

import copy
import os
import signal
from array import array

import gevent
import pytest
from gevent import monkey

from logs.live import service
from logs.sharing import limits, memory, processes
from logs.sharing.limits import LocalCounts, LocalTimes, SharedCounts, SharedTimes
from logs.sharing.memory import ProcessLock
from logs.sharing.processes import PAGE_BYTES, Board, Shared, Topic
from logs.views.http.turns import Refusal, Turn, TurnLimits, Turns


def two_views() -> tuple[SharedCounts, SharedCounts]:
    first = SharedCounts(2, ProcessLock())
    second = copy.copy(first)
    second.index, second._local = 1, LocalCounts()
    return first, second


def run_in_child(act: object) -> int:
    """Run something in a forked process, and return how that ended."""
    pid = monkey.get_original("os", "fork")()
    if not pid:
        act()  # type: ignore[operator]
        os._exit(0)
    return os.waitstatus_to_exitcode(monkey.get_original("os", "waitpid")(pid, 0)[1])


@pytest.mark.parametrize("counts", [LocalCounts(), SharedCounts(2, ProcessLock())], ids=["local", "shared"])
def test_a_count_never_passes_its_limit_and_all_keys_are_counted_or_none(counts: LocalCounts | SharedCounts) -> None:
    assert counts.add([("a", 2), ("b", 1)])
    assert not counts.add([("a", 2), ("b", 1)])
    assert (counts.count("a"), counts.count("b"), counts.count("c")) == (1, 1, 0)
    assert counts.add([("a", 5)], 4)
    assert not counts.add([("a", 5)])
    counts.remove(["a"], 4)
    counts.remove(["a", "b"])
    assert (counts.count("a"), counts.count("b")) == (0, 0)
    assert counts.add([])


def test_a_limit_holds_over_all_processes_and_a_dead_one_counts_no_more() -> None:
    first, second = two_views()
    assert first.add([("a", 3)], 2)
    assert second.add([("a", 3)])
    assert not first.add([("a", 3)])
    assert not second.add([("a", 3)])
    first.clear_process(0)
    assert second.count("a") == 1
    assert second.add([("a", 3)], 2)
    second.remove(["a"], 3)
    assert first.count("a") == 0


def test_what_a_forked_process_counts_is_seen_and_its_death_in_the_middle_blocks_nobody() -> None:
    first, second = two_views()

    def count_and_exit() -> None:
        second.add([("a", 9)], 2)
        second._lock.__enter__()
        os.kill(os.getpid(), signal.SIGKILL)

    assert run_in_child(count_and_exit) == -signal.SIGKILL
    assert first.count("a") == 2
    assert first.add([("a", 3)])
    first.clear_process(1)
    assert first.count("a") == 1


def test_where_there_is_no_room_a_process_counts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SLOTS", 1)
    first, second = two_views()
    keys = [f"{number}" for number in range(memory.WINDOW + 1)]
    for key in keys:
        assert first.add([(key, 1)])
        assert not first.add([(key, 1)])
    assert [second.count(key) for key in keys] == [1] * memory.WINDOW + [0]
    first.remove(keys)
    assert [first.count(key) for key in keys] == [0] * (memory.WINDOW + 1)
    # The slots are free again.
    assert second.add([("another", 1)])
    assert first.count("another") == 1


def test_a_finalizer_that_runs_under_the_lock_waits_for_its_end() -> None:
    counts = SharedCounts(1, ProcessLock())
    counts.add([("a", 9)], 2)
    with counts._lock:
        counts.remove(["a"])
        assert counts.count("a") == 2
    assert counts.count("a") == 1


@pytest.mark.parametrize("times", [LocalTimes(), SharedTimes(ProcessLock())], ids=["local", "shared"])
def test_a_burst_is_restored_one_by_one(times: LocalTimes | SharedTimes) -> None:
    def wait(now: float, caller: str = "a") -> float:
        return times.spend(caller, now, 20.0, 60.0)[1]

    assert [wait(1000.0) for _ in range(4)] == [0, 0, 0, 20]
    assert [wait(1020.0), wait(1020.0), wait(1020.0, "b")] == [0, 20, 0]


def test_the_oldest_restored_caller_is_evicted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SLOTS", 1)
    times = SharedTimes(ProcessLock())
    for number in range(memory.WINDOW):
        times.spend(f"{number}", 1000.0 + number, 60.0, 60.0)
    assert times.spend("0", 1001.0, 60.0, 60.0)[1] == 59.0
    times.spend("another", 1040.0, 60.0, 60.0)
    assert times.spend("0", 1041.0, 60.0, 60.0)[1] == 0.0
    assert limits.MAX_CALLERS < 65_536


def test_pages_of_the_board_are_read_by_others_and_go_with_their_process() -> None:
    shared = Shared(2)
    other = copy.copy(shared.board)
    assert [shared.assign_index(), shared.assign_index()] == [0, 1]
    other.index = 1
    requested_at = shared.board.request()
    assert other.requested_at() == requested_at
    assert other.write(Topic.METRICS, b"metrics")
    assert other.write(Topic.READERS, b"r")
    written_at, page = shared.board.read(1, Topic.METRICS)
    assert (written_at >= requested_at, page) == (True, b"metrics")
    assert not other.write(Topic.METRICS, bytes(PAGE_BYTES))
    shared.release_index(1)
    assert shared.board.read(1, Topic.METRICS) == shared.board.read(1, Topic.READERS) == (0.0, b"")
    assert [shared.assign_index(), shared.assign_index()] == [1, 2]
    assert isinstance(shared.board, Board)


def test_more_processes_than_places_count_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(processes, "_process", processes.Process())
    processes.create(1)
    assert (processes.assign_index(), processes.get_board(), processes.get_shared_times()) == (None, None, None)
    processes.create(2)
    indexes = [processes.assign_index() for _ in range(13)]
    assert indexes == [*range(12), None]
    processes.enter(None)
    assert "no room for more processes" in caplog.text
    assert not processes.get_counts().is_shared
    processes.leave(3)
    processes.leave(None)
    assert processes.assign_index() == 3
    processes.enter(3)
    assert processes.get_counts().is_shared


LIMITS = TurnLimits(3, 1, 2, waiting=20, waiting_per_address=1, seconds=1000.0, over_processes=3)


def test_turns_hold_over_processes_and_one_that_is_released_there_is_taken_here() -> None:
    first, second = (Turns(LIMITS, "searches", counts) for counts in two_views())
    held = [first.take("a"), second.take("b")]
    crawlers = second.take("c", is_last=True)
    assert all(isinstance(turn, Turn) for turn in [*held, crawlers])
    # Three are in progress, two of them in the other process.
    waiting = gevent.spawn(first.take, "d")
    gevent.sleep(0)
    assert first.take("d") is Refusal.TOO_MANY
    assert second.take("d") is Refusal.TOO_MANY
    assert isinstance(crawlers, Turn)
    crawlers.release()
    turn = waiting.get()
    assert isinstance(turn, Turn)
    assert (first.in_progress, second.in_progress) == (2, 1)
    for each in (*held, turn):
        assert isinstance(each, Turn)
        each.release()
    for counts in (first._counts, second._counts):
        for key in ("searches", "searches of a", "searches of d", "searches waiting of d", "searches that come last"):
            assert counts.count(key) == 0, key


def test_an_address_has_one_turn_in_all_processes() -> None:
    first, second = (Turns(LIMITS, "searches", counts) for counts in two_views())
    one = first.take("a")
    assert isinstance(one, Turn)
    waiting = gevent.spawn(second.take, "a")
    other = second.take("b")
    assert isinstance(other, Turn)
    other.release()
    assert not waiting.ready()
    one.release()
    turn = waiting.get()
    assert isinstance(turn, Turn)
    turn.release()


def test_readers_of_other_processes_are_read_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Shared(2)
    monkeypatch.setattr(processes, "_process", processes.Process(shared, 0))
    now = [1000.0]
    monkeypatch.setattr(service, "monotonic", lambda: now[0])
    other = copy.copy(shared.board)
    other.index = 1
    other.write(Topic.READERS, array("I", [7, 3, 8, 1]).tobytes())
    # What this process has itself is counted by its own hub.
    shared.board.write(Topic.READERS, array("I", [7, 100]).tobytes())
    monkeypatch.setattr(service, "_counts_of_others", service._CountsOfOthers())
    assert [service.count_readers_of_others(channel) for channel in (7, 8, 9)] == [3, 1, 0]
    other.write(Topic.READERS, array("I", [7, 4]).tobytes())
    assert service.count_readers_of_others(7) == 3
    now[0] += 1
    assert [service.count_readers_of_others(channel) for channel in (7, 8)] == [4, 0]
