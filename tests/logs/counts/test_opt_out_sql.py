"""The rule for opt-outs gives the same answer in Python, for lines, and in SQL, for statistics."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.models import Channel, OptOut
from logs.text.names import CASEMAPPINGS, fold, fold_sql
from logs.text.privacy_rules import LineNames, Person, opted_out_sql
from tests import examples

pytestmark = pytest.mark.django_db

# Few names, so that they often meet, and of every kind that a casemapping treats in its own way.
NAMES = st.sampled_from(["ann", "Ann", "ann[", "ANN{", "ann~", "ann^", "bob\\", "BOB|", "Éa", "éa"])
NAMES_OR_NONE = st.just("") | NAMES
MAPPINGS = st.sampled_from([*CASEMAPPINGS, "rfc7613"])
PEOPLE = st.lists(st.tuples(st.sampled_from([0, 1, None]), NAMES_OR_NONE, NAMES_OR_NONE), max_size=3, unique=True)


@settings(max_examples=examples.count(100, nightly=300))
@given(people=PEOPLE, line=st.tuples(NAMES_OR_NONE, NAMES, NAMES_OR_NONE), casemapping=MAPPINGS)
def test_python_and_sql_agree(
    channel: Channel,
    people: list[tuple[int | None, str, str]],
    line: tuple[str, str, str],
    casemapping: str,
) -> None:
    account, nick, target = line
    other, _ = Channel.objects.get_or_create(network=channel.network, name="#other")
    ids = [channel.pk, other.pk]
    persons = [Person(None if where is None else ids[where], *names) for where, *names in people]
    OptOut.objects.all().delete()
    OptOut.objects.bulk_create(
        [
            OptOut(network=channel.network, channel_id=person.channel, account=person.account, nick=person.nick)
            for person in persons
        ]
    )
    names = LineNames.folded(account, nick, target, casemapping)
    expected = any(person.folded(casemapping).is_in_line(channel.pk, names) for person in persons)
    condition = opted_out_sql(
        network="%(network)s",
        channels="ARRAY[%(channel)s]",
        casemapping="%(casemapping)s",
        account="%(account)s::text",
        nick="%(nick)s::text",
        target="%(target)s::text",
    )
    values = {"network": channel.network_id, "channel": channel.pk, "casemapping": casemapping}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {condition}", values | {"account": account, "nick": nick, "target": target})
        assert cursor.fetchone() == (expected,)


@settings(max_examples=examples.count(66, nightly=200))
@given(name=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), mapping=MAPPINGS)
def test_names_are_folded_alike(db: None, name: str, mapping: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {fold_sql('%(name)s::text', '%(mapping)s')}", {"name": name, "mapping": mapping})
        assert cursor.fetchone() == (fold(name, mapping),)
