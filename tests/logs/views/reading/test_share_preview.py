"""What other sites show of a link: read from the page's head as they read it."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.test import Client

from logs.models import Channel, Kind
from tests.conftest import Say

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
DAY = "/testnet/garden/2026-03-01/"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Head(HTMLParser):
    """The head of a page: its `meta` by name or property, and its `links` by rel and type."""

    def __init__(self, client: Client, path: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[tuple[str, str], str] = {}
        response = client.get(path, follow=True)
        assert response.status_code == 200
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and "content" in given:
            self.meta[given.get("name") or given.get("property", "")] = given["content"]
        if tag == "link":
            self.links[given["rel"], given.get("type", "")] = given["href"]


def test_a_shared_line_says_who_said_what(client: Client, two_days: Channel) -> None:
    head = Head(client, "/testnet/garden/at/1/")
    assert head.meta["og:title"] == "#garden on testnet, Sunday 1 March 2026, 09:00 UTC"
    assert head.meta["description"] == head.meta["og:description"] == "ann: good <b>morning</b>"
    assert head.meta["og:url"] == f"{SITE}/testnet/garden/at/1/"
    assert (head.meta["og:type"], head.meta["og:site_name"]) == ("article", "BotBot")
    assert head.meta["article:published_time"] == "2026-03-01T09:00:00+00:00"
    assert head.links["canonical", ""] == SITE + DAY


@pytest.mark.parametrize("lines", ["1-2", "2-1", "1-99"])
def test_shared_lines_say_who_said_what(client: Client, two_days: Channel, lines: str) -> None:
    head = Head(client, f"/testnet/garden/at/{lines}/")
    assert head.meta["og:description"] == "ann: good <b>morning</b>\nbob: see https://example.org/"
    assert head.meta["og:url"] == f"{SITE}/testnet/garden/at/1-2/"
    assert Head(client, head.meta["og:url"].removeprefix(SITE)).meta == head.meta


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"text": "\x02bold\x02 \x0304,01red\x0f \x07 a\tb"}, "ann: bold red ␇ a b"),
        ({"text": "waves", "kind": Kind.ACTION}, "* ann waves"),
        ({"text": "\x0305<cat>\x03 meow", "nick": "relay"}, "cat: meow"),
        ({"text": '"><script>alert(1)</script>'}, 'ann: "><script>alert(1)</script>'),
        ({"text": "All about roses", "kind": Kind.TOPIC}, "*** ann changed the topic to: All about roses"),
        ({"text": "bye", "kind": Kind.QUIT}, "*** ann quit (bye)"),
        ({"text": ""}, "ann:"),
    ],
)
def test_the_words_are_plain(client: Client, channel: Channel, say: Say, said: dict[str, str], words: str) -> None:
    Channel.objects.update(bridges="relay")
    line = say(channel, **{"nick": "ann", "at": AT} | said)
    assert Head(client, f"/testnet/garden/at/{line.id}/").meta["og:description"] == words


def test_the_number_of_words_is_limited(client: Client, channel: Channel, say: Say) -> None:
    for _ in range(30):
        say(channel, "ann", "\x02word " * 500, at=AT)
    Channel.objects.update(topic="topic " * 500)
    for path in ("/testnet/garden/at/1/", "/testnet/garden/at/1-30/", DAY, "/testnet/garden/"):
        description = Head(client, path).meta["og:description"]
        assert 100 < len(description) <= 280
        assert description.endswith("…")


def test_a_day_says_how_much_and_how_it_begins(client: Client, two_days: Channel, say: Say) -> None:
    say(two_days, "eve", kind=Kind.JOIN, at=datetime(2026, 3, 1, 1, tzinfo=UTC))
    head = Head(client, DAY)
    assert head.meta["og:title"] == "#garden on testnet, Sunday 1 March 2026"
    assert head.meta["description"] == "3 lines. ann: good <b>morning</b>\nbob: see https://example.org/"
    assert head.meta["og:url"] == head.links["canonical", ""] == SITE + DAY
    assert ("alternate", "application/json+oembed") not in head.links


def test_a_channel_says_what_it_is(client: Client, two_days: Channel) -> None:
    Channel.objects.update(topic="\x02Roses\x02 & more")
    head = Head(client, "/testnet/garden/")
    assert head.meta["og:title"] == "#garden on testnet"
    assert head.meta["description"].endswith("Topic: Roses & more")
    assert head.meta["og:url"] == head.links["canonical", ""] == f"{SITE}/testnet/garden/"


@pytest.mark.parametrize(
    "query", ["?mark=", "?mark=x", "?mark=99", "?mark=2147483647-1x", "?from=2", "?mark=1-", "?x=y"]
)
def test_search_engines_list_the_day_whatever_its_parameters(client: Client, two_days: Channel, query: str) -> None:
    assert Head(client, DAY + query).links["canonical", ""] == SITE + DAY


def test_a_line_of_a_private_channel_is_offered_to_no_other_site(
    client: Client, admin_client: Client, two_days: Channel
) -> None:
    assert ("alternate", "application/json+oembed") in Head(client, "/testnet/garden/at/1/").links
    Channel.objects.update(visibility="members")
    assert ("alternate", "application/json+oembed") not in Head(admin_client, "/testnet/garden/at/1/").links
