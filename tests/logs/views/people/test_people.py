"""Signing in, rights, requests and the owner's page, as browsers use them."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.template import engines
from django.test import Client
from django.utils import timezone

from logs.accounts import codes, identity, ownership
from logs.accounts.identity import IrcUser
from logs.models import (
    Act,
    Channel,
    Code,
    HeldLine,
    Identity,
    Kind,
    Line,
    Membership,
    Network,
    OptOut,
    PlannedDeletion,
    Request,
    audit_log,
)
from logs.views.people import sign_in
from tests.conftest import Say
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def live_network(network: Network) -> Network:
    Network.objects.filter(pk=network.pk).update(host="irc.example.org")
    network.refresh_from_db()
    return network


def shown_code(client: Client) -> str:
    return str(client.session["code"]["text"])


def events(client: Client) -> str:
    """What the page is told, to the end."""
    response = client.get("/sign-in/events")
    assert response.headers["Content-Type"].startswith("text/event-stream")
    return b"".join(response).decode()


def sign_in_by_pages(client: Client, network: Network, account: str = "ann", next_page: str = "") -> str:
    """Walks through the pages as a browser does; where it ends."""
    client.post("/sign-in/", {"network": network.pk, "next": next_page})
    text = shown_code(client)
    assert text in client.get("/sign-in/").content.decode()
    assert "Signed in" in identity.sign_in(IrcUser(network.pk, "ann", account), f"hello {text}").sentence
    assert "event: proven" in events(client)
    return str(client.post("/sign-in/finish").headers["Location"])


def test_a_code_said_to_the_bot_signs_in(client: Client, live_network: Network) -> None:
    key = client.session.session_key
    assert sign_in_by_pages(client, live_network) == "/me/"
    assert client.session.session_key != key
    assert "ann (account ann)" in client.get("/me/").content.decode()


def test_a_code_counts_once(client: Client, live_network: Network) -> None:
    client.post("/sign-in/", {"network": live_network.pk})
    text = shown_code(client)
    identity.sign_in(IrcUser(live_network.pk, "ann", "ann"), text)
    assert "no code" in identity.sign_in(IrcUser(live_network.pk, "eve", "eve"), text).sentence
    client.post("/sign-in/finish")
    assert "no code" in identity.sign_in(IrcUser(live_network.pk, "eve", "eve"), text).sentence
    assert Identity.objects.get().account == "ann"
    live_network.refresh_from_db()
    assert live_network.wrong_codes == 2


def test_an_expired_code_is_none(client: Client, live_network: Network) -> None:
    client.post("/sign-in/", {"network": live_network.pk})
    Code.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "no code" in identity.sign_in(IrcUser(live_network.pk, "ann", "ann"), shown_code(client)).sentence
    assert "event: over" in events(client)
    assert client.post("/sign-in/finish").headers["Location"] == "/sign-in/"
    assert "The code is no longer valid" in client.get("/sign-in/").content.decode()
    assert "The code is no longer valid" not in client.get("/sign-in/").content.decode(), "it is said once"
    assert client.get("/me/").status_code == 302


def test_the_page_of_a_code_says_what_it_waits_for(client: Client, live_network: Network) -> None:
    client.post("/sign-in/", {"network": live_network.pk})
    text = shown_code(client)
    page = client.post("/sign-in/finish", follow=True).content.decode()
    assert "botbot has not received the code yet. It waits for a private message with the code from you" in page
    assert text in page
    assert "has not received" not in client.get("/sign-in/").content.decode()
    client.post("/add/", {"network": live_network.pk, "channel": "#roses"})
    page = client.post("/sign-in/finish", follow=True).content.decode()
    assert "It waits for an operator to say the code in #roses" in page


def test_the_network_where_one_goes_on_is_chosen(client: Client, live_network: Network) -> None:
    other = Network.objects.create(name="aaa", host="irc.example.net")
    for network in (live_network, other):
        page = client.get(f"/sign-in/?next=/{network.name}/garden/manage/").content.decode()
        assert f'<option value="{network.pk}" selected>' in page
    assert client.get("/sign-in/?next=/nowhere/").status_code == 200


def test_a_code_of_another_network_is_none(client: Client, live_network: Network) -> None:
    other = Network.objects.create(name="other", host="irc.example.net")
    client.post("/sign-in/", {"network": live_network.pk})
    assert "no code" in identity.sign_in(IrcUser(other.pk, "ann", "ann"), shown_code(client)).sentence
    assert not Identity.objects.exists()


def test_after_five_wrong_endings_a_code_is_void(client: Client, live_network: Network) -> None:
    client.post("/sign-in/", {"network": live_network.pk})
    text = shown_code(client)
    for _ in range(codes.MAX_WRONG_GUESSES):
        identity.sign_in(IrcUser(live_network.pk, "eve", "eve"), f"{text[:5]}AAAA-AAAA")
    assert "no code" in identity.sign_in(IrcUser(live_network.pk, "ann", "ann"), text).sentence


def test_somebody_elses_session_gains_nothing_from_a_proof(client: Client, live_network: Network) -> None:
    client.post("/sign-in/", {"network": live_network.pk})
    identity.sign_in(IrcUser(live_network.pk, "ann", "ann"), shown_code(client))
    other = Client()
    assert "event: over" in events(other)
    other.post("/sign-in/finish")
    assert other.get("/me/").status_code == 302


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(client: Client, live_network: Network, wanted: str) -> None:
    assert sign_in_by_pages(client, live_network, next_page=wanted) == "/me/"


def test_forms_without_their_token_are_refused(live_network: Network) -> None:
    strict = Client(enforce_csrf_checks=True)
    for path in ("/sign-in/", "/sign-in/finish", "/sign-in/cancel", "/sign-out/", "/add/", "/request/", "/me/"):
        assert strict.post(path, {"network": live_network.pk}).status_code == 403, path


def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(client: Client, live_network: Network) -> None:
    response = client.post("/add/", {"network": live_network.pk, "channel": "garden party"})
    assert response.status_code == 400
    body = response.content.decode()
    assert "garden party" in body
    assert "A channel starts with #" in body


def test_an_operators_code_makes_an_owner_who_is_signed_in(client: Client, live_network: Network) -> None:
    client.post("/add/", {"network": live_network.pk, "channel": "#Garden"})
    text = shown_code(client)
    said = f"botbot: {text}"
    for symbols, name, message in [
        ("+", "#garden", "Only an operator"),
        ("@", "#pond", "no code"),
        ("@", "#gardeп", "no code"),
    ]:
        assert message in ownership.claim_by_code(IrcUser(live_network.pk, "ann", "ann", symbols), name, said).sentence
    assert (
        "now logged" in ownership.claim_by_code(IrcUser(live_network.pk, "ann", "ann", "@"), "#gARDEN", said).sentence
    )
    assert client.post("/sign-in/finish").headers["Location"] == "/testnet/Garden/manage/"
    page = client.get("/testnet/Garden/manage/", follow=True)
    assert page.status_code == 200
    assert "This channel is publicly logged: http://127.0.0.1:8000/testnet/gARDEN/" in page.content.decode()


def test_a_channel_with_owners_is_not_taken_over(client: Client, channel: Channel) -> None:
    visitor("owner", channel)
    answer = ownership.claim_by_invite(IrcUser(channel.network_id, "eve", "eve", "@"), "#garden", private=False)
    assert answer is not None
    assert "has owners already" in answer.sentence
    assert not Membership.objects.filter(identity__account="eve").exists()


def owner_of(channel: Channel) -> Client:
    return visitor("owner", channel)


def manage(client: Client, act: str, **fields: object) -> int:
    return int(client.post("/testnet/garden/manage/", {"act": act} | fields).status_code)


SETTINGS = {
    "visibility": "public",
    "delay": "0",
    "retention": "",
    "off_record": "[off] !-",
    "opted_out": "placeholder",
    "answers": "private",
    "keeps_joins": "on",
    "holds_spam": "on",
    "indexed": "on",
    "conversations": "on",
    "notifies": "on",
}


def test_an_owner_changes_the_settings_and_the_list_tells(channel: Channel) -> None:
    client = owner_of(channel)
    assert manage(client, "change", **SETTINGS | {"retention": "30", "ai": "on", "paused": "on"}) == 302
    channel.refresh_from_db()
    assert (channel.retention, channel.ai, channel.paused, channel.keeps_joins) == (30, True, True, True)
    acts = [f"{act.by}: {act.what}" for act in Act.objects.filter(what__startswith="changed")]
    assert acts == [
        (
            "owner (account owner): changed Let AI crawlers collect the log: on; Pause logging: on; "
            "Delete lines after how many days: 30"
        )
    ]


@pytest.mark.parametrize(
    ("field", "value"), [("delay", "-1"), ("retention", "0"), ("visibility", "everyone"), ("delay", "soon")]
)
def test_a_wrong_setting_changes_nothing(channel: Channel, field: str, value: str) -> None:
    assert manage(owner_of(channel), "change", **SETTINGS | {field: value, "hidden": "on"}) == 400
    channel.refresh_from_db()
    assert not channel.hidden
    assert not Act.objects.exclude(what__contains="API token").exists()


@pytest.mark.parametrize("visitor_name", ["stranger", "holder", "member"])
def test_nobody_but_owners_changes_anything(channel: Channel, visitor_name: str) -> None:
    client = visitor(visitor_name, channel)
    for act in ("change", "add", "rotate", "lines", "spam", "leave"):
        manage(client, act, **SETTINGS | {"hidden": "on", "account": "eve", "role": "owner", "name": "#garden"})
    before, channel.hidden = channel, False
    channel.refresh_from_db()
    assert (channel.hidden, channel.wanted, channel.link_key) == (False, False, before.link_key)
    assert not Act.objects.exclude(what__contains="API token").exists()


def test_an_owner_adds_and_removes_people(channel: Channel) -> None:
    client = owner_of(channel)
    manage(client, "add", account="Bob", role="member")
    bob = Membership.objects.get(identity__account="bob")
    assert (bob.role, bob.evidence) == ("member", "made member by owner (account owner)")
    manage(client, "revoke", membership=bob.pk)
    assert not Membership.objects.filter(identity__account="bob").exists()


def test_an_owner_removes_lines(channel: Channel, say: Say) -> None:
    line = say(channel, "ann", "zanzibar7")
    assert manage(owner_of(channel), "lines", lines=f"{line.id}", how="remove", sure="on") == 302
    assert Line.objects.get(channel=channel).kind == Kind.REMOVED


def test_a_removal_says_first_how_many_lines_it_is(channel: Channel, say: Say) -> None:
    for day in (3, 1):
        say(channel, "ann", "hello", at=datetime(2026, 3, day, tzinfo=UTC))
    response = owner_of(channel).post("/testnet/garden/manage/", {"act": "lines", "nick": "ann", "how": "remove"})
    assert response.status_code == 400
    assert "Removes 2 lines of #garden, from 2026-03-01 to 2026-03-03." in response.content.decode()
    assert Line.objects.filter(nick="ann").count() == 2


def test_the_last_owner_cannot_remove_himself(channel: Channel) -> None:
    client = owner_of(channel)
    owner = Membership.objects.get(role="owner")
    manage(client, "revoke", membership=owner.pk)
    assert Membership.objects.filter(pk=owner.pk).exists()
    manage(client, "add", account="Bob", role="owner")
    manage(client, "revoke", membership=owner.pk)
    assert not Membership.objects.filter(pk=owner.pk).exists()


@pytest.mark.parametrize("lines", ["one", "1;2", "99999999999"])
def test_numbers_of_lines_are_numbers(channel: Channel, lines: str) -> None:
    response = owner_of(channel).post(
        "/testnet/garden/manage/", {"act": "lines", "lines": lines, "how": "remove", "sure": "on"}
    )
    assert response.status_code == 400
    assert lines in response.content.decode()


def test_an_owner_releases_some_of_what_is_held_back(channel: Channel) -> None:
    held = [
        HeldLine.objects.create(channel=channel, why="flood", at=timezone.now(), kind=1, nick="eve", text=f"buy {n}")
        for n in range(3)
    ]
    client = owner_of(channel)
    assert "Held back: 3" in client.get("/testnet/garden/manage/lines/").content.decode()
    manage(client, "spam", held=[held[1].pk], release="1")
    assert [line.text for line in Line.objects.all()] == ["buy 1"]
    manage(client, "spam", discard="1")
    manage(client, "discard-all")
    assert HeldLine.objects.count() == 2, "nothing was selected or confirmed"
    manage(client, "discard-all", sure="on")
    assert not HeldLine.objects.exists()


def test_leaving_and_purging_wants_the_name(channel: Channel, say: Say) -> None:
    say(channel, "ann", "hello")
    client = owner_of(channel)
    assert manage(client, "leave", name="#pond", purge="on") == 400
    assert Line.objects.exists()
    assert manage(client, "leave", name="#garden", purge="on") == 302
    channel.refresh_from_db()
    assert channel.hidden
    assert Line.objects.exists(), "it can be undone for a day"
    plan = PlannedDeletion.objects.get()
    assert (
        "is undone"
        in client.post(
            "/testnet/garden/manage/", {"act": "undo-deletion", "planned": plan.pk}, follow=True
        ).content.decode()
    )
    channel.refresh_from_db()
    assert not channel.hidden


def test_everybody_opts_out_and_in(client: Client, live_network: Network) -> None:
    sign_in_by_pages(client, live_network)
    client.post("/me/", {"act": "opt-out", "channel": ""})
    assert OptOut.objects.values_list("account", "nick", "channel").get() == ("ann", "ann", None)
    client.post("/me/", {"act": "opt-in", "channel": ""})
    assert not OptOut.objects.exists()


def test_everybody_exports_and_erases_what_they_said(client: Client, live_network: Network, say: Say) -> None:
    channel = Channel.objects.create(network=live_network, name="#garden")
    say(channel, "ann", 'mine {"id": 1', account="ann")
    say(channel, "bob", "not mine", account="bob")
    held = {"channel": channel, "why": "delay", "at": timezone.now(), "kind": Kind.MESSAGE}
    HeldLine.objects.create(**held, nick="ann", account="ann", text="not yet", due_at=timezone.now())
    sign_in_by_pages(client, live_network)
    rows = b"".join(client.get("/me/lines.jsonl")).decode().splitlines()  # type: ignore[arg-type]
    exported = [json.loads(row) for row in rows]
    assert [(row["network"], row["channel"], row["text"]) for row in exported] == [
        ("testnet", "#garden", 'mine {"id": 1'),
        ("testnet", "#garden", "not yet"),
    ]
    page = client.post("/me/", {"act": "erase", "channel": ""}).content.decode()
    assert f"2 lines of #garden, of {timezone.now().date()}" in page
    assert Line.objects.filter(text__startswith="mine").exists(), "only when sure"
    client.post("/me/", {"act": "erase", "channel": "", "sure": "on"})
    assert sorted(line.text for line in Line.objects.all()) == ["", "not mine"]


def test_a_nick_alone_opts_out_but_touches_no_past(client: Client, live_network: Network, say: Say) -> None:
    channel = Channel.objects.create(network=live_network, name="#garden")
    say(channel, "ann", "of the ann of last year")
    sign_in_by_pages(client, live_network, account="")
    for act in ("erase", "anonymise"):
        client.post("/me/", {"act": act, "channel": "", "sure": "on"})
    assert Line.objects.get().nick == "ann"
    assert client.get("/me/lines.jsonl").status_code == 404
    client.post("/me/", {"act": "opt-out", "channel": ""})
    assert OptOut.objects.values_list("account", "nick").get() == ("", "ann")


def test_a_nicks_sign_in_ends_when_the_nick_is_gone(client: Client, live_network: Network) -> None:
    sign_in_by_pages(client, live_network, account="")
    assert client.get("/me/").status_code == 200
    identity.end_nick_sessions(live_network.pk, "ann")
    assert client.get("/me/").status_code == 302


def test_a_nicks_sign_in_ends_by_itself(client: Client, live_network: Network) -> None:
    sign_in_by_pages(client, live_network, account="")
    session = client.session
    session["identity_since"] = (timezone.now() - timedelta(hours=13)).isoformat()
    session.save()
    assert client.get("/me/").status_code == 302


def test_signing_out_everywhere_ends_other_browsers_too(client: Client, live_network: Network) -> None:
    other = Client()
    sign_in_by_pages(other, live_network)
    sign_in_by_pages(client, live_network)
    client.post("/me/", {"act": "end-sessions", "channel": ""})
    assert other.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 302


def test_a_request_is_answered_at_its_link(client: Client, network: Network) -> None:
    fields = {"network": network.pk, "nick": "ann", "wish": "erase", "words": "what I said in May"}
    link = client.post("/request/", fields).headers["Location"]
    response = client.get(link)
    assert "It will be answered by" in response.content.decode()
    assert response.headers["Referrer-Policy"] == "same-origin"
    row = Request.objects.get()
    assert timedelta(days=29) < row.due_at - timezone.now() < timedelta(days=31)
    Request.objects.update(answer="Done.", answered_at=timezone.now())
    assert "Done." in client.get(link).content.decode()
    assert client.get("/request/not-a-link/").status_code == 404


def test_a_request_that_says_too_little_is_asked_again(client: Client, network: Network) -> None:
    response = client.post("/request/", {"network": network.pk, "nick": "ann", "wish": "erase", "words": ""})
    assert response.status_code == 400
    assert "This field is required." in response.content.decode()
    assert not Request.objects.exists()


def test_ten_thousand_attempts_to_sign_in_end_soon_and_change_nothing(
    live_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logs.views.http.client_address.monotonic", lambda: 1000.0)  # nothing is restored meanwhile
    statuses = Counter(
        Client().post("/sign-in/", {"network": live_network.pk}).status_code for _ in range(sign_in.MAX_CODES + 50)
    )
    assert statuses == {302: sign_in.MAX_CODES, 429: 50}
    refused = Client().post("/add/", {"network": live_network.pk, "channel": "#garden"})
    assert "too many codes" in refused.content.decode()
    assert "#garden" in refused.content.decode(), "what was typed stays"
    other = Client().post("/sign-in/", {"network": live_network.pk}, REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 302, "others go on"
    assert Code.objects.count() == sign_in.MAX_CODES + 1
    assert not Identity.objects.exists()


def test_no_more_codes_wait_than_the_network_can_use(
    client: Client, live_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "MAX_OPEN_CODES", 1)
    codes.issue(live_network)
    response = client.post("/sign-in/", {"network": live_network.pk})
    assert (response.status_code, "Too many people" in response.content.decode()) == (503, True)


def test_the_list_of_acts_goes_back_to_the_first(channel: Channel) -> None:
    for number in range(250):
        audit_log.record_act(channel, "root", f"act <{number}>")
    client = owner_of(channel)
    page = client.get("/testnet/garden/manage/acts/").content.decode()
    assert "act &lt;249&gt;" in page
    assert "act &lt;49&gt;" not in page
    earlier = re.search(r'href="(\?before=\d+)"', page)
    assert earlier is not None
    page = client.get(f"/testnet/garden/manage/acts/{earlier[1]}").content.decode()
    assert "act &lt;49&gt;" in page
    assert "act &lt;0&gt;" in page
    assert client.get("/testnet/garden/manage/acts/?before=99999999999999999999").status_code == 200


def test_the_contact_of_the_site_is_shown(client: Client) -> None:
    environment = engines["jinja2"].env  # type: ignore[attr-defined]
    before = environment.globals["contact"]
    environment.globals["contact"] = "ops@example.org"
    try:
        assert 'href="mailto:ops@example.org"' in client.get("/about/").content.decode()
    finally:
        environment.globals["contact"] = before


def test_a_nicks_sign_in_lasts_while_the_bot_confirms_it(client: Client, live_network: Network) -> None:
    sign_in_by_pages(client, live_network, account="")
    Identity.objects.update(confirmed_at=timezone.now() - timedelta(seconds=61))
    assert client.get("/me/").status_code == 302
    identity.confirm_nick_sessions(live_network.pk, {"ann"})
    assert client.get("/me/").status_code == 200
    Identity.objects.update(confirmed_at=timezone.now() - timedelta(seconds=61))
    identity.confirm_nick_sessions(live_network.pk, {"bob"})
    assert client.post("/me/", {"act": "opt-out", "channel": ""}).status_code == 302
    assert not OptOut.objects.exists()


def test_an_act_needs_a_newer_confirmation_than_a_page(client: Client, live_network: Network) -> None:
    sign_in_by_pages(client, live_network, account="")
    Identity.objects.update(confirmed_at=timezone.now() - timedelta(seconds=40))
    assert client.get("/me/").status_code == 200
    assert client.post("/me/", {"act": "opt-out", "channel": ""}).status_code == 302
    assert not OptOut.objects.exists()


def test_the_next_proof_of_a_nick_ends_the_earlier_one(client: Client, live_network: Network) -> None:
    other = Client()
    sign_in_by_pages(other, live_network, account="")
    sign_in_by_pages(client, live_network, account="")
    assert other.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200


def test_my_page_shows_every_opt_out_that_applies_and_ends_it(client: Client, live_network: Network) -> None:
    OptOut.objects.create(network=live_network, nick="ann")
    sign_in_by_pages(client, live_network)
    page = client.get("/me/").content.decode()
    assert "The nick ann opted out of all channels." in page
    assert "Log me again" in page
    page = client.post("/me/", {"act": "opt-in", "channel": ""}).content.decode()
    assert "You are being logged again." in page
    assert not OptOut.objects.exists()


def test_my_page_shows_what_is_not_mine_to_end(client: Client, live_network: Network) -> None:
    OptOut.objects.create(network=live_network, account="other", nick="ann")
    sign_in_by_pages(client, live_network)
    page = client.post("/me/", {"act": "opt-in", "channel": ""}).content.decode()
    assert "Somebody with another account" in page
    assert "other" not in page.replace("another", "").replace("all other", "")
    assert "Log me again" not in page


def test_a_pseudonym_is_shown_and_ended_on_my_page(client: Client, live_network: Network) -> None:
    Channel.objects.create(network=live_network, name="#garden")
    sign_in_by_pages(client, live_network)
    page = client.post("/me/", {"act": "anonymise", "channel": ""}).content.decode()
    assert "No line of yours is found here" in page
    page = client.post("/me/", {"act": "anonymise", "channel": "", "sure": "on"}).content.decode()
    assert "What you say gets a pseudonym in all channels" in page
    page = client.post("/me/", {"act": "use-name", "channel": ""}).content.decode()
    assert "gets a pseudonym" not in page
