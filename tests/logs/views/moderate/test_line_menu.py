"""Moderating from a line: who sees the menu, and what each entry does after it said how many lines it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from logs import moderation
from logs.models import Act, Channel, Forgotten, HeldLine, Line
from tests.conftest import Say
from tests.logs.views.manage.sent_form import read_forms
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

MODERATE = "/testnet/garden/at/{}/moderate/"


def moderator() -> Client:
    user = get_user_model().objects.create_user("mo", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_redaction", "add_redaction"]))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def garden(channel: Channel, say: Say) -> Channel:
    """Lines 1 to 4 of today, and line 5 of last week."""
    now = timezone.now()
    for place, (nick, text) in enumerate([("eve", "buy"), ("ann", "hello"), ("Eve", "buy!"), ("bob", "hi")]):
        say(channel, nick, text, at=now + timedelta(microseconds=place))
    say(channel, "eve", "buy again", at=now - timedelta(days=7))
    return channel


def words(channel: Channel) -> list[str]:
    return sorted(text for text in Line.objects.filter(channel=channel).values_list("text", flat=True) if text)


@pytest.mark.parametrize("visitor_name", ["stranger", "holder", "outsider", "member", "owner", "admin", "moderator"])
def test_only_those_who_may_remove_lines_see_the_menu(garden: Channel, visitor_name: str) -> None:
    client = moderator() if visitor_name == "moderator" else visitor(visitor_name, garden)
    page = client.get("/testnet/garden/")
    shows = visitor_name in {"owner", "admin", "moderator"}
    body = page.content.decode()
    assert ("moderate" in body, body.count('class="line-menu"')) == (shows, 4 if shows else 0)
    assert ("private" in page.headers.get("Cache-Control", "")) == (visitor_name != "stranger")
    form = client.get(MODERATE.format(1))
    assert form.status_code == (200 if shows else 302 if visitor_name in {"stranger", "holder"} else 403)
    post = {"scope": "lines", "how": "remove", "confirmed": "1"}
    client.post(MODERATE.format(1), post)
    assert ("buy" in words(garden)) != shows


def test_an_old_day_stays_cacheable_for_strangers_alone(garden: Channel) -> None:
    address = f"/testnet/garden/{timezone.now() - timedelta(days=7):%Y-%m-%d}/"
    page = Client().get(address)
    assert "public" in page["Cache-Control"]
    assert "moderate" not in page.content.decode()
    assert "Cookie" in page["Vary"]
    assert "ETag" not in visitor("owner", garden).get(address).headers


@pytest.mark.parametrize(
    ("scope", "lines", "remaining"),
    [
        ("lines", "1", ["buy again", "buy!", "hello", "hi"]),
        ("lines", "1-3", ["buy again", "hi"]),
        ("day", "1", ["buy again", "hello", "hi"]),
        ("channel", "1", ["hello", "hi"]),
    ],
)
@pytest.mark.parametrize("how", ["remove", "hold"])
def test_lines_are_counted_first_and_then_removed_or_held(
    garden: Channel, scope: str, lines: str, remaining: list[str], how: str
) -> None:
    owner, address, before = visitor("owner", garden), MODERATE.format(lines), words(garden)
    confirmation = owner.get(address, {"scope": scope, "how": how, "why": "spam"})
    count = len(before) - len(remaining)
    assert f"{count} line{'' if count == 1 else 's'} of #garden" in confirmation.content.decode()
    (form,) = [form for form in read_forms(confirmation.content.decode()) if "confirmed" in form]
    owner.post(address, {name: value for name, value in form.items() if name != "confirmed"})
    assert words(garden) == before, "nothing without the confirmation"
    done = owner.post(address, form, follow=True)
    assert f"{count} line" in done.content.decode()
    assert words(garden) == remaining
    assert HeldLine.objects.count() == (count if how == "hold" else 0)
    assert "spam" in Act.objects.first().what  # type: ignore[union-attr]


def test_held_lines_come_back_in_their_places(garden: Channel) -> None:
    owner = visitor("owner", garden)
    owner.post(MODERATE.format("1-2"), {"scope": "lines", "how": "hold", "confirmed": "1"})
    assert words(garden) == ["buy again", "buy!", "hi"]
    assert not Forgotten.objects.exists()
    moderation.release_spam(garden, None, "owner")
    assert words(garden) == ["buy", "buy again", "buy!", "hello", "hi"]
    assert [line.text for line in Line.objects.order_by("at")][1:3] == ["buy", "hello"]


def test_a_line_of_a_bridge_is_handled_alone_and_owners_mark_bridges(garden: Channel) -> None:
    owner, address = visitor("owner", garden), MODERATE.format(1)
    assert "Mark eve as a bridge" in owner.get(address).content.decode()
    assert owner.post(address, {"act": "bridge"}).status_code == 302
    garden.refresh_from_db()
    assert garden.bridges == "eve"
    page = owner.get(address).content.decode()
    assert "all of eve" not in page, "which are lines of many people"
    assert owner.get(address, {"scope": "channel", "how": "remove"}).status_code == 400
    owner.post(address, {"act": "bridge"})
    garden.refresh_from_db()
    assert garden.bridges == ""
    assert [act.what for act in Act.objects.all()] == ["changed bridges = none", "changed bridges = eve"]


def test_a_moderator_changes_no_settings(garden: Channel) -> None:
    client = moderator()
    assert "as a bridge" not in client.get(MODERATE.format(1)).content.decode()
    assert client.post(MODERATE.format(1), {"act": "bridge"}).status_code == 403
    garden.refresh_from_db()
    assert garden.bridges == ""


def test_a_moderator_has_no_rights_in_channels_that_he_cannot_read(garden: Channel) -> None:
    Channel.objects.update(visibility="members")
    assert moderator().get(MODERATE.format(1)).status_code == 404


def test_placeholders_and_lines_that_are_gone_have_no_page(garden: Channel) -> None:
    owner = visitor("owner", garden)
    owner.post(MODERATE.format(1), {"scope": "lines", "how": "remove", "confirmed": "1"})
    response = owner.get(MODERATE.format(1))
    assert (response.status_code, "no such line any more" in response.content.decode()) == (404, True)
    placeholder = Line.objects.get(text="", channel=garden)
    assert owner.get(MODERATE.format(placeholder.id)).status_code == 404
    assert f"at/{placeholder.id}/moderate/" not in owner.get("/testnet/garden/").content.decode()
