"""What was said while a log was closed stays with those who could read it, whatever its visibility becomes later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection, transaction

from logs import publication
from logs.archive import readable_lines
from logs.counts import activity, verification
from logs.counts.activity import ChannelScope
from logs.counts.day_index import readable_days
from logs.formats.log_format import LogLine
from logs.imports.bulk_load import load_files
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.live.backplane import FollowedChannel
from logs.live.backplane.database import fetch_newer, fetch_newest
from logs.live.sse import reload_block
from logs.models import (
    STRANGER,
    Act,
    Channel,
    ClosedPeriod,
    ClosedRange,
    DayCount,
    Identity,
    Kind,
    Line,
    Membership,
    Network,
    Visitor,
)
from logs.privacy import redact
from logs.search.passages import passages
from logs.search.query_parser import parse
from logs.search.results import search
from tests.conftest import Say

pytestmark = pytest.mark.django_db

SETTINGS: dict[str, dict[str, object]] = {
    "public": {"visibility": "public", "hidden": False, "notice": "unneeded"},
    "unlisted": {"visibility": "unlisted", "hidden": False, "notice": "unneeded"},
    "members": {"visibility": "members", "hidden": False, "notice": "unneeded"},
    "hidden": {"visibility": "public", "hidden": True, "notice": "unneeded"},
    "unannounced": {"visibility": "public", "hidden": False, "notice": "missing"},
}
CLOSED = [name for name in SETTINGS if name != "public"]
READERS = {
    "unlisted": {"holder", "member", "owner", "admin", "token"},
    "members": {"member", "owner", "admin", "token"},
    "hidden": {"owner", "admin"},
    "unannounced": {"owner", "admin"},
}


def set_visibility(channel: Channel, name: str) -> None:
    Channel.objects.filter(pk=channel.pk).update(**SETTINGS[name])


@pytest.fixture
def visitors(channel: Channel) -> dict[str, Visitor]:
    found = {"stranger": STRANGER, "admin": Visitor(is_admin=True)}
    found["holder"] = Visitor(keys=frozenset({channel.link_key}))
    for role in ("member", "owner", "outsider"):
        identity = Identity.objects.create(network=channel.network, account=role, nick=role)
        if role != "outsider":
            Membership.objects.create(channel=channel, identity=identity, role=role)
        found[role] = Visitor(identity=identity.pk)
    found["token"] = Visitor(identity=found["member"].identity, only_channel=channel.pk)
    return found


def texts(channel: Channel, visitor: Visitor = STRANGER) -> list[str] | None:
    """What a visitor may read of a channel, None if not even the channel."""
    row = Channel.objects.visible_to(visitor).filter(pk=channel.pk).first()
    return list(readable_lines(row).order_by("id").values_list("text", flat=True)) if row else None


def seen_counts(channel: Channel, visitor: Visitor) -> tuple[int, int, dict[int, int], int]:
    """The sums of all counts that a visitor may see: of days twice, of hours, of nicks."""
    row = Channel.objects.visible_to(visitor).get(pk=channel.pk)
    scope = ChannelScope.of([row])
    extent = activity.extent(scope)
    by_year = dict(activity.activity(scope).years)
    said = sum(speaker.said for speaker in activity.top_speakers(scope, 50))
    return extent.lines if extent else 0, sum(day.seen_lines for day in readable_days(row)), by_year, said


@pytest.mark.parametrize("closed", CLOSED)
def test_a_closed_week_between_public_ones_is_for_its_readers_only(
    channel: Channel, say: Say, visitors: dict[str, Visitor], closed: str
) -> None:
    say(channel, "ann", "before")
    set_visibility(channel, closed)
    say(channel, "bob", "meanwhile")
    set_visibility(channel, "public")
    say(channel, "ann", "after")
    for name, visitor in visitors.items():
        all_of_it = ["before", "meanwhile", "after"]
        expected = all_of_it if name in READERS[closed] else ["before", "after"]
        assert texts(channel, visitor) == expected, name
        count = len(expected)
        assert seen_counts(channel, visitor) == (count, count, {datetime.now(UTC).year: count}, count), name
    assert verification.find_mismatches(channel.pk) == []


@pytest.mark.parametrize("closed", CLOSED)
def test_a_log_that_begins_closed_keeps_its_beginning_closed(network: Network, say: Say, closed: str) -> None:
    pond = Channel.objects.create(network=network, name="#pond", **SETTINGS[closed])
    say(pond, "ann", "before")
    set_visibility(pond, "public")
    assert texts(pond) == []
    say(pond, "ann", "after")
    assert texts(pond) == ["after"]


def test_opening_in_steps_opens_to_each_group_what_was_said_from_then_on(
    channel: Channel, say: Say, visitors: dict[str, Visitor]
) -> None:
    for step in ("hidden", "members", "unlisted", "public"):
        set_visibility(channel, step)
        say(channel, "ann", step)
    steps = ["hidden", "members", "unlisted", "public"]
    seen = {name: texts(channel, visitor) for name, visitor in visitors.items()}
    assert seen["owner"] == seen["admin"] == steps
    assert seen["member"] == seen["token"] == steps[1:]
    assert seen["holder"] == steps[2:]
    assert seen["stranger"] == seen["outsider"] == steps[3:]


def test_a_change_that_concerns_no_line_leaves_no_range(channel: Channel, say: Say) -> None:
    say(channel, "ann", "before")
    for _ in range(3):
        set_visibility(channel, "members")
        set_visibility(channel, "public")
    assert not ClosedRange.objects.exists()
    assert texts(channel) == ["before"]


def entry(channel: Channel, text: str, at: datetime) -> Entry:
    return Entry(channel.pk, at, Kind.MESSAGE, "ann", text, None, None, None)


def store(*entries: Entry) -> None:
    with transaction.atomic():
        store_lines(entries)


@pytest.fixture
def past_week(channel: Channel) -> Callable[[str], datetime]:
    """Lets a closed period of a week end now; returns a moment in it."""

    def close(name: str) -> datetime:
        set_visibility(channel, name)
        set_visibility(channel, "public")
        until = ClosedPeriod.objects.latest("pk").until
        assert until is not None
        ClosedPeriod.objects.update(since=until - timedelta(days=7))
        return until - timedelta(days=1)

    return close


def test_a_line_said_in_a_closed_period_belongs_to_it_however_late_it_is_stored(
    channel: Channel, visitors: dict[str, Visitor], past_week: Callable[[str], datetime]
) -> None:
    changed_at = past_week("members")
    store(
        entry(channel, "public before", changed_at - timedelta(days=7)),
        entry(channel, "closed one", changed_at),
        entry(channel, "closed two", changed_at),
        entry(channel, "public after", changed_at + timedelta(days=2)),
        entry(channel, "closed three", changed_at),
    )
    store(entry(channel, "closed four", changed_at))
    assert texts(channel) == ["public before", "public after"]
    assert texts(channel, visitors["member"]) == [*Line.objects.order_by("id").values_list("text", flat=True)]
    assert ClosedRange.objects.filter(last__isnull=False).count() == 2, "lines in a row share a range"
    assert verification.find_mismatches(channel.pk) == []


def test_a_late_line_is_not_for_those_who_may_read_the_log_meanwhile(
    channel: Channel, say: Say, visitors: dict[str, Visitor], past_week: Callable[[str], datetime]
) -> None:
    changed_at = past_week("hidden")
    set_visibility(channel, "members")
    store(entry(channel, "of owners", changed_at))
    say(channel, "ann", "of members")
    store(entry(channel, "of owners too", changed_at))
    set_visibility(channel, "public")
    assert texts(channel) == []
    assert texts(channel, visitors["member"]) == ["of members"]
    assert texts(channel, visitors["owner"]) == ["of owners", "of members", "of owners too"]
    assert verification.find_mismatches(channel.pk) == []


def test_what_is_imported_into_a_public_log_is_public(channel: Channel, past_week: Callable[[str], datetime]) -> None:
    changed_at = past_week("members")
    load_files(channel.pk, [[LogLine(changed_at, Kind.MESSAGE, "ann", "imported", None, None, None, None, None)]])
    assert texts(channel) == ["imported"]


def test_a_line_that_is_removed_leaves_the_counts_of_its_period(
    channel: Channel, say: Say, visitors: dict[str, Visitor]
) -> None:
    set_visibility(channel, "members")
    ids = [say(channel, nick, "meanwhile").id for nick in ("ann", "bob", "bob")]
    set_visibility(channel, "public")
    redact(channel, ids[:2], "an owner")
    assert verification.find_mismatches(channel.pk) == []
    assert len(texts(channel, visitors["member"]) or []) >= 1
    assert "meanwhile" not in (texts(channel) or [])


def test_a_search_finds_no_line_and_no_context_of_a_closed_period(
    channel: Channel, say: Say, visitors: dict[str, Visitor]
) -> None:
    say(channel, "ann", "apples before")
    set_visibility(channel, "members")
    say(channel, "ann", "apples meanwhile")
    set_visibility(channel, "public")
    say(channel, "ann", "apples after")

    def find(visitor: Visitor) -> tuple[list[str], list[str]]:
        row = Channel.objects.visible_to(visitor).get(pk=channel.pk)
        hidden = row.hidden_periods
        page = search(parse("apples"), [row.pk], all_channels=True, hidden_periods=hidden)
        shown = [line.text for passage in passages(page.lines[:1], hidden) for line in passage.lines]
        return [line.text for line in page.lines], shown

    assert find(STRANGER) == (["apples after", "apples before"], ["apples before", "apples after"])
    assert find(visitors["member"])[0] == ["apples after", "apples meanwhile", "apples before"]
    assert "apples meanwhile" in find(visitors["member"])[1]


def followed(channel: Channel) -> FollowedChannel:
    channel.refresh_from_db()
    return FollowedChannel(channel.pk, channel.get_absolute_url(), channel.audience)


@pytest.mark.django_db(transaction=True)
def test_streams_get_no_closed_line_but_the_advice_to_load_the_page_again(channel: Channel, say: Say) -> None:
    say(channel, "ann", "before")
    set_visibility(channel, "members")
    removed = say(channel, "ann", "first of two meanwhile")
    last = say(channel, "ann", "meanwhile")
    redact(channel, [removed.id], "an owner")
    set_visibility(channel, "public")
    after = say(channel, "ann", "after")
    for events in (fetch_newest(followed(channel)), fetch_newer(followed(channel), 0, 100)):
        bodies = b"".join(event.block + event.record for event in events)
        assert b"meanwhile" not in bodies
        assert b"removal" not in bodies
        assert [event.id for event in events] == sorted({event.id for event in events})
        (advice,) = [event for event in events if event.block == reload_block(event.id)]
        assert events[0].id < last.id <= advice.id < after.id == events[-1].id
    assert [event.id for event in fetch_newer(followed(channel), after.id - 1, 100)] == [after.id]


@pytest.mark.django_db(transaction=True)
def test_a_stream_that_was_admitted_before_a_change_gets_nothing_after_it(channel: Channel, say: Say) -> None:
    open_feed = followed(channel)
    set_visibility(channel, "members")
    closed_feed = followed(channel)
    line = say(channel, "ann", "meanwhile")
    assert fetch_newer(open_feed, line.id - 1, 100) == []
    set_visibility(channel, "public")
    assert fetch_newer(closed_feed, line.id - 1, 100) == []
    assert b"meanwhile" not in b"".join(event.block for event in fetch_newer(open_feed, 0, 100))


@pytest.mark.django_db(transaction=True)
def test_a_late_line_makes_open_pages_load_again(channel: Channel, past_week: Callable[[str], datetime]) -> None:
    changed_at = past_week("members")
    store(entry(channel, "late", changed_at))
    (event,) = fetch_newer(followed(channel), 0, 100)
    assert event.block == reload_block(1)


@pytest.mark.django_db(transaction=True)
def test_publishing_a_period_publishes_all_of_it_and_nothing_else(
    channel: Channel, say: Say, visitors: dict[str, Visitor]
) -> None:
    said = []
    for name in ("members", "public", "hidden", "public"):
        set_visibility(channel, name)
        said.append(say(channel, "ann", f"said while {name}"))
    owners, members = publication.fetch_closed_parts(channel)
    today = datetime.now(UTC).date()
    assert (owners.lines, owners.readers, members.readers, members.last) == (1, "owners", "members", today)
    revision = DayCount.objects.get().revision
    assert publication.publish(channel, [members.period], "ann") == 1
    assert texts(channel) == ["said while members", "said while public", "said while public"]
    assert DayCount.objects.get().revision > revision, "cached pages are out of date"
    assert fetch_newer(followed(channel), said[-1].id, 9)[-1].block.startswith(b"id: 5\nevent: reload")
    assert publication.fetch_closed_parts(channel) == [owners]
    assert publication.publish(channel, [members.period], "ann") == 0
    assert publication.publish(channel, [owners.period], "ann") == 1
    assert seen_counts(channel, STRANGER)[0] == 4
    assert verification.find_mismatches(channel.pk) == []
    assert "published 1 line " in Act.objects.latest("pk").what


def test_publishing_to_members_does_not_publish_to_all(
    channel: Channel, say: Say, visitors: dict[str, Visitor]
) -> None:
    set_visibility(channel, "hidden")
    say(channel, "ann", "of owners")
    set_visibility(channel, "members")
    (part,) = publication.fetch_closed_parts(channel)
    publication.publish(channel, [part.period], "ann")
    assert texts(channel, visitors["member"]) == ["of owners"]
    set_visibility(channel, "public")
    assert texts(channel) == []
    assert [part.readers for part in publication.fetch_closed_parts(channel)] == ["members"]


def test_a_period_that_lasts_cannot_be_published(channel: Channel, say: Say) -> None:
    set_visibility(channel, "members")
    say(channel, "ann", "meanwhile")
    assert publication.fetch_closed_parts(channel) == []
    assert publication.publish(channel, [ClosedPeriod.objects.get().pk], "ann") == 0


def test_an_upgrade_keeps_closed_logs_closed_and_open_ones_open(channel: Channel, network: Network, say: Say) -> None:
    pond = Channel.objects.create(network=network, name="#pond", visibility="members")
    say(channel, "ann", "public")
    say(pond, "ann", "closed")
    ClosedPeriod.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("logs.migrations.0011_closed_periods").BACKFILL)
    set_visibility(pond, "public")
    assert (texts(channel), texts(pond)) == (["public"], [])
    assert verification.find_mismatches(channel.pk) == verification.find_mismatches(pond.pk) == []
