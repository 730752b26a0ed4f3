"""A compiled query returns what its queryset returns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db.models import F
from django.forms.models import model_to_dict

from logs.models import STRANGER, BotStatus, Channel, ClosedPeriod, Line, Network, Visitor
from logs.models.postgres import CompiledQuery
from logs.views.http.channel_lookup import channel_or_404
from tests.conftest import Say

pytestmark = pytest.mark.django_db
VISITOR_WITH_KEY = Visitor(keys=frozenset({"a key of no channel"}))
"""Reads what strangers read, but not by the compiled query."""


def described(channel: Channel) -> dict[str, object]:
    values = {name: value for name, value in vars(channel).items() if name != "_state"}
    return values | {"network": model_to_dict(channel.network), "url": channel.get_absolute_url()}


def test_a_stranger_gets_the_channel_that_the_queryset_returns(channel: Channel, say: Say) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    BotStatus.objects.create(network=channel.network, channel=channel, state="joined", since=now, updated_at=now)
    say(channel, "ann", "closed", at=datetime(2026, 3, 1, tzinfo=UTC))
    Channel.objects.update(visibility="members")
    say(channel, "ann", "closed", at=datetime(2026, 3, 1, tzinfo=UTC))
    Channel.objects.update(visibility="public", topic="100 % \\ 'open'")
    Channel.objects.create(network=Network.objects.create(name="TESTNET"), name="#garden")
    for network, name in (("testnet", "#garden"), ("TESTNET", "#GARDEN"), ("TestNet", "#Garden")):
        found = channel_or_404(STRANGER, network, name)
        assert described(found) == described(channel_or_404(VISITOR_WITH_KEY, network, name))
        assert found._state.db == "default"
        assert not found._state.adding
    assert channel_or_404(STRANGER, "testnet", "#garden").hidden_periods
    assert ClosedPeriod.objects.exists()
    channel_or_404(STRANGER, "testnet", "#garden").save()


def test_a_marker_that_is_not_in_the_query_is_a_mistake(channel: Channel) -> None:
    channels = Channel.objects.select_related("network").annotate(casemapping=F("network__casemapping"))
    compiled = CompiledQuery(channels.filter(name="?"), ["?"])
    assert compiled.fetch("#garden") == [channel]
    assert compiled.fetch("#other") == []
    with pytest.raises(ValueError, match="not in the query"):
        CompiledQuery(channels, ["?"])


def test_values_of_every_type_take_the_places_of_markers(channel: Channel, say: Say) -> None:
    first, second = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    say(channel, "ann", "one", at=first)
    say(channel, "ann", "two", at=second)
    marked, kinds = datetime(2, 1, 1, tzinfo=UTC), [-2]
    lines = Line.objects.filter(channel=-1, at__gte=marked).extra(where=["kind = ANY(%s)"], params=[kinds])
    compiled = CompiledQuery(lines.order_by("id").values_list("text"), [-1, marked, kinds])
    assert compiled.fetch_rows(channel.pk, first, [1]) == [("one",), ("two",)]
    assert compiled.fetch_rows(channel.pk, second, [1]) == [("two",)]
    assert compiled.fetch_rows(channel.pk, first, [2]) == []
    assert compiled.fetch_rows(channel.pk + 1, first, [1]) == []


def test_a_marker_is_not_taken_for_an_equal_value_of_another_type(channel: Channel) -> None:
    with pytest.raises(ValueError, match="not in the query"):
        CompiledQuery(Channel.objects.filter(wanted=True), [1])
