"""Lines of a closed period in a channel that is public now: every address of the site × visitor × former visibility.

The addresses are those of test_who_sees_what.py. Whoever could not read the channel then gets the same statuses as if
the lines did not exist, and finds their words, their nick and their day nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from logs import publication
from logs.conversations.reply_store import Reply, write_replies
from logs.models import Channel, ClosedPeriod, Line, OldNumber
from logs.picture import Picture
from tests.conftest import Say
from tests.logs.views import test_who_sees_what as table

pytestmark = pytest.mark.django_db

CLOSED_DAY, PUBLIC_DAY = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 4, 2, 9, tzinfo=UTC)
MARKS = ("zanzibar7", "zoe7", "2026-03-01")
"""What only the closed line has."""

QUERY = "?q=apples"
QUERIES = table.QUERIES | dict.fromkeys(
    [name for name, query in table.QUERIES.items() if "q=" in query] + ["channel_search", "channel_search_feed"], QUERY
)
QUERIES |= {"channel_search_feed_json": QUERY, "feed": "?by=line", "api:lines": "?limit=50"}
NAMES = sorted(set(table.OF_CHANNEL) | set(table.LISTS) | {"oembed"})

WITHOUT_LINES = {"day", "line", "lines", "api:line", "legacy_day", "legacy_channel_line"}
"""Addresses of the closed line or its day, which lead nowhere without it; text and JSON are then empty."""

PICTURES = {"day_image", "line_image", "lines_image"}
"""They are those for strangers, whoever asks, since other sites show them to everybody."""

SHOW = {"day", "day_text", "day_json", "feed", "feed_json", "channel_search", "channel_search_feed"}
SHOW |= {"year", "channel_stats", "search", "search_feed", "stats", "api:days", "api:lines", "api:line"}
SHOW |= {"api:channel_search", "api:search", "api:channel_stats", "api:stats"}
"""Addresses that show at least one of the marks to readers."""

READERS = {name: visitor_name for name, visitor_name in table.READERS.items() if name != "public"}


@pytest.fixture
def visibility() -> str:
    """The former visibility, where a test does not try all."""
    return "members"


@pytest.fixture
def garden(channel: Channel, say: Say, visibility: str) -> Iterator[Channel]:
    """A channel that was closed when its first line was said."""
    Channel.objects.update(**table.SETTINGS[visibility])
    closed = say(channel, "zoe7", "apples zanzibar7", at=CLOSED_DAY)
    Channel.objects.update(visibility="public", hidden=False, notice="unneeded")
    say(channel, "ann", "apples marmalade3", at=PUBLIC_DAY)
    OldNumber.objects.create(channel=channel, number=closed.id, line=closed.id)
    middleware = [name for name in settings.MIDDLEWARE if name != "logs.views.live.live_view.admit_followers"]
    with override_settings(MIDDLEWARE=middleware):
        channel.refresh_from_db()
        yield channel


def fetch(client: Client, name: str, closed: int) -> tuple[int, str]:
    """The status, and everything that the response shows: its body and where it leads."""
    values = table.VALUES | {"number": closed, "last": closed}
    given = {key: values[key] for key in table.ADDRESSES[name]}
    address = reverse(name, kwargs=given)
    query = f"?url=http://testserver/testnet/garden/at/{closed}/" if name == "oembed" else QUERIES.get(name, "")
    with patch.object(Picture, "add_text", autospec=True, side_effect=Picture.add_text) as add_text:
        response = client.get(address + query)
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[arg-type]
    if response.get("Content-Type") == "image/png":
        body = "\n".join(call.args[5] for call in add_text.call_args_list).encode()
        assert body
    shown = body.decode() + response.get("Location", "")
    if "day" in given and (response.status_code != 200 or name == "day_json"):
        shown = shown.replace("2026-03-01", "")  # the day of the address, repeated where it has no lines
    return response.status_code, shown


@pytest.mark.parametrize("visibility", list(READERS))
@pytest.mark.parametrize("visitor_name", table.VISITORS)
def test_closed_lines_are_shown_to_those_who_could_read_them_and_to_nobody_else(
    garden: Channel, visitor_name: str, visibility: str
) -> None:
    closed = Line.objects.earliest("id").id
    client = table.visitor_with_token(visitor_name, garden)
    for name in NAMES:
        status, shown = fetch(client, name, closed)
        # Secret links open nothing in the API; what owners do is not for reading.
        is_reader = visitor_name in READERS[visibility] and not (visitor_name == "holder" and ":" in name)
        if name in {"sitemap", "oembed"} or name in table.OWNERS:
            is_reader = is_reader and name in table.OWNERS  # the others show what strangers may read, to everybody
        if name in PICTURES:
            is_reader = False
        if not is_reader:
            assert [mark for mark in MARKS if mark in shown] == [], f"{name}: {shown}"
            if name in {"day", "line", "lines", "api:line", "line_image", "lines_image"}:
                assert status == 404, name
            if name == "day_json":
                assert '"lines": [\n]' in shown
        elif name in SHOW:
            assert any(mark in shown for mark in MARKS), f"{name} ({status}): {shown}"


def test_lines_embedded_in_other_sites_are_those_that_strangers_may_read(garden: Channel) -> None:
    closed, public = Line.objects.order_by("id").values_list("id", flat=True)
    for client in (Client(), table.visitor("owner", garden)):
        response = client.get(f"/testnet/garden/at/{closed}/?embed")
        assert (response.status_code, b"zanzibar7" in response.content) == (404, False)
        assert client.get(f"/testnet/garden/at/{public}/?embed").status_code == 200
        assert b"zanzibar7" not in client.get(f"/testnet/garden/at/{closed}-{public}/?embed").content


def test_no_page_says_which_line_answers_a_closed_one(garden: Channel, say: Say) -> None:
    closed, first = Line.objects.order_by("id").values_list("id", flat=True)
    second = say(garden, "bob", "apples too", at=PUBLIC_DAY).id
    with transaction.atomic():
        write_replies({garden.pk: {first: Reply(closed, 90), second: Reply(first, 90)}})
    for visitor_name, shown in [("stranger", False), ("admin", True)]:
        client = table.visitor(visitor_name, garden)
        program = table.visitor_with_token("owner", garden) if shown else client
        content = client.get("/testnet/garden/2026-04-02/").content.decode()
        assert (f'data-reply="{closed}"' in content, f'data-reply="{first}"' in content) == (shown, True)
        lines = program.get("/api/v1/networks/testnet/channels/garden/lines").json()["lines"]
        known = {line["id"]: (line["reply_to"], line["conversation"]) for line in lines}
        assert known[first] == ((closed, closed) if shown else (None, first))
        assert known[second] == (first, closed if shown else first)


def test_numbers_on_the_index_leave_out_what_is_closed(garden: Channel) -> None:
    other = Channel.objects.create(network=garden.network, name="#pond")
    strangers, owners = Client().get("/").content.decode(), table.visitor("owner", garden).get("/").content.decode()
    assert "1 line" in strangers
    assert "1 line" not in owners
    assert strangers.index("#garden") < strangers.index(other.name)
    record = Client().get("/api/v1/networks/testnet/channels/garden").json()
    assert (record["lines"], record["first_day"]) == (1, "2026-04-02")


def test_a_cached_page_is_out_of_date_when_lines_are_published(garden: Channel, say: Say) -> None:
    Channel.objects.update(visibility="members")
    say(garden, "zoe7", "zanzibar7 again", at=PUBLIC_DAY)
    Channel.objects.update(visibility="public")
    garden.refresh_from_db()
    client, page = Client(), "/testnet/garden/2026-04-02/"
    before = client.get(page)
    assert b"zanzibar7" not in before.content
    assert client.get(page, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
    # A day of which nothing may be read has no ETag: `*` would match it.
    assert client.get("/testnet/garden/2026-03-01/", headers={"If-None-Match": "*"}).status_code == 404
    publication.publish(garden, [*ClosedPeriod.objects.values_list("pk", flat=True)], "ann")
    after = client.get(page, headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, b"zanzibar7" in after.content) == (200, True)
    assert client.get("/testnet/garden/2026-03-01/").status_code == 200


def test_an_owner_publishes_earlier_lines_in_a_second_step_and_the_channel_is_told(garden: Channel) -> None:
    Channel.objects.update(visibility="members")
    garden.refresh_from_db()
    client, page = table.visitor("owner", garden), "/testnet/garden/manage/"
    values = {"act": "change", "visibility": "public", "notice": "unneeded", "off_record": "[off]", "delay": 0}
    values |= {"opted_out": "nothing", "answers": "private", "keeps_joins": "on", "holds_spam": "on", "indexed": "on"}
    assert client.post(page, values).status_code == 302
    garden.refresh_from_db()
    assert garden.is_public
    assert garden.announcement.startswith("The log of this channel is public from now on: http")
    said = publication.take_announcement(garden.pk, garden.announcement)
    assert said is not None
    assert said.to_all
    assert publication.take_announcement(garden.pk, said.sentence) is None, "it is said once"
    (part,) = publication.fetch_closed_parts(garden)
    shown = client.get(f"{page}readers/").content.decode()
    assert "1 line of 2026-03-01, readable for members only" in shown
    unconfirmed = client.post(page, {"act": "publish-earlier-lines", "periods": [part.period]})
    assert (unconfirmed.status_code, Client().get("/testnet/garden/2026-03-01/").status_code) == (400, 404)
    confirmed = {"act": "publish-earlier-lines", "periods": [part.period], "is_sure": "on"}
    assert client.post(page, confirmed).status_code == 302
    assert "zanzibar7" in Client().get("/testnet/garden/2026-03-01/").content.decode()
    garden.refresh_from_db()
    assert garden.announcement.startswith("What was said here between 2026-03-01 and 2026-03-01 is public now: http")
    Channel.objects.filter(pk=garden.pk).update(visibility="public")
    client.post(page, values | {"visibility": "members"})
    garden.refresh_from_db()
    assert garden.announcement == "", "what is closed again is not announced as public"


def test_a_sign_in_that_reads_a_closed_period_is_in_no_shared_cache(garden: Channel) -> None:
    response = table.visitor("member", garden).get("/testnet/garden/2026-03-01/")
    assert (response.status_code, "private" in response.headers["Cache-Control"]) == (200, True)
    assert timezone.now() > CLOSED_DAY
