"""What owners say about their channel: where it is shown, escaped and with links, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from logs.models import Channel
from tests.conftest import Say
from tests.logs.views.manage.sent_form import read_form
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

WELCOME = "/testnet/garden/manage/welcome/"


def save(client: Client, **changes: str) -> str:
    form = read_form(client.get(WELCOME).content.decode(), "change-welcome")
    return client.post(WELCOME, form | changes, follow=True).content.decode()


def test_readers_see_it_escaped_and_with_links(channel: Channel) -> None:
    owner = visitor("owner", channel)
    said = {
        "welcome": "Hi <b>all</b>, see https://example.org/faq",
        "description": "Gardens & more",
        "rules": "Be kind.\r\nNo <script>alert(1)</script>",
        "links": "The FAQ https://example.org/faq\r\n\r\nUs: https://example.org/us",
    }
    assert "Settings saved." in save(owner, **said)
    front, about = (Client().get(f"/testnet/garden/{page}").content.decode() for page in ("", "about/"))
    link = '<a href="https://example.org/faq" rel="nofollow ugc noopener">https://example.org/faq</a>'
    assert f"Hi &lt;b&gt;all&lt;/b&gt;, see {link}" in front
    assert 'content="Live log and archive of #garden on testnet. Gardens &amp; more"' in front
    assert "Be kind.<br>No &lt;script&gt;alert(1)&lt;/script&gt;" in about
    assert f"The FAQ {link}<br>Us: <a" in about
    assert "<script>alert" not in front + about


def test_saving_again_changes_nothing(channel: Channel) -> None:
    owner = visitor("owner", channel)
    save(owner, rules="One.\r\nTwo.")
    # As a browser sends the lines of a text.
    form = read_form(owner.get(WELCOME).content.decode(), "change-welcome")
    sent = form | {"rules": "One.\r\nTwo.", "initial-rules": "One.\r\nTwo."}
    assert "Nothing was changed." in owner.post(WELCOME, sent, follow=True).content.decode()
    channel.refresh_from_db()
    assert channel.rules == "One.\nTwo."


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("welcome", "x" * 301, "at most 300 characters"),
        ("description", "x" * 1001, "at most 1000 characters"),
        ("rules", "x\r\n" * 2001, "at most 3000 characters"),
        ("links", "no address", "“no address” has no address that begins"),
        ("links", "javascript:alert(1)", "has no address that begins"),
        ("links", "https://example.org/\r\n" * 11, "These are 11 lines; 10 links are the most."),
    ],
)
def test_what_is_too_long_or_no_link_is_refused(channel: Channel, field: str, text: str, words: str) -> None:
    assert words in save(visitor("owner", channel), **{field: text})
    channel.refresh_from_db()
    assert getattr(channel, field) == ""


def test_a_cached_day_has_the_new_welcome(channel: Channel, say: Say) -> None:
    at = timezone.now() - timedelta(days=3)
    say(channel, "ann", "hello", at=at)
    stranger, address = Client(), f"/testnet/garden/{at:%Y-%m-%d}/"
    etag = stranger.get(address)["ETag"]
    save(visitor("owner", channel), welcome="Welcome in spring")
    page = stranger.get(address, headers={"If-None-Match": etag})
    assert (page.status_code, "Welcome in spring" in page.content.decode()) == (200, True)
