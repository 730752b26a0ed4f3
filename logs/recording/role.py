"""Whether a bot's writer stores everything it receives or only what another bot misses: a machine of four states.

| state | what the writer does with its journal |
|---|---|
| UNKNOWN | nothing: whether this bot holds the lock is not known, as while the database is away |
| STANDBY | merges it into what the other bot stores, as far as that one's record reaches |
| TAKEOVER | settles what it received beside the other bot, which has fallen silent |
| PRIMARY | stores all of it |

The lock is one of the database: at any moment at most one bot holds it. A bot that gets it goes through TAKEOVER also
when there never was another bot; nothing is left to settle then, and it is PRIMARY at once.
"""

from __future__ import annotations

import logging
from enum import Enum

logger = logging.getLogger(__name__)


class Role:
    """Whether this bot holds the lock: `primary` is True, False (another bot does) or None (not known)."""

    primary: bool | None = True


class State(Enum):
    UNKNOWN = "unknown"
    PRIMARY = "primary"
    STANDBY = "standby"
    TAKEOVER = "takeover"


class Event(Enum):
    LOCK_UNKNOWN = "the lock's holder is unknown"
    LOCK_HELD = "this bot holds the lock"
    LOCK_ELSEWHERE = "another bot holds the lock"
    SETTLED = "all that was received beside another bot is settled"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.UNKNOWN, Event.LOCK_UNKNOWN): State.UNKNOWN,
    (State.UNKNOWN, Event.LOCK_HELD): State.TAKEOVER,
    (State.UNKNOWN, Event.LOCK_ELSEWHERE): State.STANDBY,
    (State.STANDBY, Event.LOCK_UNKNOWN): State.UNKNOWN,
    (State.STANDBY, Event.LOCK_HELD): State.TAKEOVER,
    (State.STANDBY, Event.LOCK_ELSEWHERE): State.STANDBY,
    (State.TAKEOVER, Event.LOCK_UNKNOWN): State.UNKNOWN,
    (State.TAKEOVER, Event.LOCK_HELD): State.TAKEOVER,
    # The lock was lost before everything was settled: the rest is merged like anything received beside another bot.
    (State.TAKEOVER, Event.LOCK_ELSEWHERE): State.STANDBY,
    (State.TAKEOVER, Event.SETTLED): State.PRIMARY,
    # Another bot may have held the lock meanwhile, so that the way back to PRIMARY leads through TAKEOVER.
    (State.PRIMARY, Event.LOCK_UNKNOWN): State.UNKNOWN,
    (State.PRIMARY, Event.LOCK_HELD): State.PRIMARY,
    (State.PRIMARY, Event.LOCK_ELSEWHERE): State.STANDBY,
}
"""The next state for each state and event. SETTLED is illegal anywhere but in TAKEOVER."""

_LOCK_EVENTS = {None: Event.LOCK_UNKNOWN, True: Event.LOCK_HELD, False: Event.LOCK_ELSEWHERE}


class IllegalTransitionError(Exception):
    """An event that cannot happen in the present state."""


class RoleMachine:
    """The present state of one writer; `name` is that of its journal, for the log."""

    def __init__(self, name: str) -> None:
        self.state = State.UNKNOWN
        self._name = name

    def observe_lock(self, role: Role) -> State:
        """Take note of who holds the lock now; return the new state."""
        return self.handle(_LOCK_EVENTS[role.primary])

    def handle(self, event: Event) -> State:
        """Move to the next state and log it if it is another one. IllegalTransitionError if there is none."""
        following = TRANSITIONS.get((self.state, event))
        if following is None:
            raise IllegalTransitionError(f"journal {self._name}: {event.value}, in state {self.state.value}")
        if following is not self.state:
            logger.info("journal %s: %s → %s: %s", self._name, self.state.value, following.value, event.value)
        self.state = following
        return following
