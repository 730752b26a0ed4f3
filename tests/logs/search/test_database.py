"""Questions end in time, each on its own, and leave the connection as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime

import gevent
import pytest
from django.db import connection, transaction

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line
from logs.search import database
from logs.search.database import TooSlowError


def settings() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(name) FROM unnest(ARRAY['statement_timeout', 'enable_seqscan']) AS name")
        return [value for (value,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_question_ends_in_time_and_changes_no_setting() -> None:
    before = settings()
    with pytest.raises(TooSlowError), database.asking(0.1) as ask:
        ask.execute("SELECT pg_sleep(60)", [])
    with database.asking(5) as ask:
        assert ask.execute("SELECT current_setting('enable_seqscan')", []) == [("off",)]
    assert settings() == before
    assert not connection.in_atomic_block


def test_months_are_told_in_lines_for_one_channel_as_for_all(channels: list[Channel], lines: list[Line]) -> None:
    with database.asking(5) as ask:
        *ends, all_months = ask.extent([channel.pk for channel in channels], everything=True)
        *_, of_one = ask.extent([channels[0].pk], everything=False)
    assert ends == [min(line.at for line in lines).date(), max(line.at for line in lines).date()]
    assert all_months.until(date.max.toordinal()) == pytest.approx(len(lines), rel=0.05)
    assert of_one.until(date.max.toordinal()) == sum(line.channel_id == channels[0].pk for line in lines)


def test_a_small_archive_is_looked_at_again_soon(channels: list[Channel]) -> None:
    with database.asking(5) as ask:
        known = ask.frequencies()
        assert ask.frequencies() is known
        gevent.sleep(0.7)
        assert ask.frequencies() is not known


def test_first_and_last_day_of_a_large_archive_are_known_for_some_seconds(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel]
) -> None:
    monkeypatch.setattr(database, "LARGE", 0)
    monkeypatch.setattr(database, "ENDS_KEPT_SECONDS", 0.5)
    pks = [channel.pk for channel in channels]
    with database.asking(5) as ask:
        before = ask.extent(pks, everything=True)
        at = datetime(2025, 6, 1, tzinfo=UTC)
        with transaction.atomic():
            store_lines([Entry(pks[0], at, Kind.MESSAGE, "ann", "hello")])
        assert ask.extent(pks, everything=True) == before
        gevent.sleep(0.5)
        found = ask.extent(pks, everything=True)
    assert before
    assert found
    assert (found[0], found[1]) == (before[0], at.date())
