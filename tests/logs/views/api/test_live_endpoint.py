"""Following by the API: records of lines, by the same rules as pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import requests
import sseclient
from httpx_sse import ServerSentEvent, connect_sse

from logs import privacy
from logs.accounts import api_tokens
from logs.models import ApiToken, Channel, Identity, Membership
from tests.conftest import Say
from tests.logs.live.reader import write
from tests.logs.views.api.conftest import GARDEN, Caller
from tests.processes import Site


@contextmanager
def following(
    site: Site, headers: dict[str, str] | None = None, query: str = ""
) -> Iterator[Iterator[ServerSentEvent]]:
    """The events of a stream, read with httpx and httpx-sse."""
    with (
        httpx.Client(timeout=20, follow_redirects=True) as client,
        connect_sse(client, "GET", f"{site.url}{GARDEN}/live{query}", headers=headers or {}) as source,
    ):
        source.response.raise_for_status()
        assert source.response.headers["Access-Control-Allow-Origin"] == "*"
        assert "RateLimit" in source.response.headers
        yield (event for event in source.iter_sse() if event.event in {"line", "removal", "reload"})


def test_a_line_comes_as_the_archive_tells_it(site: Site, channel: Channel, say: Say) -> None:
    with following(site, query="?after=0") as events:
        say(channel, "ann", "\x02bold\x02 <b>")
        event = next(events)
        record = httpx.get(f"{site.url}{GARDEN}/lines/1").json()
        record.pop("conversation")  # looked up for pages only
        assert (event.id, event.event, event.json()) == ("1", "line", record)
        assert (record["text"], record["raw"]) == ("bold <b>", "\x02bold\x02 <b>")


def test_head_begins_no_stream(site: Site, channel: Channel) -> None:
    response = httpx.head(f"{site.url}{GARDEN}/live")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert httpx.head(f"{site.url}/api/v1/networks/testnet/channels/nothing/live").status_code == 404


def test_it_goes_on_behind_the_last_event(site: Site, channel: Channel, say: Say) -> None:
    newest = write(channel, 300)  # more than memory holds: these are read from the database
    with following(site, {"Last-Event-ID": "40"}) as events:
        assert [int(next(events).id) for _ in range(newest - 40)] == list(range(41, newest + 1))
        line = say(channel, "ann", "now")
        assert next(events).json()["text"] == "now"
    with following(site, query=f"?after={newest}") as events:  # from memory
        assert int(next(events).id) == line.id


def test_a_removal_comes_and_what_was_removed_does_not(site: Site, channel: Channel, say: Say) -> None:
    lines = [say(channel, "ann", f"line {number}") for number in range(3)]
    with following(site, query="?after=0") as events:
        assert [next(events).json()["text"] for _ in lines] == ["line 0", "line 1", "line 2"]
        privacy.redact(channel, [lines[1].id], "root")
        while (event := next(events)).event != "removal":
            assert event.json()["kind"] == "removed"
        assert event.json()["line"] == lines[1].id
    with following(site, query="?after=0") as events:
        assert [next(events).json().get("text") for _ in range(2)] == ["line 0", "line 2"]


def test_readers_who_missed_too_much_are_asked_to_reload(site: Site, channel: Channel) -> None:
    write(channel, 10)
    with following(site, {"Last-Event-ID": "2000000"}) as events:
        assert next(events).event == "reload"


def test_pages_and_programs_follow_the_same_channel(site: Site, channel: Channel, say: Say) -> None:
    say(channel, "ann", "before")
    page = f"{site.url}{channel.get_absolute_url()}live?after=0"
    with httpx.Client(timeout=20) as client, connect_sse(client, "GET", page) as source, following(site) as events:
        lines = (event for event in source.iter_sse() if event.event == "line")
        assert "html" in next(lines).json()
        for number in range(5):
            say(channel, "ann", f"line {number}")
            markup, record = next(lines), next(events)
            assert (markup.id, markup.event) == (record.id, record.event)
            assert f"line {number}" in markup.json()["html"]
            assert record.json()["text"] == f"line {number}"
            assert "html" not in record.json()


def test_sseclient_follows(site: Site, channel: Channel, say: Say) -> None:
    say(channel, "ann", "grüße")
    with requests.get(f"{site.url}{GARDEN}/live?after=0", stream=True, timeout=20) as response:
        events = sseclient.SSEClient(iter(response.raw.read1, b"")).events()
        event = next(event for event in events if event.event == "line")
        assert json.loads(event.data)["text"] == "grüße"
        response.close()


def test_a_token_opens_the_stream_and_its_end_ends_it(site: Site, channel: Channel, say: Say) -> None:
    Channel.objects.update(visibility="members")
    identity = Identity.objects.create(network=channel.network, account="ann", nick="ann")
    Membership.objects.create(channel=channel, identity=identity, role="owner")
    channel.refresh_from_db()
    bearer = {"Authorization": f"Bearer {api_tokens.create_token(channel, 'bot', 'ann', identity=identity)}"}
    with pytest.raises(httpx.HTTPStatusError, match="404"), following(site):
        pass
    with following(site, bearer, "?after=0") as events:
        say(channel, "ann", "among us")
        assert next(events).json()["text"] == "among us"
        api_tokens.revoke_token(ApiToken.objects.get(), "ann")
        with pytest.raises((StopIteration, httpx.HTTPError)):
            next(events)
    with pytest.raises(httpx.HTTPStatusError, match="401"), following(site, bearer):
        pass


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"Last-Event-ID": "x"}, {}, 422),
        ({"Last-Event-ID": "9999999999"}, {}, 422),
        ({}, {"after": "-1"}, 422),
        ({"Accept": "text/html"}, {}, 406),
    ],
)
def test_what_no_stream_can_give_is_a_problem(
    channel: Channel, api: Caller, headers: dict[str, str], query: dict[str, object], status: int
) -> None:
    response = api.get(f"{GARDEN}/live", headers=headers, **query)
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
