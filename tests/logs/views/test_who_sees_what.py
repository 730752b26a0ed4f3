"""Who sees what: every address of the site × visitor × visibility of a channel.

Addresses come from the URL configuration. One of a channel needs a row in `OF_CHANNEL`, its status for a reader. All
others are requested as well and must not reveal a channel that the visitor may not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from logs.accounts import api_tokens, ownership
from logs.models import Channel, Identity, Membership, Network, OldNumber
from logs.views.people import visitor as visitors
from tests.conftest import Say

pytestmark = pytest.mark.django_db

LISTS = {"index": "", "network": "", "search": "?q=zanzibar7", "search_feed": "?q=zanzibar7"}
LISTS |= {"search_feed_json": "?q=zanzibar7", "stats": ""}
LISTS |= {"api:channels": "", "api:network_channels": "", "api:search": "?q=zanzibar7", "api:stats": ""}
LISTS |= {"api:position": ""}
"""Pages that list channels or lines: they contain what the visitor may read, and nothing else."""

API = {
    **dict.fromkeys(["api:network_channels", "api:channel", "api:days", "api:lines", "api:line"], 200),
    **dict.fromkeys(["api:conversation", "api:channel_search", "api:channel_stats"], 200),
    "api:live": 422,
}
"""Nobody is known to the API by a cookie: these visitors bear tokens, and secret links open nothing."""

QUERIES = LISTS | {"live": "?after=x", "api:live": "?after=x", "api:channel_search": "?q=zanzibar7"}
QUERIES |= {"api:combined_live": "?after=B"}  # no position, so that no stream begins
QUERIES |= {"oembed": "?url=http://testserver/testnet/garden/at/1/"}
OF_CHANNEL = {
    **dict.fromkeys(
        ["network", "channel", "day", "day_text", "day_json", "channel_search", "channel_search_feed"], 200
    ),
    **dict.fromkeys(["conversation", "conversation_text", "conversation_json"], 200),
    **dict.fromkeys(["answers", "unanswered", "unanswered_feed", "unanswered_feed_json"], 200),
    **dict.fromkeys(["feed", "feed_json", "channel_search_feed_json"], 200),
    **dict.fromkeys(["channel_about", "calendar", "year", "channel_stats", "channel_links"], 200),
    **dict.fromkeys(["line", "lines", "calendar", "legacy_day", "legacy_channel_line", "legacy_line"], 302),
    "sitemap": 200,
    **dict.fromkeys(["day_image", "line_image", "lines_image", "year_svg", "year_png"], 200),
    **dict.fromkeys(["manage", "manage_page", "audit_log", "download_log", "log_upload"], 200),
    **dict.fromkeys(["moderate_line", "moderate_lines"], 200),
    "correct_conversation": 405,  # a POST only
    "live": 400,  # asked for from a line that cannot be, so that no stream begins
    **API,
}
OWNERS = {"manage", "manage_page", "audit_log", "download_log", "log_upload", "correct_conversation"}
OWNERS |= {"moderate_line", "moderate_lines"}
PUBLIC = {"sitemap", "day_image", "line_image", "lines_image"}
"""What is there for channels only that everybody may read, whoever asks."""

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
VALUES = {"network": "testnet", "channel": "#garden", "day": "2026-03-01", "number": 1, "last": 1, "year": 2026}
VALUES |= {"link": "no-such-link", "rest": "nothing", "page": "readers", "token": "no-such-token"}

READERS = {
    "public": {"stranger", "holder", "outsider", "member", "owner", "admin"},
    "unlisted": {"holder", "member", "owner", "admin"},
    "members": {"member", "owner", "admin"},
    "hidden": {"owner", "admin"},
    "unannounced": {"owner", "admin"},
}
SETTINGS: dict[str, dict[str, object]] = {
    "public": {},
    "unlisted": {"visibility": "unlisted"},
    "members": {"visibility": "members"},
    "hidden": {"hidden": True},
    "unannounced": {"notice": "missing"},
}
VISITORS = ["stranger", "holder", "outsider", "member", "owner", "admin"]


def patterns(entries: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """With their names."""
    for entry in entries:
        if isinstance(entry, URLPattern):
            yield space + (entry.name or str(entry.pattern)), entry
        elif entry.app_name != "admin":
            yield from patterns(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else "")


PATTERNS = dict(patterns(get_resolver().url_patterns))
ADDRESSES = {name: pattern.pattern.converters.keys() for name, pattern in PATTERNS.items()}
NAMES = sorted(name for name in ADDRESSES if name in OF_CHANNEL)


def test_every_address_of_a_channel_is_in_the_table() -> None:
    assert {name for name, keys in ADDRESSES.items() if "channel" in keys} <= set(OF_CHANNEL)
    assert set(OF_CHANNEL) | set(LISTS) <= set(ADDRESSES)


@pytest.fixture
def garden(channel: Channel, say: Say) -> Iterator[Channel]:
    """A line to be seen. Without the middleware that lets known readers in, for it would begin to listen."""
    say(channel, "ann", "zanzibar7", at=DAY)
    OldNumber.objects.create(channel=channel, number=1, line=1)
    middleware = [name for name in settings.MIDDLEWARE if name != "logs.views.live.live_view.admit_followers"]
    with override_settings(MIDDLEWARE=middleware):
        yield channel


def visitor(name: str, channel: Channel) -> Client:
    client = Client()
    session = client.session
    if name == "holder":
        session["keys"] = [channel.link_key]
    elif name in {"outsider", "member", "owner"}:
        identity = Identity.objects.create(network=channel.network, account=name, nick=name)
        if name != "outsider":  # who is signed in, but belongs to no channel
            Membership.objects.create(channel=channel, identity=identity, role=name)
        session["identity"], session["identity_since"] = identity.pk, timezone.now().isoformat()
    session.save()
    if name == "admin":
        client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def visitor_with_token(name: str, channel: Channel) -> Client:
    """A token, at which only the API looks, beside the session, at which it does not."""
    client = visitor(name, channel)
    identity = Identity.objects.filter(account=name).first()
    user = get_user_model().objects.first() if name == "admin" else None
    if identity or user:
        token = api_tokens.create_token(channel, "a program", name, identity=identity, user=user)
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def address(name: str) -> str:
    given = {key: VALUES[key] for key in ADDRESSES[name]}
    return reverse(name, kwargs=given) if PATTERNS[name].name else f"/{PATTERNS[name].pattern}"


def expected(name: str, visitor_name: str, visibility: str) -> int:
    if name == "api:live":  # a wrong parameter is told of before a channel is looked for
        return API[name]
    if visitor_name not in READERS[visibility] or (visitor_name == "holder" and name in API and visibility != "public"):
        return 404
    if name in PUBLIC and visibility != "public":
        return 404
    if name in OWNERS and visitor_name in {"stranger", "holder", "outsider", "member"}:
        return 302 if visitor_name in {"stranger", "holder"} else 403
    return OF_CHANNEL[name]


@pytest.mark.parametrize("visibility", list(READERS))
@pytest.mark.parametrize("visitor_name", VISITORS)
def test_who_sees_what(garden: Channel, visitor_name: str, visibility: str) -> None:
    Channel.objects.update(**SETTINGS[visibility])  # type: ignore[arg-type]
    client = visitor_with_token(visitor_name, garden)
    statuses, expected_statuses = {}, {}
    for name in NAMES:
        response = client.get(address(name) + QUERIES.get(name, ""))
        statuses[name], expected_statuses[name] = response.status_code, expected(name, visitor_name, visibility)
        if visibility != "public" and "channel" in ADDRESSES[name] and response.status_code == 200:
            control = response.headers["Cache-Control"]
            assert "private" in control or "no-store" in control, f"{name}: {control}"
            policy = "no-referrer" if name in API else "same-origin"
            assert response.headers["Referrer-Policy"] == policy, f"{name}: forms of a page need its origin"
            assert "noindex" in response.headers["X-Robots-Tag"], name
        if response.streaming:
            b"".join(response)  # a download counts as running until then
    assert statuses == expected_statuses


@pytest.mark.parametrize("visibility", list(READERS))
@pytest.mark.parametrize("visitor_name", VISITORS)
def test_lists_and_searches_hold_what_the_visitor_may_read(garden: Channel, visitor_name: str, visibility: str) -> None:
    Channel.objects.update(**SETTINGS[visibility])  # type: ignore[arg-type]
    client = visitor_with_token(visitor_name, garden)
    for name, query in LISTS.items():
        body = client.get(address(name) + query).content.decode()
        found = "zanzibar7</" in body or 'html": "zanzibar7"' in body or '"raw":"zanzibar7"' in body
        shown = ("#garden" in body or "/garden/" in body) and ("search" not in name or found)
        by_link = visitor_name == "holder" and visibility != "public"
        assert shown == (visitor_name in READERS[visibility] and not (by_link and ":" in name)), f"{name}: {body}"


def reveals(name: str, response: HttpResponse, channel: Channel) -> bool:
    """Whether a response contains the channel's name, address or words, apart from the query that it repeats."""
    if response.streaming:
        return False  # the events of a sign-in
    body = response.content.decode()
    if name == "me":  # which lists one's own memberships besides the channels that one may choose
        return f'<option value="{channel.pk}">' in body
    return any(
        word in body + response.get("Location", "") for word in ("/testnet/garden/", "testnet/#garden", ">#garden<")
    )


@pytest.mark.parametrize("visibility", list(READERS))
@pytest.mark.parametrize("visitor_name", VISITORS)
def test_no_address_reveals_a_channel_to_whom_it_is_not_visible(
    garden: Channel, visitor_name: str, visibility: str
) -> None:
    Channel.objects.update(**SETTINGS[visibility])  # type: ignore[arg-type]
    client = visitor_with_token(visitor_name, garden)
    for name in sorted(set(ADDRESSES) - set(OF_CHANNEL)):
        response = client.get(address(name) + QUERIES.get(name, ""))
        if visitor_name not in READERS[visibility]:
            assert not reveals(name, response, garden), name
        elif name == "me" and visitor_name in {"outsider", "member", "owner"}:
            assert reveals(name, response, garden), "readers can choose the channel"


def test_pages_rendered_for_one_visitor_are_in_no_shared_cache(garden: Channel) -> None:
    for name in LISTS:
        assert "private" in visitor_once(garden).get(address(name)).headers["Cache-Control"], name


def visitor_once(channel: Channel) -> Client:
    Identity.objects.all().delete()
    return visitor_with_token("owner", channel)


def test_a_secret_link_opens_the_channel_and_leaves_the_address(garden: Channel, client: Client) -> None:
    Channel.objects.update(visibility="unlisted")
    garden.refresh_from_db()
    response = client.get(f"/testnet/garden/2026-03-01/?key={garden.link_key}&from=1")
    assert (response.status_code, response.headers["Location"]) == (302, "/testnet/garden/2026-03-01/?from=1")
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response.headers["Cache-Control"]
    assert client.get("/testnet/garden/2026-03-01/").status_code == 200


def test_a_wrong_or_rotated_key_opens_nothing(garden: Channel, client: Client) -> None:
    Channel.objects.update(visibility="unlisted")
    garden.refresh_from_db()
    assert client.get("/testnet/garden/?key=wrong").status_code == 404
    client.get(f"/testnet/garden/?key={garden.link_key}")
    assert client.get("/testnet/garden/").status_code == 200
    ownership.rotate_link(garden, "root")
    assert client.get("/testnet/garden/").status_code == 404


def test_a_key_opens_one_channel_only(garden: Channel, client: Client) -> None:
    Channel.objects.update(visibility="unlisted")
    pond = Channel.objects.create(network=garden.network, name="#pond", visibility="unlisted")
    garden.refresh_from_db()
    client.get(f"/testnet/garden/?key={garden.link_key}")
    assert client.get(f"/testnet/pond/?key={garden.link_key}").status_code == 404
    assert client.get(pond.get_absolute_url()).status_code == 404


def unlisted(network: Network, *names: str) -> list[Channel]:
    return [Channel.objects.create(network=network, name=name, visibility="unlisted") for name in names]


def is_open(client: Client, channel: Channel) -> bool:
    return client.get(channel.get_absolute_url()).status_code == 200


def follow_link(client: Client, channel: Channel, key: str = "") -> None:
    client.get(f"{channel.get_absolute_url()}?key={key or channel.link_key}")


def test_a_second_secret_link_leaves_the_first_channel_open(garden: Channel, client: Client) -> None:
    pond, lake = unlisted(garden.network, "#pond", "#lake")
    for channel in (pond, lake):
        follow_link(client, channel)
    assert (is_open(client, pond), is_open(client, lake)) == (True, True)


def test_only_the_newest_links_are_remembered(garden: Channel, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "MAX_KEYS", 2)
    pond, lake, sea = unlisted(garden.network, "#pond", "#lake", "#sea")
    for channel in (pond, lake, pond, sea):  # pond's is followed once more, and newer than lake's
        follow_link(client, channel)
    assert [is_open(client, channel) for channel in (pond, lake, sea)] == [True, False, True]


def test_a_new_secret_link_works_and_the_old_one_does_not(garden: Channel) -> None:
    (pond,) = unlisted(garden.network, "#pond")
    old_key = pond.link_key
    with_old, with_new, late = Client(), Client(), Client()
    follow_link(with_old, pond)
    new_key = ownership.rotate_link(pond, "root")
    follow_link(with_new, pond, new_key)
    follow_link(late, pond, old_key)
    assert [is_open(client, pond) for client in (with_old, with_new, late)] == [False, True, False]
    follow_link(with_old, pond, new_key)
    assert is_open(with_old, pond), "whoever gets the new link reads on"


def test_signing_out_everywhere_ends_other_sessions(garden: Channel) -> None:
    Channel.objects.update(visibility="members")
    client = visitor("member", garden)
    assert client.get("/testnet/garden/").status_code == 200
    Identity.objects.update(signed_out_at=timezone.now())
    assert client.get("/testnet/garden/").status_code == 404
