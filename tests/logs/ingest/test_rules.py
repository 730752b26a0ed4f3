"""The rules at their exact limits, and what they have in common for single lines and bulk loads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_django
from django.db import transaction

from logs import privacy
from logs.ingest import rules
from logs.ingest.entry import Entry
from logs.ingest.erased_copies import MINUTE
from logs.ingest.rules import COPY_TOLERANCE, FilteredEntries, apply_rules, digest_of
from logs.ingest.staged_rules import ErasedLines
from logs.ingest.store import insert_lines
from logs.models import Channel, Forgotten, Gap, HeldLine, Kind, Line, Network, OptOut
from logs.models.line import Reason

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules.timezone, "now", lambda: NOW)


@pytest.fixture
def entry(channel: Channel) -> Entry:
    return Entry(channel.pk, NOW, Kind.MESSAGE, "ann", "hi")


def outcome(entry: Entry) -> str:
    filtered = apply_rules([entry])
    names = {"accepted": len(filtered.accepted), "held": len(filtered.held), "dropped": filtered.dropped}
    ((name, _),) = [(name, count) for name, count in names.items() if count]
    return name


def test_without_rules_entries_are_accepted_as_they_are(entry: Entry) -> None:
    assert apply_rules([entry, entry]) == FilteredEntries([entry, entry])


def test_one_query_says_that_there_are_no_rules(
    entry: Entry, django_assert_num_queries: pytest_django.DjangoAssertNumQueries
) -> None:
    """Every commit of the bot asks. Rules of other networks and channels are none of these entries'."""
    elsewhere = Network.objects.create(name="elsewhere")
    other = Channel.objects.create(network=elsewhere, name="#other")
    OptOut.objects.create(network=elsewhere, nick="ann")
    Forgotten.objects.create(network=elsewhere, nick="ann", until=NOW)
    Forgotten.objects.create(network=elsewhere, channel=other, msgid="m", until=NOW)
    Gap.objects.create(channel=other, from_at=NOW, reason=Reason.PAUSED)
    second = Channel.objects.create(network_id=Channel.objects.get(pk=entry.channel).network_id, name="#second")
    entries = [entry, replace(entry, channel=second.pk, msgid="m")]
    with django_assert_num_queries(1):
        assert apply_rules(entries) == FilteredEntries(entries)


@pytest.mark.parametrize(
    ("kind", "target", "is_wanted", "expected"),
    [
        (Kind.MESSAGE, "@", False, "dropped"),
        (Kind.ACTION, "~&", False, "dropped"),
        (Kind.NOTICE, "+", False, "dropped"),
        (Kind.NOTICE, "+", True, "accepted"),
        (Kind.MESSAGE, "bob", False, "accepted"),
        (Kind.KICK, "^", False, "accepted"),
    ],
)
def test_what_is_said_to_some_members_only_is_for_owners_to_decide(
    entry: Entry, kind: Kind, target: str, is_wanted: bool, expected: str
) -> None:
    Channel.objects.update(keeps_restricted=is_wanted)
    assert outcome(replace(entry, kind=kind, target=target)) == expected


def test_entries_of_unknown_channels_are_for_the_store_to_report(entry: Entry) -> None:
    assert outcome(replace(entry, channel=999_999)) == "accepted"


@pytest.mark.parametrize(("age", "expected"), [(10 * HOUR / 60 - MOMENT, "held"), (10 * HOUR / 60, "accepted")])
def test_a_delay_ends_to_the_microsecond(entry: Entry, age: timedelta, expected: str) -> None:
    Channel.objects.update(delay=10)
    assert outcome(replace(entry, at=NOW - age)) == expected


def test_a_held_line_is_due_when_its_delay_is_over(entry: Entry) -> None:
    Channel.objects.update(delay=10)
    (held,) = apply_rules([entry]).held
    assert isinstance(held, HeldLine)
    assert held.due_at == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW - HOUR, "accepted"),
        (NOW - HOUR + MOMENT, "dropped"),
        (NOW - MOMENT, "dropped"),
        (NOW, "accepted"),
    ],
)
def test_a_pause_covers_what_lies_between_its_ends(entry: Entry, at: datetime, expected: str) -> None:
    Gap.objects.create(channel_id=entry.channel, from_at=NOW - HOUR, to_at=NOW, reason=Reason.PAUSED)
    assert outcome(replace(entry, at=at, replayed=True)) == expected
    assert outcome(replace(entry, at=at)) == "accepted", "the bot has filtered what it received itself"


def test_other_gaps_and_other_channels_pauses_drop_nothing(entry: Entry, network: Network) -> None:
    other = Channel.objects.create(network=network, name="#other")
    Gap.objects.create(channel_id=entry.channel, from_at=NOW - HOUR, to_at=None, reason=Reason.CONNECTION)
    Gap.objects.create(channel=other, from_at=NOW - HOUR, to_at=None, reason=Reason.PAUSED)
    assert outcome(replace(entry, replayed=True)) == "accepted"


@pytest.mark.parametrize(("later", "expected"), [(-HOUR, "dropped"), (0 * HOUR, "dropped"), (MOMENT, "accepted")])
def test_an_erasure_covers_what_was_said_until_then(entry: Entry, later: timedelta, expected: str) -> None:
    Forgotten.objects.create(network=Network.objects.get(), until=NOW, nick="ann")
    assert outcome(replace(entry, at=NOW + later)) == expected


@pytest.mark.parametrize("kind", [Kind.KICK, Kind.NICK])
def test_an_erasure_of_a_nick_covers_lines_about_it_too(entry: Entry, kind: Kind) -> None:
    Forgotten.objects.create(network=Network.objects.get(), until=NOW, nick="ann")
    assert outcome(replace(entry, kind=kind, nick="op", target="Ann")) == "dropped"


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (COPY_TOLERANCE, "dropped"),
        (-COPY_TOLERANCE, "dropped"),
        (COPY_TOLERANCE + MOMENT, "accepted"),
        (-COPY_TOLERANCE - MOMENT, "accepted"),
    ],
)
def test_an_erased_line_is_recognised_near_its_time(entry: Entry, distance: timedelta, expected: str) -> None:
    network = Network.objects.get()
    Forgotten.objects.create(network=network, channel_id=entry.channel, until=NOW, digest=digest_of(entry))
    assert outcome(replace(entry, at=NOW + distance)) == expected
    assert outcome(replace(entry, text="other words")) == "accepted"


@pytest.mark.parametrize("name", ["Ann", "aNN"])
def test_an_opt_out_is_honoured_however_its_case_is_written(entry: Entry, name: str) -> None:
    """The administration stores names as they are typed."""
    OptOut.objects.create(network=Network.objects.get(), nick=name)
    assert [line.kind for line in apply_rules([entry]).accepted] == [Kind.UNLOGGED]


def test_names_are_compared_as_the_network_does(entry: Entry) -> None:
    OptOut.objects.create(network=Network.objects.get(), nick="ann[")
    line = replace(entry, nick="ann{")
    assert apply_rules([line]).accepted[0].kind == Kind.UNLOGGED
    Network.objects.update(casemapping="ascii")
    assert apply_rules([line]).accepted == [line]


def test_a_pseudonym_is_the_same_for_rows_and_for_lines_that_come_later(entry: Entry) -> None:
    """Also where the name was given in another case than the line has."""
    channel = Channel.objects.get()
    with transaction.atomic():
        insert_lines([entry])
    privacy.anonymise(channel.network, privacy.Speaker(nick="ANN"), "root")
    Forgotten.objects.update(until=NOW)
    (later,) = apply_rules([entry]).accepted
    assert later.nick == Line.objects.get().nick != "ann"


def test_a_placeholder_gets_no_pseudonym(entry: Entry) -> None:
    OptOut.objects.create(network=Network.objects.get(), nick="ann")
    remaining = rules.ChannelRules({entry.channel}).filter_entry(entry, "somebody-1")
    assert remaining == replace(entry, kind=Kind.UNLOGGED, nick="", text="")


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (COPY_TOLERANCE, True),
        (COPY_TOLERANCE + MOMENT, False),
        (-MINUTE + MOMENT, True),
        (-MINUTE, False),
    ],
)
def test_an_import_recognises_an_erased_line_also_by_its_minute(
    entry: Entry, distance: timedelta, expected: bool
) -> None:
    network = Network.objects.get()
    Forgotten.objects.create(network=network, channel_id=entry.channel, until=NOW, digest=digest_of(entry))
    erased = ErasedLines(entry.channel)
    copy = replace(entry, at=NOW + distance)
    assert (copy in erased) is expected
    assert replace(copy, text="other words") not in erased
