"""One stream of many channels: every event once and in order, and nothing of a channel that was closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from httpx_sse import ServerSentEvent, connect_sse

from logs import privacy
from logs.accounts import api_tokens
from logs.live.combined import encode_position, parse_position
from logs.models import Channel, Identity, Membership
from tests.conftest import Say
from tests.logs.live.reader import write
from tests.logs.views.api.conftest import Caller
from tests.processes import Site


@pytest.fixture
def channels(channel: Channel) -> list[Channel]:
    others = [Channel.objects.create(network=channel.network, name=f"#{name}") for name in ("kitchen", "c++", "attic")]
    return [channel, *others]


@contextmanager
def following(site: Site, headers: dict[str, str] | None = None, **query: Any) -> Iterator[Iterator[ServerSentEvent]]:
    with (
        httpx.Client(timeout=20) as client,
        connect_sse(client, "GET", f"{site.url}/api/v1/live", params=query, headers=headers or {}) as source,
    ):
        source.response.raise_for_status()
        yield (event for event in source.iter_sse() if event.event not in {"message", "state", "alive"})


def fetch_all(site: Site, headers: dict[str, str] | None = None, **query: Any) -> list[ServerSentEvent]:
    """Everything up to now."""
    with following(site, headers, wait="0", **query) as events:
        return list(events)


def texts(events: list[ServerSentEvent]) -> list[str]:
    return [f"{event.json()['channel']} {event.json()['text']}" for event in events if event.event == "line"]


def test_lines_of_all_channels_come_in_one_stream_and_each_event_is_a_place_to_go_on(
    site: Site, channels: list[Channel], say: Say
) -> None:
    garden, kitchen, plus, attic = channels
    say(garden, "ann", "before")
    names = ["testnet/garden", "TESTNET/Kitchen", "testnet/c++", "testnet/nothing"]
    seen = []
    with following(site, channel=names) as events:
        closed = next(events)
        assert (closed.event, closed.json()) == ("closed", {"network": "testnet", "channel": "#nothing"})
        assert next(events).event == "live"
        said = [
            (garden, "one"),
            (kitchen, "two \x02bold\x02"),
            (attic, "not requested"),
            (plus, "three"),
            (garden, "4"),
        ]
        for row, text in said:
            line = say(row, "ann", text)
            if row != attic:
                event = next(events)
                address = f"{site.url}/api/v1/networks/testnet/channels/{row.segment}/lines/{line.id}"
                record = httpx.get(address).json()
                del record["conversation"]  # looked up for pages only
                assert event.json() == {"network": "testnet", "channel": row.name} | record
                seen.append(event)
    wanted = ["#garden one", "#kitchen two bold", "#c++ three", "#garden 4"]
    assert texts(seen) == wanted
    for number, event in enumerate(seen, 1):
        # Each channel in its order; one channel after the other.
        missed = texts(fetch_all(site, {"Last-Event-ID": event.id}, channel=names))
        assert sorted(missed) == sorted(wanted[number:])
        assert [text for text in missed if "garden" in text] == [text for text in wanted[number:] if "garden" in text]
        assert texts(fetch_all(site, after=event.id, channel=["testnet/garden", "testnet/attic"])) == [
            text for text in wanted[number:] if text.startswith("#garden")
        ]
    position = fetch_all(site, after=seen[-1].id)[-1]
    assert position.event == "live"
    assert position.json() == {"id": position.id}
    assert set(parse_position(position.id)) == {row.pk for row in channels}
    assert httpx.get(f"{site.url}/api/v1/position").json()["position"] == position.id


def test_a_long_absence_is_made_up_for_in_all_channels(site: Site, channels: list[Channel], say: Say) -> None:
    """More than memory holds, and than a reader takes at once: the channels are replayed one after the other."""
    begin = httpx.get(f"{site.url}/api/v1/position").json()["position"]
    newest = {row.name: write(row, 700, "x" * 700) for row in channels}
    with following(site, after=begin) as events:
        seen: dict[str, list[int]] = {name: [] for name in newest}
        while (event := next(events)).event != "live":
            seen[event.json()["channel"]].append(event.json()["id"])
        assert seen == {name: list(range(1, last + 1)) for name, last in newest.items()}
        privacy.redact(channels[1], [3], "root")
        changes = [next(events), next(events)]
        removal = next(event for event in changes if event.event == "removal")
        assert (removal.json()["channel"], removal.json()["line"]) == ("#kitchen", 3)
    assert texts(fetch_all(site, after=changes[-1].id)) == []
    page = f"{site.url}{channels[0].get_absolute_url()}live?after=300&wait=0"  # now the feed has to fill its memory
    assert httpx.get(page).text.count("event: line\n") == 400
    say(channels[3], "ann", "on we go")
    assert texts(fetch_all(site, after=changes[-1].id)) == ["#attic on we go"]


def test_a_channel_that_is_closed_leaves_the_stream_and_nothing_more_is_sent_of_it(
    site: Site, channels: list[Channel], say: Say
) -> None:
    garden, kitchen = channels[:2]
    identity = Identity.objects.create(network=garden.network, account="ann", nick="ann")
    Membership.objects.create(channel=kitchen, identity=identity, role="owner")
    token = {"Authorization": f"Bearer {api_tokens.create_token(kitchen, 'mine', 'ann', identity=identity)}"}
    names = ["testnet/garden", "testnet/kitchen"]
    with following(site, channel=names) as events:
        assert next(events).event == "live"
        Channel.objects.filter(pk=kitchen.pk).update(visibility="members")
        say(kitchen, "ann", "secret")
        say(garden, "ann", "open")
        rest = [next(events) for _ in range(2)]
        assert {event.event: event.json()["channel"] for event in rest} == {"closed": "#kitchen", "line": "#garden"}
        place = rest[-1].id
    assert [event.event for event in fetch_all(site, after=place, channel=names)] == ["closed", "live"]
    assert {row["channel"] for row in httpx.get(f"{site.url}/api/v1/position").json()["channels"]} == {
        "#garden",
        "#c++",
        "#attic",
    }
    response = httpx.get(f"{site.url}/api/v1/live?channel=testnet/kitchen&wait=0")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")
    with following(site, token, channel=names) as events:
        assert next(events).event == "live"
        say(kitchen, "ann", "among us")
        assert texts([next(events)]) == ["#kitchen among us"]
        Channel.objects.filter(pk=kitchen.pk).update(visibility="unlisted")
        assert next(events).event == "closed"
        say(garden, "ann", "still open")
        assert texts([next(events)]) == ["#garden still open"]
    with following(site, channel="testnet/garden") as events:
        next(events)
        Channel.objects.filter(pk=garden.pk).update(hidden=True)
        assert [event.event for event in events] == ["closed"]  # the only one, so the stream ends


def test_filters_are_those_of_the_search_and_the_place_goes_on(site: Site, channels: list[Channel], say: Say) -> None:
    garden, kitchen = channels[:2]
    begin = httpx.get(f"{site.url}/api/v1/position").json()["position"]
    for row in (garden, kitchen):
        say(row, "ann", "deploy now")
        say(row, "bob", "Deploy later")
        say(row, "ann", "nothing")
    with following(site, q="from:ann deploy", after=begin) as events:
        found = [next(events) for _ in range(3)]
        assert [event.event for event in found] == ["line", "line", "live"]
        assert sorted(texts(found[:2])) == ["#garden deploy now", "#kitchen deploy now"]
        say(garden, "bob", "deploy")
        say(kitchen, "Ann", "deployed? deploy!")
        assert texts([next(events)]) == ["#kitchen deployed? deploy!"]
    assert texts(fetch_all(site, q="from:ann deploy", after=found[-1].id)) == ["#kitchen deployed? deploy!"]
    single = f"{site.url}/api/v1/networks/testnet/channels/garden/live"
    body = httpx.get(single, params={"after": 0, "wait": "0", "q": "from:ann deploy"}).text
    assert (body.count("event: line\n"), body.count("event: live\n")) == (1, 1)
    assert body.endswith('event: live\ndata: {"id":4}\n\n')
    page = httpx.get(f"{site.url}{garden.get_absolute_url()}live", params={"after": 0, "wait": "0", "q": "later"}).text
    assert page.count("event: line\n") == 1
    assert "Deploy later" in page
    for address, status in ((single, 422), (f"{site.url}/api/v1/live", 422), (f"{site.url}/testnet/garden/live", 400)):
        response = httpx.get(address, params={"q": "in:#kitchen deploy"})
        assert response.status_code == status
        assert "no in:" in response.text
        assert httpx.get(address, params={"wait": "5"}).status_code == status


def test_lines_come_as_markup_too_with_the_words_of_the_filter_marked(
    site: Site, channels: list[Channel], say: Say
) -> None:
    say(channels[0], "ann", "<b>Déploy</b> & rest")
    begin = {"after": encode_position({channels[0].pk: 0}), "channel": "testnet/garden"}
    [plain, _] = fetch_all(site, html="1", **begin)
    assert plain.json()["html"].startswith('<div class="line message" id="l1" data-id="1" data-nick="ann"')
    assert "&lt;b&gt;Déploy&lt;/b&gt; &amp; rest" in plain.json()["html"]
    [marked, _] = fetch_all(site, html="1", q="deploy", **begin)
    assert "&lt;b&gt;<mark>Déploy</mark>&lt;/b&gt; &amp; rest" in marked.json()["html"]
    assert {key: value for key, value in marked.json().items() if key != "html"} == fetch_all(site, **begin)[0].json()
    assert httpx.get(f"{site.url}/api/v1/live", params={"html": "2"}).status_code == 422


@pytest.mark.django_db
def test_what_is_no_request_for_a_stream(api: Caller, channel: Channel) -> None:
    for query in ({"channel": "garden"}, {"channel": "a/b/c"}, {"after": "B"}, {"after": "é"}, {"wait": "1"}):
        response = api.get("/api/v1/live", **query)
        assert response.status_code == 422, (query, response.content)
    assert api.get("/api/v1/live", channel="testnet/nothing").status_code == 404
    assert api.get("/api/v1/live", channel=[f"testnet/{number}" for number in range(501)]).status_code == 422
    assert api.get("/api/v1/position", channel="testnet/nothing").status_code == 404
    found = api.json("/api/v1/position", channel=["TestNet/GARDEN", "testnet/garden", "testnet/nothing"])
    assert [row["channel"] for row in found["channels"]] == ["#garden"]
    assert found["missing"] == [{"network": "testnet", "channel": "#nothing"}]
