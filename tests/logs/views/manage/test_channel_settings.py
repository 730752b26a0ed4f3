"""The settings of the owner's page: an old page saves only what was changed in it, and asks when it is outdated."""

from __future__ import annotations

import pytest
from django.test import Client

from logs import retention
from logs.models import Act, Channel
from tests.logs.views.manage.sent_form import read_form, read_forms
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

MANAGE = "/testnet/garden/manage/"


@pytest.fixture
def owner(channel: Channel) -> Client:
    return visitor("owner", channel)


def open_form(client: Client, act: str) -> dict[str, str]:
    page = client.get(f"{MANAGE}{act.removeprefix('change-')}/")
    return read_form(page.content.decode(), act)


def test_an_old_page_changes_only_what_was_changed_in_it(owner: Client, channel: Channel) -> None:
    old = open_form(owner, "change-storage")
    Channel.objects.update(visibility="members", paused=True, topic="Roses")
    assert owner.post(MANAGE, old | {"retention": "30", "paused": "on"}).status_code == 302
    channel.refresh_from_db()
    assert (channel.visibility, channel.paused, channel.retention, channel.topic) == ("members", True, 30, "Roses")
    assert Act.objects.filter(what="changed Delete lines after how many days: 30").exists()


def test_an_old_page_does_not_open_a_log_that_was_closed(owner: Client, channel: Channel) -> None:
    old = open_form(owner, "change-readers")
    Channel.objects.update(visibility="members", hidden=True)
    response = owner.post(MANAGE, old | {"ai": "on"})
    page = response.content.decode()
    channel.refresh_from_db()
    assert (response.status_code, channel.visibility, channel.hidden, channel.ai) == (400, "members", True, False)
    assert "Who may read the log is now “only owners and members”; Hide the log for now is now “on”" in page
    again = read_form(page, "change-readers")
    assert (again["visibility"], again["hidden"], again["ai"]) == ("members", "on", "on")
    assert owner.post(MANAGE, again).status_code == 302
    channel.refresh_from_db()
    assert (channel.visibility, channel.hidden, channel.ai) == ("members", True, True)


def test_a_setting_that_two_owners_change_is_asked_for_again(owner: Client, channel: Channel) -> None:
    old = open_form(owner, "change-storage") | {"retention": "10", "keeps_joins": "on"}
    Channel.objects.update(retention=900, keeps_joins=False)
    page = owner.post(MANAGE, old).content.decode()
    assert "Delete lines after how many days is now “900”" in page
    again = read_form(page, "change-storage")
    assert again["retention"] == "10", "what was entered stays"
    assert "keeps_joins" not in again, "what was not changed is as it is now"
    assert owner.post(MANAGE, again).status_code == 302
    channel.refresh_from_db()
    assert (channel.retention, channel.keeps_joins) == (10, False)


@pytest.mark.parametrize("signs", ["a", "-", "off", "[off] x", "12"])
def test_signs_that_ordinary_lines_begin_with_are_refused(owner: Client, channel: Channel, signs: str) -> None:
    response = owner.post(MANAGE, open_form(owner, "change-storage") | {"off_record": signs})
    assert response.status_code == 400
    assert "could begin any line" in response.content.decode()
    channel.refresh_from_db()
    assert channel.off_record == "[off] !-"


@pytest.mark.parametrize("signs", ["[off] !-", "", "#nolog //", "off:"])
def test_signs_that_nobody_types_by_chance_are_saved(owner: Client, channel: Channel, signs: str) -> None:
    assert owner.post(MANAGE, open_form(owner, "change-storage") | {"off_record": signs}).status_code == 302
    channel.refresh_from_db()
    assert channel.off_record == signs


def test_saving_twice_changes_nothing_the_second_time(owner: Client) -> None:
    form = open_form(owner, "change-readers") | {"visibility": "members"}
    for message in ("Settings saved.", "Nothing was changed."):
        assert message in owner.post(MANAGE, form, follow=True).content.decode()


def test_a_purged_log_stays_hidden_whatever_an_old_page_sends(owner: Client, channel: Channel) -> None:
    old = open_form(owner, "change-readers")
    retention.purge(channel, "another owner")
    assert owner.post(MANAGE, old | {"indexed": ""}).status_code == 400
    channel.refresh_from_db()
    assert channel.hidden


def test_an_old_page_of_the_administration_asks_as_well(channel: Channel, admin_client: Client) -> None:
    address = f"/admin/logs/channel/{channel.pk}/change/"
    page = admin_client.get(address).content.decode()
    old = next(form for form in read_forms(page) if "visibility" in form)
    Channel.objects.update(visibility="members")
    response = admin_client.post(address, old | {"bridges": "matterbridge"})
    assert "Who may read the log is now “only owners and members”" in response.content.decode()
    again = next(form for form in read_forms(response.content.decode()) if "visibility" in form)
    assert admin_client.post(address, again).status_code == 302
    channel.refresh_from_db()
    assert (channel.visibility, channel.bridges) == ("members", "matterbridge")
