from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from logs.counts import records
from logs.counts.activity import ChannelScope
from logs.models import Channel, ClosedDayCount, ClosedPeriod
from logs.models.closed_period import Readers
from tests.conftest import Say

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_milestones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MILESTONES", (2, 5, 1000))


@pytest.fixture
def used(channel: Channel, say: Say) -> Channel:
    for day, lines in ((0, 1), (2, 3), (3, 1), (5, 1)):
        for minute in range(lines):
            say(channel, "ann", "hello", at=FIRST + timedelta(days=day, minutes=minute))
    return channel


def test_records_are_found_together(used: Channel) -> None:
    found = records.find_records(ChannelScope.of([used]), used)
    assert found.busiest == records.BusiestDay(date(2026, 3, 3), 3)
    assert found.streak == records.Streak(date(2026, 3, 3), date(2026, 3, 4))
    assert found.milestones == [
        records.Milestone(5, date(2026, 3, 4), 5),
        records.Milestone(2, date(2026, 3, 3), 2),
    ]


def test_hidden_lines_make_no_record(used: Channel) -> None:
    period = ClosedPeriod.objects.create(channel=used, readers=Readers.OWNERS)
    ClosedDayCount.objects.update_or_create(
        period=period, day=date(2026, 3, 3), defaults={"channel": used, "lines": 3, "said": 3}
    )
    found = records.find_records(ChannelScope([used.pk], [period.pk]))
    assert found.busiest == records.BusiestDay(date(2026, 3, 1), 1)
    assert found.streak == records.Streak(date(2026, 3, 6), date(2026, 3, 6))
    assert [(milestone.lines, milestone.day) for milestone in found.milestones] == [(2, date(2026, 3, 4))]


def test_without_lines_there_is_no_record(channel: Channel) -> None:
    assert records.find_records(ChannelScope.of([channel]), channel) == (None, None, [])
