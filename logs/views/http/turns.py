"""Turns: how many requests are answered at a time, how many wait, and who is next. Fair by client address.

A crawler that sends a hundred requests at once waits with most of them, while another visitor is answered at once.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from gevent.event import AsyncResult

_Queue: TypeAlias = "OrderedDict[str, deque[AsyncResult[Turn]]]"  # gevent's class takes no parameter when it runs


class Refusal(Enum):
    """Why a request gets no turn."""

    BUSY = "busy"
    """All turns are taken: by others, too."""

    TOO_MANY = "too many"
    """The address has too many requests waiting already."""


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """`at_once` in progress in all, `per_address` of one address, `last_at_once` of the requests that come last.

    `waiting` and `waiting_per_address` bound the queue, `seconds` the time in it.
    """

    at_once: int
    per_address: int
    last_at_once: int
    waiting: int
    waiting_per_address: int
    seconds: float


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
    until nobody else does. All state is bounded by the limits. Only `take` switches greenlets.
    """

    def __init__(self, limits: TurnLimits) -> None:
        self.limits = limits
        self.in_progress = 0
        self.waiting = 0
        self._last_in_progress = 0
        self._by_address: Counter[str] = Counter()
        self._queues: tuple[_Queue, _Queue] = OrderedDict(), OrderedDict()
        """Waiting requests by address, addresses in the order of their turns: the usual requests, and the last."""

    def take(self, address: str, *, is_last: bool = False) -> Turn | Refusal:
        """Take a turn at once or after waiting; the caller must release it."""
        queue = self._queues[is_last]
        if not self.waiting and self._may_start(address, is_last=is_last):
            return self._start(address, is_last=is_last)
        if address and len(queue.get(address, ())) >= self.limits.waiting_per_address:
            return Refusal.TOO_MANY
        if self.waiting >= self.limits.waiting:
            return Refusal.BUSY
        turn: AsyncResult[Turn] = AsyncResult()
        queue.setdefault(address, deque()).append(turn)
        self.waiting += 1
        # Those who wait may all be of addresses that have their share.
        self._hand_on()
        try:
            turn.wait(self.limits.seconds)
        except BaseException:
            # This greenlet is killed: nobody would release the turn that it was given meanwhile.
            if given := turn.value:
                given.release()
            else:
                self._leave(queue, address, turn)
            raise
        if given := turn.value:
            return given
        self._leave(queue, address, turn)
        # An address that has its share waits for itself.
        return Refusal.TOO_MANY if self._has_share(address, is_last=is_last) else Refusal.BUSY

    def release(self, address: str, *, is_last: bool) -> None:
        self.in_progress -= 1
        self._last_in_progress -= is_last
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        self._hand_on()

    def _start(self, address: str, *, is_last: bool) -> Turn:
        self.in_progress += 1
        self._last_in_progress += is_last
        self._by_address[address] += 1
        return Turn(self, address, is_last=is_last)

    def _may_start(self, address: str, *, is_last: bool) -> bool:
        if self.in_progress >= self.limits.at_once or self._has_share(address, is_last=is_last):
            return False
        return not is_last or self._last_in_progress < self.limits.last_at_once

    def _has_share(self, address: str, *, is_last: bool) -> bool:
        share = 1 if is_last else self.limits.per_address
        return bool(address) and self._by_address[address] >= share

    def _hand_on(self) -> None:
        """Give free turns to those who wait."""
        for queue, is_last in zip(self._queues, (False, True), strict=True):
            while (address := self._next_address(queue, is_last=is_last)) is not None:
                turn = queue[address].popleft()
                self._settle(queue, address)
                turn.set(self._start(address, is_last=is_last))

    def _next_address(self, queue: _Queue, *, is_last: bool) -> str | None:
        return next((address for address in queue if self._may_start(address, is_last=is_last)), None)

    def _settle(self, queue: _Queue, address: str) -> None:
        """After a request left the queue: its address goes to the end, or out if it has no other request there."""
        self.waiting -= 1
        if queue[address]:
            queue.move_to_end(address)
        else:
            del queue[address]

    def _leave(self, queue: _Queue, address: str, turn: AsyncResult[Turn]) -> None:
        queue[address].remove(turn)
        self.waiting -= 1
        if not queue[address]:
            del queue[address]


current_turn: ContextVar[Turn | None] = ContextVar("current_turn", default=None)
"""The turn of the request that this greenlet answers. One that was released already may remain here."""
