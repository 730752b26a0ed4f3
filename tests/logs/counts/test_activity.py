from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import time
from types import SimpleNamespace

import pytest
from django.core.cache.backends import locmem

from logs.counts import activity
from logs.counts.activity import ChannelScope
from logs.counts.trending_words import TrendingWord, find_trending_words
from logs.models import Channel, Kind, Line, Network, OptOut
from tests.conftest import Say

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
END = date(2026, 10, 1)


def test_spellings_of_a_nick_are_counted_together(channel: Channel, say: Say) -> None:
    for nick in ("Ann[x]", "ann{x}", "Ann[x]", "bob"):
        say(channel, nick, "hi", at=NOON)
    network = channel.network_id
    assert activity.top_speakers(ChannelScope([channel.pk]), 5) == [(network, "Ann[x]", 3), (network, "bob", 1)]
    assert activity.top_speakers(ChannelScope([channel.pk]), 1, 2026) == [(network, "Ann[x]", 3)]
    assert activity.top_speakers(ChannelScope([channel.pk]), 5, 2025) == []


def test_totals_of_several_channels_are_kept_for_a_minute(
    monkeypatch: pytest.MonkeyPatch, channel: Channel, say: Say
) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    say(channel, "ann", "hi", at=NOON)
    both_channels = ChannelScope([channel.pk, other.pk])
    assert activity.totals(both_channels) == activity._add_up(both_channels)
    say(other, "bob", "hi", at=NOON + timedelta(days=3))
    assert activity.totals(ChannelScope(both_channels.channels[::-1])).used.channels == {channel.pk: 1}
    assert activity.totals(ChannelScope([other.pk])).used.channels == {other.pk: 1}
    assert activity.totals(ChannelScope([])) == (None, activity.Activity(), None)
    monkeypatch.setattr(locmem, "time", SimpleNamespace(time=lambda: time() + activity.CACHE_SECONDS))
    assert activity.totals(both_channels) == activity._add_up(both_channels)
    assert activity.totals(both_channels).silence == (NOON, NOON + timedelta(days=3))


@pytest.mark.parametrize(
    ("opted", "named"),
    [
        ({"nick": "ann"}, {"bob"}),
        ({"nick": "ANN"}, {"bob"}),
        ({"account": "ann"}, {"ann", "bob"}),
        ({"account": "zoe", "nick": "ann"}, {"bob"}),
        ({"account": "ann", "nick": "bob"}, {"ann"}),
        ({"nick": "bob"}, {"ann"}),
        ({"nick": "an"}, {"ann", "bob"}),
    ],
)
def test_opted_out_person_is_not_named(channel: Channel, say: Say, opted: dict[str, str], named: set[str]) -> None:
    for nick in ("ann", "bob"):
        say(channel, nick, "hi", at=NOON)
    OptOut.objects.create(network=channel.network, **opted)
    assert {speaker.nick for speaker in activity.top_speakers(ChannelScope([channel.pk]), 5)} == named


def test_opting_out_elsewhere_changes_nothing_here(channel: Channel, say: Say) -> None:
    say(channel, "ann", "hi", at=NOON)
    other = Channel.objects.create(network=channel.network, name="#other")
    OptOut.objects.create(network=channel.network, channel=other, nick="ann")
    OptOut.objects.create(network=Network.objects.create(name="another"), nick="ann")
    assert [speaker.nick for speaker in activity.top_speakers(ChannelScope([channel.pk]), 5)] == ["ann"]


@pytest.mark.parametrize(
    ("hours", "length"),
    [
        ([0, 24, 30, 72], 42),
        ([0, 24, 30, 59], None),
        ([0, 50, 90, 150], 60),
        ([0, 71, 72, 120, 200], 80),
        ([0, 35.9, 36, 107.9], 71.9),
        ([0], None),
    ],
)
def test_the_longest_silence_is_that_between_two_lines(
    channel: Channel, say: Say, hours: list[float], length: float | None
) -> None:
    for hour in hours:
        say(channel, "ann", at=NOON + timedelta(hours=hour))
    say(channel, "ann", at=NOON + timedelta(days=50), kind=Kind.JOIN)
    silence = activity.longest_silence(ChannelScope([channel.pk]))
    assert (silence and silence.length) == (timedelta(hours=length) if length else None)


def test_what_is_said_in_another_channel_breaks_a_silence(channel: Channel, say: Say) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    for hour in (0, 10 * 24):
        say(channel, "ann", at=NOON + timedelta(hours=hour))
    say(other, "ann", at=NOON + timedelta(days=7, hours=3))
    both_channels = ChannelScope([channel.pk, other.pk])
    assert activity.longest_silence(both_channels) == (NOON, NOON + timedelta(days=7, hours=3))
    say(other, "ann", at=NOON + timedelta(hours=5))
    say(other, "ann", at=NOON + timedelta(days=7, hours=1))
    assert activity.longest_silence(both_channels) == (NOON + timedelta(hours=5), NOON + timedelta(days=7, hours=1))


def test_sums_are_those_of_all_channels_asked_for(channel: Channel, say: Say) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    for spoken_channel in (channel, other, other):
        say(spoken_channel, "ann", "hi", at=NOON)
    both_channels = ChannelScope([channel.pk, other.pk])
    assert activity.extent(both_channels) == (3, 3, 2, NOON.date(), NOON.date())
    assert activity.activity(both_channels).years == {2026: 3}
    assert activity.activity(both_channels).channels == {channel.pk: 1, other.pk: 2}
    assert activity.activity(both_channels).hours[6 * 24 + 12] == 3
    assert activity.by_day(both_channels, NOON.date()) == {NOON.date(): 3}
    assert activity.by_month(both_channels) == {date(2026, 3, 1): 3}
    assert activity.extent(ChannelScope([other.pk])) == (2, 2, 1, NOON.date(), NOON.date())
    assert activity.extent(ChannelScope([])) is None


def test_words_rise_when_several_people_use_them_more_than_before(channel: Channel, say: Say) -> None:
    month = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for day in range(10):
        for nick in ("ann", "bob", "eve"):
            say(channel, nick, "the garden", at=month - timedelta(days=10 + day))
            say(channel, nick, "the \x02advent\x02 of roses, ann", at=month + timedelta(days=day))
            say(channel, "ann", "only I say fuchsia", at=month + timedelta(days=day))
    found = find_trending_words(ChannelScope([channel.pk]), date(2026, 3, 1), END)
    assert {trending.word for trending in found} == {"advent", "roses"}
    assert found[0] == TrendingWord(found[0].word, None)
    assert find_trending_words(ChannelScope([channel.pk]), date(2026, 2, 1), END) == []


def test_words_are_those_of_days_that_are_over_and_go_with_their_lines(channel: Channel, say: Say) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for nick in ("ann", "bob", "eve"):
        say(channel, nick, "the garden", at=start - timedelta(days=20))
        say(channel, nick, "roses", at=start)
        say(channel, nick, "advent", at=start + timedelta(days=1))
    scope = ChannelScope([channel.pk])
    assert find_trending_words(scope, start.date(), date(2026, 3, 2)) == [TrendingWord("roses", None)]
    assert {
        trending.word for trending in find_trending_words(ChannelScope([channel.pk]), start.date(), date(2026, 3, 3))
    } == {
        "advent",
        "roses",
    }
    Line.objects.filter(channel=channel, nick="bob", text="roses").delete()
    assert find_trending_words(ChannelScope([channel.pk]), start.date(), END) == [TrendingWord("advent", None)]


def test_words_of_several_channels_rise_together(channel: Channel, say: Say) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    month = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for spoken_channel, nick in ((channel, "ann"), (other, "bob"), (other, "eve")):
        say(spoken_channel, nick, "the garden", at=month - timedelta(days=20))
        say(spoken_channel, nick, "advent at https://example.org/advent/calendar", at=month)
    both_channels = ChannelScope([channel.pk, other.pk])
    assert find_trending_words(both_channels, date(2026, 3, 1), END) == [TrendingWord("advent", None)]
    assert (
        find_trending_words(ChannelScope([channel.pk]), date(2026, 3, 1), END)
        == find_trending_words(ChannelScope([]), date(2026, 3, 1), END)
        == []
    )
