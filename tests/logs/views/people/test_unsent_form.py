"""What was typed in a session that has ended is kept, and given back after signing in."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from logs.models import Channel, Identity
from logs.views.people import visitor as session_module
from tests.logs.views.manage.sent_form import read_forms
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

PEOPLE = "/testnet/garden/manage/people/"


@pytest.fixture
def owner(channel: Channel) -> Client:
    return visitor("owner", channel)


def end_sessions() -> None:
    Identity.objects.update(signed_out_at=timezone.now())


def sign_in_again(client: Client) -> None:
    Identity.objects.update(signed_out_at=None)
    assert settings.SESSION_COOKIE_NAME in client.cookies


def test_a_form_of_a_lost_session_is_given_back_and_sent(owner: Client, channel: Channel) -> None:
    end_sessions()
    response = owner.post(PEOPLE, {"act": "add", "account": "dora <3", "role": "member"})
    assert response.headers["Location"].startswith("/sign-in/?next=")
    assert not channel.memberships.filter(identity__nick="dora <3").exists()
    sign_in_again(owner)
    page = owner.get(PEOPLE).content.decode()
    assert "nothing was done" in page
    assert "dora &lt;3" in page
    (form,) = [form for form in read_forms(page) if form.get("act")]
    assert {name: form[name] for name in ("act", "account", "role")} == {
        "act": "add",
        "account": "dora <3",
        "role": "member",
    }
    assert owner.post(PEOPLE, form).status_code == 302
    assert channel.memberships.filter(identity__nick="dora <3").exists()
    assert "Not sent yet" not in owner.get(PEOPLE).content.decode(), "it is given back once"


@pytest.mark.parametrize("path", ["/me/", "/moderate/", "/testnet/garden/conversation/1/correct"])
def test_other_forms_are_given_back_too(owner: Client, path: str) -> None:
    end_sessions()
    assert owner.post(path, {"act": "erase", "words": "typed"}).status_code == 302
    sign_in_again(owner)
    assert "typed" in owner.get(path).content.decode()


def test_an_old_or_long_form_is_forgotten(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    end_sessions()
    owner.post(PEOPLE, {"act": "add", "account": "x" * session_module.MAX_FORM_CHARACTERS})
    session = import_module(settings.SESSION_ENGINE).SessionStore(owner.cookies[settings.SESSION_COOKIE_NAME].value)
    assert session_module.UNSENT_FORM not in session
    owner.post(PEOPLE, {"act": "add", "account": "dora"})
    sign_in_again(owner)
    monkeypatch.setattr(session_module, "FORM_LIFETIME_SECONDS", -1)
    assert "dora" not in owner.get(PEOPLE).content.decode()


def test_the_footer_leads_to_ones_own_page_when_signed_in(owner: Client, channel: Channel) -> None:
    for path in ("/", channel.get_absolute_url(), "/about/", "/nowhere-at-all/"):
        assert ">Sign in</a><form" not in owner.get(path).content.decode()
        assert ">Sign in</a><form" in Client().get(path).content.decode()
