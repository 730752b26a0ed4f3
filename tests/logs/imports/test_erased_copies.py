"""What was erased or anonymised does not come back by a log that names no account, in whatever format."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from logs import privacy, retention
from logs.export import WRITERS
from logs.formats.log_format import LogLine, ParseContext, WriteOptions
from logs.imports.bulk_load import load_files
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, ErasedCopy, Kind, Line
from logs.privacy import Speaker

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORD = "zanzibar7"
ANN = Speaker(account="ann")
SAID = [
    LogLine(START, Kind.JOIN, "ann"),
    LogLine(START, Kind.MESSAGE, "ann", f"my \x02secret\x02 is  {WORD}"),
    LogLine(START + MINUTE, Kind.ACTION, "ann", f"waves {WORD}"),
    LogLine(START + MINUTE, Kind.NICK, "ann", target="ann_away"),
    LogLine(START + 2 * MINUTE, Kind.MESSAGE, "ann_away", f"{WORD} again"),
    LogLine(START + 3 * MINUTE, Kind.TOPIC, "ann_away", f"about {WORD}"),
    LogLine(START + 4 * MINUTE, Kind.QUIT, "ann_away", f"bye {WORD}"),
]
OTHERS = LogLine(START + MINUTE, Kind.MESSAGE, "bob", "hello from bob")


def record(channel: Channel, lines: list[LogLine], account: str | None = "ann") -> None:
    """Store lines as the bot does on a server that names the speakers' accounts."""
    with transaction.atomic():
        store_lines(
            [Entry(channel.pk, line.at, line.kind, line.nick, line.text, account, None, line.target) for line in lines]
        )


def read_copy(form_name: str, lines: list[LogLine], offset: timedelta = timedelta(0)) -> Iterator[LogLine]:
    """Write lines in a format and read them again, without accounts, by a clock that is off."""
    form = WRITERS[form_name]
    assert form.write
    moved = [line._replace(at=line.at + offset) for line in lines]
    written = list(form.write(moved, WriteOptions("#garden")))
    for item in form.parse(enumerate(written, 1), ParseContext(UTC, moved[0].at.date())):
        if isinstance(item, LogLine):
            yield item._replace(account=None, msgid=None, id=None)


def contents(channel: Channel) -> str:
    return str(list(Line.objects.filter(channel=channel).values_list("nick", "text", "target")))


FORMS = pytest.mark.parametrize("form", list(WRITERS))
CLOCKS = pytest.mark.parametrize("offset", [timedelta(0), -4 * MINUTE, 4 * MINUTE], ids=["exact", "late", "early"])


@FORMS
@CLOCKS
def test_erased_lines_do_not_come_back_from_a_log_without_accounts(
    channel: Channel, form: str, offset: timedelta
) -> None:
    record(channel, SAID)
    privacy.erase(channel.network, ANN, "ann")
    (loaded,) = load_files(channel.pk, [list(read_copy(form, [*SAID, OTHERS], offset))])
    assert loaded.stored == 1
    assert WORD not in contents(channel)
    assert "ann" not in contents(channel)
    assert OTHERS.text in contents(channel)


@FORMS
@CLOCKS
def test_anonymised_lines_keep_their_pseudonym_in_a_log_without_accounts(
    channel: Channel, form: str, offset: timedelta
) -> None:
    record(channel, SAID)
    privacy.anonymise(channel.network, ANN, "ann")
    load_files(channel.pk, [list(read_copy(form, [*SAID, OTHERS], offset))])
    nicks = set(Line.objects.filter(channel=channel).values_list("nick", flat=True))
    assert len(nicks) == 2
    assert "bob" in nicks
    assert "ann" not in contents(channel).replace("anon-", "")


@FORMS
def test_a_redacted_line_does_not_come_back_without_its_message_id(channel: Channel, form: str) -> None:
    with transaction.atomic():
        store_lines([Entry(channel.pk, START, Kind.MESSAGE, "ann", WORD, msgid="m1")])
    privacy.redact(channel, [1], "root")
    load_files(channel.pk, [list(read_copy(form, [LogLine(START, Kind.MESSAGE, "ann", WORD)], 3 * MINUTE))])
    assert WORD not in contents(channel)


@pytest.mark.parametrize(("text", "is_copy"), [("hunter2!", True), ("ok 10", False), ("good morning", False)])
def test_a_short_text_with_a_digit_is_recognised_in_another_time_zone(
    channel: Channel, text: str, is_copy: bool
) -> None:
    said = LogLine(START, Kind.MESSAGE, "ann", text)
    record(channel, [said])
    privacy.redact(channel, [1], "root")
    load_files(channel.pk, [[said._replace(at=START + timedelta(hours=5, minutes=30))]])
    assert (text not in contents(channel)) == is_copy


def test_a_nick_is_recognised_however_its_accents_are_written(channel: Channel) -> None:
    said = LogLine(START, Kind.MESSAGE, "J\N{LATIN SMALL LETTER U WITH DIAERESIS}rgen", f"my {WORD}")
    record(channel, [said])
    privacy.erase(channel.network, ANN, "ann")
    decomposed = said._replace(nick="Ju\N{COMBINING DIAERESIS}rgen")
    missed = decomposed._replace(at=START + timedelta(hours=1), text=f"{WORD}, missed by the bot")
    (loaded,) = load_files(channel.pk, [[decomposed, missed]])
    assert loaded.stored == 0


@pytest.mark.parametrize("act", [privacy.erase, privacy.anonymise])
def test_lines_that_the_archive_missed_are_recognised_by_a_nick_of_that_day(channel: Channel, act: object) -> None:
    record(channel, SAID[:2])
    assert callable(act)
    act(channel.network, ANN, "ann")
    missed = SAID[1]._replace(at=START + timedelta(hours=3), text=f"{WORD}, missed by the bot")
    load_files(channel.pk, [[missed, missed._replace(at=missed.at + timedelta(days=2), text="of another day")]])
    rows = Line.objects.filter(channel=channel, nick="ann").values_list("text", flat=True)
    assert list(rows) == ["of another day"]


@pytest.mark.parametrize("hours", [-5, 5.5, 12.75])
def test_a_copy_by_the_clock_of_another_zone_is_recognised_by_distinctive_words(channel: Channel, hours: float) -> None:
    line = LogLine(START, Kind.MESSAGE, "ann", f"a sentence that nobody says twice: {WORD}")
    short = LogLine(START, Kind.MESSAGE, "ann", "good morning")
    record(channel, [line, short])
    privacy.redact(channel, [1, 2], "root")
    copies = [each._replace(at=each.at.replace(second=0) + timedelta(hours=hours)) for each in (line, short)]
    load_files(channel.pk, [copies])
    assert WORD not in contents(channel)
    assert short.text in contents(channel), "short words hours away are other words"


def test_copies_from_a_servers_history_are_recognised_and_what_is_said_live_is_not_taken_for_one(
    channel: Channel,
) -> None:
    record(channel, SAID)
    privacy.erase(channel.network, ANN, "ann")
    said = SAID[1]
    with transaction.atomic():
        store_lines([Entry(channel.pk, said.at + MINUTE, said.kind, said.nick, said.text, replayed=True)])
    assert WORD not in contents(channel)
    with transaction.atomic():
        store_lines([Entry(channel.pk, said.at + MINUTE, said.kind, said.nick, said.text)])
    assert WORD in contents(channel)


def test_what_the_journal_still_had_is_remembered_too(channel: Channel) -> None:
    now = timezone.now()
    late = LogLine(now - MINUTE, Kind.MESSAGE, "ann", f"behind in the journal: {WORD}")
    privacy.erase(channel.network, ANN, "ann")
    record(channel, [late])
    load_files(channel.pk, [[late._replace(at=late.at + MINUTE)]])
    assert contents(channel) == "[]"


def test_an_erased_line_costs_one_row_however_often_it_is_imported(channel: Channel) -> None:
    record(channel, SAID)
    privacy.erase(channel.network, ANN, "ann")
    # One for each line, and one for each of two nicks on one day.
    assert ErasedCopy.objects.count() == len(SAID) + 2
    for _ in range(2):
        load_files(channel.pk, [[line._replace(account="ann") for line in SAID]])
    assert ErasedCopy.objects.count() == len(SAID) + 2


def test_the_same_words_have_other_digests_in_other_channels(channel: Channel) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    for where in (channel, other):
        record(where, SAID)
        privacy.erase(channel.network, ANN, "ann", where)
    digests = list(ErasedCopy.objects.values_list("digest", flat=True))
    assert len(set(digests)) == len(digests)


def test_channels_without_erasures_cost_no_query_more(channel: Channel) -> None:
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        store_lines([Entry(channel.pk, START, Kind.MESSAGE, "ann", "hi")])
    assert not [query for query in queries if 'FROM "logs_erasedcopy" WHERE' in query["sql"]]


def test_purging_deletes_the_digests(channel: Channel) -> None:
    record(channel, SAID)
    privacy.erase(channel.network, ANN, "ann")
    retention.purge(channel, "root")
    assert not ErasedCopy.objects.exists()


@FORMS
def test_a_log_without_accounts_has_no_line_of_an_account_that_opted_out(channel: Channel, form: str) -> None:
    """Also under another nick than that of the opt-out; a nick that another account uses is left to that one."""
    seen_at = START - timedelta(days=30)
    record(channel, [LogLine(seen_at, Kind.MESSAGE, nick, "before") for nick in ("ann", "ann_away", "shared")])
    record(channel, [LogLine(seen_at + MINUTE, Kind.MESSAGE, "shared", "mine")], account="carol")
    privacy.opt_out(channel.network, Speaker("ann", "ann"), "ann")
    shared = LogLine(START + 5 * MINUTE, Kind.MESSAGE, "shared", "hello from carol")
    load_files(channel.pk, [list(read_copy(form, [*SAID, OTHERS, shared]))])
    assert WORD not in contents(channel)
    assert OTHERS.text in contents(channel)
    assert shared.text in contents(channel)
