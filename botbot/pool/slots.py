"""A counting semaphore that serves greenlets in the order in which they asked."""

from __future__ import annotations

from collections import deque

from gevent.event import AsyncResult


class FairSlots:
    """`count` slots for the greenlets of one thread. A released slot goes to the greenlet that has waited longest.

    gevent's semaphores only wake a waiting greenlet: one that releases a slot and acquires it again without a switch in
    between takes it from those that wait. A download that fetches piece after piece would keep its connection from
    pages until their wait times out.
    """

    def __init__(self, count: int) -> None:
        self.free = count
        self._queue: deque[AsyncResult[None]] = deque()

    def acquire(self, timeout: float) -> bool:
        """Take a slot, after waiting at most `timeout` seconds; return whether there was one."""
        if self.free:
            self.free -= 1
            return True
        turn: AsyncResult[None] = AsyncResult()
        self._queue.append(turn)
        try:
            turn.wait(timeout)
        except BaseException:
            # This greenlet is killed: it leaves the queue, or passes on the slot that it was given meanwhile.
            if turn.ready():
                self.release()
            else:
                self._queue.remove(turn)
            raise
        if turn.ready():
            return True
        self._queue.remove(turn)
        return False

    def release(self) -> None:
        """Give a slot to the next in the queue, or return it."""
        if self._queue:
            self._queue.popleft().set(None)
        else:
            self.free += 1
