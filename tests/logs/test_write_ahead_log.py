"""`manage.py scrub` leaves no word of a deleted line in the write-ahead log, or says what it leaves."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from logs import privacy
from logs.models import Channel
from tests.conftest import Say

pytestmark = pytest.mark.django_db(transaction=True)
WORD = "zanzibar-in-the-log-7"


def log_files_with_word() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0], "pg_wal")
    return [path.name for path in folder.iterdir() if path.is_file() and WORD.encode() in path.read_bytes()]


def run_scrub() -> str:
    output = io.StringIO()
    call_command("scrub", stdout=output)
    return output.getvalue()


def test_an_erased_word_leaves_the_write_ahead_log(channel: Channel, say: Say) -> None:
    line = say(channel, "ann", WORD)
    with connection.cursor() as cursor:
        # Some files become old, and are renamed for later use with what they hold.
        for _ in range(2):
            cursor.execute("SELECT pg_switch_wal()")
            cursor.execute("CHECKPOINT")
            say(channel, "ann", f"{WORD} again")
    ids = [line.id, line.id + 1, line.id + 2]
    privacy.redact(channel, ids, "root")
    assert log_files_with_word()
    assert "The write-ahead log is overwritten." in run_scrub()
    assert log_files_with_word() == []


def test_a_file_that_a_replication_slot_needs_is_reported(channel: Channel, say: Say) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_create_physical_replication_slot('test_standby', true)")
        try:
            line = say(channel, "ann", WORD)
            privacy.redact(channel, [line.id], "root")
            report = run_scrub()
            assert "hold words of deleted lines, because the replication slots test_standby need them" in report
            assert log_files_with_word()
        finally:
            cursor.execute("SELECT pg_drop_replication_slot('test_standby')")
    assert "overwritten" in run_scrub()
    assert log_files_with_word() == []


def test_a_missing_permission_is_named(channel: Channel) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE scrubber IN ROLE pg_maintain")
        try:
            cursor.execute("SET ROLE scrubber")
            report = run_scrub()
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE scrubber")
    assert "GRANT pg_checkpoint, pg_monitor TO scrubber" in report
    assert "The tables are rewritten." in report
