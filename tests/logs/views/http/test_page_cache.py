"""Pages of past days from memory: the same as rendered ones, never what was erased, hidden or somebody's own."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from logs.ingest.channel_state import remove_lines
from logs.models import Channel, Line
from logs.views.http import channel_lookup, http_cache, page_cache
from logs.views.http.page_cache import KeptPage, PageCache, get_page_cache
from logs.views.reading import day as day_page

pytestmark = pytest.mark.django_db
PAGE = "/testnet/garden/2026-03-01/"
FEEDS = ["/testnet/garden/feed.atom", "/testnet/garden/feed.json?by=line"]
GZIP = {"Accept-Encoding": "br, gzip"}


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}?mark=1", *FEEDS])
def test_a_page_from_memory_is_the_page(
    client: Client, two_days: Channel, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    if "?" in path:  # kept when it is requested again
        client.get(path)
    first = client.get(path)
    with django_assert_num_queries(2):
        again = client.get(path)
        compressed = client.get(path, headers=GZIP)
    assert again.content == gzip.decompress(compressed.content) == first.content
    assert b"morning" in first.content
    assert dict(again.items()) == dict(first.items())
    changed = {"Content-Encoding", "Content-Length"}
    assert {name: value for name, value in compressed.items() if name not in changed} == {
        name: value for name, value in first.items() if name not in changed
    }
    assert compressed["Content-Encoding"] == "gzip"
    assert int(compressed["Content-Length"]) == len(compressed.content)
    assert first["Vary"] == "Cookie, Accept-Encoding" + (", Accept-Language" if "feed" not in path else "")
    with django_assert_num_queries(2):
        assert client.get(path, headers=GZIP | {"If-None-Match": first["ETag"]}).status_code == 304
        assert client.head(path).status_code == 200


@pytest.mark.parametrize("path", [f"{PAGE[:-1]}.txt", f"{PAGE[:-1]}.json"])
def test_text_and_json_are_kept_once_all_is_sent(
    client: Client,
    two_days: Channel,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
    path: str,
) -> None:
    monkeypatch.setattr(page_cache, "MIN_BYTES", 1)
    first = client.get(path)
    assert len(get_page_cache()) == 0
    content = first.getvalue()
    assert b"morning" in content
    with django_assert_num_queries(1):
        again = client.get(path, headers=GZIP)
    assert gzip.decompress(again.content) == content
    changed = {"Content-Encoding", "Content-Length"}
    assert {name: value for name, value in again.items() if name not in changed} == dict(first.items())
    remove_lines(two_days, {1})
    assert b"morning" not in client.get(path).getvalue()
    # One that is too long is sent as ever, and not kept.
    get_page_cache().clear()
    monkeypatch.setattr(page_cache, "MAX_STREAMED_BYTES", 10)
    assert client.get(path).getvalue()
    assert len(get_page_cache()) == 0


@pytest.mark.parametrize("header", ["", "identity", "gzip;q=0", "gzip; q=0.000", "deflate, br", "gzipped"])
def test_who_does_not_take_gzip_gets_none(client: Client, two_days: Channel, header: str) -> None:
    for _ in range(2):
        response = client.get(PAGE, headers={"Accept-Encoding": header})
        assert "Content-Encoding" not in response
        assert b"morning" in response.content


CHANGES: dict[str, Callable[[], object]] = {
    "removed": lambda: remove_lines(Channel.objects.get(), {1}),
    "erased": lambda: Line.objects.filter(id=1).delete(),
    "redacted": lambda: Line.objects.filter(id=1).update(text="gone"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_erased_is_not_served_again_and_leaves_memory(client: Client, two_days: Channel, change: str) -> None:
    for path in (PAGE, *FEEDS):
        assert b"morning" in client.get(path).content
    CHANGES[change]()
    for path in (PAGE, *FEEDS):
        assert b"morning" not in client.get(path).content
    assert all(b"morning" not in gzip.decompress(page.compressed) for page in get_page_cache()._pages.values())


def test_what_is_hidden_is_not_served_from_memory(client: Client, two_days: Channel) -> None:
    client.get(PAGE)
    for visibility in ("members", "unlisted"):
        Channel.objects.update(visibility=visibility)
        assert client.get(PAGE).status_code == 404
    Channel.objects.update(visibility="public")
    assert client.get(PAGE).status_code == 200


def test_a_page_for_somebody_is_neither_kept_nor_taken_from_memory(
    client: Client, admin_client: Client, admin_user: User, two_days: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin_client.get(PAGE)
    client.cookies["other"] = "cookie"
    client.get(PAGE)
    client.get(PAGE, headers={"Authorization": "Bearer x"})
    client.head(PAGE)
    assert len(get_page_cache()) == 0
    client.cookies.clear()
    client.get(PAGE)
    assert len(get_page_cache()) == 1
    rendered = []
    render_day = day_page.render_day
    monkeypatch.setattr(day_page, "render_day", lambda *args, **more: rendered.append(1) or render_day(*args, **more))
    client.get(PAGE)
    assert rendered == []
    admin_client.get(PAGE)
    assert rendered == [1]


def test_today_and_missing_days_are_not_kept(client: Client, two_days: Channel) -> None:
    for path in ("/testnet/garden/", "/testnet/garden/2026-03-02/", "/testnet/garden/2026-03-01.txt", "/"):
        client.get(path)
    assert len(get_page_cache()) == 0


def page(size: int, kept_at: float = 1e12) -> KeptPage:
    return KeptPage("tag", (), b"." * size, kept_at)


def test_memory_is_bounded_and_the_oldest_page_goes_first() -> None:
    cache = PageCache(80)
    for number in range(12):
        cache.keep(f"/{number}", page(10))
    assert (len(cache), cache.bytes) == (8, 80)
    assert cache.find("/3", "tag") is None
    assert cache.find("/4", "tag") is not None
    cache.keep("/4", page(5))
    assert (len(cache), cache.bytes) == (8, 75)
    cache.keep("/large", page(11))
    assert cache.find("/large", "tag") is None
    assert cache.find("/5", "another state") is None
    assert (len(cache), cache.bytes) == (7, 65)


def test_pages_leave_memory_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(page_cache, "monotonic", lambda: now[0])
    scheduled: list[float] = []
    monkeypatch.setattr(page_cache.gevent, "spawn_later", lambda seconds, _act: scheduled.append(seconds))
    cache = PageCache(1000)
    cache.keep("/old", page(10, 1000.0))
    cache.keep("/new", page(10, 1300.0))
    assert scheduled == [600.0]
    now[0] = 1600.5
    cache._expire()
    assert (len(cache), cache.bytes) == (1, 10)
    assert scheduled == [600.0, 299.5]
    now[0] = 1901.0
    assert cache.find("/new", "tag") is None
    cache._expire()
    assert scheduled == [600.0, 299.5]


def test_the_channel_of_an_address_is_looked_up_for_strangers_without_building_a_query(
    client: Client, two_days: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/testnet/garden/").status_code == 200
    monkeypatch.setattr(channel_lookup, "_find_channels", None)
    assert client.get("/testnet/garden/").status_code == 200


@pytest.mark.parametrize("path", ["/sitemap.xml", "/testnet/garden/sitemap-2026.xml"])
def test_sitemaps_are_kept_for_a_second_unless_something_was_taken_away(
    client: Client,
    two_days: Channel,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
    path: str,
) -> None:
    now = [1_000_000.5]
    monkeypatch.setattr(http_cache, "time", lambda: now[0])
    monkeypatch.setattr(page_cache, "MIN_BYTES", 1)
    first = client.get(path)
    assert b"/testnet/garden/" in first.content
    with django_assert_num_queries(3):
        again, compressed = client.get(path), client.get(path, headers=GZIP)
        unchanged = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert again.content == gzip.decompress(compressed.content) == first.content
    assert dict(again.items()) == dict(first.items())
    assert compressed["ETag"] == first["ETag"]
    assert unchanged.status_code == 304
    two_days.visibility = "members"
    two_days.save()
    assert b"garden" not in client.get(path).content
    two_days.visibility = "public"
    two_days.save()
    now[0] += 1
    later = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert later.status_code == 304


def test_invented_queries_drive_no_page_out(client: Client, two_days: Channel) -> None:
    get_page_cache().clear()
    client.get(PAGE)
    for number in range(20):
        assert client.get(f"{PAGE}?x={number}").status_code == 200
    assert len(get_page_cache()) == 1
    client.get(f"{PAGE}?x=1")
    assert len(get_page_cache()) == 2
