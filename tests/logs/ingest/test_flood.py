"""Floods and spam: what is held, from which line on, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from logs.ingest import flood
from logs.ingest.entry import Entry, FloodDetected
from logs.ingest.flood import FloodDetector
from logs.models import Kind
from logs.models.line import SAID

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ENTRY = Entry(1, NOW, Kind.MESSAGE, "ann", "hi", "annie", "m1")
EVENTS = [kind for kind in Kind if kind not in {*SAID, Kind.REMOVED, Kind.UNLOGGED}]


class Detector:
    """A flood detector that is given lines; it returns how each is held, and how many records mark earlier lines."""

    def __init__(self) -> None:
        self.detector = FloodDetector()
        self.records: list[FloodDetected] = []

    def check(self, seconds: float = 0, text: str = "hi", **fields: Any) -> tuple[str, int]:
        entry = replace(ENTRY, at=NOW + seconds * SECOND, text=text, **fields)
        checked, records = self.detector.check(entry)
        assert replace(checked, held="") == entry
        self.records += records
        return checked.held, len(records)


@pytest.fixture
def detector(settings: Any) -> Detector:
    settings.FLOOD_LINES, settings.FLOOD_SECONDS, settings.REPEAT_CHANNELS = 3, 10, 2
    return Detector()


SPAM = "buy cheap coins"


def test_one_line_more_than_allowed_makes_a_flood(detector: Detector) -> None:
    seen = [detector.check(seconds) for seconds in (0, 1, 2, 3, 4)]
    assert seen == [("", 0), ("", 0), ("", 0), ("flood", 1), ("flood", 0)]
    assert detector.records == [FloodDetected(1, NOW, "ann", "flood")]


@pytest.mark.parametrize(("last", "held"), [(10, "flood"), (10.000001, "")])
def test_a_flood_lies_within_the_window(detector: Detector, last: float, held: str) -> None:
    for seconds in (0, 1, 2):
        detector.check(seconds)
    assert detector.check(last)[0] == held


def test_a_flood_that_was_reported_is_reported_again_only_after_a_rest(detector: Detector) -> None:
    assert [detector.check(second) for second in (0, 0, 0, 0, 5, 9)][3:] == [("flood", 1), ("flood", 0), ("flood", 0)]
    assert [detector.check(second) for second in (100, 101, 102, 103)] == [("", 0), ("", 0), ("", 0), ("flood", 1)]
    assert [record.at for record in detector.records] == [NOW, NOW + 100 * SECOND]


def test_a_flood_is_one_nicks_in_one_channel(detector: Detector) -> None:
    for number in range(3):
        assert detector.check(text=f"{number}") == ("", 0)
        assert detector.check(text=f"{number}", nick="bob") == ("", 0)
        assert detector.check(text=f"{number}", channel=2) == ("", 0)


@pytest.mark.parametrize("kind", EVENTS)
def test_events_are_no_flood_and_no_spam(detector: Detector, kind: Kind) -> None:
    seen = [detector.check(kind=kind, channel=channel, text=SPAM) for channel in (1, 2, 3, 1, 1, 1, 1)]
    assert set(seen) == {("", 0)}


def test_floods_can_be_allowed(detector: Detector, settings: Any) -> None:
    settings.FLOOD_LINES = 0
    assert {detector.check() for _ in range(10)} == {("", 0)}


def test_the_same_words_in_one_channel_more_than_allowed_are_spam(detector: Detector) -> None:
    seen = [detector.check(channel, SPAM, channel=channel, nick=f"eve{channel}") for channel in (1, 2, 3, 4)]
    assert seen == [("", 0), ("", 0), ("repeat", 2), ("repeat", 0)]
    assert detector.records == [
        FloodDetected(1, NOW + SECOND, "eve1", "repeat"),
        FloodDetected(2, NOW + 2 * SECOND, "eve2", "repeat"),
    ]


def test_words_are_the_same_without_case_blanks_and_formatting(detector: Detector) -> None:
    texts = [SPAM, "Buy  CHEAP coins ", "\x02buy\x02 cheap \x0304coins"]
    assert [detector.check(0, text, channel=number)[0] for number, text in enumerate(texts)] == ["", "", "repeat"]
    assert detector.check(0, f"{SPAM}!", channel=4) == ("", 0), "other words"


def test_the_same_words_in_few_channels_are_no_spam_however_often(detector: Detector) -> None:
    assert {detector.check(number * 20, SPAM, channel=number % 2) for number in range(20)} == {("", 0)}


@pytest.mark.parametrize(("length", "held"), [(11, ""), (12, "repeat")])
def test_short_words_are_no_spam(detector: Detector, length: int, held: str) -> None:
    seen = [detector.check(0, "x" * length, channel=channel)[0] for channel in (1, 2, 3)]
    assert seen == ["", "", held]


@pytest.mark.parametrize(("last", "held", "earlier"), [(60, "repeat", 2), (60.000001, "", 0)])
def test_spam_lies_within_a_minute(detector: Detector, last: float, held: str, earlier: int) -> None:
    detector.check(0, SPAM, channel=1)
    detector.check(30, SPAM, channel=2)
    assert detector.check(last, SPAM, channel=3) == (held, earlier)


def test_only_the_lines_of_the_last_minute_belong_to_spam(detector: Detector) -> None:
    detector.check(0, SPAM, channel=1)
    detector.check(70, SPAM, channel=1)
    detector.check(80, SPAM, channel=2)
    assert detector.check(90, SPAM, channel=3) == ("repeat", 2)
    assert [record.at for record in detector.records] == [NOW + 70 * SECOND, NOW + 80 * SECOND]


def test_spam_can_be_allowed(detector: Detector, settings: Any) -> None:
    settings.REPEAT_CHANNELS = 0
    assert {detector.check(0, SPAM, channel=channel) for channel in range(9)} == {("", 0)}


def test_a_flood_of_spam_is_a_flood_and_both_are_remembered(detector: Detector) -> None:
    for channel in (1, 2, 1, 1):
        held = detector.check(0, SPAM, channel=channel)
    assert held == ("", 0)
    assert detector.check(0, SPAM, channel=1) == ("flood", 1)
    assert detector.check(0, SPAM, channel=3) == ("repeat", 5)


def test_spam_many_times_in_one_channel_does_not_hide_the_others(detector: Detector) -> None:
    """Only the last lines with a text are remembered: four times as many as channels are allowed."""
    detector.check(0, SPAM, channel=1, nick="a")
    for number in range(6):
        detector.check(0, SPAM, channel=2, nick=f"b{number}")
    assert detector.check(0, SPAM, channel=3) == ("repeat", 7)


@pytest.mark.parametrize("is_used_again", [True, False])
def test_the_least_recently_used_nick_is_forgotten(
    detector: Detector, monkeypatch: pytest.MonkeyPatch, is_used_again: bool
) -> None:
    monkeypatch.setattr(flood, "MAX_REMEMBERED", 2)
    for nick in ("ann", "ann", "ann", "bob"):
        detector.check(nick=nick)
    if is_used_again:
        assert detector.check(nick="ann")[0] == "flood"
    detector.check(nick="eve")  # more than two: bob is forgotten, or ann if she said nothing since
    assert detector.check(nick="ann")[0] == ("flood" if is_used_again else "")
