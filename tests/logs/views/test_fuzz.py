"""Any request to any address gets a meaningful response, never an exception."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import example, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pytest_django import Settings

from logs.models import Channel, Kind
from tests import examples
from tests.conftest import Say

pytestmark = pytest.mark.django_db
EXPECTED = {200, 301, 302, 304, 400, 401, 403, 404, 405, 406, 422, 501, 503}

NAMES = [
    "testnet",
    "TESTNET",
    "garden",
    "#garden",
    "##",
    "&c",
    "%",
    "%25",
    "%2F",
    "..",
    ".",
    "-",
    "é",
    "🎉",
    "a b",
    "'",
    "<b>",
]
NAMES += [
    "nobody",
    "search",
    "stats",
    "calendar",
    "at",
    "live",
    "\u202e",
    "\x7f",
    "\x00",
    "x" * 10_000,
    "\ud7ff",
    "''--",
    "{}",
]
DAYS = [
    "2026-03-01",
    "2026-02-30",
    "0000-00-00",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2026-03-01T00:00",
    "٢٠٢٦-٠٣-٠١",
]
YEARS = ["0000", "0001", "2026", "9999", "99999", "-001", "²⁰²⁶"]
LINES = [
    "0",
    "1",
    "2",
    "-1",
    "1-2",
    "2-1",
    "1-",
    "-",
    "2147483647",
    "2147483648",
    "9" * 100,
    "1-9999999999",
    "1e3",
    "٣",
]
ENDS = [
    "",
    "/",
    ".txt",
    ".json",
    "//",
    "/?",
    "/live",
    "/feed.atom",
    "/feed.json",
    "/at/1/",
    "/search/",
    "/stats/",
    "/calendar/",
]
VALUES = [
    *NAMES,
    *DAYS,
    *YEARS,
    *LINES,
    *ENDS,
    "a OR",
    '"',
    "(" * 500,
    "a " * 500,
    "-" * 500,
    "nick: in: on:",
    "(.*)+$",
]
VALUES += [
    "on:0000 on:9999-99",
    "before:0001-01-01",
    "*",
    "\\",
    "25:00",
    "12:30",
    "NaN",
    "None",
    "1-1-1",
    "0-0-0",
    "9-9-9",
]
KEYS = ["q", "older", "from", "mark", "day", "time", "key", "after", "offset", "page", "limit", "", "[]", "\x00"]
KEYS += ["by", "embed", "url", "maxwidth", "format", "channel", "wait"]
VALUES += [
    "testnet/garden",
    "TESTNET/%23garden",
    "testnet/\x00",
    "/",
    "a/b/c",
    "BA",
    "-_-_",
    "from:ann -text",
    "in:#garden",
]

FIELDS = [
    "act",
    "network",
    "channel",
    "nick",
    "account",
    "wish",
    "words",
    "next",
    "held",
    "release",
    "membership",
    "sure",
]
FIELDS += ["first", "last", "on", "text", "kind", "role", "visibility", "retention", "delay", "purge"]


def known(value: str, others: list[str]) -> st.SearchStrategy[str]:
    """Half of the time what exists: an address of strange parts only never gets as far as what it is the address of."""
    return st.just(value) | st.sampled_from(others)


segment = st.sampled_from([*NAMES, *DAYS, *YEARS, *LINES]) | st.text(max_size=20)
values = st.sampled_from(VALUES) | st.text(max_size=40) | st.sampled_from(["1", "1-2", "2026-03-01", "09:01", "text"])
queries = st.lists(st.tuples(st.sampled_from(KEYS), values), max_size=4)
forms = st.dictionaries(st.sampled_from(FIELDS), values, max_size=4)


def patterns(entries: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for entry in entries:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        elif entry.app_name != "admin":
            yield from patterns(entry.url_patterns, route)


ROUTES = sorted(set(patterns(get_resolver().url_patterns)))


def filled(route: str, choose: st.DataObject) -> str:
    """An address of this route."""
    kinds = {
        "network": known("testnet", ["TestNet", *NAMES]),
        "channel": known("garden", ["Garden", *NAMES]),
        "day": known("2026-03-01", DAYS),
        "year": known("2026", YEARS),
        "line": known("1", LINES),
    }
    parts = []
    for part in route.replace("<", "\n<").replace(">", ">\n").split("\n"):
        kind = part[1:].partition(":")[0] if part.startswith("<") else ""
        value = choose.draw(kinds.get(kind, segment)) if kind else part
        parts.append(quote(value, safe="%", errors="surrogatepass") if kind else value)
    return "/" + "".join(parts)


def request(client: Client, path: str, query: list[tuple[str, str]], tag: str = "") -> None:
    if path.rstrip("/").endswith("/live"):
        query = [*query, ("after", "-1")]  # no stream begins
    address = f"{path}?{urlencode(query, errors='surrogatepass')}"
    headers = {"If-None-Match": tag} if tag else {}
    check_response(client.get(address, headers=headers), address)


def check_response(response: HttpResponse, address: str) -> None:
    body = response.getvalue()
    assert response.status_code in EXPECTED, f"{response.status_code}: {address[:300]}"
    assert b"Traceback" not in body
    if response.status_code == 404 and "text/html" in response["Content-Type"]:
        assert b"<a href=" in body, "a page that helps"


@pytest.fixture
def garden(channel: Channel, say: Say, settings: Settings) -> Channel:
    """Lines of every kind. Without the middleware that lets known readers in, for it would begin to listen."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "logs.views.live.live_view.admit_followers"]
    for number, kind in enumerate(Kind):
        say(channel, "ann", f"text {number}", at=datetime(2026, 3, 1, 9, number, tzinfo=UTC), kind=kind, target="bob")
    return channel


@limits(max_examples=examples.count(50, nightly=100), deadline=20_000)
@given(segments=st.lists(segment, max_size=5), end=st.sampled_from(ENDS), query=queries)
@example(["testnet", "garden", "2026-03-01"], "/", [("from", "9" * 10_000)])
@example(["testnet", "garden"], "/", [("day", "2026-03-01"), ("time", "24:00")])
def test_any_path_has_an_answer(
    client: Client, garden: Channel, segments: list[str], end: str, query: list[tuple[str, str]]
) -> None:
    request(client, "/" + "/".join(quote(part, safe="%", errors="surrogatepass") for part in segments) + end, query)


@pytest.mark.parametrize("route", ROUTES)
@limits(max_examples=examples.count(5, nightly=15), deadline=20_000)
@given(choose=st.data(), query=queries, tag=st.sampled_from(["", "*", '"x"', "W/", '"' * 5]))
def test_any_value_in_any_address_has_an_answer(  # noqa: PLR0917
    client: Client, garden: Channel, route: str, choose: st.DataObject, query: list[tuple[str, str]], tag: str
) -> None:
    request(client, filled(route, choose), query, tag)


@pytest.mark.parametrize("route", ROUTES)
@limits(max_examples=examples.count(4, nightly=10), deadline=20_000)
@given(choose=st.data(), form=forms)
def test_any_form_sent_to_any_address_has_an_answer(
    client: Client, garden: Channel, route: str, choose: st.DataObject, form: dict[str, str]
) -> None:
    address = filled(route, choose)
    check_response(client.post(address, form), address)
