"""The owner's pages: the overview leads to each, and every former address and form keeps working."""

from __future__ import annotations

import pytest
from django.test import Client

from logs.models import Channel, PlannedDeletion
from logs.views.manage.owner_page import ACTIONS, PAGES
from tests.logs.views.manage.sent_form import read_forms
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

MANAGE = "/testnet/garden/manage/"


@pytest.fixture
def owner(channel: Channel) -> Client:
    return visitor("owner", channel)


def test_the_overview_leads_to_every_page_and_keeps_the_anchors_of_the_sections(owner: Client) -> None:
    overview = owner.get(MANAGE).content.decode()
    for page in PAGES:
        assert f'href="{MANAGE}{page.name}/"' in overview
        shown = owner.get(f"{MANAGE}{page.name}/")
        assert shown.status_code == 200
        for section in page.sections:
            assert f'id="{section.name}"' in overview
            assert f'<section id="{section.name}"' in shown.content.decode()
    assert owner.get(f"{MANAGE}nothing/").status_code == 404


def test_forms_of_the_former_page_are_done_and_lead_to_the_section(owner: Client, channel: Channel) -> None:
    response = owner.post(MANAGE, {"act": "make-token", "token_name": "a program"})
    assert response.headers["Location"] == f"{MANAGE}programs/#message"
    assert 'id="message"' in owner.get(f"{MANAGE}programs/").content.decode()
    invalid = owner.post(MANAGE, {"act": "leave", "name": "#other"})
    assert invalid.status_code == 400
    assert "Type #garden." in invalid.content.decode()
    assert owner.post(f"{MANAGE}people/", {"act": "unknown"}).headers["Location"] == f"{MANAGE}people/"
    assert channel.tokens.count() == 1


def test_every_form_is_sent_to_the_page_it_stands_on(owner: Client, channel: Channel) -> None:
    """Also after a mistake that was answered at another address, such as that of the export."""
    page = owner.get(f"{MANAGE}export?format=znc&timezone=Mars").content.decode()
    assert f'action="{MANAGE}export"' in page
    PlannedDeletion.objects.create(channel=channel, kind="purge", due_at=channel.created_at)
    acts = {
        form.get("act") for each in PAGES for form in read_forms(owner.get(f"{MANAGE}{each.name}/").content.decode())
    }
    assert {"leave", "undo-deletion", "change-readers", "lines", "add"} <= acts
    assert acts - {None} <= set(ACTIONS)
