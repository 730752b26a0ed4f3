"""One nick over all channels: found where the visitor moderates, and handled in one act with a reason."""

from __future__ import annotations

import pytest
from django.test import Client

from logs.models import Act, Channel, HeldLine, Identity, Line, Membership, Network
from tests.conftest import Say
from tests.logs.views.manage.sent_form import read_forms
from tests.logs.views.moderate.test_line_menu import moderator
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def pond(channel: Channel, say: Say) -> Channel:
    """A channel of another network, where eve spoke as well; #garden has two lines of hers."""
    pond = Channel.objects.create(network=Network.objects.create(name="othernet"), name="#pond")
    for where, nick in ((channel, "eve"), (channel, "Eve"), (channel, "ann"), (pond, "eve")):
        say(where, nick, f"words of {nick}")
    return pond


def found(client: Client) -> list[str]:
    page = client.get("/moderate/?nick=EVE").content.decode()
    return [name for name in ("#garden on testnet", "#pond on othernet") if name in page]


def test_everybody_finds_what_they_moderate(channel: Channel, pond: Channel) -> None:
    assert found(visitor("admin", channel)) == ["#garden on testnet", "#pond on othernet"]
    assert found(visitor("owner", channel)) == ["#garden on testnet"]
    Channel.objects.filter(pk=pond.pk).update(visibility="members")
    assert found(moderator()) == ["#garden on testnet"]
    assert Client().get("/moderate/?nick=eve").status_code == 302
    assert visitor("outsider", channel).get("/moderate/?nick=eve").status_code == 403


def test_the_counts_are_shown_by_channel(channel: Channel, pond: Channel) -> None:
    page = visitor("admin", channel).get("/moderate/?nick=eve").content.decode()
    assert page.index("#garden on testnet <small>2 messages") < page.index("#pond on othernet <small>1 message")
    assert "Nobody of this nick" in visitor("owner", channel).get("/moderate/?nick=dora").content.decode()


@pytest.mark.parametrize("how", ["remove", "hold"])
def test_one_act_with_a_reason_handles_all_selected_channels(channel: Channel, pond: Channel, how: str) -> None:
    admin = visitor("admin", channel)
    query = {"nick": "eve", "channel": [channel.pk, pond.pk], "how": how}
    assert admin.get("/moderate/", query).status_code == 400, "without a reason"
    page = admin.get("/moderate/", query | {"why": "spam everywhere"}).content.decode()
    assert "2 lines of #garden" in page
    assert "1 line of #pond" in page
    (form,) = [form for form in read_forms(page) if "confirmed" in form]
    done = admin.post("/moderate/", form | {"channel": [channel.pk, pond.pk]}, follow=True)  # type: ignore[dict-item]
    assert "3 lines of eve in 2 channels" in done.content.decode()
    assert list(Line.objects.exclude(text="").values_list("text", flat=True)) == ["words of ann"]
    assert HeldLine.objects.count() == (3 if how == "hold" else 0)
    assert all("spam everywhere" in act.what for act in Act.objects.all())
    assert {act.channel for act in Act.objects.all()} == {channel, pond}


def test_an_owner_cannot_select_the_channels_of_others(channel: Channel, pond: Channel) -> None:
    owner = visitor("owner", channel)
    Membership.objects.create(channel=pond, identity=Identity.objects.get(account="owner"), role="member")
    query = {"nick": "eve", "channel": pond.pk, "how": "remove", "why": "no", "confirmed": "1"}
    assert owner.post("/moderate/", query).status_code == 400
    assert Line.objects.filter(channel=pond, nick="eve").exists()


def test_the_header_leads_there_whoever_moderates(channel: Channel, pond: Channel) -> None:
    clients = {name: visitor(name, channel) for name in ("admin", "owner", "member", "outsider", "stranger")}
    clients["moderator"] = moderator()
    has_link = {name for name, each in clients.items() if 'href="/moderate/"' in each.get("/").content.decode()}
    assert has_link == {"admin", "owner", "moderator"}
