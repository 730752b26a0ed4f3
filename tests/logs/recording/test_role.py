"""Every transition of a writer's states, the illegal ones too, and what is logged of them."""

from __future__ import annotations

import logging
from itertools import product

import pytest

from logs.recording.role import Event, IllegalTransitionError, Role, RoleMachine, State

HELD, ELSEWHERE, UNKNOWN = Event.LOCK_HELD, Event.LOCK_ELSEWHERE, Event.LOCK_UNKNOWN

LEGAL = {
    (State.UNKNOWN, UNKNOWN): State.UNKNOWN,
    (State.UNKNOWN, HELD): State.TAKEOVER,
    (State.UNKNOWN, ELSEWHERE): State.STANDBY,
    (State.STANDBY, UNKNOWN): State.UNKNOWN,
    (State.STANDBY, HELD): State.TAKEOVER,
    (State.STANDBY, ELSEWHERE): State.STANDBY,
    (State.TAKEOVER, UNKNOWN): State.UNKNOWN,
    (State.TAKEOVER, HELD): State.TAKEOVER,
    (State.TAKEOVER, ELSEWHERE): State.STANDBY,
    (State.TAKEOVER, Event.SETTLED): State.PRIMARY,
    (State.PRIMARY, UNKNOWN): State.UNKNOWN,
    (State.PRIMARY, HELD): State.PRIMARY,
    (State.PRIMARY, ELSEWHERE): State.STANDBY,
}
ILLEGAL = [pair for pair in product(State, Event) if pair not in LEGAL]

PATHS = {
    State.UNKNOWN: [],
    State.STANDBY: [ELSEWHERE],
    State.TAKEOVER: [HELD],
    State.PRIMARY: [HELD, Event.SETTLED],
}


def machine_in(state: State) -> RoleMachine:
    machine = RoleMachine("7")
    for event in PATHS[state]:
        machine.handle(event)
    assert machine.state is state
    return machine


@pytest.mark.parametrize(("before", "event"), LEGAL)
def test_a_transition(before: State, event: Event, caplog: pytest.LogCaptureFixture) -> None:
    machine, after = machine_in(before), LEGAL[before, event]
    caplog.clear()
    with caplog.at_level(logging.INFO, "logs.recording.role"):
        assert machine.handle(event) is after
        assert machine.state is after
    changes = [f"journal 7: {before.value} → {after.value}: {event.value}"] if after is not before else []
    assert caplog.messages == changes


@pytest.mark.parametrize(("before", "event"), ILLEGAL)
def test_an_illegal_transition_changes_nothing(before: State, event: Event, caplog: pytest.LogCaptureFixture) -> None:
    machine = machine_in(before)
    caplog.clear()
    with pytest.raises(IllegalTransitionError, match=r"journal 7: .*settled, in state"):
        machine.handle(event)
    assert machine.state is before
    assert caplog.messages == []


def test_only_settling_is_ever_illegal_and_only_a_takeover_settles() -> None:
    assert [(state, Event.SETTLED) for state in (State.UNKNOWN, State.PRIMARY, State.STANDBY)] == ILLEGAL


def test_primary_is_reached_through_a_takeover_only() -> None:
    assert [pair for pair, after in LEGAL.items() if after is State.PRIMARY and pair[0] is not State.PRIMARY] == [
        (State.TAKEOVER, Event.SETTLED)
    ]


@pytest.mark.parametrize(("primary", "state"), [(None, State.UNKNOWN), (True, State.TAKEOVER), (False, State.STANDBY)])
def test_the_lock_is_observed(primary: bool | None, state: State) -> None:
    role = Role()
    role.primary = primary
    assert RoleMachine("7").observe_lock(role) is state


def test_a_state_that_lasts_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    machine = RoleMachine("7")
    with caplog.at_level(logging.INFO, "logs.recording.role"):
        for _ in range(5):
            machine.handle(ELSEWHERE)
    assert caplog.messages == ["journal 7: unknown → standby: another bot holds the lock"]
