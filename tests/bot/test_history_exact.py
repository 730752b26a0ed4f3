"""Over any server with history nothing is lost or doubled, or a gap says so."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests import examples
from tests.bot.history_server import (
    CHATHISTORY,
    ERGO,
    ERGO_WITHOUT_EVENTS,
    INSPIRCD,
    REPLAY,
    SOJU,
    ZNC,
    ZNC_BOUNCER,
    FakeServer,
    Kind,
    outcome_of,
    virtual_time,
)

MILLISECOND, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
TO_SECONDS = replace(SOJU, cut=SECOND)


@pytest.fixture(autouse=True)
def _time() -> Iterator[None]:
    with virtual_time():
        yield


def check(server: FakeServer) -> None:
    """Nothing is doubled, and what is missing was said in a gap that is shown."""
    outcome = outcome_of(server)
    assert not outcome.doubled(server.sent)
    assert server.kind.cut == SECOND or outcome.is_in_order(server.sent)
    # Lines of equal words are interchangeable: enough of them must lie in the gaps.
    margin = max(server.kind.cut, MILLISECOND)
    in_gaps = [
        (line.nick, line.text)
        for line in server.sent
        if any(start - margin <= line.at_local <= end + margin for start, end in outcome.gaps)
    ]
    for content, count in outcome.missing(server.sent).items():
        assert in_gaps.count(content) >= count, (content, count, outcome.gaps)


@pytest.mark.parametrize("is_in_replay", [False, True])
def test_our_own_coming_and_going_is_not_recorded(tmp_path: Path, is_in_replay: bool) -> None:
    server = FakeServer(ERGO, tmp_path)
    server.connect()
    server.say("first")
    if is_in_replay:
        server.disconnect()
    for command in ("JOIN #c", "QUIT"):
        server.say("", "botbot", command)
        server.say("", "eve", command)
    server.wait(SECOND)
    if is_in_replay:
        server.connect()
        answer_all(server)
    server.close()
    assert {line.nick for line in outcome_of(server).lines} == {"ann", "eve"}


@pytest.mark.parametrize("page", [3, 1000])
def test_events_described_in_a_history_are_no_messages(tmp_path: Path, page: int) -> None:
    server = FakeServer(replace(ERGO_WITHOUT_EVENTS, page=page), tmp_path)
    server.connect()
    server.say("first")
    server.disconnect()
    for number in range(9):
        server.wait(SECOND)
        server.say("", f"eve{number}", ("JOIN #c", "QUIT")[number % 2])
        server.say(f"words {number}")
    server.wait(SECOND)
    server.connect()
    answer_all(server)
    server.close()
    outcome = outcome_of(server)
    assert [line.text for line in outcome.lines] == ["first", *[f"words {number}" for number in range(9)]]
    assert outcome.gaps == []


def answer_all(server: FakeServer) -> None:
    while server.answer():
        pass


def run(kind: Kind, folder: Path, missed_count: int, *, step: timedelta, is_killed: bool = False) -> FakeServer:
    """Let a bot miss lines and come back; the words repeat."""
    server = FakeServer(kind, folder)
    server.connect()
    for number in range(5 if step >= SECOND else 200):
        server.say(("yes", "no", "ok")[number % 3])
        server.wait(step)
    server.kill() if is_killed else server.disconnect()
    for number in range(missed_count):
        server.wait(step)
        server.say(("yes", "no", "ok")[number % 3])
    server.wait(step)
    server.connect()
    server.say("here")
    answer_all(server)
    server.wait(SECOND)
    server.say("the end")
    server.close()
    return server


@pytest.mark.parametrize(("skew", "is_killed"), [(-3600, True), (90, False), (300, True)])
@pytest.mark.parametrize(
    ("kind", "missed_count", "step"),
    [
        (SOJU, 5, SECOND),
        (replace(SOJU, page=100), 250, SECOND),
        (replace(SOJU, page=100), 250, MILLISECOND),
        (ERGO, 250, MILLISECOND),
        (replace(TO_SECONDS, page=1000), 250, 7 * MILLISECOND),
        (replace(INSPIRCD, replayed=2000), 250, 7 * MILLISECOND),
        (replace(INSPIRCD, replayed=80, has_msgids=False), 20, 30 * MILLISECOND),
        (ZNC_BOUNCER, 250, 7 * MILLISECOND),
    ],
)
def test_all_is_recorded_once(  # noqa: PLR0917
    tmp_path: Path, kind: Kind, missed_count: int, step: timedelta, skew: int, is_killed: bool
) -> None:
    for stamps_join in (True, False):
        server = run(
            replace(kind, skew=timedelta(seconds=skew), stamps_join=stamps_join),
            tmp_path / str(stamps_join),
            missed_count,
            step=step,
            is_killed=is_killed,
        )
        outcome = outcome_of(server)
        assert not outcome.doubled(server.sent)
        assert not outcome.missing(server.sent)
        # Where all times are whole seconds, nothing says which lines of a second came first.
        assert kind.cut == SECOND or outcome.is_in_order(server.sent)
        assert outcome.gaps == []


KINDS = st.builds(
    Kind,
    has_msgids=st.booleans(),
    accepts_msgids=st.booleans(),
    cut=st.sampled_from([MILLISECOND, SECOND]),
    cuts_storage=st.booleans(),
    page=st.sampled_from([2, 5, 20, 100]),
    announces_page=st.booleans(),
    skew=st.integers(-3600, 3600).map(lambda seconds: timedelta(seconds=seconds)),
    stamps_join=st.booleans(),
    history_limit=st.sampled_from([30, 1_000_000]),
    has_before=st.booleans(),
    history_request=st.sampled_from([CHATHISTORY, CHATHISTORY, REPLAY, ZNC]),
    replayed=st.sampled_from([10, 1000]),
    history_cut=st.sampled_from([MILLISECOND, SECOND]),
).map(
    # A server without message ids accepts none, and one that does not say so sends no tiny pages.
    lambda kind: replace(
        kind,
        accepts_msgids=kind.accepts_msgids and kind.has_msgids,
        page=kind.page if kind.announces_page else max(kind.page, 10),
    )
)

ACTS = st.lists(
    st.tuples(st.sampled_from(["say"] * 5 + ["talk", "burst", "connect", "connect", "disconnect", "kill", "answer"]))
    | st.tuples(st.just("wait"), st.sampled_from([1, 1, 10, 300, 1000, 2500])),
    max_size=60,
)


def play(server: FakeServer, acts: list[tuple[object, ...]], random: Random) -> None:  # noqa: C901 (a case for each act)
    server.connect()
    server.say("first")
    for act in acts:
        match act:
            case ("say",):
                server.say(random.choice(["yes", "no"]), random.choice(["ann", "bob"]))
            case ("talk",):
                for _ in range(60):
                    server.say(random.choice(["yes", "no"]), random.choice(["ann", "bob"]))
                    server.wait(random.choice([1, 20, 60]) * MILLISECOND)
            case ("burst",):
                for _ in range(random.randrange(25)):
                    server.say(random.choice(["yes", "no"]))
            case ("wait", int(duration)):
                server.wait(duration * MILLISECOND)
            case ("connect",) if server.session is None:
                server.connect()
            case ("disconnect",):
                server.disconnect()
            case ("kill",):
                server.kill()
            case ("answer",):
                server.answer()
    if server.session is None:
        server.connect()
    answer_all(server)
    server.wait(SECOND)
    server.say("last")


@settings(
    max_examples=examples.count(40, nightly=1000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(KINDS, ACTS, st.randoms(use_true_random=False))
def test_nothing_is_lost_or_doubled_or_a_gap_shows_it(
    kind: Kind, acts: list[tuple[object, ...]], random: object
) -> None:
    note(f"{kind}\n{acts}")
    with virtual_time(), tempfile.TemporaryDirectory() as folder:
        server = FakeServer(kind, Path(folder))
        try:
            play(server, acts, random)
        finally:
            server.close()
        check(server)
