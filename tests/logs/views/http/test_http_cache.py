"""Closed days: a page that has not changed is not sent again, and whatever changes on it changes its tag."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from logs.ingest.channel_state import remove_lines
from logs.models import Channel, Gap, Kind, Line
from logs.models.line import Reason
from tests.conftest import Say

pytestmark = pytest.mark.django_db
DAY = "/testnet/garden/2026-03-01"
PATHS = [f"{DAY}/", f"{DAY}.txt", f"{DAY}.json"]
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_is_not_sent_again(
    client: Client, two_days: Channel, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    first = client.get(path)
    with django_assert_num_queries(1):
        again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again[name] == first[name]
    assert "public" in first["Cache-Control"]
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_each_form_of_a_day_has_its_own_tag(client: Client, two_days: Channel) -> None:
    paths = [*PATHS, f"{DAY}/?mark=1-2", "/testnet/garden/2026-03-09/"]
    assert len({client.get(path)["ETag"] for path in paths}) == len(paths)


def _channel() -> Channel:
    return Channel.objects.get(name="#garden")


CHANGES: dict[str, Callable[[Say], object]] = {
    "a line is filled in": lambda say: say(_channel(), "eve", "late", at=AT),
    "a line is removed": lambda _: remove_lines(_channel(), {2}),
    "a line is erased": lambda _: Line.objects.filter(id=1).delete(),
    "a text is redacted": lambda _: Line.objects.filter(id=1).update(text=""),
    "somebody is anonymised": lambda _: Line.objects.filter(nick="ann").update(nick="someone"),
    "a gap is known": lambda _: Gap.objects.create(
        channel=_channel(), from_at=AT, to_at=AT + timedelta(minutes=5), reason=Reason.STOPPED
    ),
    "the next day is another": lambda say: say(_channel(), "ann", at=AT + timedelta(days=2), kind=Kind.JOIN),
    "the previous day is another": lambda say: say(_channel(), "ann", at=AT - timedelta(days=2)),
    "the topic changes": lambda _: Channel.objects.update(topic="new"),
    "bridges are named": lambda _: Channel.objects.update(bridges="ann"),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_whatever_changes_a_page_changes_its_tag(client: Client, two_days: Channel, say: Say, change: str) -> None:
    before = client.get(f"{DAY}/")
    CHANGES[change](say)
    after = client.get(f"{DAY}/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


GAP_CHANGES: dict[str, Callable[[QuerySet[Gap]], object]] = {
    "it begins earlier": lambda gaps: gaps.update(from_at=AT - timedelta(seconds=1)),
    "it ends later": lambda gaps: gaps.update(to_at=AT + timedelta(minutes=5, seconds=1)),
    "it is open again": lambda gaps: gaps.update(to_at=None),
    "its reason is another": lambda gaps: gaps.update(reason=Reason.KICKED),
    "it was filled": lambda gaps: gaps.delete(),
    "it became two": lambda gaps: gaps.create(
        channel=_channel(), from_at=AT + timedelta(minutes=9), to_at=AT + timedelta(minutes=10), reason=Reason.STOPPED
    ),
}


@pytest.mark.parametrize("change", list(GAP_CHANGES))
@pytest.mark.parametrize("path", PATHS)
def test_a_gap_that_changes_changes_the_tag(client: Client, two_days: Channel, path: str, change: str) -> None:
    Gap.objects.create(channel=two_days, from_at=AT, to_at=AT + timedelta(minutes=5), reason=Reason.STOPPED)
    before = client.get(path)
    assert client.get(path, headers={"If-None-Match": before["ETag"]}).status_code == 304
    GAP_CHANGES[change](Gap.objects.filter(channel=two_days))
    after = client.get(path, headers={"If-None-Match": before["ETag"]})
    assert (after.status_code, after["ETag"] != before["ETag"]) == (200, True)


def test_what_happens_on_another_day_changes_nothing(client: Client, two_days: Channel, say: Say) -> None:
    tag = client.get(f"{DAY}/")["ETag"]
    say(two_days, "ann", "later", at=AT + timedelta(days=8))
    say(two_days, "ann", "now", at=timezone.now())
    assert client.get(f"{DAY}/", headers={"If-None-Match": tag}).status_code == 304


def test_today_is_never_kept(client: Client, two_days: Channel, say: Say) -> None:
    line = say(two_days, "ann", "now")
    response = client.get(f"/testnet/garden/{line.at:%Y-%m-%d}/")
    assert "ETag" not in response
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", PATHS)
def test_what_not_everybody_may_read_is_never_kept(client: Client, two_days: Channel, path: str) -> None:
    tag = client.get(path)["ETag"]
    Channel.objects.update(visibility="members")
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 404


def test_a_page_for_somebody_who_is_known_is_not_for_shared_caches(admin_client: Client, two_days: Channel) -> None:
    response = admin_client.get(f"{DAY}/")
    assert "private" in response["Cache-Control"]
    assert "public" not in response["Cache-Control"]
    assert "ETag" not in response


@pytest.mark.parametrize("day", ["2026-02-02", "2026-02-30", "0000-01-01", "9999-12-31"])
def test_a_missing_page_has_no_tag(client: Client, two_days: Channel, day: str) -> None:
    response = client.get(f"/testnet/garden/{day}/", headers={"If-None-Match": "*"})
    assert response.status_code == 404
    assert "ETag" not in response
