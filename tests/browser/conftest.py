"""A channel as visitors find it: two days apart, with everything that a page has to draw."""

from __future__ import annotations

from datetime import datetime, timedelta

import gevent
import pytest
from django.utils import timezone

from logs.models import Channel, Gap, Kind
from logs.models.line import Reason
from tests.conftest import Say

LONG_WORD = "a" * 300
LONG_LINK = "https://example.org/" + "path/" * 60

SAID = [
    ("ann", "Good morning! Did the \x02release\x02 go out? \x0304red\x03 and \x1ditalic\x1d"),
    ("ann", f"see {LONG_LINK}."),
    ("bob", "it did: https://example.org/notes?a=1&b=2 <3"),
    ("a_very_long_nick_of_thirty_chars", LONG_WORD),
    ("bob", "日本語 العربية עברית 👩‍🚀🎉 ¯\\_(ツ)_/¯"),
    ("eve", "<script>alert(1)</script> & \x0301,01black on black\x0f done"),
]


@pytest.fixture(autouse=True)
def no_midnight() -> None:
    """Pages show the day: a test that would run into the next one waits for it."""
    left = (timezone.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0) - timezone.now()
    if left < timedelta(seconds=60):
        gevent.sleep(left.total_seconds() + 1)


@pytest.fixture
def process_env(process_env: dict[str, str]) -> dict[str, str]:
    """A site that offers notices by mail, although none is sent."""
    return process_env | {"EMAIL_URL": "smtp://127.0.0.1:9"}


@pytest.fixture
def yesterday() -> datetime:
    """Yesterday morning, UTC."""
    return timezone.now().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)


@pytest.fixture
def talk(site: object, channel: Channel, say: Say, yesterday: datetime) -> Channel:
    """The channel `#garden` with lines of a week ago and of yesterday."""
    say(channel, "ann", "a week ago", at=yesterday - timedelta(days=6))
    Channel.objects.filter(pk=channel.pk).update(topic="All about gardens | https://example.org/rules")
    at = yesterday
    for nick, text in SAID:
        at += timedelta(seconds=20)
        say(channel, nick, text, at=at)
    say(channel, "ann", "waves", at=at, kind=Kind.ACTION)
    for nick in ("fay", "gus", "hal"):
        say(channel, nick, at=at, kind=Kind.JOIN)
    say(channel, "gus", "bye", at=at, kind=Kind.QUIT)
    say(channel, "hal", at=at, kind=Kind.NICK, target="hal_away")
    say(channel, "ann", "enough", at=at, kind=Kind.KICK, target="eve")
    say(channel, "ann", "+o bob", at=at, kind=Kind.MODE)
    say(channel, "ann", "All about gardens", at=at, kind=Kind.TOPIC)
    gap_end = at + timedelta(minutes=3)
    Gap.objects.create(channel=channel, from_at=at, to_at=gap_end, reason=Reason.CONNECTION)
    say(channel, "bob", "after the gap", at=gap_end + timedelta(minutes=1))
    return channel
