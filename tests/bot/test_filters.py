"""What never reaches the journal, and what reaches it without a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.desired_state import WantedChannel, WantedNetwork
from bot.filters import PrivacyFilter
from logs.ingest.entry import Entry
from logs.models import Kind
from logs.models.line import SAID
from logs.text.privacy_rules import Person

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
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
