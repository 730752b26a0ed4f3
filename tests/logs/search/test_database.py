"""Questions end in time, each on its own, and leave the connection as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line
from logs.search import database, results
from logs.search.database import TooSlowError


def settings() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(name) FROM unnest(ARRAY['statement_timeout', 'enable_seqscan']) AS name")
        return [value for (value,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_question_ends_in_time_and_changes_no_setting() -> None:
    before = settings()
    with pytest.raises(TooSlowError), database.open_session(0.1) as session:
        session.execute("SELECT pg_sleep(60)", [])
    with database.open_session(5) as session:
        assert session.execute("SELECT current_setting('enable_seqscan')", []) == [("off",)]
    assert settings() == before
    assert not connection.in_atomic_block


def test_first_and_last_day_are_cached_for_some_seconds(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel], lines: list[Line]
) -> None:
    now = 1000.0
    monkeypatch.setattr(results, "monotonic", lambda: now)
    pks = [channel.pk for channel in channels]
    before = (min(line.at for line in lines).date(), max(line.at for line in lines).date())
    with database.open_session(5) as session:
        assert results._day_range(session, pks) == before
        at = datetime(2025, 6, 1, tzinfo=UTC)
        with transaction.atomic():
            store_lines([Entry(pks[0], at, Kind.MESSAGE, "ann", "hello")])
        assert results._day_range(session, pks) == before
        now += results.DAY_RANGE_SECONDS
        assert results._day_range(session, pks) == (before[0], at.date())


def test_a_channel_without_lines_has_no_days(channels: list[Channel]) -> None:
    silent = Channel.objects.create(network=channels[0].network, name="#silent")
    with database.open_session(5) as session:
        assert results._day_range(session, [silent.pk]) is None
