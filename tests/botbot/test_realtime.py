"""The second topology: pages here, live in processes of its own that have Redis and nothing else."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings
from django.core.signing import TimestampSigner
from django.utils import timezone
from httpx_sse import connect_sse
from playwright.sync_api import Page, expect

from logs import highlights
from logs.live.combined import encode_position
from logs.models import Channel, Identity
from tests.chromium import assert_equals_reload
from tests.conftest import Say
from tests.logs.live.outages import database_away
from tests.logs.live.reader import Reader, write
from tests.processes import ROOT, Realtime, Site, wait_for
from tests.redis import Redis

KEY = "what web and realtime processes share"


class Parted(NamedTuple):
    """Pages by `site`, streams by `realtime`, and what is between them."""

    site: Site
    realtime: Realtime
    redis: Redis


@pytest.fixture(scope="module")
def lasting(lasting_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parted]:
    folder = tmp_path_factory.mktemp("parted")
    with Redis(folder) as redis:
        shared = {"REDIS_URL": redis.url, "LIVE_KEY": KEY}
        with (
            Realtime(folder, shared) as realtime,
            Site(folder, lasting_env | shared | {"REALTIME_URL": realtime.url}) as site,
        ):
            yield Parted(site, realtime, redis)


@pytest.fixture
def parted(transactional_db: None, lasting: Parted) -> Iterator[Parted]:
    """The same ones for all tests, with channels of their own; a test that kills one of them starts it again."""
    yield lasting
    print(lasting.site.output(), lasting.realtime.output())
    for process in lasting:
        if not process.running():
            process.start()


def ticket(site: Site, channel: Channel, query: str = "", headers: dict[str, str] | None = None) -> str:
    """The address with a token that the page's live address sends on to."""
    http = HTTPConnection("127.0.0.1", site.port, timeout=10)
    http.request("GET", f"{channel.get_absolute_url()}live{query}", headers=headers or {})
    answer = http.getresponse()
    http.close()
    assert answer.status == 307
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.headers["Location"])


def follow(parted: Parted, channel: Channel, query: str = "", headers: dict[str, str] | None = None) -> Reader:
    """As any EventSource: by the page's live address, wherever that leads."""
    url = urlsplit(ticket(parted.site, channel, query, headers))
    assert url.port == parted.realtime.port
    return Reader(url.port, channel, path=f"{url.path}?{url.query}", headers=headers)


def test_the_api_sends_on_to_records_of_lines(parted: Parted, channel: Channel, say: Say) -> None:
    write(channel, 3)
    live = f"{parted.site.url}/api/v1/networks/testnet/channels/garden/live?after=1"
    with httpx.Client(timeout=20, follow_redirects=True) as client, connect_sse(client, "GET", live) as source:
        assert source.response.url.port == parted.realtime.port
        assert source.response.headers["Access-Control-Allow-Origin"] == "*"
        records = (event.json() for event in source.iter_sse() if event.event == "line")
        assert [next(records)["id"] for _ in range(2)] == [2, 3]
        say(channel, "ann", "\x02now\x02")
        assert next(records)["text"] == "now"


def test_words_of_a_reader_are_marked(parted: Parted, channel: Channel, say: Say) -> None:
    ann = Identity.objects.create(network=channel.network, account="ann", nick="ann")
    highlights.save_words(ann, ["rosé"])
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["identity"], session["identity_since"] = ann.pk, timezone.now().isoformat()
    session.save()
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}
    for headers, count in ((cookie, 1), ({}, 0)):
        with follow(parted, channel, "?marks=1", headers) as reader:
            line = say(channel, "bob", "a Rose")
            block = next(block for block in iter(reader.next, None) if block.name == "line")
            assert block.id == line.id
            assert (block.data.count("highlighted"), block.data.count("<mark>Rose</mark>")) == (count, count)


def test_many_channels_come_in_one_stream_without_the_database(parted: Parted, channel: Channel, say: Say) -> None:
    other = Channel.objects.create(network=channel.network, name="#kitchen")
    write(channel, 300)
    write(other, 2)
    begin = encode_position({channel.pk: 10, other.pk: 1})
    live = f"{parted.site.url}/api/v1/live"
    names = ["testnet/garden", "testnet/kitchen", "testnet/nothing"]
    with httpx.Client(timeout=20, follow_redirects=True) as client:
        with connect_sse(client, "GET", live, params={"channel": names, "after": begin, "html": "1"}) as source:
            assert source.response.url.port == parted.realtime.port
            assert source.response.headers["Access-Control-Allow-Origin"] == "*"
            events = (event for event in source.iter_sse() if event.event in {"line", "closed", "live"})
            assert next(events).json() == {"network": "testnet", "channel": "#nothing"}
            seen = []
            while (event := next(events)).event == "line":
                seen.append((event.json()["channel"], event.json()["id"]))
            assert sorted(seen) == [*(("#garden", number) for number in range(11, 301)), ("#kitchen", 2)]
            say(other, "ann", "now")
            event = next(events)
            assert (event.json()["channel"], event.json()["text"]) == ("#kitchen", "now")
            assert event.json()["html"].startswith("<div class=")
        say(channel, "bob", "missed")
        say(other, "ann", "missed as well")
        found = {"channel": names[:2], "q": "from:bob", "wait": "0"}
        wait_for(lambda: "missed" in client.get(live, params=found | {"after": event.id}).text, 10)
        with connect_sse(client, "GET", live, params=found, headers={"Last-Event-ID": event.id}) as source:
            missed = [each for each in source.iter_sse() if each.event in {"line", "live"}]
    assert [each.event for each in missed] == ["line", "live"]
    assert missed[0].json()["text"] == "missed"


def test_a_stream_of_many_channels_waits_for_redis(parted: Parted, channel: Channel) -> None:
    live = f"{parted.site.url}/api/v1/live"
    sent_on = httpx.get(live)
    assert (sent_on.status_code, sent_on.headers["Cache-Control"]) == (307, "no-store")
    unknown = httpx.get(f"{parted.realtime.url}/live?ticket=guessed")
    assert (unknown.status_code, unknown.text.startswith("This ticket is too old")) == (403, True)
    parted.redis.kill()
    try:
        for response in (httpx.get(live, timeout=20), httpx.get(sent_on.headers["Location"], timeout=20)):
            assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    finally:
        parted.redis.start()
    assert httpx.get(sent_on.headers["Location"]).status_code == 403  # Redis came back empty


def test_lines_come_and_resume(parted: Parted, channel: Channel) -> None:
    write(channel, 20)
    with follow(parted, channel, "?after=5") as reader:
        assert reader.status == 200
        assert reader.headers["access-control-allow-origin"] == "*"
        assert reader.lines(until=20) == list(range(6, 21))
        newest = write(channel, 3)
        assert reader.lines(until=newest) == [21, 22, 23]
    newest = write(channel, 3)
    with follow(parted, channel, "?after=5", {"Last-Event-ID": "23"}) as reader:
        assert reader.lines(until=newest) == [24, 25, 26]
    with follow(parted, channel) as reader:
        newest = write(channel, 1)
        assert reader.lines(until=newest) == [newest]


def test_streams_and_replays_need_no_database(parted: Parted, channel: Channel) -> None:
    write(channel, 300)
    with follow(parted, channel, "?after=299") as reader:
        address = urlsplit(ticket(parted.site, channel, "?after=10"))
        assert reader.lines(until=300) == [300]
        with database_away(), Reader(parted.realtime.port, channel, path=f"{address.path}?{address.query}") as other:
            assert other.lines(until=300) == list(range(11, 301))
        newest = write(channel, 1)
        assert reader.lines(until=newest) == [newest]


def test_redis_may_be_killed_and_come_back_empty(parted: Parted, channel: Channel) -> None:
    write(channel, 10)
    with follow(parted, channel) as reader:
        for _ in range(2):
            parted.redis.kill()
            newest = write(channel, 30)
            parted.redis.start()
            assert reader.lines(until=newest, seconds=20) == list(range(newest - 29, newest + 1))
    assert "Traceback" not in parted.realtime.output()


def test_a_reader_who_was_away_for_long_has_to_reload_the_page(parted: Parted, channel: Channel) -> None:
    write(channel, 1500)
    newest = write(channel, 800)
    with follow(parted, channel, "?after=3") as reader:
        blocks = [reader.next(), reader.next()]
        assert [block.name for block in blocks] == ["", "reload"]
        reloaded = blocks[1].id
        assert 1500 <= reloaded <= newest  # as far as the relay was
        newest = write(channel, 1)
        assert reader.lines(until=newest) == list(range(reloaded + 1, newest + 1))


def test_a_channel_that_is_closed_ends_its_streams(parted: Parted, channel: Channel) -> None:
    write(channel, 3)
    with follow(parted, channel) as reader:
        reader.next()
        Channel.objects.filter(pk=channel.pk).update(visibility="members")
        write(channel, 1, "among members")
        assert [block.name for block in reader.rest()] == [""]


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("", "This is not a token of this site."),
        ("x" * 3000, "This is not a token of this site."),
        ("forged", "This is not a token of this site."),
        ("other", "This is not a token of this site."),
        ("old", "This token is too old: use the page's own live address again."),
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    parted: Parted, channel: Channel, monkeypatch: pytest.MonkeyPatch, token: str, sentence: str
) -> None:
    content = [channel.pk, channel.get_absolute_url(), "public"]
    right = TimestampSigner(key=KEY, salt="live").sign_object(content)
    if token == "forged":
        token = TimestampSigner(key="guessed", salt="live").sign_object(content)
    elif token == "other":
        other = TimestampSigner(key="guessed", salt="live").sign_object([channel.pk + 1, "/a/b/", "public"])
        token = other.partition(":")[0] + ":" + right.partition(":")[2]
    elif token == "old":
        expired_at = time.time() - 61
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: expired_at)
            token = TimestampSigner(key=KEY, salt="live").sign_object(content)
    with Reader(parted.realtime.port, channel, path=f"/live?token={token}&after=0") as reader:
        assert (reader.status, reader.body()) == (403, f"{sentence}\n")
    with Reader(parted.realtime.port, channel, path=f"/live?token={right}&after=0") as reader:
        assert reader.status == 200


def test_what_cannot_be_answered_is_said(parted: Parted, channel: Channel) -> None:
    right = TimestampSigner(key=KEY, salt="live").sign_object([channel.pk, "/a/b/", "public"])
    path = f"/live?token={right}"
    port = parted.realtime.port
    for status, more, query in (
        (405, {"method": "POST"}, "&after=1"),
        (406, {"headers": {"Accept": "text/html"}}, "&after=1"),
        (400, {}, "&after=-1"),
        (400, {}, ""),
        (400, {"headers": {"Last-Event-ID": "yesterday"}}, "&after=1"),
    ):
        with Reader(port, channel, path=path + query, **more) as reader:  # type: ignore[arg-type]
            assert reader.status == status
            assert reader.body().endswith(".\n")


def test_readers_of_two_processes_see_every_line_once(parted: Parted, channel: Channel, tmp_path: Path) -> None:
    write(channel, 3)
    env = {"REDIS_URL": parted.redis.url, "LIVE_KEY": KEY}
    with Realtime(tmp_path, env) as second, ExitStack() as stack:
        url = urlsplit(ticket(parted.site, channel, "?after=3"))
        readers = [
            stack.enter_context(Reader(port, channel, path=f"{url.path}?{url.query}"))
            for port in (parted.realtime.port, second.port) * 10
        ]
        for _ in range(20):
            newest = write(channel, 2)
        assert [reader.lines(until=newest) for reader in readers] == [list(range(4, newest + 1))] * 20


def test_readers_are_told_when_to_come_back_by_a_process_that_ends(parted: Parted, channel: Channel) -> None:
    write(channel, 3)
    with follow(parted, channel, "?after=2") as reader:
        assert reader.lines(until=3) == [3]
        assert parted.realtime.stop() == 0
        assert reader.rest()[-1].retry is not None
    assert "Traceback" not in parted.realtime.output()


def test_a_browser_follows_across_processes_and_their_restarts(
    parted: Parted, page: Page, channel: Channel, say: Say, complaints: list[str]
) -> None:
    say(channel, "ann", "before")
    page.goto(parted.site.url + channel.get_absolute_url())
    state = page.locator("#live-state")
    expect(state).to_have_text("Live")
    line = say(channel, "ann", "by Redis")
    page.locator(f"#l{line.id}").wait_for()
    parted.realtime.kill()
    expect(state).not_to_have_text("Live")
    write(channel, 30)
    time.sleep(1)
    parted.realtime.start()
    expect(state).to_have_text("Live")
    assert_equals_reload(page, channel)
    complaints.clear()


def test_it_names_what_is_missing(tmp_path: Path) -> None:
    for env, error in (
        ({"REDIS_URL": "redis://127.0.0.1:1"}, "botbot: LIVE_KEY is not set"),
        ({"LIVE_KEY": KEY}, "botbot: REDIS_URL is not set"),
    ):
        command = [sys.executable, "-m", "gunicorn", "-c", "realtime.conf.py", "botbot.realtime"]
        ended = subprocess.run(
            command, cwd=ROOT, env={"PATH": "/usr/bin"} | env, capture_output=True, text=True, timeout=30, check=False
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith(error)
        assert ended.stderr.count("\n") == 1


def test_without_redis_it_is_not_ready_but_alive(parted: Parted) -> None:
    def status(path: str) -> int:
        http = HTTPConnection("127.0.0.1", parted.realtime.port, timeout=10)
        http.request("GET", path)
        answer = http.getresponse().status
        http.close()
        return answer

    assert (status("/healthz"), status("/readyz")) == (200, 200)
    parted.redis.kill()
    wait_for(lambda: status("/readyz") == 503, 10)
    assert status("/healthz") == 200
    parted.redis.start()
    wait_for(lambda: status("/readyz") == 200, 10)
