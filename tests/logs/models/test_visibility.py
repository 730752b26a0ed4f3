"""The rule of who may read a channel and its two forms for SQL and for live streams agree."""

from __future__ import annotations

from itertools import product

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from logs.models import STRANGER, Channel, Identity, Membership, Visitor
from logs.models.channel import OPEN_AUDIENCE, stranger_condition
from logs.models.channel_choices import LoggingNotice, Visibility
from logs.views.feeds import channel_feed
from logs.views.http import http_cache

pytestmark = pytest.mark.django_db
SETTINGS = list(product(Visibility.values, LoggingNotice.values, [False, True]))


def make_visitors(channel: Channel) -> dict[str, Visitor]:
    visitors = {
        "stranger": STRANGER,
        "holder of the link": Visitor(keys=frozenset({channel.link_key})),
        "holder of another link": Visitor(keys=frozenset({"another"})),
        "administrator": Visitor(is_admin=True),
    }
    for role in ("member", "owner", ""):
        identity = Identity.objects.create(network=channel.network, account=f"account{role}", nick="ann")
        if role:
            Membership.objects.create(channel=channel, identity=identity, role=role)
        visitors[role or "signed in"] = Visitor(identity=identity.pk)
        visitors[f"token of {role or 'signed in'}"] = Visitor(identity=identity.pk, only_channel=channel.pk)
    return visitors


def is_open_in_sql(channel: Channel) -> bool:
    condition, parameters = stranger_condition()
    with connection.cursor() as cursor:
        statement = f"SELECT 1 FROM logs_channel WHERE logs_channel.id = %(id)s AND {condition}"  # noqa: S608
        cursor.execute(statement, parameters | {"id": channel.pk})
        return cursor.fetchone() is not None


@pytest.mark.parametrize(("visibility", "notice", "hidden"), SETTINGS)
def test_a_channel_is_open_by_every_form_of_the_rule_or_by_none(
    channel: Channel, visibility: str, notice: str, *, hidden: bool
) -> None:
    get_user_model().objects.create_superuser("root")
    visitors = make_visitors(channel)
    Channel.objects.filter(pk=channel.pk).update(visibility=visibility, notice=notice, hidden=hidden)
    channel.refresh_from_db()
    readers = {name for name, visitor in visitors.items() if Channel.objects.visible_to(visitor).exists()}
    is_open = "stranger" in readers
    assert is_open == is_open_in_sql(channel) == (channel.audience == OPEN_AUDIENCE) == channel.is_public
    assert readers == set(visitors) if is_open else {"administrator", "owner"} <= readers
    assert is_open == (visibility == "public" and notice != "missing" and not hidden)


def test_statements_written_in_sql_contain_the_rule() -> None:
    for statement in (http_cache._DAY_STATE, channel_feed._FEED_STATE):
        assert "{readable}" in statement
        assert "audience" not in statement
