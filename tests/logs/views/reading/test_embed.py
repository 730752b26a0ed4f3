"""Lines in pages of other sites."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from csp.utils import build_policy
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from logs import privacy
from logs.models import Channel
from logs.views.reading import embed
from tests.conftest import Say
from tests.logs.views.reading.test_share_preview import Head
from tests.logs.views.test_who_sees_what import READERS, SETTINGS, VISITORS, visitor

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
ONE, BOTH = "/testnet/garden/at/1/", "/testnet/garden/at/1-2/"


@pytest.mark.parametrize("path", [ONE, BOTH, "/TESTNET/Garden/at/2-1/"])
def test_the_lines_may_be_framed_by_any_site(client: Client, two_days: Channel, path: str) -> None:
    response = client.get(f"{path}?embed")
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in response
    page = response.content.decode()
    assert ("good &lt;b&gt;morning&lt;/b&gt;" in page, "see <a" in page) == (True, path != ONE)
    assert "a week later" not in page
    assert "<script" not in page
    assert f'href="{SITE}/testnet/garden/2026-03-01/"' in page
    assert response["X-Robots-Tag"] == "noai, noimageai, noindex"


def test_all_other_pages_may_not(client: Client, two_days: Channel) -> None:
    for path in (
        "/",
        "/testnet/garden/",
        "/testnet/garden/2026-03-01/",
        "/testnet/garden/2026-03-01/?embed",
        ONE,
        "/oembed",
    ):
        response = client.get(path)
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"], path
        assert response["X-Frame-Options"] == "DENY", path


def test_no_cookie_is_read_or_set(two_days: Channel) -> None:
    for client in (Client(), visitor("owner", two_days)):
        response = client.get(f"{BOTH}?embed&key={two_days.link_key}")
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        assert "public" in response["Cache-Control"]


@pytest.mark.parametrize("visibility", list(READERS))
@pytest.mark.parametrize("visitor_name", VISITORS)
def test_only_what_everybody_may_read_is_shown_to_any_visitor(
    two_days: Channel, visitor_name: str, visibility: str
) -> None:
    Channel.objects.update(**SETTINGS[visibility])  # type: ignore[arg-type]
    client = visitor(visitor_name, two_days)
    for path in (f"{BOTH}?embed", f"/oembed?url={SITE}{BOTH}"):
        response = client.get(path)
        assert response.status_code == (200 if visibility == "public" else 404)
        if visibility != "public":
            assert b"garden" not in response.content
            assert b"morning" not in response.content


def test_what_has_not_changed_is_not_sent_again_and_may_still_be_framed(client: Client, two_days: Channel) -> None:
    tag = client.get(f"{BOTH}?embed")["ETag"]
    response = client.get(f"{BOTH}?embed", headers={"If-None-Match": tag})
    assert response.status_code == 304
    assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response


def test_what_was_removed_is_gone_and_says_so_where_it_was(client: Client, two_days: Channel) -> None:
    tag = client.get(f"{ONE}?embed")["ETag"]
    privacy.redact(two_days, [1], "root")
    response = client.get(f"{ONE}?embed", headers={"If-None-Match": tag})
    assert response.status_code == 404
    assert b"morning" not in response.content
    assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert b"were removed" in response.content


def test_no_more_lines_than_fit(
    client: Client,
    channel: Channel,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(embed, "MAX_LINES", 3)
    at = datetime(2026, 3, 1, 23, 59, 55, tzinfo=UTC)
    for number in range(9):
        say(channel, "ann", f"words {number}", at=at + timedelta(seconds=number))
    with django_assert_num_queries(3):
        page = client.get("/testnet/garden/at/1-2147483647/?embed").content.decode()
    assert re.findall(r"words \d", page) == ["words 0", "words 1", "words 2"]
    assert "More lines: read on" in page
    assert "More lines" not in client.get("/testnet/garden/at/3-5/?embed").content.decode()
    rest = client.get("/testnet/garden/at/5-9/?embed").content.decode()
    assert re.findall(r"words \d", rest) == ["words 4"], "the lines of one day"


@pytest.mark.parametrize("path", ["at/99/", "at/0-5/", "at/2147483648/", "at/x/"])
def test_lines_that_do_not_exist_are_missing(client: Client, two_days: Channel, path: str) -> None:
    assert client.get(f"/testnet/garden/{path}?embed").status_code == 404
    assert client.get("/oembed", {"url": f"{SITE}/testnet/garden/{path}"}).status_code == 404


def test_an_embed_changes_nothing(client: Client, two_days: Channel) -> None:
    assert client.post(f"{ONE}?embed").status_code == 405
    assert client.post("/oembed").status_code == 405
    preflight = client.options("/oembed", headers={"Access-Control-Request-Headers": "content-type"})
    assert (preflight.status_code, preflight["Access-Control-Allow-Origin"]) == (204, "*")


def test_other_sites_find_out_how_to_show_a_permalink(client: Client, two_days: Channel) -> None:
    address = Head(client, BOTH).links["alternate", "application/json+oembed"]
    assert parse_qs(urlsplit(address).query) == {"url": [SITE + BOTH]}
    response = client.get(address.removeprefix(SITE))
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    found = json.loads(response.content)
    assert (found["version"], found["type"], found["width"]) == ("1.0", "rich", 640)
    assert found["title"] == "#garden on testnet, Sunday 1 March 2026, 09:00 UTC"
    assert f'<iframe src="{SITE}{BOTH}?embed" title="#garden on testnet' in found["html"]
    assert f'width="640" height="{found["height"]}"' in found["html"]
    assert "morning" not in response.content.decode(), "what may be removed is not copied"


def test_the_height_of_a_long_embed_is_limited(client: Client, channel: Channel, say: Say) -> None:
    for number in range(50):
        say(channel, "ann", f"words {number} " * 20, at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert json.loads(client.get("/oembed", {"url": f"{SITE}/testnet/garden/at/1-50/"}).content)["height"] == 600


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({"maxwidth": "300", "maxheight": "100"}, (300, 100)),
        ({"maxwidth": "99999", "maxheight": "99999"}, (640, 200)),
        ({"maxwidth": "x", "maxheight": "-1"}, (640, 200)),
        ({"maxwidth": "0", "maxheight": "9" * 5000}, (640, 200)),
    ],
)
def test_an_embed_fits_the_size_requested(
    client: Client, two_days: Channel, limits: dict[str, str], size: tuple[int, int]
) -> None:
    found = json.loads(client.get("/oembed", {"url": SITE + BOTH} | limits).content)
    assert (found["width"], found["height"]) == size


@pytest.mark.parametrize(
    "url",
    [
        *(
            "x",
            "/",
            BOTH,
            "http://[",
            "http://other.example" + BOTH,
            f"{SITE}/",
            f"{SITE}/testnet/garden/",
            "\x00",
            "%",
        ),
        *(f"{SITE}/testnet/nothing/at/1/", f"{SITE}/nonet/garden/at/1/", f"{SITE}/testnet/garden/search/?q=at/1/"),
        *(f"{SITE}//testnet/garden/at/1/", f"{SITE}/testnet/garden/at/%31%2f/", f"javascript:{BOTH}", "x" * 9000),
    ],
)
def test_what_is_no_permalink_is_refused_in_a_sentence(client: Client, two_days: Channel, url: str) -> None:
    response = client.get("/oembed", {"url": url})
    assert response.status_code == 404
    assert json.loads(response.content)["error"].endswith(".")


def test_questions_that_are_none_are_refused(client: Client, two_days: Channel) -> None:
    assert client.get("/oembed").status_code == 400
    assert client.get("/oembed?url=").status_code == 400
    assert client.get("/oembed", {"url": SITE + ONE, "format": "xml"}).status_code == 501
    assert client.get("/oembed", {"url": SITE + ONE, "format": "json"}).status_code == 200


def test_names_in_the_frame_are_only_names(client: Client, channel: Channel, say: Say) -> None:
    Channel.objects.update(name='#"><script>', folded='#"><script>')
    channel.refresh_from_db()
    say(channel, "ann", "hi")
    path = f"{channel.get_absolute_url()}at/1/"
    found = json.loads(client.get("/oembed", {"url": SITE + path}).content)
    assert "<script" not in found["html"]
    assert b"<script" not in client.get(f"{path}?embed").content


@pytest.mark.parametrize(("mark", "path"), [("1", ONE), ("1-2", BOTH), ("2-1", BOTH)])
def test_the_address_in_the_bar_will_do(client: Client, two_days: Channel, mark: str, path: str) -> None:
    shown = f"{SITE}/testnet/garden/2026-03-01/?mark={mark}#l1"
    assert client.get("/oembed", {"url": shown}).json() == client.get("/oembed", {"url": SITE + path}).json()


@pytest.mark.parametrize("query", ["", "?mark=", "?mark=x", "?mark=99", "?mark=1-99999999999", "?from=1"])
def test_a_day_without_marked_lines_is_no_permalink(client: Client, two_days: Channel, query: str) -> None:
    assert client.get("/oembed", {"url": f"{SITE}/testnet/garden/2026-03-01/{query}"}).status_code == 404


def test_pages_with_a_policy_of_their_own_leave_that_of_the_others_as_it_is(client: Client, two_days: Channel) -> None:
    policies = [client.get(path)["Content-Security-Policy"] for path in ("/", f"{ONE}?embed", "/")]
    assert policies == [build_policy(), build_policy(replace={"frame-ancestors": ["*"]}), build_policy()]
    assert len(set(policies)) == 2
