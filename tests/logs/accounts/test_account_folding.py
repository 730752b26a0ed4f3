"""Two accounts whose names the server's casemapping takes for one are two people."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from logs import privacy
from logs.accounts import codes, identity, ownership
from logs.accounts.identity import IrcUser
from logs.models import Act, Channel, Forgotten, Identity, Line, Membership, Network, OptOut
from logs.models.people import Role
from logs.privacy import Speaker
from tests.conftest import Say

pytestmark = pytest.mark.django_db

migration = import_module("logs.migrations.0007_account_folding")


def migrate() -> None:
    migration.separate_accounts(apps, SimpleNamespace(connection=connection))


def sign_in(network: Network, account: str) -> Identity:
    code, text = codes.issue(network)
    identity.sign_in(IrcUser(network.pk, "nick", account), text)
    proven = codes.redeem(code.pk)
    assert proven is not None
    return proven


@pytest.mark.parametrize("casemapping", ["rfc1459", "rfc1459-strict", "ascii"])
def test_an_account_with_a_similar_name_takes_over_nothing(channel: Channel, casemapping: str) -> None:
    Network.objects.update(casemapping=casemapping)
    network = Network.objects.get(pk=channel.network_id)
    victim = sign_in(network, "Victim{")
    ownership.grant_role(channel, "victim{", Role.OWNER, "root")
    assert Membership.objects.get().identity == victim
    attacker = sign_in(network, "victim[")
    assert attacker != victim
    assert not attacker.memberships.exists()
    assert sign_in(network, "VICTIM{") == victim
    number, _ = ownership.set_paused(channel.name, IrcUser(network.pk, "n", "victim["), paused=True)
    assert number is None
    number, _ = ownership.set_paused(channel.name, IrcUser(network.pk, "n", "Victim{"), paused=True)
    assert number == channel.pk


def test_an_account_erases_only_its_own_lines(channel: Channel, say: Say) -> None:
    say(channel, "one", "mine", account="Victim[")
    say(channel, "two", "theirs", account="victim{")
    assert privacy.erase(channel.network, Speaker(account="victim["), "test") == 1
    assert Line.objects.exclude(text="").get().text == "theirs"


def test_the_upgrade_takes_the_spelling_of_the_nick(channel: Channel) -> None:
    identity = Identity.objects.create(network=channel.network, account="ann{m}", nick="Ann[M]")
    other = Identity.objects.create(network=channel.network, account="bob", nick="Bob[m]")
    Membership.objects.create(channel=channel, identity=identity, role=Role.OWNER)
    migrate()
    assert sign_in(channel.network, "ann[m]") == identity
    assert sign_in(channel.network, "bob") == other
    assert Membership.objects.get().identity == identity


def test_the_upgrade_leaves_no_role_to_an_account_whose_spelling_is_unknown(channel: Channel) -> None:
    identity = Identity.objects.create(network=channel.network, account="ann{m}", nick="annie")
    Membership.objects.create(channel=channel, identity=identity, role=Role.OWNER)
    migrate()
    assert not Membership.objects.exists()
    identity.refresh_from_db()
    assert identity.signed_out_at is not None
    assert Act.objects.get().what.startswith("annie (account ann{m}) is no longer owner")


def test_the_upgrade_changes_nothing_where_services_and_server_agree(channel: Channel) -> None:
    Network.objects.update(casemapping="ascii")
    identity = Identity.objects.create(network=channel.network, account="ann{m}", nick="annie")
    Membership.objects.create(channel=channel, identity=identity, role=Role.OWNER)
    migrate()
    assert Membership.objects.get().identity == identity


def test_after_the_upgrade_opt_outs_and_erasures_apply_to_every_spelling(channel: Channel) -> None:
    OptOut.objects.create(network=channel.network, account="ann{|", nick="annie")
    OptOut.objects.create(network=channel.network, account="bob")
    Forgotten.objects.create(network=channel.network, account="ann{", until=timezone.now())
    Forgotten.objects.create(network=channel.network, account="", until=timezone.now(), msgid="m1")
    migrate()
    spellings = {"ann{|", "ann[|", "ann{\\", "ann[\\", "bob"}
    assert set(OptOut.objects.values_list("account", flat=True)) == spellings
    assert set(OptOut.objects.exclude(account="bob").values_list("nick", flat=True)) == {"annie"}
    assert sorted(Forgotten.objects.values_list("account", flat=True)) == ["", "ann[", "ann{"]
