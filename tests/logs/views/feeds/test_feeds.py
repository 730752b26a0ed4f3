"""Feeds, as a feed reader understands them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from logs.ingest.channel_state import remove_lines
from logs.models import Channel, Kind, Line
from logs.views.feeds import channel_feed
from logs.views.feeds.feed_format import Entry, Feed, render_feed
from tests import examples
from tests.conftest import Say
from tests.processes import Site

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
ATOM, JSON = "/testnet/garden/feed.atom", "/testnet/garden/feed.json"
ADDRESSES = [ATOM, JSON, f"{ATOM}?by=line", f"{JSON}?by=line"]


def read(content: bytes) -> Any:
    found = feedparser.parse(content)
    assert not found.bozo, found.get("bozo_exception")
    return found


def atom(client: Client, address: str = ATOM) -> Any:
    response = client.get(address)
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return read(response.content)


def test_each_day_that_is_over_is_an_entry(client: Client, two_days: Channel, say: Say) -> None:
    say(two_days, "ann", "of today")
    found = atom(client)
    assert found.version == "atom10"
    assert found.feed.title == "#garden on testnet, day by day"
    assert {link.rel: link.href for link in found.feed.links} == {
        "self": f"{SITE}{ATOM}",
        "alternate": f"{SITE}/testnet/garden/",
    }
    assert [(entry.id, entry.link, entry.title) for entry in found.entries] == [
        (f"{SITE}/testnet/garden/{day}/",) * 2 + (f"#garden on {name}",)
        for day, name in (("2026-03-09", "Monday 9 March 2026"), ("2026-03-01", "Sunday 1 March 2026"))
    ]
    newest, oldest = found.entries
    assert (newest.published, newest.summary) == ("2026-03-10T00:00:00+00:00", "1 line by 1 nick.")
    html = oldest.content[0].value
    assert f'<p><a href="{SITE}/testnet/garden/at/1/">09:00</a> <b>ann:</b> good &lt;b&gt;morning&lt;/b&gt;</p>' in html
    assert html.index("morning") < html.index('href="https://example.org/"')
    assert "of today" not in str(found)


def test_a_day_has_what_was_said_and_no_more_than_fits(
    client: Client, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_feed, "MAX_LINES_OF_DAY", 2)
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    say(channel, "ann", at=at, kind=Kind.JOIN)
    say(channel, "ann", "waves", at=at, kind=Kind.ACTION)
    for number in range(3):
        say(channel, "ann", f"words {number}", at=at)
    say(channel, "bob", at=at + timedelta(days=1), kind=Kind.JOIN)
    (entry,) = atom(client).entries
    html = entry.content[0].value
    assert "* <b>ann</b> waves" in html
    assert "words 0" in html
    assert "words 1" not in html
    assert f'<a href="{SITE}/testnet/garden/2026-03-01/">2 more lines</a>' in html
    assert "joined" not in html
    assert entry.summary == "4 lines."


def test_no_more_than_the_newest_days(client: Client, channel: Channel, say: Say) -> None:
    for day in range(1, 13):
        say(channel, "ann", "morning", at=datetime(2026, 3, day, tzinfo=UTC))
    assert [entry.id[-3:-1] for entry in atom(client).entries] == [f"{day:02}" for day in range(12, 2, -1)]


@pytest.mark.parametrize(("limit", "count"), [("3", 3), ("12", 12), ("9999", 12)])
def test_readers_say_how_many_entries_they_want(
    client: Client, channel: Channel, say: Say, limit: str, count: int
) -> None:
    for day in range(1, 13):
        say(channel, "ann", "morning", at=datetime(2026, 3, day, tzinfo=UTC))
    assert len(atom(client, f"{ATOM}?limit={limit}").entries) == count
    assert len(client.get(f"{JSON}?by=line&limit={limit}").json()["items"]) == count


@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "9" * 30, "\uff15"])
def test_an_invalid_limit_is_ignored(client: Client, channel: Channel, say: Say, limit: str) -> None:
    for day in range(1, 13):
        say(channel, "ann", "morning", at=datetime(2026, 3, day, tzinfo=UTC))
    assert len(client.get(JSON, {"limit": limit}).json()["items"]) == channel_feed.DEFAULT_DAYS


def test_a_feed_has_its_maximum(client: Client, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_feed, "MAX_LINES", 4)
    monkeypatch.setattr(channel_feed, "MAX_DAYS", 3)
    for day in range(1, 13):
        say(channel, "ann", "morning", at=datetime(2026, 3, day, tzinfo=UTC))
    assert len(client.get(f"{JSON}?limit=9").json()["items"]) == 3
    assert len(client.get(f"{JSON}?by=line&limit=9").json()["items"]) == 4


def test_each_line_is_an_entry_for_who_wants_that(client: Client, two_days: Channel, say: Say) -> None:
    Channel.objects.update(bridges="relay")
    line = say(two_days, "relay", "<cat> \x02hi\x02 & bye")
    say(two_days, "dan", kind=Kind.JOIN)
    found = atom(client, f"{ATOM}?by=line")
    assert found.feed.title == "#garden on testnet, line by line"
    assert [entry.id.split("/")[-2] for entry in found.entries] == [str(line.id), "3", "2", "1"]
    newest = found.entries[0]
    assert (newest.title, newest.author) == ("cat: hi & bye", "relay")
    assert newest.published == newest.updated == line.at.isoformat()
    assert "<b>hi</b>" not in newest.title


def test_the_newest_lines_are_looked_for_in_few_days(
    client: Client, channel: Channel, say: Say, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(channel_feed.DEFAULT_LINES + 5):
        say(channel, "ann", f"{number}", at=at + timedelta(hours=number))
    with django_assert_max_num_queries(10):
        entries = atom(client, f"{ATOM}?by=line").entries
    assert [entry.title for entry in entries] == [f"ann: {number}" for number in range(54, 4, -1)]


@pytest.mark.parametrize("query", ["", "?by=line"])
def test_json_says_the_same(client: Client, two_days: Channel, query: str) -> None:
    response = client.get(JSON + query)
    assert response["Content-Type"] == "application/feed+json; charset=utf-8"
    found = json.loads(response.content)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["feed_url"] == f"{SITE}{JSON}{query}"
    entries = atom(client, ATOM + query).entries
    assert [(item["id"], item["url"], item["title"]) for item in found["items"]] == [
        (entry.id, entry.link, entry.title) for entry in entries
    ]
    assert [item["content_html"] for item in found["items"]] == [
        entry.content[0].value if "content" in entry else entry.summary for entry in entries
    ]


def test_a_delayed_day_is_over_when_all_of_it_is_published(client: Client, channel: Channel, say: Say) -> None:
    yesterday = timezone.now().replace(hour=12) - timedelta(days=1)
    say(channel, "ann", "morning", at=yesterday)
    Channel.objects.update(delay=24 * 60)
    assert atom(client).entries == []
    Channel.objects.update(delay=1 if timezone.now().minute or timezone.now().hour else 0)
    assert len(atom(client).entries) == 1


def test_a_feed_without_entries_is_one_that_stays_the_same(client: Client, channel: Channel) -> None:
    for address in ADDRESSES:
        first = client.get(address)
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert atom(client).feed.updated == channel.created_at.isoformat()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_feed_that_has_not_changed_costs_one_query(
    client: Client, two_days: Channel, address: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = client.get(address)
    with django_assert_num_queries(1):
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert "public" in first["Cache-Control"]


def changed_long_ago() -> datetime:
    """As if all days had been written at noon of 2 May; the trigger that dates them rests meanwhile."""
    changed_at = datetime(2026, 5, 2, 12, tzinfo=UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE logs_daycount SET changed_at = %s", [changed_at])
        cursor.execute("SET LOCAL session_replication_role = origin")
    return changed_at


@pytest.mark.parametrize("address", ADDRESSES)
def test_readers_that_know_dates_only_are_served_as_well(
    client: Client, two_days: Channel, address: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    changed_at = changed_long_ago()
    first = client.get(address)
    assert first["Last-Modified"] == http_date(changed_at.timestamp())
    with django_assert_num_queries(1):
        again = client.get(address, headers={"If-Modified-Since": first["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")
    remove_lines(two_days, {1})
    after = client.get(address, headers={"If-Modified-Since": first["Last-Modified"]})
    assert after.status_code == 200
    assert "Last-Modified" not in after, "in the same second more could happen"


@pytest.mark.parametrize("address", ADDRESSES)
def test_whatever_changes_a_feed_changes_its_tag(client: Client, two_days: Channel, say: Say, address: str) -> None:
    tags = [client.get(address)["ETag"]]
    for change in (
        lambda: say(two_days, "eve", "late", at=datetime(2026, 3, 1, 12, tzinfo=UTC)),
        lambda: remove_lines(two_days, {1}),
        lambda: Line.objects.filter(nick="bob").update(nick="someone"),
        lambda: Channel.objects.update(bridges="ann"),
    ):
        change()
        tags.append(client.get(address, headers={"If-None-Match": tags[-1]})["ETag"])
    assert len(set(tags)) == len(tags)


def test_a_day_that_was_changed_later_says_so(client: Client, two_days: Channel) -> None:
    changed_at = changed_long_ago()
    assert atom(client).entries[0].updated == changed_at.isoformat()
    remove_lines(two_days, {3})
    Line.objects.filter(nick="bob").update(text="other words")
    first = datetime.fromisoformat(atom(client).entries[0].updated)
    assert first > changed_at
    Line.objects.filter(nick="bob").update(text="again other words")
    assert datetime.fromisoformat(atom(client).entries[0].updated) > first, "in the same transaction, too"


def test_todays_lines_leave_the_feed_of_days_alone(client: Client, two_days: Channel, say: Say) -> None:
    tags = {address: client.get(address)["ETag"] for address in ADDRESSES}
    say(two_days, "ann", "now")
    same = {address: client.get(address)["ETag"] == tags[address] for address in ADDRESSES}
    assert same == {address: "by=line" not in address for address in ADDRESSES}


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_not_everybody_may_read_is_never_kept(
    client: Client, admin_client: Client, two_days: Channel, address: str
) -> None:
    tag = client.get(address)["ETag"]
    Channel.objects.update(visibility="members")
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 404
    response = admin_client.get(address, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert "ETag" not in response
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("query", ["?by=", "?by=%00", "?by=lines", "?by[]=line", "?by=" + "x" * 5000, "?q=%FF"])
def test_what_no_feed_is_called_is_the_feed_of_days(client: Client, two_days: Channel, query: str) -> None:
    assert "day by day" in atom(client, ATOM + query).feed.title


def test_a_feed_changes_nothing(client: Client, two_days: Channel) -> None:
    assert client.post(ATOM).status_code == 405
    assert client.head(ATOM).status_code == 200


def test_in_another_case_the_feed_is_found(client: Client, two_days: Channel) -> None:
    for address in ADDRESSES:
        assert client.get(address.replace("garden", "GARDEN"))["Location"] == address


words = st.text(max_size=60) | st.text(
    alphabet="\x00\x02\x03\x0b\x1f\x7f\x85\u2028\ufffe\ufdd0]]><&'\"<!--0a ", max_size=40
)


@limits(max_examples=examples.count(50, nightly=150))
@given(title=words, html=words, summary=words, author=words)
def test_a_feed_is_valid_whatever_was_said(title: str, html: str, summary: str, author: str) -> None:
    from logs.text.markup import text_html

    at = datetime(2026, 3, 1, tzinfo=UTC)
    entry = Entry(f"{SITE}/a/", title, str(text_html(html)), at, at, author=author, summary=summary)
    feed = Feed(title, f"{SITE}/feed", SITE, at, [entry])
    found = read(render_feed(feed, "atom").content)
    assert len(found.entries) == 1
    (item,) = json.loads(render_feed(feed, "json").content)["items"]
    assert item["content_html"] == str(text_html(html))


def test_hostile_names_and_words_are_only_words(client: Client, channel: Channel, say: Say) -> None:
    Channel.objects.update(name='#<b>"&\x02\ufffe')
    channel.refresh_from_db()
    Channel.objects.update(folded=channel.name)
    say(channel, "]]>\x0b", "<script>alert(1)</script> ]]> \x00\x1b[31m &amp; &#0; \uffff".replace("\x00", ""))
    changed = channel.get_absolute_url()
    for query in ("", "?by=line"):
        found = atom(client, f"{changed}feed.atom{query}")
        assert found.feed.title.startswith('#<b>"&')
        assert json.loads(client.get(f"{changed}feed.json{query}").content)["title"] == found.feed.title
    assert "&lt;script&gt;" in found.entries[0].summary


@pytest.mark.parametrize("path", ["", "2026-03-01/", "2026/", "stats/"])
def test_feed_readers_find_the_feeds_on_every_page(client: Client, two_days: Channel, path: str) -> None:
    page = client.get(f"/testnet/garden/{path}").content.decode()
    addresses = ((ATOM, "atom+xml"), (JSON, "feed+json"))
    for address, kind in (*addresses, *((f"{address}?by=line", kind) for address, kind in addresses)):
        assert f'<link rel="alternate" type="application/{kind}"' in page
        assert f'href="{address}">' in page


def test_searches_have_both_forms(client: Client, two_days: Channel) -> None:
    for path in ("/search/", "/testnet/garden/search/"):
        page = client.get(f"{path}?q=morning").content.decode()
        assert (
            f'<link rel="alternate" type="application/feed+json" title="Newest results" href="{path}feed.json?q='
            in page
        )
        found = json.loads(client.get(f"{path}feed.json?q=morning").content)
        assert [item["title"] for item in found["items"]] == ["#garden: ann: good <b>morning</b>"]
        assert [entry.id for entry in atom(client, f"{path}feed.atom?q=morning").entries] == [found["items"][0]["id"]]


def test_a_search_that_finds_nothing_new_is_not_sent_again(client: Client, two_days: Channel) -> None:
    for address in ("/search/feed.atom?q=morning", "/search/feed.json?q=nothing", "/search/feed.atom?q=nothing"):
        first = client.get(address)
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304


@pytest.mark.django_db(transaction=True)
def test_a_feed_reader_finds_follows_and_asks_again(site: Site, channel: Channel, say: Say) -> None:
    """From the address of the channel alone, over HTTP, as the library does it."""
    say(channel, "ann", "morning", at=datetime(2026, 3, 1, tzinfo=UTC))
    changed_long_ago()
    page = feedparser.parse(f"{site.url}/testnet/garden/")
    (address,) = (
        link.href for link in page.feed.links if link.get("title") == "#garden, day by day" and "atom" in link.type
    )
    assert address == f"{site.url}{ATOM}"
    found = feedparser.parse(address)
    assert (found.status, found.bozo, len(found.entries)) == (200, False, 1)
    again = feedparser.parse(address, etag=found.etag)
    assert (again.status, again.entries) == (304, [])
    by_date = feedparser.parse(address, modified=found.modified)
    assert (by_date.status, by_date.entries) == (304, [])


@pytest.mark.parametrize("path", [ATOM, JSON, "/search/feed.json?q=morning", "/testnet/garden/search/feed.atom?q=x"])
def test_pages_of_any_origin_may_read_a_feed(client: Client, two_days: Channel, path: str) -> None:
    response = client.get(path)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    unchanged = client.get(path, headers={"If-None-Match": response["ETag"]})
    assert (unchanged.status_code, unchanged["Access-Control-Allow-Origin"]) == (304, "*")
    headers = {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}
    preflight = client.options(path, headers=headers | {"Access-Control-Request-Headers": "content-type,if-none-match"})
    assert (preflight.status_code, preflight["Access-Control-Allow-Origin"]) == (204, "*")
    assert {"Content-Type", "If-None-Match"} <= set(preflight["Access-Control-Allow-Headers"].split(", "))
    assert client.post(path).status_code == 405


PAGES = [ATOM, JSON, "/search/feed.atom?q=morning", "/testnet/garden/2026-03-01/", "/sitemap.xml", "/robots.txt"]
PAGES += ["/api/v1/channels", "/testnet/garden/at/1/?embed", "/oembed?url=http://127.0.0.1:8000/testnet/garden/at/1/"]


@pytest.mark.parametrize("path", PAGES)
def test_head_has_the_tag_of_get_and_304_no_length(client: Client, two_days: Channel, path: str) -> None:
    tag = client.get(path).get("ETag")
    head = client.head(path)
    assert (head.status_code, head.get("ETag")) == (200, tag)
    if path == "/robots.txt":
        return
    for answer in (client.get, client.head):
        unchanged = answer(path, headers={"If-None-Match": tag})
        assert (unchanged.status_code, "Content-Length" in unchanged) == (304, False)


def follow_next(client: Client, address: str) -> list[list[str]]:
    """The ids of the entries of a feed, page by page; both forms have the same, and tell their own addresses."""
    pages = []
    while address:
        found, content = atom(client, address), json.loads(client.get(address.replace(".atom", ".json")).content)
        links = {link.rel: link.href for link in found.feed.links}
        assert links["self"] == SITE + address
        assert content["feed_url"] == SITE + address.replace(".atom", ".json")
        assert content.get("next_url", "") == links.get("next", "").replace(".atom", ".json")
        # One feed, whatever the page: only what chooses entries is part of its id.
        assert found.feed.id == SITE + re.split(r"[?&](?:limit|before|older)=", address)[0]
        pages.append([entry.id for entry in found.entries])
        assert [item["id"] for item in content["items"]] == pages[-1]
        address = links.get("next", "").removeprefix(SITE)
    return pages


def test_pages_of_a_feed_lead_to_its_oldest_entry(client: Client, channel: Channel, say: Say) -> None:
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for number in range(7):
        say(channel, "ann", f"line {number}", at=start + timedelta(days=number // 2))
        say(channel, "bob", at=start + timedelta(days=number // 2), kind=Kind.JOIN)
    said = Line.objects.filter(channel=channel, kind=Kind.MESSAGE).order_by("-at", "-id").values_list("id", flat=True)
    lines = [f"{SITE}/testnet/garden/at/{number}/" for number in said]
    assert follow_next(client, f"{ATOM}?by=line&limit=3") == [lines[:3], lines[3:6], lines[6:]]
    assert follow_next(client, f"{ATOM}?by=line&limit=7") == [lines]
    days = [f"{SITE}/testnet/garden/2026-03-0{day}/" for day in (4, 3, 2, 1)]
    assert follow_next(client, f"{ATOM}?limit=3") == [days[:3], days[3:]]
    assert follow_next(client, ATOM) == [days]
    assert follow_next(client, f"{ATOM}?limit=1&before=2026-03-03")[0] == days[2:3]
    for nonsense in ("x", "2026-13-01", "9" * 17 + "-1", "9" * 18 + "-1"):
        assert atom(client, f"{ATOM}?before={nonsense}").entries
        assert atom(client, f"{ATOM}?by=line&before={nonsense}").entries


def test_a_page_of_a_feed_is_not_lost_with_its_first_line(client: Client, channel: Channel, say: Say) -> None:
    lines = [say(channel, "ann", f"line {number}") for number in range(4)]
    address = f"{ATOM}?by=line&limit=2"
    older = next(link.href for link in atom(client, address).feed.links if link.rel == "next").removeprefix(SITE)
    remove_lines(channel, [lines[1].id, lines[2].id])
    assert [entry.id for entry in atom(client, older).entries] == [f"{SITE}/testnet/garden/at/{lines[0].id}/"]


def test_pages_of_a_search_lead_to_its_oldest_result(client: Client, channel: Channel, say: Say) -> None:
    for number in range(60):
        say(channel, "ann", f"needle {number}")
    pages = follow_next(client, "/testnet/garden/search/feed.atom?q=needle")
    assert [len(page) for page in pages] == [50, 10]
    assert len({entry for page in pages for entry in page}) == 60
