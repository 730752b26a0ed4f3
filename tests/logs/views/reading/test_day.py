from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from logs import archive
from logs.models import Channel, Gap, Kind
from logs.models.line import Reason
from logs.render import line_html
from tests.conftest import Say

pytestmark = pytest.mark.django_db
FIRST, SECOND = "/testnet/garden/2026-03-01/", "/testnet/garden/2026-03-09/"

OFFERS = [("2026-03-10", SECOND), ("1990-01-01", FIRST), ("2099-01-01", SECOND)]
OFFERS += [(day, SECOND) for day in ("2026-02-30", "0000-01-01", "0001-01-01", "9999-12-31")]


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="l(\d+)"', page)]


def test_a_day_shows_its_lines_and_no_others(client: Client, two_days: Channel) -> None:
    page = client.get(FIRST).content.decode()
    assert ids(page) == [1, 2]
    assert "good &lt;b&gt;morning&lt;/b&gt;" in page
    assert '<a href="https://example.org/" rel="nofollow ugc noopener">' in page


def test_each_line_looks_the_same_in_a_list(client: Client, two_days: Channel) -> None:
    page = client.get(FIRST).content.decode()
    for line in two_days.lines.filter(id__lte=2):
        assert line_html(line, "/testnet/garden/") in page


def test_days_with_lines_are_linked_forth_and_back(client: Client, two_days: Channel) -> None:
    first, second = client.get(FIRST).content.decode(), client.get(SECOND).content.decode()
    assert re.search(f'rel="next"[^>]+href="{SECOND}"', first)
    assert 'rel="prev"' not in first
    assert re.search(f'rel="prev"[^>]+href="{FIRST}"', second)
    assert 'rel="next"' not in second
    assert "Archive, until 2026-03-09" in second
    etag = client.get(SECOND)["ETag"]
    Channel.objects.update(wanted=True)
    second = client.get(SECOND, headers={"If-None-Match": etag}).content.decode()
    assert re.search('rel="next"[^>]+href="/testnet/garden/"', second)
    assert "Archive" not in second


def test_a_past_day_does_not_follow_live(client: Client, two_days: Channel) -> None:
    page = client.get(FIRST).content.decode()
    assert "data-live" not in page
    assert "live.js" not in page


def test_comings_and_goings_are_folded(client: Client, channel: Channel, say: Say) -> None:
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for nick, kind in (("ann", Kind.JOIN), ("bob", Kind.JOIN), ("eve", Kind.QUIT)):
        say(channel, nick, kind=kind, at=at)
    page = client.get(FIRST).content.decode()
    assert re.search(
        r'<details class="fold"><summary>2 joined, 1 left</summary>(\s*<div.*</div>){3}\s*</details>', page
    )


def test_a_gap_is_shown_where_it_was(client: Client, two_days: Channel) -> None:
    start = datetime(2026, 3, 1, 9, 0, 30, tzinfo=UTC)
    Gap.objects.create(channel=two_days, from_at=start, to_at=start + timedelta(minutes=5), reason=Reason.CONNECTION)
    page = client.get(FIRST).content.decode()
    page = re.sub("<time[^>]*>|</time>", "", page)
    positions = [page.index(words) for words in ('id="l1"', "Not recorded 09:00–09:05: connection lost", 'id="l2"')]
    assert positions == sorted(positions)


def test_lines_of_today_go_to_todays_page_even_when_asked_for_by_date(
    client: Client, channel: Channel, say: Say
) -> None:
    say(channel, "ann", "hello", at=timezone.now())
    page = client.get(f"/testnet/garden/{archive.today()}/").content.decode()
    assert "data-live" in page
    assert ids(page) == [1]


@pytest.mark.parametrize(("day", "offered"), OFFERS)
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_day_without_lines_offers_the_nearest(
    client: Client, two_days: Channel, day: str, offered: str, method: str
) -> None:
    response = getattr(client, method)(f"/testnet/garden/{day}/")
    assert response.status_code == 404
    if method == "get":
        assert f'<a href="{offered}">' in response.content.decode()


def test_a_silent_day_between_others_says_so(client: Client, two_days: Channel) -> None:
    response = client.get("/testnet/garden/2026-03-03/")
    page = response.content.decode()
    assert "Nobody spoke on Tuesday 3 March 2026." in page
    assert '<meta name="robots" content="noindex">' in page
    assert f'<a href="{FIRST}">Sunday 1 March 2026</a>, the next one after it <a href="{SECOND}">' in page
    assert 'href="/testnet/garden/2026/"' in page
    assert 'id="day" name="day" value="2026-03-03"' in page
    assert "ETag" not in response
    Gap.objects.create(
        channel=two_days,
        from_at=datetime(2026, 3, 2, tzinfo=UTC),
        to_at=datetime(2026, 3, 4, tzinfo=UTC),
        reason="disk",
    )
    assert "No line was logged on" in client.get("/testnet/garden/2026-03-03/").content.decode()
    # While the bot is there a day after the last line was silent as well.
    assert client.get("/testnet/garden/2026-03-10/").status_code == 404
    Channel.objects.update(wanted=True)
    assert "Nobody spoke on" in client.get("/testnet/garden/2026-03-10/").content.decode()


def test_a_day_of_an_empty_channel_offers_the_channel(client: Client, channel: Channel) -> None:
    response = client.get(FIRST)
    assert response.status_code == 404
    assert '<a href="/testnet/garden/">' in response.content.decode()


def test_a_long_day_comes_in_parts_that_link_to_each_other(
    client: Client, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PART_LINES", 3)
    for number in range(8):
        say(channel, "ann", str(number), at=datetime(2026, 3, 1, 9, number // 2, tzinfo=UTC))
    seen = [ids(page := client.get(FIRST).content.decode())]
    while later := re.search(r'<a href="([^"]+)">Later on this day', page):
        page = client.get(later[1]).content.decode()
        assert "Earlier on this day" in page
        seen.append(ids(page))
    assert seen == [[1, 2, 3], [4, 5, 6], [7, 8]]


def test_a_long_today_shows_its_newest_part_and_follows(
    client: Client, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "PART_LINES", 3)
    for number in range(5):
        say(channel, "ann", str(number))
    page = client.get("/testnet/garden/").content.decode()
    assert ids(page) == [3, 4, 5]
    earlier = re.search(r'<a href="([^"]+)">Earlier on this day', page)
    assert earlier
    page = client.get(earlier[1]).content.decode()
    assert ids(page) == [1, 2, 3]
    assert "data-live" not in page


@pytest.mark.parametrize("start", ["999", "3"])
def test_a_part_from_a_line_of_another_day_is_the_day(client: Client, two_days: Channel, start: str) -> None:
    response = client.get(FIRST, {"from": start})
    assert (response.status_code, response["Location"]) == (302, FIRST)


@pytest.mark.parametrize("start", ["", "x", "-1", "1.5", "9" * 5000, "²", "\x00", "1'--"])
def test_a_part_from_no_line_at_all_is_the_day(client: Client, two_days: Channel, start: str) -> None:
    assert ids(client.get(FIRST, {"from": start}).content.decode()) == [1, 2]


def test_the_text_of_a_day_is_one_line_a_line(client: Client, two_days: Channel, say: Say) -> None:
    say(two_days, "eve", "\x02bye", at=datetime(2026, 3, 1, 9, 2, tzinfo=UTC), kind=Kind.QUIT)
    response = client.get("/testnet/garden/2026-03-01.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.streaming
    assert response.getvalue().decode().splitlines() == [
        "[09:00:00] <ann> good <b>morning</b>",
        "[09:01:00] <bob> see https://example.org/",
        "[09:02:00] *** eve quit (bye)",
    ]


@pytest.mark.django_db(transaction=True)
def test_slow_reader_of_text_holds_no_connection(client: Client, two_days: Channel) -> None:
    response = client.get("/testnet/garden/2026-03-01.txt")
    assert connection.connection is not None
    assert next(iter(response.streaming_content)).startswith(b"[09:00:00]")  # type: ignore[arg-type]
    assert connection.connection is None


@pytest.mark.parametrize("lines", [0, 1, 3])
def test_the_json_of_a_day_is_what_is_stored(client: Client, channel: Channel, say: Say, lines: int) -> None:
    texts = ["\x02bold", 'quote " and \\ and é', ""][:lines]
    for number, text in enumerate(texts, 1):
        say(channel, "ann", text, at=datetime(2026, 3, 1, 9, number, tzinfo=UTC))
    response = client.get("/testnet/garden/2026-03-01.json")
    assert response["Content-Type"] == "application/json"
    found = json.loads(response.getvalue())
    assert [line.pop("text") for line in found["lines"]] == texts
    assert found == {
        "network": "testnet",
        "channel": "#garden",
        "day": "2026-03-01",
        "lines": [
            {"id": number, "at": f"2026-03-01T09:0{number}:00Z", "kind": "message", "nick": "ann"}
            for number in range(1, lines + 1)
        ],
    }


@pytest.mark.parametrize(
    ("mark", "marked"),
    [("1-2", [1, 2]), ("2-1", [1, 2]), ("2-2", [2]), ("2", [2]), ("", []), ("-1", []), ("1-x", []), ("1-2-3", [])],
)
def test_lines_are_marked_as_the_address_says(client: Client, two_days: Channel, mark: str, marked: list[int]) -> None:
    page = client.get(FIRST, {"mark": mark}).content.decode()
    assert [int(number) for number in re.findall(r'class="[\w ]* marked" id="l(\d+)"', page)] == marked


def test_the_text_of_a_day_without_lines_is_empty(client: Client, two_days: Channel) -> None:
    assert client.get("/testnet/garden/2026-03-02.txt").getvalue() == b""
    assert client.get("/testnet/garden/2026-02-30.txt").status_code == 404


@pytest.mark.parametrize("path", [FIRST, "/testnet/garden/2026-03-01.txt", "/testnet/garden/at/1/", "/testnet/", "/"])
def test_pages_are_read_and_nothing_else(client: Client, two_days: Channel, path: str) -> None:
    assert client.head(path).status_code in {200, 302}
    for method in (client.post, client.put, client.delete, client.patch):
        assert method(path).status_code == 405


def test_a_day_takes_the_same_few_queries_however_many_lines_it_has(
    client: Client, channel: Channel, say: Say, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        say(channel, f"nick{number % 3}", str(number), at=datetime(2026, 3, 1, 9, number, tzinfo=UTC))
        if number % 10 == 0:
            with django_assert_num_queries(8):
                client.get(FIRST)


def test_names_and_texts_cannot_become_markup(client: Client, channel: Channel, say: Say) -> None:
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    evil = "\"><script>alert('x')</script>"
    for kind in Kind:
        say(channel, evil, evil, kind=kind, target=evil, at=at)
    Channel.objects.filter(pk=channel.pk).update(topic=evil)
    page = client.get(FIRST).content.decode()
    assert "<script>" not in page
    assert '"><' not in re.sub(r'="[^"]*"><', "", page)
