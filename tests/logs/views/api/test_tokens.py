"""Tokens: who makes them, what they open, and that it ends."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from logs.accounts import api_tokens, ownership
from logs.models import Act, ApiToken, Channel, Identity, Membership
from logs.models.people import Role
from tests.conftest import Say
from tests.logs.views.api.conftest import GARDEN, Caller

pytestmark = pytest.mark.django_db
MANAGE = "/testnet/garden/manage/"


@pytest.fixture
def garden(channel: Channel, say: Say) -> Channel:
    say(channel, "ann", "zanzibar7")
    Channel.objects.update(visibility="members")
    channel.refresh_from_db()
    return channel


def person(channel: Channel, role: str, account: str = "ann") -> Identity:
    identity, _ = Identity.objects.get_or_create(network=channel.network, account=account, nick=account)
    Membership.objects.create(channel=channel, identity=identity, role=role)
    return identity


def signed_in(identity: Identity) -> Client:
    client = Client()
    session = client.session
    session["identity"], session["identity_since"] = identity.pk, timezone.now().isoformat()
    session.save()
    return client


def create_token(client: Client, name: str = "my bot") -> str:
    """A token made on the owner's page."""
    response = client.post(MANAGE, {"act": "make-token", "token_name": name}, follow=True)
    found = re.search(r"botbot_[\w-]{43}", response.content.decode())
    assert found, response.content.decode()
    return found[0]


def test_an_owner_makes_a_token_that_opens_the_channel(garden: Channel) -> None:
    client = signed_in(person(garden, "owner"))
    token = create_token(client)
    assert token not in client.get(f"{MANAGE}programs/").content.decode()  # shown once
    assert not ApiToken.objects.filter(digest__contains=token[7:]).exists()
    response = Caller(token).get(f"{GARDEN}/lines")
    assert response.json()["lines"][0]["text"] == "zanzibar7"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert Caller().get(f"{GARDEN}/lines").status_code == 404
    page = client.get(f"{MANAGE}programs/").content.decode()
    assert "my bot" in page
    assert "last used" in page
    assert Act.objects.filter(channel=garden, what="made the API token “my bot”").exists()


def test_a_revoked_token_opens_nothing_and_ends_streams(garden: Channel) -> None:
    client = signed_in(person(garden, "owner"))
    token = create_token(client)
    before = Channel.objects.get().audience
    client.post(MANAGE, {"act": "revoke-token", "token": ApiToken.objects.get().pk})
    response = Caller(token).get(f"{GARDEN}/lines")
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert Channel.objects.get().audience != before
    assert Act.objects.filter(channel=garden, what="revoked the API token “my bot”").exists()


def test_a_token_opens_its_channel_alone(garden: Channel, say: Say) -> None:
    pond = Channel.objects.create(network=garden.network, name="#pond", visibility="members")
    say(pond, "eve", "zanzibar7")
    identity = person(garden, "owner")
    Membership.objects.create(channel=pond, identity=identity, role="owner")
    caller = Caller(create_token(signed_in(identity)))
    assert caller.get("/api/v1/networks/testnet/channels/pond").status_code == 404
    assert [found["name"] for found in caller.json("/api/v1/channels")["channels"]] == ["#garden"]
    assert {found["channel"] for found in caller.json("/api/v1/search", q="zanzibar7")["results"]} == {"#garden"}


def test_a_token_ends_with_the_role_of_its_maker(garden: Channel) -> None:
    identity = person(garden, "member")
    caller = Caller(api_tokens.create_token(garden, "mine", "ann", identity=identity))
    assert caller.get(GARDEN).status_code == 200
    Channel.objects.update(hidden=True)  # members may not read now
    assert caller.get(GARDEN).status_code == 404
    Channel.objects.update(hidden=False)
    ownership.revoke_role(Membership.objects.get(), "root")
    assert caller.get(GARDEN).status_code == 401
    ownership.grant_role(garden, "ann", Role.MEMBER, "root")
    assert caller.get(GARDEN).status_code == 401


def test_an_administrators_token_ends_with_the_administrator(garden: Channel) -> None:
    root = get_user_model().objects.create_superuser("root")
    client = Client()
    client.force_login(root)
    caller = Caller(create_token(client))
    assert caller.get(GARDEN).status_code == 200
    type(root).objects.update(is_active=False)
    assert caller.get(GARDEN).status_code == 401


def test_who_proved_only_a_nick_gets_no_token(garden: Channel) -> None:
    identity = Identity.objects.create(network=garden.network, nick="ann")
    Membership.objects.create(channel=garden, identity=identity, role="owner")
    response = signed_in(identity).post(MANAGE, {"act": "make-token", "token_name": "mine"})
    assert response.status_code == 400
    assert "sign in with an account" in response.content.decode()
    assert not ApiToken.objects.exists()


def test_a_token_needs_a_name_and_there_are_so_many(garden: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(person(garden, "owner"))
    assert client.post(MANAGE, {"act": "make-token", "token_name": " "}).status_code == 400
    monkeypatch.setattr(api_tokens, "MAX_CHANNEL_TOKENS", 1)
    create_token(client)
    response = client.post(MANAGE, {"act": "make-token", "token_name": "one more"})
    assert response.status_code == 400
    assert "revoke one first" in response.content.decode()


@pytest.mark.parametrize("text", ["", "x", "botbot_", "botbot_é", "botbot_" + "a" * 43, "\x00"])
def test_what_is_no_token_opens_nothing(garden: Channel, text: str) -> None:
    headers = {"Authorization": f"Bearer {text}"}
    assert Client().get(GARDEN, headers=headers).status_code == 401
    assert Client().get(GARDEN, headers={"Authorization": "Basic YTpi"}).status_code == 401


def test_only_those_who_run_the_channel_make_tokens(garden: Channel) -> None:
    member = signed_in(person(garden, "member"))
    assert member.post(MANAGE, {"act": "make-token", "token_name": "mine"}).status_code == 403
    assert not ApiToken.objects.exists()


def test_an_administrator_revokes_any_token_in_the_administration(garden: Channel, admin_client: Client) -> None:
    token = api_tokens.create_token(garden, "mine", "ann", identity=person(garden, "owner"))
    page = admin_client.get("/admin/logs/apitoken/").content.decode()
    assert "mine" in page
    chosen = {"action": "revoke", "_selected_action": ApiToken.objects.get().pk}
    assert admin_client.post("/admin/logs/apitoken/", chosen).status_code == 200
    assert Caller(token).get(GARDEN).status_code == 200, "it asks first"
    admin_client.post("/admin/logs/apitoken/", chosen | {"sure": "yes"})
    assert Caller(token).get(GARDEN).status_code == 401
