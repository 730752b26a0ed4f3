"""What docs/live-protocol.md promises, whichever server runs the site."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from django.utils import timezone

from logs.models import Channel, Kind, Line
from logs.models.channel_choices import Visibility
from logs.render import line_html
from tests.conftest import Say
from tests.logs.live.reader import Reader, last_id, write
from tests.processes import Site


def test_a_line_comes_as_one_block_with_its_markup(any_site: Site, channel: Channel, say: Say) -> None:
    with Reader(any_site.port, channel) as reader:
        assert reader.status == 200
        assert reader.headers["content-type"].startswith("text/event-stream")
        assert reader.headers["cache-control"] == "no-store"
        assert reader.headers["x-accel-buffering"] == "no"
        assert 1000 <= (reader.next().retry or 0) <= 3000
        line = say(channel, "änn", "a\x1dslanted\x1d word, \x85 \u2028 and 東京")
        block = reader.next(2)
    assert (block.name, block.id) == ("line", line.id)
    event = json.loads(block.data)
    assert event == {"id": line.id, "at": event["at"], "html": str(line_html(line, channel.get_absolute_url()))}
    assert event["at"] == f"{line.at:%Y-%m-%dT%H:%M:%S.%f}Z"


def test_who_names_no_line_gets_only_what_is_said_from_now_on(any_site: Site, channel: Channel, say: Say) -> None:
    say(channel, "ann", "before")
    with Reader(any_site.port, channel) as reader:
        reader.next()
        line = say(channel, "ann", "after")
        assert reader.next(3).id == line.id


@pytest.mark.parametrize("count", [1, 500, 1300])
def test_a_reconnect_brings_exactly_the_missed_lines(any_site: Site, channel: Channel, count: int) -> None:
    first = write(channel, 10)
    with Reader(any_site.port, channel) as reader:
        reader.next()
        seen = reader.lines(until=write(channel, 3))
    newest = write(channel, count)
    with Reader(any_site.port, channel, headers={"Last-Event-ID": str(seen[-1])}) as reader:
        seen += reader.lines(until=newest)
    assert seen == list(Line.objects.filter(channel=channel, id__gt=first).order_by("id").values_list("id", flat=True))


def test_the_header_goes_before_the_query(any_site: Site, channel: Channel) -> None:
    newest = write(channel, 10)
    with Reader(any_site.port, channel, "?after=2", {"Last-Event-ID": str(newest - 1)}) as reader:
        assert reader.lines(until=newest) == [newest]
    with Reader(any_site.port, channel, f"?after={newest - 2}", {"Last-Event-ID": ""}) as reader:
        assert reader.lines(until=newest) == [newest - 1, newest]


def test_a_reader_far_behind_is_asked_to_reload_and_goes_on(any_site: Site, channel: Channel, say: Say) -> None:
    newest = write(channel, 5002)
    with Reader(any_site.port, channel, "?after=1") as reader:
        reader.next()
        block = reader.next()
        assert (block.name, block.id, block.data) == ("reload", newest, "{}")
        line = say(channel, "ann", "on we go")
        assert reader.next(3).id == line.id
    with Reader(any_site.port, channel, "?after=3") as reader:
        assert reader.lines(until=newest)[:2] == [4, 5]


def test_an_id_from_the_future_means_reload(any_site: Site, channel: Channel) -> None:
    newest = write(channel, 3)
    with Reader(any_site.port, channel, f"?after={newest + 7}") as reader:
        reader.next()
        block = reader.next(4)
        assert (block.name, block.id) == ("reload", newest)


def test_a_page_slightly_ahead_of_the_stream_misses_nothing(any_site: Site, channel: Channel) -> None:
    """A page is read from the database and may know a line before the hub has heard of it."""
    with Reader(any_site.port, channel) as first:
        first.next()
        for _ in range(20):
            newest = write(channel, 1)
            with Reader(any_site.port, channel, f"?after={newest}") as reader:
                assert reader.lines(until=write(channel, 2)) == [newest + 1, newest + 2]


def test_an_id_that_no_line_can_have_is_refused(any_site: Site, channel: Channel) -> None:
    for bad in ["x", "-1", "1.5", "2147483648", "9" * 400, "1 2", "٣", "0x10", "1,2"]:
        headers = {"Last-Event-ID": bad.encode().decode("latin-1")}
        for request in ({"headers": headers}, {"query": f"?after={quote(bad)}"}):
            with Reader(any_site.port, channel, **request) as reader:
                assert (bad, reader.status) == (bad, 400)
                assert reader.body().startswith("Last-Event-ID and ?after= are the id of a line")
    with Reader(any_site.port, channel, headers={"Last-Event-ID": "9" * 10_000}) as reader:
        assert 400 <= reader.status < 500


def test_only_reading_is_allowed(any_site: Site, channel: Channel) -> None:
    for method in ["POST", "PUT", "DELETE", "OPTIONS"]:
        with Reader(any_site.port, channel, method=method, headers={"Content-Length": "0"}) as reader:
            assert reader.status == 405
            assert reader.headers["allow"] == "GET, HEAD"


def test_head_answers_without_a_stream(any_site: Site, channel: Channel) -> None:
    with Reader(any_site.port, channel, method="HEAD") as reader:
        assert reader.status == 200
        assert reader.headers["content-type"].startswith("text/event-stream")


def test_a_client_that_refuses_event_streams_gets_an_error(any_site: Site, channel: Channel) -> None:
    with Reader(any_site.port, channel, headers={"Accept": "application/json"}) as reader:
        assert reader.status == 406
    with Reader(any_site.port, channel, headers={"Accept": "*/*"}) as reader:
        assert reader.status == 200


def test_a_client_of_http_1_0_gets_the_plain_stream(any_site: Site, channel: Channel) -> None:
    newest = write(channel, 3)
    with Reader(any_site.port, channel, "?after=1", version="1.0") as reader:
        assert reader.lines(until=newest) == [2, 3]


def test_unknown_and_hidden_channels_look_the_same(any_site: Site, channel: Channel) -> None:
    Channel.objects.create(network=channel.network, name="#open")  # the network has something to show
    unknown = Channel(network=channel.network, name="#unknown")
    Channel.objects.filter(pk=channel.pk).update(visibility=Visibility.MEMBERS)
    answers = []
    for wanted in (unknown, channel):
        with Reader(any_site.port, wanted) as reader:
            answers.append((reader.status, re.sub(r"\S*(unknown|garden)\S*", "", reader.body())))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, None])
def test_streams_end_when_the_channel_is_hidden(any_site: Site, channel: Channel, visibility: str | None) -> None:
    Channel.objects.create(network=channel.network, name="#open")
    write(channel, 3)
    with Reader(any_site.port, channel, "?after=2") as reader:
        assert reader.lines(until=3) == [3]
        if visibility:
            Channel.objects.filter(pk=channel.pk).update(visibility=visibility)
            write(channel, 1, "a secret")
        else:
            Line.objects.filter(channel=channel).delete()
            channel.delete()
        rest = reader.rest()
    assert [block.name for block in rest if block.name] == []


def test_both_servers_send_the_same_bytes(
    process_env: dict[str, str], channel: Channel, say: Say, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.logs.live.conftest import PlainSite

    for kind in Kind:
        say(channel, "ann", f"\x02a {kind.label}\x02 <b>", kind=kind, target="bob", at=timezone.now())
    bodies = []
    for sort in (Site, PlainSite):
        folder = tmp_path_factory.mktemp("site")
        with sort(folder, process_env) as site, Reader(site.port, channel, "?after=2", version="1.0") as reader:
            assert reader.next().retry
            bodies.append(reader.raw(until=last_id(channel)))
    assert bodies[0] == bodies[1]
