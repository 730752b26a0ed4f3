"""The search pages: what a visitor finds, what stays hidden, and that no query breaks them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from logs.conversations.reply_store import Reply, write_replies
from logs.models import Channel, Kind, Network
from logs.models.channel_choices import Visibility
from logs.search import results as search_page
from logs.search.query_parser import parse
from logs.views.reading import no_results, search_request
from tests import examples
from tests.conftest import Say

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}
PATHS = ["/search/", "/testnet/garden/search/"]


def feed(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314  (ours)


def html(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def busy_channel(channel: Channel, say: Say) -> Channel:
    """120 lines "seed 0" to "seed 119" in `#garden`, three in each minute."""
    for n in range(120):
        say(
            channel,
            "ann" if n % 3 else "bob",
            f"seed {n}",
            datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=n // 3),
        )
    return channel


@pytest.mark.parametrize("path", PATHS)
def test_a_word_is_found_marked_and_linked_to_its_place(client: Client, two_days: Channel, path: str) -> None:
    page = html(client, f"{path}?q=morning")
    assert "good &lt;b&gt;<mark>morning</mark>&lt;/b&gt;" in page
    assert '<h2><a href="/testnet/garden/at/1/?find=morning">' in page
    assert '<a class="time" href="/testnet/garden/at/1/?find=morning">' in page
    assert '<a class="time" href="/testnet/garden/at/2/">' in page
    assert "1 line, the newest first" in page
    assert "see <a" in page, "the line after it is shown as well"


def test_the_page_to_which_a_result_leads_marks_the_words_in_its_line(
    client: Client, two_days: Channel, say: Say
) -> None:
    say(two_days, "bob", "morning again", datetime(2026, 3, 1, 23, tzinfo=UTC))
    response = client.get("/testnet/garden/at/1/?find=MORNING+nick:ann")
    assert response["Location"] == "/testnet/garden/2026-03-01/?mark=1&find=MORNING+nick%3Aann#l1"
    page = html(client, response["Location"].partition("#")[0])
    assert "good &lt;b&gt;<mark>morning</mark>&lt;/b&gt;" in page
    assert "morning again" in page
    for query in (
        "mark=1&find=" + quote('" OR -\0((*'),
        "mark=1&find=nick:ann",
        "mark=0-999999999&find=morning",
        "find=a",
    ):
        assert "<mark>" not in html(client, f"/testnet/garden/2026-03-01/?{query}")


def test_results_come_newest_first(client: Client, busy_channel: Channel) -> None:
    page = html(client, '/search/?q="seed 7" OR "seed 50" OR "seed 119"')
    positions = [page.index(f"<mark>seed {n}</mark>") for n in (119, 50, 7)]
    assert positions == sorted(positions)


def test_every_result_shows_its_nick(client: Client, channel: Channel, say: Say) -> None:
    for n in range(3):
        say(channel, "ann", f"rose {n}", datetime(2026, 3, 1, 10, n, tzinfo=UTC))
    say(channel, "ann", "no flower", datetime(2026, 3, 1, 10, 4, tzinfo=UTC))
    rows = re.findall(r'<div[^>]*class="([^"]*)"[^>]*>', html(client, "/search/?q=rose"))
    lines = [row.split() for row in rows if {"found", "context"} & set(row.split())]
    assert [("found" in line, "same" in line) for line in lines] == [(True, False)] * 3 + [(False, True)]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_query_the_page_says_what_can_be_written(client: Client, two_days: Channel, path: str) -> None:
    for address in (path, f"{path}?q=", f"{path}?q=%20", f"{path}?q=%22", f"{path}?q=%22%22"):
        page = html(client, address)
        assert "What you can write" in page
        assert "No line was found" not in page
        assert "Say also" not in page


def test_exclusions_alone_are_no_search(client: Client, two_days: Channel) -> None:
    assert "Say also what to look for" in html(client, "/search/?q=-nick:ann")
    assert "-morning was searched as text" in html(client, "/search/?q=-morning")


def offers(page: str) -> dict[str, tuple[str, str]]:
    """What a search without results proposes: words, the sentence, and the address."""
    found = re.findall(r'<li>([^<]*)<a href="([^"]+)"><bdi>([^<]*)</bdi></a>([^<]*)</li>', page)
    return {unescape(words): (f"{before}{words}{after}", unescape(href)) for before, href, words, after in found}


def said(page: str) -> str:
    paragraph = re.search(r'<div class="no-results">\s*<p>(.*?)</p>', page)
    assert paragraph
    return re.sub("<[^>]+>", "", paragraph[1])


def test_what_was_not_found_is_named(client: Client, busy_channel: Channel) -> None:
    page = html(client, "/search/?q=seed+rose")
    assert said(page) == "No line has rose."
    assert offers(page) == {"seed": ("Only seed: 120 lines", "/search/?q=seed")}
    assert said(html(client, "/search/?q=rose")) == "No line has rose."
    assert "Try fewer words" in html(client, "/search/?q=rose")
    page = html(client, '/search/?q=118+"seed+5"')
    assert said(page) == "No line has all of these words; each is found alone."
    assert {sentence for sentence, _ in offers(page).values()} == {"Only 118: 1 line", "Only &#34;seed 5&#34;: 1 line"}


def test_filters_that_exclude_everything_are_named(client: Client, busy_channel: Channel, say: Say) -> None:
    other = Channel.objects.create(network=busy_channel.network, name="#other")
    say(other, "cat", "a rose", datetime(2019, 5, 1, tzinfo=UTC))
    page = html(client, "/testnet/garden/search/?q=rose+nick:cat+on:2019")
    assert said(page) == "No line with these filters has rose."
    assert offers(page) == {
        "In all channels": ("In all channels: 1 line", "/search/?q=rose+nick%3Acat+on%3A2019"),
    }
    page = html(client, "/search/?q=rose+nick:ann+on:2019")
    assert offers(page) == {"Without nick:ann": ("Without nick:ann: 1 line", "/search/?q=rose+on%3A2019")}


def test_other_spellings_are_proposed(client: Client, channel: Channel, say: Say) -> None:
    hidden = Channel.objects.create(network=channel.network, name="#hidden", visibility=Visibility.UNLISTED)
    say(hidden, "ann", "svnadminx is a secret")
    say(channel, "ann", "call svnadmin now")
    page = html(client, "/search/?q=svnadmn+now")
    assert said(page) == "No line has svnadmn."
    assert offers(page)["svnadmin now"] == (
        "Did you mean svnadmin now? (1 line)",
        "/search/?q=svnadmin+now",
    )
    assert "svnadminx" not in page


def test_a_search_for_what_would_help_is_bounded(
    monkeypatch: pytest.MonkeyPatch, client: Client, two_days: Channel
) -> None:
    monkeypatch.setattr(no_results, "SECONDS", 0.0)
    page = html(client, "/search/?q=morning+rose+nick:x")
    assert said(page) == "No line was found."
    assert not offers(page)


def test_a_site_without_channels_can_be_searched(client: Client) -> None:
    assert client.get("/search/?q=morning").status_code == 200


def test_a_channel_searches_only_itself(client: Client, two_days: Channel, say: Say) -> None:
    other = Channel.objects.create(network=two_days.network, name="#other")
    say(other, "ann", "morning in another place")
    assert "another place" in html(client, "/search/?q=morning")
    assert "another place" not in html(client, "/testnet/garden/search/?q=morning")
    assert "another place" not in html(client, "/search/?q=morning+in:garden")
    assert "another place" in html(client, "/search/?q=morning+in:testnet/other")
    assert "No channel here is called so" in html(client, "/testnet/garden/search/?q=morning+in:other")


@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, Visibility.MEMBERS])
def test_a_channel_that_the_visitor_may_not_read_shows_nothing(
    client: Client, admin_client: Client, two_days: Channel, say: Say, visibility: Visibility
) -> None:
    hidden = Channel.objects.create(network=two_days.network, name="#hidden", visibility=visibility)
    say(hidden, "mallory", "morning secret quartz", datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    for address in (
        "/search/?q=morning",
        "/search/?q=secret",
        "/search/?q=nick:mallory",
        "/search/?q=morning+in:hidden",
    ):
        page = html(client, address)
        assert "mallory" not in page.replace("nick:mallory", "").replace("nick%3Amallory", "")
        assert "quartz" not in page
        assert "/hidden/" not in page
        assert "quartz" in html(admin_client, address)
    assert "quartz" not in html(client, "/search/feed.atom?q=morning")
    assert client.get("/testnet/hidden/search/?q=morning").status_code == 404
    assert client.get("/testnet/hidden/search/feed.atom?q=morning").status_code == 404


def test_older_pages_go_on_without_hole_or_double(client: Client, busy_channel: Channel) -> None:
    address: str | None = "/search/?q=seed"
    found: list[int] = []
    while address:
        page = html(client, address)
        found += sorted((int(n) for n in re.findall(r"<mark>seed</mark> (\d+)<", page)), reverse=True)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else None
    assert found == list(reversed(range(120)))


def test_the_oldest_come_first_where_that_is_wanted(client: Client, busy_channel: Channel) -> None:
    page = html(client, "/search/?q=seed")
    assert '<a href="/search/?q=seed+sort%3Aoldest">Oldest first</a>' in page
    address: str | None = "/search/?q=seed+sort:oldest"
    assert "120 lines, the oldest first" in html(client, "/search/?q=seed+sort:oldest")
    found: list[int] = []
    while address:
        page = html(client, address)
        assert ">Newest first</a>" in page
        found += map(int, re.findall(r"<mark>seed</mark> (\d+)<", page))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else None
    assert found == list(range(120))
    entries = feed(client.get("/search/feed.atom?q=seed+sort:oldest").content).findall("a:entry", ATOM)
    assert "seed 119" in (entries[0].findtext("a:title", namespaces=ATOM) or ""), "a feed has the newest"


def test_the_first_mention_is_one_click_away(client: Client, busy_channel: Channel) -> None:
    link = re.search(r'<a href="([^"]+)">First mention</a>', html(client, "/search/?q=seed"))
    assert link
    response = client.get(unescape(link[1]))
    assert response["Location"] == "/testnet/garden/at/1/?find=seed+sort%3Aoldest"
    assert client.get("/search/?q=rose&first=1").status_code == 200


def test_results_go_on_from_a_day(client: Client, channel: Channel, say: Say) -> None:
    for day in range(1, 5):
        say(channel, "ann", f"seed {day}", datetime(2026, 3, day, 12, tzinfo=UTC))
    for query, expected in (("seed", ["3", "2", "1"]), ("seed sort:oldest", ["3", "4"])):
        response = client.get("/search/", {"q": query, "date": "2026-03-03"})
        assert response.status_code == 302
        assert sorted(re.findall(r"<mark>seed</mark> (\d)", html(client, response["Location"]))) == sorted(expected)
    for date in ("", "soon", "9999-12-31", "2026-02-30"):
        assert client.get("/search/", {"q": "seed", "date": date})["Location"] == "/search/?q=seed"


def test_months_narrow_a_year(client: Client, busy_channel: Channel, say: Say) -> None:
    say(busy_channel, "ann", "seed early", datetime(2026, 1, 1, tzinfo=UTC))
    page = html(client, "/search/?q=seed+on:2026")
    months = re.findall(r'<a href="([^"]+)">(March|January)</a>', page)
    assert months == [("/search/?q=seed+on%3A2026-03", "March"), ("/search/?q=seed+on%3A2026-01", "January")]
    assert ">Years<" not in page


def test_a_new_line_does_not_move_older_pages(client: Client, busy_channel: Channel, say: Say) -> None:
    following = re.search(r'rel="next" href="([^"]+)"', html(client, "/search/?q=seed"))
    assert following
    address = following[1].replace("&amp;", "&")
    before = html(client, address)
    say(busy_channel, "ann", "seed new")
    assert html(client, address) == before


def test_facets_narrow_the_search(client: Client, busy_channel: Channel, say: Say) -> None:
    say(busy_channel, "cat", "seed old", datetime(2019, 5, 1, tzinfo=UTC))
    page = html(client, "/search/?q=seed")
    assert "121 lines, the newest first" in page
    for address, hits in (
        ("seed+on%3A2019", 1),
        ("seed+on%3A2026", 120),
        ("seed+nick%3Acat", 1),
        ("seed+nick%3Abob", 40),
    ):
        assert f'<a href="/search/?q={address}">' in page
        assert f"{hits} line{'s' if hits > 1 else ''}, the newest first" in html(client, f"/search/?q={address}")
    assert "nick%3Abob+nick%3Aann" not in html(client, "/search/?q=seed+nick:bob")


def test_a_note_names_what_was_not_understood(client: Client, two_days: Channel) -> None:
    for text in ("on:2026-02-30", "before:yesterday", "kind:shout"):
        assert f'<p class="note">{text.partition(":")[0]}'[:16] in html(client, f"/search/?q={quote(text)}").replace(
            "“", ""
        )


def chips(page: str) -> dict[str, str]:
    """The filters that the page shows, and the addresses without them."""
    found = re.findall(r'<li><a href="([^"]+)"><span class="visually-hidden">Without </span><bdi>([^<]*)</bdi>', page)
    return {unescape(words): unescape(address) for address, words in found}


def test_filters_are_shown_and_can_be_taken_off(client: Client, busy_channel: Channel) -> None:
    page = html(client, "/search/?q=nick:bob+seed+on:2026&unknown=1")
    assert 'name="q" value="seed"' in page
    assert chips(page) == {"nick:bob": "/search/?q=seed+on%3A2026", "on:2026": "/search/?q=seed+nick%3Abob"}
    assert page.count('<input type="hidden" name="filter"') == 2
    assert chips(html(client, "/testnet/garden/search/?q=seed+has:link")) == {
        "in #garden": "/search/?q=seed+has%3Alink",
        "has:link": "/testnet/garden/search/?q=seed",
    }


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("q=seed&filter=in:testnet/", "seed in:testnet/"),
        ("q=seed&filter=nick:ann&nick=bob&in=&from=&to=", "seed nick:ann nick:bob"),
        ("q=seed&filter=nick:ann&nick=ann", "seed nick:ann"),
        ("q=seed&nick=ann+b&in=%22testnet/garden", 'seed nick:"ann b" in:testnet/garden'),
        ("q=seed&from=2026-03-01&to=2026-03-31", "seed after:2026-03-01 before:2026-04-01"),
        ("q=seed&from=soon&to=9999-12-31&filter=words", "seed"),
        ("q=nick:ann+x:&nick=bob", "nick:ann nick:bob x:"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_the_fields_of_the_form_become_filters(
    client: Client, channel: Channel, path: str, form: str, text: str
) -> None:
    response = client.get(f"{path}?{form}")
    assert (response.status_code, response["Location"]) == (302, f"{path}?{urlencode({'q': text})}")
    assert not parse(text).notes


def test_nicks_and_channels_are_suggested(client: Client, busy_channel: Channel, say: Say) -> None:
    hidden = Channel.objects.create(network=busy_channel.network, name="#hidden", visibility=Visibility.UNLISTED)
    say(hidden, "mallory", "seed")
    assert suggested(html(client, "/search/?q=seed")) == ["ann", "bob", "testnet/#garden"]
    assert suggested(html(client, "/testnet/garden/search/")) == ["ann", "bob"]


def suggested(page: str) -> list[str]:
    lists = re.findall(r"<datalist.*?</datalist>", page, re.DOTALL)
    return re.findall(r'<option value="([^"]+)">', "".join(lists))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 10_000,
        "q=" + "a+" * 5000,
        "q=" + "+OR+".join(["nick:a", "-b", "in:c", "on:2026", "kind:join"] * 100),
        "q=on:2026-13+before:0000+after:9999+on:0001-01-01+before:9999-12-31+after:1-1-1",
        "q=(a+a)*%2B%5B%5E%5D%5C%5C%22'%3B--%25_",
        "q=%00+nick:%00+in:%00+%FF%FE",
        "q=morning&offset=-1&page=99999999999999999999&limit=-5",
        "q=morning&q=other",
        "Q=morning",
    ],
)
def test_every_query_has_a_page(client: Client, two_days: Channel, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 200
    assert client.get(f"{path}feed.atom?{query}").status_code == 200


BAD_INPUT = {
    "half of a surrogate pair": "%ED%A0%80+seed%ED%BF%BF",
    "10 KB of one Han character": quote("日" * 3400),
    "1,000 different Han characters": quote("".join(chr(0x4E00 + n) for n in range(1000))),
    "500 operators": "+".join(["nick:a", "-nick:b", "in:c", "on:2026", "site:d.org", "sort:oldest", "kind:join"] * 72),
    "500 exclusions": "seed+" + "+".join(f"-w{n}" for n in range(500)),
    "500 alternatives": "+OR+".join(f"w{n}*" for n in range(500)),
    "marks of direction": quote("\u202eseed\u202c \u2066\u2067 \u200f"),
    "marks of direction alone": quote("\u202e \u200f\u2069"),
    "an open quote": "seed+%22morning",
    "quotes alone": "%22+%22%22%22+%E2%80%9C%E2%80%9E",
    "words that others leave out": "the+a+of+and+to+in+is+it",
    "a regular expression": quote(r"^(a+)+$|(?:x|y){1,99}[^\d\]]*?(?=\bfoo)\1"),
    "a pattern of LIKE": quote("%_%' OR 1=1; --"),
    "combining marks": quote("a" + "\u0301" * 3000),
    "apostrophes": quote("'".join("abcdefghij" * 30)),
    "colons": quote("nick:" * 200),
    "one letter": "x" * 5000,
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_answered_with_bounded_work(
    client: Client, busy_channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries, name: str
) -> None:
    for path in (*PATHS, "/testnet/garden/search/feed.json", "/api/v1/search"):
        with django_assert_max_num_queries(80):
            response = client.get(f"{path}?q={BAD_INPUT[name]}")
        assert response.status_code == 200, path
    page = html(client, f"/search/?q={BAD_INPUT[name]}")
    # A result or a sentence.
    assert "<article>" in page or 'class="note"' in page or "no-results" in page or "What you can write" in page


@settings(max_examples=examples.count(33, nightly=100))
@given(st.text(max_size=40) | st.text(alphabet='-:"*OR nick:in:on:2024-0 ()<>&;\x00\x03', max_size=40))
def test_every_text_has_a_page(client: Client, two_days: Channel, text: str) -> None:
    response = client.get("/search/", {"q": text})
    assert response.status_code == 200
    assert feed(client.get("/search/feed.atom", {"q": text}).content).findtext("a:title", namespaces=ATOM)


@pytest.mark.parametrize(
    "older", ["", "x", "-1", "1-2", "1-2-3-4", "9" * 30 + "-1-1", "1-99999999999-1", "%00", "١-٢-٣"]
)
def test_a_page_that_no_link_leads_to_is_missing(client: Client, two_days: Channel, older: str) -> None:
    response = client.get(f"/search/?q=morning&older={older}")
    assert response.status_code == 404
    assert "/search/?q=morning" in response.content.decode()


@pytest.mark.parametrize("older", ["0-0-0", "9999999999999999-999999999-9999999999", "1772355600000000-1-1"])
def test_a_page_beyond_the_results_is_empty_or_the_first(client: Client, two_days: Channel, older: str) -> None:
    assert client.get(f"/search/?q=morning&older={older}").status_code == 200


def test_a_search_changes_nothing(client: Client, two_days: Channel) -> None:
    assert client.post("/search/", {"q": "morning"}).status_code == 405
    assert client.head("/search/?q=morning").status_code == 200


def test_a_channel_in_another_case_keeps_its_query(client: Client, two_days: Channel) -> None:
    response = client.get("/TestNet/GARDEN/search/?q=a+b")
    assert (response.status_code, response["Location"]) == (302, "/testnet/garden/search/?q=a+b")


def test_a_search_that_takes_too_long_proposes_dates(
    monkeypatch: pytest.MonkeyPatch, client: Client, two_days: Channel
) -> None:
    monkeypatch.setattr(search_page, "_fill", _out_of_time)
    page = html(client, "/search/?q=morning")
    assert "takes too long" in page
    assert re.search(r'href="/search/\?q=morning\+on%3A\d{4}"', page)
    response = client.get("/search/feed.atom?q=morning")
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def _out_of_time(*_: object, **__: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20; SELECT pg_sleep(1)")


@pytest.fixture
def all_slots_taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ExitStack() as stack:
        while search_request._slots.acquire(blocking=False):
            stack.callback(search_request._slots.release)
        monkeypatch.setattr(search_request, "SEARCH_TIMEOUT_SECONDS", 0.05)
        yield


def test_searches_leave_connections_to_the_other_pages(
    client: Client, two_days: Channel, all_slots_taken: None
) -> None:
    response = client.get("/search/?q=morning")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Try again" in response.content.decode()
    assert client.get("/search/feed.atom?q=morning").status_code == 503
    assert client.get("/testnet/garden/2026-03-01/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_a_page_is_drawn(
    monkeypatch: pytest.MonkeyPatch, client: Client, two_days: Channel
) -> None:
    from django.db import connection

    from logs.views.reading import search

    held = []
    render_line = search.render_line

    def render_and_look(*line: Any, **texts: Any) -> Any:
        held.append(connection.connection is not None)
        return render_line(*line, **texts)

    monkeypatch.setattr(search, "render_line", render_and_look)
    html(client, "/search/?q=morning")
    assert held == [False] * len(held) != []


def test_a_page_takes_few_queries_however_many_results_there_are(
    client: Client, busy_channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(16):
        client.get("/search/?q=seed")


def test_a_feed_holds_the_newest_results(client: Client, two_days: Channel, say: Say) -> None:
    say(two_days, "ann\x02", "\x02bold\x02 morning \x07 & <evening>", datetime(2026, 3, 10, tzinfo=UTC))
    response = client.get("/testnet/garden/search/feed.atom?q=morning")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    found = feed(response.content)
    entries = found.findall("a:entry", ATOM)
    assert [entry.findtext("a:id", namespaces=ATOM) for entry in entries] == [
        f"http://127.0.0.1:8000/testnet/garden/at/{n}/" for n in (4, 1)
    ]
    assert "bold morning ␇ & <evening>" in (entries[0].findtext("a:title", namespaces=ATOM) or "")
    assert '<span class="b">bold</span>' in (entries[0].findtext("a:summary", namespaces=ATOM) or "")
    assert found.findtext("a:updated", namespaces=ATOM) == "2026-03-10T00:00:00+00:00"
    again = client.get("/testnet/garden/search/feed.atom?q=morning", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_a_topic_can_be_found(client: Client, two_days: Channel, say: Say) -> None:
    say(two_days, "ann", "All about roses", kind=Kind.TOPIC)
    assert "All about <mark>roses</mark>" in html(client, "/search/?q=roses+kind:topic")


def test_pages_lead_to_the_search(client: Client, two_days: Channel) -> None:
    assert 'action="/search/"' in html(client, "/")
    assert 'action="/search/"' in html(client, "/testnet/")
    assert '<input type="hidden" name="filter" value="in:testnet/">' in html(client, "/testnet/")
    for address in ("/testnet/garden/", "/testnet/garden/2026-03-01/"):
        assert 'action="/testnet/garden/search/"' in html(client, address)


def test_a_channel_called_search_keeps_its_page(client: Client, network: Network, say: Say) -> None:
    say(Channel.objects.create(network=network, name="#search"), "ann", "found me")
    assert "found me" in html(client, "/testnet/search/")
    assert "<mark>found</mark> me" in html(client, "/testnet/search/search/?q=found")


def test_crawlers_are_kept_out(client: Client) -> None:
    assert '<meta name="robots" content="noindex">' in html(client, "/search/")
    assert "Disallow: /search/" in html(client, "/robots.txt")


def test_a_speaker_behind_a_bridge_is_shown_as_on_the_page_of_the_day(
    client: Client, channel: Channel, say: Say
) -> None:
    Channel.objects.filter(pk=channel.pk).update(bridges="relay")
    say(channel, "relay", "<zoe> roses are red")
    page = html(client, "/search/?q=roses")
    assert "<mark>roses</mark> are red" in page
    assert "&lt;zoe&gt;" not in page
    assert 'title="via relay">zoe</span>' in page


def test_searches_that_can_be_followed_live_say_where(client: Client, two_days: Channel) -> None:
    followed = html(client, "/search/?q=morning+nick:ann+in:testnet/+sort:oldest&live=1")
    address = unescape(re.search(r'data-live="([^"]*)"', followed)[1])  # type: ignore[index]
    assert address == "/api/v1/live?" + urlencode(
        [("q", "morning nick:ann"), ("html", "1"), ("channel", "testnet/garden")]
    )
    assert re.search(r'data-position="[\w-]+"', followed)
    everywhere = html(client, "/search/?q=morning&live=1")
    assert 'data-live="/api/v1/live?q=morning&amp;html=1"' in everywhere
    assert 'href="/testnet/garden/search/?q=morning&amp;live=1">Follow live<' in html(
        client, "/testnet/garden/search/?q=morning+sort:oldest"
    )


@pytest.mark.parametrize(
    "query", ["morning after:2026-01-01", "in:testnet/garden", "a b c d e f g h i j k l", "x" * 201]
)
def test_other_searches_are_not_offered_live(client: Client, two_days: Channel, query: str) -> None:
    page = html(client, f"/search/?{urlencode({'q': query, 'live': 1})}")
    assert "data-live=" not in page
    assert "Follow live" not in page
    assert "cannot be followed live" in page


def found_ids(page: str) -> list[int]:
    return [int(line) for line in re.findall(r'class="line \w+ found" data-id="(\d+)"', page)]


def test_a_result_leads_to_its_conversation_and_lines_with_answers_are_found(
    client: Client, channel: Channel, say: Say
) -> None:
    question, other, answer = (
        say(channel, nick, text) for nick, text in [("ann", "why?"), ("bob", "hm"), ("cid", "so")]
    )
    write_replies({channel.pk: {question.id: Reply(0, 90), other.id: Reply(0, 90), answer.id: Reply(question.id, 90)}})
    page = html(client, "/search/?q=why")
    assert f'href="/testnet/garden/conversation/{question.id}/">Whole conversation</a>' in page
    assert ">hm<" not in page
    assert found_ids(html(client, "/search/?q=has:reply")) == [question.id]
    assert found_ids(html(client, "/search/?q=hm+has:reply")) == []
    assert found_ids(html(client, "/search/?q=in-conversation-with:CID")) == [question.id]
    assert found_ids(html(client, "/search/?q=so+in-conversation-with:+ann")) == [answer.id]
    assert found_ids(html(client, "/search/?q=in-conversation-with:bob")) == []
    assert found_ids(html(client, "/search/?q=in-conversation-with:bob+in-conversation-with:ann")) == [answer.id]
    Channel.objects.update(conversations=False)
    assert found_ids(html(client, "/search/?q=has:reply")) == []
    assert found_ids(html(client, "/search/?q=in-conversation-with:ann")) == []
    page = html(client, "/search/?q=why")
    assert "Whole conversation" not in page
    assert ">hm<" in page


def test_an_answer_that_may_not_be_read_is_none(client: Client, channel: Channel, say: Say) -> None:
    question = say(channel, "ann", "why?")
    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    answer = say(channel, "cid", "secret")
    Channel.objects.filter(pk=channel.pk).update(visibility="public")
    write_replies({channel.pk: {question.id: Reply(0, 90), answer.id: Reply(question.id, 90)}})
    assert found_ids(html(client, "/search/?q=has:reply")) == []
    assert found_ids(html(client, "/search/?q=in-conversation-with:cid")) == []
    page = html(client, "/search/?q=why")
    assert "Whole conversation" not in page
    assert "secret" not in page
    found = search_page.search(parse("has:reply"), [channel.pk], all_channels=True)
    assert [line.id for line in found.lines] == [question.id]
