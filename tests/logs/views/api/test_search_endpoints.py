"""The same search by page, API and bot."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from bot.commands.base import Request
from bot.commands.builtin import SHOWN_LINES, Search
from logs.models import Channel
from logs.search import results as search_page
from logs.search.database import TooSlowError
from logs.search.results import PAGE_SIZE
from logs.views.reading import search_request
from tests.conftest import Say
from tests.logs.views.api.conftest import GARDEN, Caller

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
QUERIES = [
    "seed",
    "text:seed",
    'text:"red seed"',
    "from:ann seed",
    "nick:ann text:seed",
    "-from:ann seed",
    "seed -text:red",
    "see*",
    "in:#garden seed",
    "in:garden after:2026-03-01T09:03:00Z text:seed",
    "before:2026-03-01T09:03:00.000Z from:bob",
    "after:2026-03-01T11:02:00+02:00 before:2026-03-01T09:04Z seed",
    "red OR text:blue",
    "kind:topic seed",
    "on:2026-03 seed",
    "nothing",
]


@pytest.fixture
def garden(channel: Channel, say: Say) -> Channel:
    texts = ["a red seed", "seed red", "blue seed", "a seed", "green", "red seed again"]
    for number, text in enumerate(texts):
        say(channel, "ann" if number % 2 else "bob", text, at=START + timedelta(minutes=number))
    return channel


def by_page(query: str) -> list[int]:
    body = Client().get("/testnet/garden/search/", {"q": query}).content.decode()
    return [int(number) for number in re.findall(r'class="line [^"]*found" data-id="(\d+)"', body)]


def by_bot(channel: Channel, query: str) -> list[int]:
    network = channel.network
    request_fields = {"network": network.pk, "network_name": network.name, "nick": "eve", "account": "", "symbols": ""}
    said = {"channel": channel.name, "words": query, "at": START, "private": False, "open": True, "me": "botbot"}
    request = Request(**request_fields, **said, hold=lambda _channel, _whether: None)  # type: ignore[arg-type]
    return [int(number) for line in Search().answer(request) for number in re.findall(r"/at/(\d+)/", line)]


@pytest.mark.parametrize("query", QUERIES)
def test_page_api_and_bot_find_the_same(garden: Channel, api: Caller, query: str) -> None:
    found = [line["id"] for line in api.json(f"{GARDEN}/search", q=query)["results"]]
    assert sorted(by_page(query)) == sorted(found)
    assert by_bot(garden, query) == found[:SHOWN_LINES]
    assert bool(found) == (query not in {"nothing", "kind:topic seed"})
    assert [line["id"] for line in api.json("/api/v1/search", q=query)["results"]] == found


def test_results_come_newest_first_and_in_pages(channel: Channel, say: Say, api: Caller) -> None:
    for number in range(PAGE_SIZE + 5):
        say(channel, "ann", f"seed {number}", at=START + timedelta(minutes=number // 3))
    first = api.get(f"{GARDEN}/search", q="seed")
    page = first.json()
    assert (len(page["results"]), page["exact"], page["too_slow"]) == (PAGE_SIZE, False, False)
    assert page["results"][0]["channel"] == "#garden"
    say(channel, "ann", "seed, newer than all")
    rest = api.json(f"{GARDEN}/search", q="seed", older=page["older"])
    found = [line["id"] for line in page["results"] + rest["results"]]
    assert found == list(range(PAGE_SIZE + 5, 0, -1))
    assert rest["older"] is None
    assert urlencode({"q": "seed", "older": page["older"]}) in first.headers["Link"]


def test_it_names_what_it_left_out_and_where_results_are(garden: Channel, api: Caller) -> None:
    found = api.json("/api/v1/search", q="seed on:2026-02-30", facets="true")
    assert "on: wants a date" in found["notes"][0]
    found = api.json("/api/v1/search", q="seed", facets="true")
    assert found["facets"]["total"] == 5
    assert found["facets"]["channels"] == [{"name": "testnet/#garden", "lines": 5}]
    assert found["facets"]["years"] == [{"name": "2026", "lines": 5}]
    assert found["facets"]["months"] == [{"name": "2026-03", "lines": 5}]
    assert api.json("/api/v1/search", q="seed")["facets"] is None


def test_a_search_that_takes_too_long_says_so(garden: Channel, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> None:
        raise TooSlowError

    monkeypatch.setattr(search_page, "make_plan", slow)
    found = api.json("/api/v1/search", q="seed")
    assert (found["too_slow"], found["results"]) == (True, [])


def test_who_gets_no_turn_is_asked_to_try_again(garden: Channel, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    class Taken:
        def acquire(self, **_: object) -> bool:
            return False

    monkeypatch.setattr(search_request, "_slots", Taken())
    response = api.get("/api/v1/search", q="seed")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "searching" in response.json()["detail"]


@pytest.mark.parametrize(
    "query", [{}, {"q": "x", "facets": "perhaps"}, {"q": "x", "older": "1"}, {"q": "x", "older": "1-1-9999999999"}]
)
def test_invalid_searches_are_named(garden: Channel, api: Caller, query: dict[str, str]) -> None:
    assert api.get("/api/v1/search", **query).status_code == 422
