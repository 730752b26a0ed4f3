"""Turns: how many requests are answered at a time, how many wait, and who is next. Fair by client address.

A crawler that sends a hundred requests at once waits with most of them, while another visitor is answered at once.
Each process of the site has turns of its own; some limits hold over all processes (logs.sharing.limits).
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import gevent
from gevent.event import AsyncResult

from logs.greenlets import spawn_lasting
from logs.sharing.limits import Counts, LocalCounts

_Queue: TypeAlias = "OrderedDict[str, deque[AsyncResult[Turn]]]"  # gevent's class takes no parameter when it runs


LOOK_SECONDS = 0.05
"""How often requests that wait look whether another process has released what they wait for."""


class Refusal(Enum):
    """Why a request gets no turn."""

    BUSY = "busy"
    """All turns are taken: by others, too."""

    TOO_MANY = "too many"
    """The address has too many requests waiting already."""


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """`at_once` in progress in a process, `per_address` of one address, `last_at_once` of the requests that come last.

    `waiting` and `waiting_per_address` bound the queue, `seconds` the time in it. `waiting_per_address` holds over all
    processes, and so does the limit of one request in progress for an address whose requests come last. With
    `over_processes`, that number may be in progress in all of them together, half of it of those that come last, and
    `per_address` holds over all of them.
    """

    at_once: int
    per_address: int
    last_at_once: int
    waiting: int
    waiting_per_address: int
    seconds: float
    over_processes: int | None = None


class Turn:
    """A request in progress. `release` may be called twice."""

    __slots__ = ("_address", "_is_last", "_turns")

    def __init__(self, turns: Turns, address: str, *, is_last: bool) -> None:
        self._turns: Turns | None = turns
        self._address = address
        self._is_last = is_last

    def release(self) -> None:
        if turns := self._turns:
            self._turns = None
            turns.release(self._address, is_last=self._is_last)


class Turns:
    """Gives turns in the order of requests within an address, and to addresses in rotation.

    The address "" is that of clients whose proxy hides it; they are not limited as one. Requests with `is_last` wait
    until nobody else does. All state is bounded by the limits. Only `take` switches greenlets. `name` is that of the
    turns in `counts`.
    """

    def __init__(self, limits: TurnLimits, name: str = "turns", counts: Counts | None = None) -> None:
        self.limits = limits
        self.name = name
        self._counts: Counts = counts or LocalCounts()
        self._is_looking = False
        self.in_progress = 0
        self.waiting = 0
        self._last_in_progress = 0
        self._by_address: Counter[str] = Counter()
        self._queues: tuple[_Queue, _Queue] = OrderedDict(), OrderedDict()
        """Waiting requests by address, addresses in the order of their turns: the usual requests, and the last."""

    def take(self, address: str, *, is_last: bool = False) -> Turn | Refusal:
        """Take a turn at once or after waiting; the caller must release it."""
        queue = self._queues[is_last]
        if not self.waiting and (started := self._try_start(address, is_last=is_last)):
            return started
        if self.waiting >= self.limits.waiting:
            return Refusal.BUSY
        if address and not self._counts.add([(self._waiting_of(address), self.limits.waiting_per_address)]):
            return Refusal.TOO_MANY
        turn: AsyncResult[Turn] = AsyncResult()
        queue.setdefault(address, deque()).append(turn)
        self.waiting += 1
        # Those who wait may all be of addresses that have their share.
        self._start_next()
        if self._counts.is_shared and not self._is_looking:
            self._is_looking = True
            spawn_lasting("turns over all processes", self._check_waiting)
        try:
            turn.wait(self.limits.seconds)
        except BaseException:
            # This greenlet is killed: nobody would release the turn that it was given meanwhile.
            if granted := turn.value:
                granted.release()
            else:
                self._remove(queue, address, turn)
            raise
        if granted := turn.value:
            return granted
        self._remove(queue, address, turn)
        # An address that has its share waits for itself.
        return Refusal.TOO_MANY if self._has_share(address, is_last=is_last) else Refusal.BUSY

    def release(self, address: str, *, is_last: bool) -> None:
        self.in_progress -= 1
        self._last_in_progress -= is_last
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        self._counts.remove([key for key, _limit in self._limits_over_processes(address, is_last=is_last)])
        self._start_next()

    def _try_start(self, address: str, *, is_last: bool) -> Turn | None:
        if self._is_full(is_last=is_last) or self._has_share(address, is_last=is_last):
            return None
        if not self._counts.add(self._limits_over_processes(address, is_last=is_last)):
            return None
        self.in_progress += 1
        self._last_in_progress += is_last
        self._by_address[address] += 1
        return Turn(self, address, is_last=is_last)

    def _is_full(self, *, is_last: bool) -> bool:
        """Whether nobody may start, whatever the address."""
        limits = self.limits
        if self.in_progress >= limits.at_once or (is_last and self._last_in_progress >= limits.last_at_once):
            return True
        return limits.over_processes is not None and self._counts.count(self.name) >= limits.over_processes

    def _has_share(self, address: str, *, is_last: bool) -> bool:
        """Whether an address has its share of this process's turns, or of all where all are counted."""
        share = self._share(is_last=is_last)
        if not address:
            return False
        is_counted_over_all = self.limits.over_processes is not None or is_last
        return self._by_address[address] >= share or (
            is_counted_over_all and self._counts.count(self._turns_of(address)) >= share
        )

    def _share(self, *, is_last: bool) -> int:
        return 1 if is_last else self.limits.per_address

    def _limits_over_processes(self, address: str, *, is_last: bool) -> list[tuple[str, int]]:
        """What a request in progress is counted as over all processes, and how many there may be."""
        found: list[tuple[str, int]] = []
        in_all = self.limits.over_processes
        if in_all is not None:
            found.append((self.name, in_all))
            if is_last:
                found.append((f"{self.name} that come last", max(1, in_all // 2)))
        if address and (is_last or in_all is not None):
            found.append((self._turns_of(address), self._share(is_last=is_last)))
        return found

    def _turns_of(self, address: str) -> str:
        return f"{self.name} of {address}"

    def _waiting_of(self, address: str) -> str:
        return f"{self.name} waiting of {address}"

    def _check_waiting(self) -> None:
        """While requests wait: take what other processes have released, of which nobody tells this one."""
        while self.waiting:
            gevent.sleep(LOOK_SECONDS)
            self._start_next()
        self._is_looking = False

    def _start_next(self) -> None:
        """Give free turns to those who wait."""
        for queue, is_last in zip(self._queues, (False, True), strict=True):
            while queue and not self._is_full(is_last=is_last):
                started = ((address, turn) for address in queue if (turn := self._try_start(address, is_last=is_last)))
                address, turn = next(started, ("", None))
                if turn is None:
                    break
                waiting = queue[address].popleft()
                self._finish_wait(queue, address)
                waiting.set(turn)

    def _finish_wait(self, queue: _Queue, address: str) -> None:
        """After a request left the queue: its address goes to the end, or out if it has no other request there."""
        self._count_left(address)
        if queue[address]:
            queue.move_to_end(address)
        else:
            del queue[address]

    def _remove(self, queue: _Queue, address: str, turn: AsyncResult[Turn]) -> None:
        queue[address].remove(turn)
        self._count_left(address)
        if not queue[address]:
            del queue[address]

    def _count_left(self, address: str) -> None:
        self.waiting -= 1
        if address:
            self._counts.remove([self._waiting_of(address)])


current_turn: ContextVar[Turn | None] = ContextVar("current_turn", default=None)
"""The turn of the request that this greenlet answers. One that was released already may remain here."""


def take_over_turn() -> Turn | None:
    """Return the turn of this greenlet's request, which does not end with the response any more: the caller ends it."""
    turn = current_turn.get()
    current_turn.set(None)
    return turn
