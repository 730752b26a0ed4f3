"""Who is next when more is requested than can be answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import gevent
import pytest

from logs.views.http.turns import Refusal, Turn, TurnLimits, Turns

LIMITS = TurnLimits(at_once=2, per_address=1, last_at_once=1, waiting=20, waiting_per_address=3, seconds=1000.0)


class Requests:
    """Requests in greenlets of their own, each known by its name. `started` has those that got a turn, in order."""

    def __init__(self, limits: TurnLimits) -> None:
        self.turns = Turns(limits)
        self.started: list[str] = []
        self.refused: dict[str, Refusal] = {}
        self.held: dict[str, Turn] = {}
        self.jobs: dict[str, gevent.Greenlet[..., None]] = {}

    def send(self, name: str, address: str, *, is_last: bool = False) -> None:
        self.jobs[name] = gevent.spawn(self._take, name, address, is_last)
        gevent.sleep(0)

    def end(self, name: str) -> None:
        self.held.pop(name).release()
        gevent.sleep(0)
        gevent.sleep(0)

    def _take(self, name: str, address: str, is_last: bool) -> None:
        turn = self.turns.take(address, is_last=is_last)
        if isinstance(turn, Turn):
            self.started.append(name)
            self.held[name] = turn
        else:
            self.refused[name] = turn

    def end_all(self) -> None:
        while self.held:
            self.end(next(iter(self.held)))
        gevent.joinall(list(self.jobs.values()))
        turns = self.turns
        assert (turns.in_progress, turns.waiting, turns._last_in_progress) == (0, 0, 0)
        assert not turns._by_address
        assert turns._queues == ({}, {})


Start = Callable[..., Requests]


def start(**limits: object) -> Requests:
    return Requests(replace(LIMITS, **limits))  # type: ignore[arg-type]


def test_an_address_has_no_more_than_its_share_and_others_go_before_the_rest_of_it() -> None:
    requests = start()
    for number in range(3):
        requests.send(f"a{number}", "a")
    requests.send("b0", "b")
    assert requests.started == ["a0", "b0"]
    requests.send("c0", "c")
    requests.send("b1", "b")
    requests.end("a0")  # of the addresses that wait, a came first
    requests.end("b0")
    requests.end("a1")
    assert requests.started == ["a0", "b0", "a1", "c0", "b1"]
    requests.end_all()
    assert requests.started[-1] == "a2"


def test_an_address_that_asks_for_too_much_is_refused_and_no_other() -> None:
    requests = start()
    for number in range(6):
        requests.send(f"a{number}", "a")
    assert requests.refused == {"a4": Refusal.TOO_MANY, "a5": Refusal.TOO_MANY}
    requests.send("b", "b")
    assert requests.started == ["a0", "b"]
    requests.end_all()


def test_clients_without_an_address_are_not_limited_as_one() -> None:
    requests = start()
    for number in range(8):
        requests.send(f"{number}", "")
    assert requests.started == ["0", "1"]
    assert requests.refused == {}
    requests.end_all()
    assert requests.started == [f"{number}" for number in range(8)]


def test_the_queue_is_bounded() -> None:
    requests = start(waiting=4)
    for number in range(8):
        requests.send(f"{number}", f"address {number}")
    assert requests.refused == {"6": Refusal.BUSY, "7": Refusal.BUSY}
    requests.end_all()


def test_crawlers_come_last_and_never_take_all_turns() -> None:
    requests = start()
    requests.send("crawler 1", "a", is_last=True)
    requests.send("crawler 2", "b", is_last=True)
    assert requests.started == ["crawler 1"]
    requests.send("person 1", "c")
    requests.send("person 2", "d")
    assert requests.started == ["crawler 1", "person 1"]
    requests.end("crawler 1")
    assert requests.started[-1] == "person 2"
    requests.end("person 1")
    assert requests.started[-1] == "crawler 2"
    requests.end_all()


@pytest.mark.parametrize(("address", "refusal"), [("a", Refusal.TOO_MANY), ("c", Refusal.BUSY)])
def test_no_request_waits_for_long(address: str, refusal: Refusal) -> None:
    """One whose own requests are the reason hears it."""
    requests = start(seconds=0.02)
    requests.send("a0", "a")
    requests.send("b0", "b")
    requests.send("late", address)
    requests.jobs["late"].join()
    assert requests.refused == {"late": refusal}
    requests.end_all()


def test_a_request_that_is_killed_while_it_waits_loses_no_turn() -> None:
    requests = start(at_once=1)
    requests.send("a", "a")
    requests.send("b", "b")
    requests.send("c", "c")
    requests.jobs["b"].kill()
    requests.end("a")
    assert requests.started == ["a", "c"]
    requests.send("d", "d")
    # It is given its turn and killed before it runs.
    requests.held.pop("c").release()
    requests.jobs["d"].kill()
    requests.end_all()


def test_a_turn_that_is_released_twice_counts_once() -> None:
    turns = Turns(LIMITS)
    turn = turns.take("a")
    assert isinstance(turn, Turn)
    turn.release()
    turn.release()
    assert turns.in_progress == 0
