"""What never reaches the journal, what reaches it without a name, and which lines are marked as a flood or as spam."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import filters
from bot.desired_state import WantedChannel, WantedNetwork
from bot.filters import FloodDetector, PrivacyFilter
from logs.ingest.entry import Entry, FloodDetected
from logs.models import Kind
from logs.models.line import SAID
from logs.text.privacy_rules import Person

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
NETWORK = WantedNetwork(1, "net", "irc.example.org", 6697, True, "botbot", "botbot", "a logger", "")
ENTRY = Entry(1, NOW, Kind.MESSAGE, "ann", "hi", "annie", "m1")
PLACEHOLDER = Entry(1, NOW, Kind.UNLOGGED, "", msgid="m1")
KINDS = [kind for kind in Kind if kind not in {Kind.REMOVED, Kind.UNLOGGED}]
EVENTS = [kind for kind in KINDS if kind not in SAID]


def apply(entry: Entry, *opted_out: Person, casemapping: str = "rfc1459", **channel: Any) -> Entry | None:
    privacy = PrivacyFilter()
    channels = (WantedChannel(1, "#garden", **channel), WantedChannel(2, "#pond"))
    privacy.update(replace(NETWORK, channels=channels, opted_out=opted_out, casemapping=casemapping))
    return privacy.apply(entry)


@pytest.mark.parametrize("kind", KINDS)
def test_without_settings_everything_is_recorded(kind: Kind) -> None:
    entry = replace(ENTRY, kind=kind)
    assert apply(entry, off_record=("[off]",)) is entry


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_paused_channel_nothing_is_recorded(kind: Kind) -> None:
    assert apply(replace(ENTRY, kind=kind), paused=True) is None
    assert apply(replace(ENTRY, kind=kind, channel=2), paused=True) is not None, "the other channel is not paused"


@pytest.mark.parametrize("kind", KINDS)
def test_joins_parts_and_quits_are_left_out_where_owners_want_that(kind: Kind) -> None:
    is_recorded = apply(replace(ENTRY, kind=kind), keeps_joins=False) is not None
    assert is_recorded == (kind not in {Kind.JOIN, Kind.PART, Kind.QUIT})


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_off_the_record_is_not_recorded(kind: Kind) -> None:
    entry = replace(ENTRY, kind=kind, text="[off] hi")
    assert (apply(entry, off_record=("!-", "[off]")) is None) == (kind in SAID)
    assert apply(entry, off_record=("!-",)) is entry


def test_what_is_said_to_the_bot_off_the_record_is_not_recorded() -> None:
    entry = replace(ENTRY, kind=Kind.MESSAGE, text=f"{NETWORK.nick}: \u3000[off] hi")
    assert apply(entry, off_record=("[off]",)) is None
    somebody = replace(ENTRY, kind=Kind.MESSAGE, text="somebody: [off] hi")
    assert apply(somebody, off_record=("[off]",)) is somebody


@pytest.mark.parametrize("kind", SAID)
def test_words_of_somebody_who_opted_out_leave_a_placeholder_or_nothing(kind: Kind) -> None:
    ann, entry = Person(None, "annie", "ann"), replace(ENTRY, kind=kind, target="bob")
    other = replace(entry, account="another")
    assert apply(other, ann) is other, "accounts decide where both are known"
    assert apply(entry, ann) == PLACEHOLDER
    assert apply(entry, ann, opted_out="nothing") is None
    assert apply(entry, Person(None, "", "bob")) == PLACEHOLDER, "it is about somebody who opted out"


@pytest.mark.parametrize("kind", EVENTS)
def test_events_of_somebody_who_opted_out_leave_nothing(kind: Kind) -> None:
    entry = replace(ENTRY, kind=kind)
    assert apply(entry, Person(None, "annie", "")) is None
    assert apply(replace(entry, nick="op", account="op", target="Ann"), Person(None, "", "ann")) is None


def test_an_opt_out_of_one_channel_counts_there_only() -> None:
    assert apply(ENTRY, Person(1, "annie", "")) == PLACEHOLDER
    assert apply(ENTRY, Person(2, "annie", "")) is ENTRY
    assert apply(ENTRY, Person(2, "annie", ""), Person(1, "annie", "")) == PLACEHOLDER


def test_names_are_compared_as_the_network_does() -> None:
    entry = replace(ENTRY, nick="Ann[", account=None)
    assert apply(entry, Person(None, "", "ann{")) == PLACEHOLDER
    assert apply(entry, Person(None, "", "ann{"), casemapping="ascii") is entry
    assert apply(entry, Person(None, "", "aNN["), casemapping="ascii") == PLACEHOLDER


def test_new_settings_replace_the_old_ones() -> None:
    privacy = PrivacyFilter()
    assert privacy.apply(ENTRY) is ENTRY, "no channel is known yet"
    privacy.update(replace(NETWORK, channels=(WantedChannel(1, "#garden", paused=True),)))
    assert privacy.apply(ENTRY) is None
    privacy.update(replace(NETWORK, opted_out=(Person(None, "annie", ""),)))
    assert privacy.apply(ENTRY) is ENTRY, "the archive's rules apply to a channel that is not wanted any more"
    privacy.update(replace(NETWORK, channels=(WantedChannel(1, "#garden"),), opted_out=(Person(None, "annie", ""),)))
    assert privacy.apply(ENTRY) == PLACEHOLDER


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
    monkeypatch.setattr(filters, "MAX_REMEMBERED", 2)
    for nick in ("ann", "ann", "ann", "bob"):
        detector.check(nick=nick)
    if is_used_again:
        assert detector.check(nick="ann")[0] == "flood"
    detector.check(nick="eve")  # more than two: bob is forgotten, or ann if she said nothing since
    assert detector.check(nick="ann")[0] == ("flood" if is_used_again else "")
