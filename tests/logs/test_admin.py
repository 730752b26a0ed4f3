from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import DjangoAssertNumQueries

from logs.admin.people import MAX_FULFILLED_AT_ONCE
from logs.models import (
    Act,
    BotStatus,
    Channel,
    Gap,
    HeldLine,
    Line,
    Network,
    OptOut,
    PlannedDeletion,
    Redaction,
    Request,
)
from logs.models.bot_status import State
from logs.models.line import Reason
from tests.conftest import Say
from tests.logs.views.manage.sent_form import read_forms
from tests.processes import Site

pytestmark = pytest.mark.django_db
PEOPLE = [
    "redaction/",
    "redaction/add/",
    "request/",
    "optout/",
    "optout/add/",
    "heldline/",
    "block/",
    "block/add/",
    "identity/",
    "membership/",
    "act/",
]
CHANNEL = {
    "name": "#pond",
    "key": "",
    "visibility": "public",
    "wanted": "on",
    "notice": "unneeded",
    "delay": "0",
    "opted_out": "placeholder",
    "answers": "private",
    "off_record": "[off] !-",
    "reason": "the entry message says so",
}


@pytest.fixture
def watched(channel: Channel) -> Channel:
    """A channel with a status and a gap, but without lines."""
    now = timezone.now()
    BotStatus.objects.create(network=channel.network, channel=channel, state=State.JOINED, since=now, updated_at=now)
    Gap.objects.create(channel=channel, from_at=now, reason=Reason.STOPPED)
    return channel


LISTS = ["network/", "network/add/", "channel/", "channel/add/", "botstatus/", "gap/", *PEOPLE]


@pytest.mark.parametrize("path", LISTS)
def test_every_page_opens(admin_client: Client, watched: Channel, path: str) -> None:
    assert admin_client.get(f"/admin/logs/{path}").status_code == 200


def test_guessing_passwords_is_limited_without_addresses(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    get_user_model().objects.create_superuser("root", password="right")
    attempts = [{"username": "root", "password": f"guess {n}"} for n in range(12)]
    statuses = [client.post("/admin/login/", form).status_code for form in attempts]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    right = {"username": "root", "password": "right"}
    assert client.post("/admin/login/", right).status_code == 429
    assert client.post("/admin/login/", right, REMOTE_ADDR="192.0.2.7").status_code == 302
    assert not AccessAttempt.objects.exists()
    assert "127.0.0.1" not in caplog.text
    cache.clear()


def test_a_stranger_must_sign_in(client: Client, watched: Channel) -> None:
    assert client.get("/admin/logs/channel/").status_code == 302


def test_the_name_of_a_new_channel_is_folded_by_the_servers_casemapping(admin_client: Client, network: Network) -> None:
    response = admin_client.post("/admin/logs/channel/add/", CHANNEL | {"name": "#Pond[]", "network": network.pk})
    assert response.status_code == 302
    channel = Channel.objects.get()
    assert (channel.name, channel.folded, channel.wanted) == ("#Pond[]", "#pond{}", True)
    assert Act.objects.get().what == "added the channel: the entry message says so"


def test_a_new_channel_is_public_only_with_a_reason(admin_client: Client, network: Network) -> None:
    form = CHANNEL | {"network": network.pk, "reason": ""}
    assert "Say why people know" in admin_client.post("/admin/logs/channel/add/", form).content.decode()
    assert admin_client.post("/admin/logs/channel/add/", form | {"notice": "missing"}).status_code == 302
    assert Channel.objects.get().audience.startswith("owners")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "pond"}, "A channel starts with # &amp; + or !"),
        ({"name": "#GARDEN"}, "The network has this channel already."),
        ({"network": ""}, "This field is required."),
        ({"network": "999999"}, "Select a valid choice."),
        ({"visibility": "secret"}, "Select a valid choice."),
    ],
)
def test_an_invalid_channel_is_refused_with_a_message(
    admin_client: Client, channel: Channel, fields: dict[str, str], words: str
) -> None:
    response = admin_client.post("/admin/logs/channel/add/", CHANNEL | {"network": channel.network_id} | fields)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert Channel.objects.count() == 1


def test_a_channel_with_lines_cannot_be_deleted(admin_client: Client, watched: Channel, say: Say) -> None:
    say(watched, "ann", "hello")
    one = admin_client.post(f"/admin/logs/channel/{watched.pk}/delete/", {"post": "yes"})
    selected = {"action": "delete_selected", "_selected_action": watched.pk, "post": "yes"}
    several = admin_client.post("/admin/logs/channel/", selected)
    for response in (one, several):
        assert "the lines of #garden" in response.content.decode()
    assert Channel.objects.filter(pk=watched.pk).exists()
    assert Line.objects.count() == 1


def test_a_channel_without_lines_can_be_deleted(admin_client: Client, watched: Channel) -> None:
    assert admin_client.post(f"/admin/logs/channel/{watched.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Channel.objects.exists()
    assert not Gap.objects.exists()


@pytest.mark.parametrize("model", ["botstatus", "gap"])
def test_status_and_gaps_are_read_only(admin_client: Client, watched: Channel, model: str) -> None:
    row = (BotStatus if model == "botstatus" else Gap).objects.get()  # type: ignore[attr-defined]
    assert admin_client.get(f"/admin/logs/{model}/add/").status_code == 403
    assert admin_client.post(f"/admin/logs/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    page = admin_client.get(f"/admin/logs/{model}/{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()


def test_secrets_are_not_in_lists(admin_client: Client, network: Network) -> None:
    Network.objects.filter(pk=network.pk).update(password="hunter2")
    Channel.objects.create(network=network, name="#pond", key="swordfish")
    for path in ("network/", "channel/"):
        page = admin_client.get(f"/admin/logs/{path}").content.decode()
        assert "hunter2" not in page
        assert "swordfish" not in page


def test_secrets_survive_a_change_of_something_else(admin_client: Client, channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(key="swordfish")
    page = admin_client.get(f"/admin/logs/channel/{channel.pk}/change/").content.decode()
    assert 'type="password" name="key" value="swordfish"' in page


def test_the_list_of_channels_does_not_count_lines(
    admin_client: Client, network: Network, say: Say, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        say(Channel.objects.create(network=network, name=f"#c{number}"), "ann")
    with django_assert_num_queries(5) as queries:
        assert admin_client.get("/admin/logs/channel/").status_code == 200
    assert not any("logs_line" in query["sql"].replace("logs_linecounter", "") for query in queries.captured_queries)


def test_the_pages_work_under_the_content_security_policy(
    site: Site, page: Page, admin_client: Client, watched: Channel
) -> None:
    cookie = admin_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site.url}])
    for path in ("/", "/logs/channel/", f"/logs/channel/{watched.pk}/change/", "/logs/gap/", "/auth/user/add/"):
        page.goto(f"{site.url}/admin{path}")
    page.goto(f"{site.url}/admin/logs/channel/")
    page.locator("#action-toggle").check()
    assert page.locator("tr.selected").count() == 1


def test_an_administrator_answers_a_request(admin_client: Client, network: Network) -> None:
    privacy_request = Request.objects.create(
        network=network, nick="ann", wish="erase", words="May", link_digest="x", due_at=timezone.now()
    )
    admin_client.post(f"/admin/logs/request/{privacy_request.pk}/change/", {"answer": "Done."})
    privacy_request.refresh_from_db()
    assert (privacy_request.answer, privacy_request.answered_at is not None) == ("Done.", True)


def test_publishing_without_a_notice_requires_a_reason(admin_client: Client, channel: Channel) -> None:
    Channel.objects.update(notice="missing")
    form = CHANNEL | {"network": channel.network_id, "name": "#garden"}
    address = f"/admin/logs/channel/{channel.pk}/change/"
    assert "Say why people know" in admin_client.post(address, form | {"reason": ""}).content.decode()
    assert admin_client.post(address, form).status_code == 302
    channel.refresh_from_db()
    assert channel.audience == "public"
    assert Act.objects.filter(by="administrator admin", what__contains="the entry message says so").exists()


def test_an_administrators_change_is_in_the_audit_log(admin_client: Client, channel: Channel) -> None:
    form = CHANNEL | {"network": channel.network_id, "name": "#garden", "key": "hunter2", "delay": "5", "reason": ""}
    admin_client.post(f"/admin/logs/channel/{channel.pk}/change/", form)
    what = Act.objects.get().what
    assert "Publish lines later, in minutes: 5" in what
    assert "hunter2" not in what


def test_held_lines_are_released_after_confirmation(admin_client: Client, channel: Channel) -> None:
    held = [
        HeldLine.objects.create(channel=channel, why="flood", at=timezone.now(), kind=1, nick="eve", text=f"buy {n}")
        for n in range(2)
    ]
    selected = {"action": "release", "_selected_action": [held[0].pk]}
    page = admin_client.post("/admin/logs/heldline/", selected).content.decode()
    assert "Release these lines" in page
    assert "eve at" in page
    assert not Line.objects.exists(), "not before the confirmation"
    admin_client.post("/admin/logs/heldline/", selected | {"sure": "yes"})
    assert [line.text for line in Line.objects.all()] == ["buy 0"]
    assert HeldLine.objects.get() == held[1]


@pytest.mark.parametrize(
    ("action", "changes"),
    [
        ("join", {"wanted": True, "stopped": ""}),
        ("leave", {"wanted": False}),
        ("hide", {"hidden": True}),
        ("show", {"hidden": False}),
    ],
)
def test_actions_on_channels_need_confirmation_and_are_recorded(
    admin_client: Client, channel: Channel, action: str, changes: dict[str, object]
) -> None:
    Channel.objects.update(wanted=action == "leave", stopped="kicked", hidden=action == "show")
    before = Channel.objects.values("wanted", "stopped", "hidden").get()
    selected = {"action": action, "_selected_action": [channel.pk]}
    assert "Yes, I" in admin_client.post("/admin/logs/channel/", selected).content.decode()
    assert Channel.objects.values("wanted", "stopped", "hidden").get() == before
    admin_client.post("/admin/logs/channel/", selected | {"sure": "yes"})
    assert Channel.objects.values("wanted", "stopped", "hidden").get() == before | changes
    assert Act.objects.get().by == "administrator admin"


def test_a_moderator_can_only_remove_lines(client: Client, channel: Channel, say: Say) -> None:
    line = say(channel, "ann", "zanzibar7")
    say(channel, "ann", "harmless")
    moderator = get_user_model().objects.create_user("mo", is_staff=True)
    moderator.user_permissions.set(Permission.objects.filter(codename__in=["view_redaction", "add_redaction"]))
    client.force_login(moderator)
    form = {"channel": channel.pk, "lines": str(line.id), "account": "", "nick": "", "why": "secret", "how": "remove"}
    address = "/admin/logs/redaction/add/"
    assert "Removes 1 line of #garden" in client.post(address, form).content.decode(), "unless sure"
    assert client.post(address, form | {"sure": "on"}).status_code == 302
    assert sorted(Line.objects.values_list("text", flat=True)) == ["", "harmless"]
    act = Redaction.objects.get()
    assert (act.by, act.what, act.removed) == ("administrator mo", "removed 1 line: secret", 1)
    assert "removed 1 line: secret" in client.get("/admin/logs/redaction/").content.decode()
    assert client.get(f"/admin/logs/redaction/{act.pk}/change/").status_code == 200
    assert client.post(address, form | {"sure": "on"}).status_code == 302, "again: there is nothing to remove"
    assert client.post(f"/admin/logs/redaction/{act.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/logs/channel/").status_code == 403


@pytest.mark.parametrize(
    ("kind_of_request", "remaining", "answer"),
    [
        ("erase", ["", "of bob"], "Gone for good of Ann: 1 line."),
        ("anonymise", ["of ann", "of bob"], "Under a pseudonym now: 1 line."),
        ("opt-out", ["of ann", "of bob"], "is not logged any more"),
        ("access", ["of ann", "of bob"], ""),
    ],
)
def test_one_action_fulfils_and_answers_a_request(
    admin_client: Client, say: Say, kind_of_request: str, remaining: list[str], answer: str
) -> None:
    network = Network.objects.create(name="testnet")
    channel = Channel.objects.create(network=network, name="#garden")
    say(channel, "ann", "of ann")
    say(channel, "bob", "of bob")
    due = timezone.now()
    privacy_request = Request.objects.create(
        network=network, nick="Ann", wish=kind_of_request, words="May", link_digest="x", due_at=due
    )
    selected = {"action": "fulfil", "_selected_action": [privacy_request.pk]}
    admin_client.post("/admin/logs/request/", selected)
    assert Line.objects.filter(nick="ann").exists()
    admin_client.post("/admin/logs/request/", selected | {"sure": "yes"})
    privacy_request.refresh_from_db()
    assert answer in privacy_request.answer
    assert bool(privacy_request.answered_at) == bool(answer)
    assert sorted(Line.objects.values_list("text", flat=True)) == remaining
    assert Line.objects.filter(nick="ann").exists() == (kind_of_request in {"opt-out", "access"})
    assert OptOut.objects.exists() == (kind_of_request == "opt-out")


def test_a_moderator_has_only_the_granted_permissions(client: Client, channel: Channel) -> None:
    Channel.objects.update(visibility="members")
    moderator = get_user_model().objects.create_user("mo", is_staff=True)
    moderator.user_permissions.add(Permission.objects.get(codename="view_request"))
    client.force_login(moderator)
    assert client.get("/admin/logs/request/").status_code == 200
    assert client.get("/admin/logs/channel/").status_code == 403
    assert client.get(channel.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("path", [path for path in LISTS if "add" not in path])
def test_lists_do_not_count_rows(
    admin_client: Client, watched: Channel, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12) as queries:
        admin_client.get(f"/admin/logs/{path}")
    statements = [query["sql"] for query in queries.captured_queries if '"logs_' in query["sql"]]
    assert not any("COUNT(*)" in sql for sql in statements)
    assert not any('"logs_line"' in sql for sql in statements)


def test_the_first_page_has_the_sites_name_and_says_what_waits(
    client: Client, admin_client: Client, watched: Channel
) -> None:
    now = timezone.now()
    page = admin_client.get("/admin/").content.decode()
    assert "BotBot administration" in page
    assert "What waits for you" not in page
    Network.objects.update(host="irc.example.org")
    Channel.objects.update(wanted=True)
    BotStatus.objects.update(state=State.REFUSED)
    BotStatus.objects.create(
        network=watched.network, channel=None, state=State.WAITING, since=now, updated_at=now, detail="no route"
    )
    for number, due in enumerate((now - timedelta(days=1), now + timedelta(days=1), now + timedelta(days=2))):
        Request.objects.create(
            network=watched.network, nick="ann", wish="erase", words="May", link_digest=str(number), due_at=due
        )
    HeldLine.objects.create(channel=watched, why="flood", at=now, kind=1, nick="eve", text="buy")
    page = admin_client.get("/admin/").content.decode()
    for sentence in (
        "1 privacy request overdue",
        "2 privacy requests without an answer",
        "1 network not connected",
        "1 channel where the bot is refused",
        "1 line held back",
    ):
        assert sentence in page
    moderator = get_user_model().objects.create_user("mo", is_staff=True)
    moderator.user_permissions.set(Permission.objects.filter(codename="view_heldline"))
    client.force_login(moderator)
    page = client.get("/admin/").content.decode()
    assert "1 line held back" in page
    assert "privacy request" not in page


def test_a_request_leads_to_the_lines_it_means(admin_client: Client, channel: Channel, say: Say) -> None:
    say(channel, "Ann", "of ann")
    say(channel, "ann", "of ann again")
    request_row = Request.objects.create(
        network=channel.network, nick="aNN", wish="erase", words="May", link_digest="x", due_at=timezone.now()
    )
    address = f"/admin/logs/request/{request_row.pk}/change/"
    page = admin_client.get(address).content.decode()
    assert '<a href="/testnet/garden/search/?q=nick%3AaNN">2 lines in #garden</a>' in page
    assert "of ann again" in re.sub(
        r"<[^>]+>", "", admin_client.get("/testnet/garden/search/?q=nick%3AaNN").content.decode()
    )
    Request.objects.update(nick="nobody")
    assert "none is found under this nick" in admin_client.get(address).content.decode()


def test_acts_that_remove_lines_say_before_how_many(admin_client: Client, channel: Channel, say: Say) -> None:
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    say(channel, "ann", "one", at=at)
    say(channel, "ann", "two", at=at + timedelta(days=1))
    request_row = Request.objects.create(
        network=channel.network, nick="Ann", wish="erase", words="All", link_digest="x", due_at=timezone.now()
    )
    selected = {"action": "fulfil", "_selected_action": [request_row.pk]}
    page = admin_client.post("/admin/logs/request/", selected).content.decode()
    assert "<li>2 lines of #garden, from 2026-03-01 to 2026-03-02</li>" in page
    Request.objects.update(nick="nobody")
    assert "No stored line is concerned." in admin_client.post("/admin/logs/request/", selected).content.decode()
    held = HeldLine.objects.create(channel=channel, why="flood", at=at, kind=1, nick="eve", text="buy")
    selected = {"action": "discard", "_selected_action": [held.pk]}
    page = admin_client.post("/admin/logs/heldline/", selected).content.decode()
    assert "<li>1 line of #garden, of 2026-03-01</li>" in page


def test_more_requests_than_can_be_measured_are_not_fulfilled(admin_client: Client, network: Network) -> None:
    request_ids = [
        Request.objects.create(
            network=network, nick="ann", wish="opt-out", words="x", link_digest=str(n), due_at=timezone.now()
        ).pk
        for n in range(MAX_FULFILLED_AT_ONCE + 1)
    ]
    selected = {"action": "fulfil", "_selected_action": request_ids, "sure": "yes"}
    page = admin_client.post("/admin/logs/request/", selected, follow=True).content.decode()
    assert "select at most 20 at once" in page
    assert not OptOut.objects.exists()


def test_a_shorter_limit_asks_and_gets_a_day_of_grace(admin_client: Client, channel: Channel, say: Say) -> None:
    say(channel, "ann", "old", at=datetime(2020, 3, 1, 9, tzinfo=UTC))
    form = CHANNEL | {"network": channel.network_id, "name": "#garden", "retention": "30", "reason": ""}
    address = f"/admin/logs/channel/{channel.pk}/change/"
    page = admin_client.post(address, form).content.decode()
    assert "This limit deletes 1 line of #garden, of 2020-03-01." in page
    assert not PlannedDeletion.objects.exists()
    assert admin_client.post(address, form | {"deletes": "on"}).status_code == 302
    assert PlannedDeletion.objects.get().former_retention is None
    channel.refresh_from_db()
    assert channel.retention == 30
    assert "deletes" not in Act.objects.latest("pk").what


def test_a_networks_form_saves_only_what_was_changed(admin_client: Client, network: Network) -> None:
    Network.objects.update(host="irc.example.org", password="hunter2")
    address = f"/admin/logs/network/{network.pk}/change/"
    page = admin_client.get(address).content.decode()
    old = next(form for form in read_forms(page) if "host" in form)
    Network.objects.update(casemapping="ascii", nick="another", scrubs=5)
    response = admin_client.post(address, old | {"realname": "Ann"})
    assert "Nick is now “another”" in response.content.decode()
    again = next(form for form in read_forms(response.content.decode()) if "host" in form)
    assert admin_client.post(address, again).status_code == 302
    network.refresh_from_db()
    assert (network.nick, network.realname, network.scrubs) == ("another", "Ann", 5)
    assert (network.casemapping, network.password) == ("ascii", "hunter2")


@pytest.mark.parametrize("name", ["testnet/#garden", "TESTNET/#Garden", "#garden", "garden", "testnet/garden"])
def test_moderators_name_a_channel_as_people_do(client: Client, channel: Channel, say: Say, name: str) -> None:
    line = say(channel, "ann", "zanzibar7")
    import_module("logs.migrations.0024_moderators").create_group(apps, None)
    moderator = get_user_model().objects.create_user("mo", is_staff=True)
    moderator.groups.add(Group.objects.get(name="Moderators"))
    client.force_login(moderator)
    address = "/admin/logs/redaction/add/"
    assert '<option value="testnet/#garden"></option>' in client.get(address).content.decode()
    link = f"http://testserver/testnet/garden/at/{line.id}/"
    form = {"channel": name, "lines": link, "account": "", "nick": "", "why": "", "how": "remove", "sure": "on"}
    assert client.post(address, form).status_code == 302
    assert not Line.objects.filter(text="zanzibar7").exists()
    for path in ("request/", "heldline/", "optout/add/", "redaction/", "block/add/"):
        assert client.get(f"/admin/logs/{path}").status_code == 200
    for path in ("channel/", "network/", "membership/"):
        assert client.get(f"/admin/logs/{path}").status_code == 403
    assert client.get("/admin/auth/user/").status_code == 403


def test_a_channel_that_is_not_meant_clearly_is_asked_for(admin_client: Client, channel: Channel) -> None:
    other = Network.objects.create(name="another")
    Channel.objects.create(network=other, name="#garden")
    form = {"channel": "#garden", "lines": "1", "how": "remove"}
    page = admin_client.post("/admin/logs/redaction/add/", form).content.decode()
    assert "Several networks have #garden: write one of another/#garden, testnet/#garden." in page
    page = admin_client.post("/admin/logs/redaction/add/", form | {"channel": "#pond"}).content.decode()
    assert "There is no channel #pond." in page
    opt_out = {"network": channel.network_id, "channel": "another/#garden", "nick": "ann", "account": ""}
    page = admin_client.post("/admin/logs/optout/add/", opt_out).content.decode()
    assert "This channel is on another, not on testnet." in page
    assert admin_client.post("/admin/logs/optout/add/", opt_out | {"channel": "testnet/garden"}).status_code == 302
    assert OptOut.objects.get().channel == channel
