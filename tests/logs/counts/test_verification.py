"""The counts, held to what counting every line gives."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.counts.verification import find_mismatches, repair_counts
from logs.formats import log_format as formats
from logs.imports.bulk_load import load_files
from logs.ingest.channel_state import remove_lines
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import ALL_YEARS, Channel, DayCount, HourCount, Kind, Line, LineCounter, Network, NickCount
from logs.models.line import SAID
from logs.retention import delete_older_lines
from tests import examples
from tests.conftest import Say

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

moments = st.sampled_from([NEW_YEAR + timedelta(hours=hours) for hours in (-25, -1, 0, 1, 23, 24, 24 * 365)]) | (
    st.datetimes(datetime(1988, 8, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
)
nicks = st.sampled_from(["ann", "Ann", "[b]", "é", "", "x" * 3000])
kinds = st.sampled_from(list(Kind))
lines = st.tuples(moments, nicks, kinds)
ids = st.sets(st.integers(1, 30), max_size=8)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("store"), st.lists(lines, min_size=1, max_size=6)),
        st.tuples(st.just("import"), st.lists(lines, min_size=1, max_size=6)),
        st.tuples(st.just("expire"), moments),
        st.tuples(st.just("remove"), ids),
        st.tuples(st.just("erase"), ids),
        st.tuples(st.just("rename"), ids, nicks),
        st.tuples(st.just("fail"), st.lists(lines, min_size=1, max_size=6)),
    ),
    max_size=12,
)


def expected_counts(channel: Channel) -> tuple[object, ...]:
    """What the tables have to say, by counting one line after the other."""
    days: Counter[date] = Counter()
    message_counts: Counter[date] = Counter()
    hours: Counter[tuple[int, int]] = Counter()
    by_nick: Counter[tuple[int, str]] = Counter()
    for line in Line.objects.filter(channel=channel):
        days[line.at.date()] += 1
        if line.kind in SAID:
            message_counts[line.at.date()] += 1
            hours[line.at.year, line.at.weekday() * 24 + line.at.hour] += 1
            by_nick[line.at.year, line.nick[:400]] += 1
            by_nick[ALL_YEARS, line.nick[:400]] += 1
    last_at = max((line.at for line in Line.objects.filter(channel=channel)), default=None)
    sums = days.total(), message_counts.total(), last_at
    return {day: (days[day], message_counts[day]) for day in days}, dict(hours), dict(by_nick), sums


def stored_counts(channel: Channel) -> tuple[object, ...]:
    return (
        {row.day: (row.lines, row.said) for row in DayCount.objects.filter(channel=channel) if row.lines},
        {(row.year, row.hour): row.said for row in HourCount.objects.filter(channel=channel) if row.said},
        {(row.year, row.nick): row.said for row in NickCount.objects.filter(channel=channel)},
        LineCounter.objects.filter(channel=channel).values_list("lines", "said", "last_at").first() or (0, 0, None),
    )


def act(channel: Channel, act: str, *given: object) -> None:
    match act, given:
        case "store", [list(wanted)]:
            store_lines([Entry(channel.pk, at, kind, nick) for at, nick, kind in wanted])
        case "import", [list(wanted)]:
            load_files(channel.pk, [[formats.LogLine(at, kind, nick, "x") for at, nick, kind in sorted(wanted)]])
        case "expire", [datetime() as before]:
            delete_older_lines(channel, before)
        case "remove", [set(wanted)]:
            remove_lines(channel, wanted)
        case "erase", [set(wanted)]:
            Line.objects.filter(channel=channel, id__in=wanted).delete()
        case "rename", [set(wanted), nick]:
            Line.objects.filter(channel=channel, id__in=wanted).update(nick=nick)
        case "fail", [list(wanted)]:
            with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012
                store_lines([Entry(channel.pk, at, kind, nick) for at, nick, kind in wanted])
                Channel.objects.create(network=channel.network, name=channel.name)


@settings(max_examples=examples.count(20, nightly=60))
@given(acts=acts)
def test_counts_are_right_whatever_is_written_and_removed(network: Network, acts: list[tuple[object, ...]]) -> None:
    with transaction.atomic():
        channel, other = (Channel.objects.create(network=network, name=name) for name in ("#one", "#other"))
        act(other, "store", [(NEW_YEAR, "ann", Kind.MESSAGE)])
        for done in acts:
            act(channel, *done)  # type: ignore[arg-type]
        assert stored_counts(channel) == expected_counts(channel)
        assert stored_counts(other) == expected_counts(other)
        assert find_mismatches(channel.pk) == []
        transaction.set_rollback(True)


def test_whatever_changes_a_day_raises_its_revision(channel: Channel, say: Say) -> None:
    def revisions() -> list[int]:
        return list(DayCount.objects.order_by("day").values_list("revision", flat=True))

    say(channel, "ann", at=NEW_YEAR)
    say(channel, "ann", at=NEW_YEAR + timedelta(days=1))
    seen = [revisions()]
    say(channel, "bob", at=NEW_YEAR, kind=Kind.JOIN)
    seen.append(revisions())
    Line.objects.filter(id=2).update(text="another")
    seen.append(revisions())
    remove_lines(channel, {1, 3})
    seen.append(revisions())
    say(channel, "ann", at=NEW_YEAR)
    seen.append(revisions())
    first, second = zip(*seen, strict=True)
    assert [first[n] == first[n + 1] for n in range(4)] == [False, True, False, False]
    assert [second[n] == second[n + 1] for n in range(4)] == [True, False, True, True]
    assert len(set(first)) == 4


def corrupt_counts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE logs_daycount SET lines = lines + 1 WHERE day = '2026-01-01'")
        cursor.execute("DELETE FROM logs_hourcount")
        cursor.execute("UPDATE logs_linecounter SET said = 7, last_at = NULL")
        cursor.execute(
            "INSERT INTO logs_nickcount (channel_id, year, nick, said) SELECT id, 2026, 'nobody', 3 FROM logs_channel"
        )


def test_wrong_counts_are_found_reported_and_corrected(
    channel: Channel, say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    say(channel, "ann", at=NEW_YEAR)
    call_command("checkcounts")
    assert capsys.readouterr().out == "All counts are right.\n"
    corrupt_counts()
    with pytest.raises(CommandError, match="4 counts are wrong"):
        call_command("checkcounts", "testnet/#GARDEN")
    assert capsys.readouterr().out.splitlines() == [
        "testnet/#garden: logs_linecounter: 1/7/None kept, 1/1/2026-01-01 00:00:00+00:00 counted",
        "testnet/#garden: logs_daycount 2026-01-01: 2/1 kept, 1/1 counted",
        "testnet/#garden: logs_hourcount 2026 72: 0 kept, 1 counted",
        "testnet/#garden: logs_nickcount 2026 nobody: 3 kept, 0 counted",
    ]
    call_command("checkcounts", "--repair")
    assert capsys.readouterr().out.splitlines()[-1] == "4 counts were wrong and are right now."
    assert stored_counts(channel) == expected_counts(channel)
    assert repair_counts(channel.pk) == []


def test_a_repaired_day_gets_a_new_revision(channel: Channel, say: Say) -> None:
    say(channel, "ann", at=NEW_YEAR)
    corrupt_counts()
    repair_counts(channel.pk)
    assert DayCount.objects.get().revision == 2


def test_an_unknown_channel_is_said_to_be_unknown(channel: Channel) -> None:
    with pytest.raises(CommandError, match="no channel “testnet/#gone”"):
        call_command("checkcounts", "testnet/#gone")
    with pytest.raises(CommandError, match="no channel “#garden”"):
        call_command("checkcounts", "#garden")


@pytest.mark.django_db(transaction=True)
def test_counts_are_right_after_imports_and_removals_in_between(channel: Channel, say: Say) -> None:
    def logged(first: int, last: int) -> list[formats.LogLine]:
        return [
            formats.LogLine(NEW_YEAR + timedelta(hours=7 * n), 1 + n % 10, f"n{n % 3}", "x") for n in range(first, last)
        ]

    for first, last in ((0, 50), (30, 90), (0, 90)):
        load_files(channel.pk, [logged(first, last)])
        assert stored_counts(channel) == expected_counts(channel)
        remove_lines(channel, range(first, last, 4))
        say(channel, "ann", at=NEW_YEAR)
        assert stored_counts(channel) == expected_counts(channel)
    assert find_mismatches(channel.pk) == []
