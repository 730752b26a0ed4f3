"""A database that is away for long is told by mail, seldom, and to those whose addresses are in it as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings

from bot.announcements import OutageMail
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Database:
    """What the bot knows of it."""

    away_for: timedelta | None = None

    def __call__(self) -> timedelta | None:
        return self.away_for


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running, running.settings(), override_settings(ADMIN_ADDRESSES=["root@example.org"]):
        yield running


def test_it_is_told_once_in_six_hours_also_after_a_restart(
    server: MailServer, database: Database, tmp_path: Path
) -> None:
    get_user_model().objects.create_superuser("ann", "ann@example.org")
    outage = OutageMail(tmp_path, database)
    assert not outage.check(AT)
    database.away_for = timedelta(minutes=9)
    assert not outage.check(AT)
    database.away_for = timedelta(minutes=11)
    now = datetime.now(UTC)
    assert [outage.check(now), outage.check(now + timedelta(hours=5))] == [True, False]
    mail = server.next_message()
    assert mail["Subject"] == "[BotBot] the database is away"
    assert "has not reached the database since" in mail.get_content()
    assert server.recipients == [["root@example.org", "ann@example.org"]]
    again = OutageMail(tmp_path, database)
    assert [again.check(now + timedelta(hours=5)), again.check(now + timedelta(hours=7))] == [False, True]
    assert server.recipients[1:] == [["root@example.org"]], "it does not know the others without the database"


def test_a_mail_that_was_not_taken_is_sent_later(server: MailServer, database: Database, tmp_path: Path) -> None:
    outage = OutageMail(tmp_path, database)
    database.away_for = timedelta(hours=1)
    with override_settings(EMAIL_URL=""):
        assert not outage.check(AT)
    with override_settings(EMAIL_PORT=1):
        assert not outage.check(AT)
    (tmp_path / "outage-mail").symlink_to("/nowhere/file")
    assert outage.check(AT)
    assert not outage.check(AT + timedelta(hours=1)), "the process knows without the file"
