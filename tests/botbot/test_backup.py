"""`manage.py backup` and `manage.py restore` against a real server: everything comes back, or nothing is changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from bot.leader import LOCK_KEY
from botbot.backup import BackupError, restore
from botbot.backup.dump import find_programs, path_of_manifest
from botbot.backup.restore import note_missing_lines
from botbot.schema_check import find_problems
from logs.ingest.entry import Entry
from logs.ingest.journal import Journal
from logs.models import Channel, Gap, JournalPosition, Kind, Line, Network
from tests.emptying import remaining_sessions
from tests.logs.live.reader import write
from tests.processes import database_url


@pytest.fixture
def backup(transactional_db: None, channel: Channel, tmp_path: Path) -> Iterator[Path]:
    """A backup with five lines; three more are in the database by now, and nobody is connected."""
    write(channel, 5)
    (tmp_path / "intact").mkdir()
    target = tmp_path / "today.dump"
    assert "5 lines" in manage("backup", str(target))
    write(channel, 3)
    remaining_sessions()  # of a process that was killed the server may not know yet
    copies = [Path(shutil.copy(path, tmp_path / "intact")) for path in (target, path_of_manifest(target))]
    yield target
    connection.close()
    if find_problems():  # a failed test must not leave a damaged database to others
        remaining_sessions()
        manage("restore", str(copies[0]))


def manage(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_a_backup_brings_everything_back(backup: Path, channel: Channel) -> None:
    assert (backup.stat().st_mode & 0o777, backup.with_name("today.dump.json").stat().st_mode & 0o777) == (0o600, 0o600)
    with connection.cursor() as cursor:  # what a failed restore or a newer version has left behind
        cursor.execute("ALTER TABLE logs_line DROP CONSTRAINT logs_line_pkey; DROP FUNCTION logs_readers CASCADE")
        cursor.execute("CREATE TABLE newer (channel integer REFERENCES logs_channel (id))")
    output = manage("restore", str(backup))
    assert "The database is that of" in output
    assert "was not counted" not in output
    assert Line.objects.filter(channel=channel).count() == 5
    assert find_problems() == []
    assert "newer" not in connection.introspection.table_names()
    assert write(channel, 1) == 6
    assert sorted(path.name for path in backup.parent.glob("*.*")) == ["today.dump", "today.dump.json"]


def test_it_refuses_while_others_use_the_database(
    backup: Path, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore, "LEAVING_SECONDS", 2.0)
    with (
        closing(psycopg2.connect(database_url(), application_name="botbot live listener")),
        pytest.raises(CommandError, match=r"in use \(botbot live listener\): stop the bot and the web first"),
    ):
        manage("restore", str(backup))
    with closing(psycopg2.connect(database_url(), application_name="botbot restore")) as bot, bot.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        with pytest.raises(CommandError, match="the lock of a bot"):
            manage("restore", str(backup))
    assert Line.objects.filter(channel=channel).count() == 8


def change_rows(backup: Path) -> str:
    manifest = backup.with_name("today.dump.json")
    content = json.loads(manifest.read_text())
    content["rows"]["logs_line"] += 1
    manifest.write_text(json.dumps(content))
    return "the table logs_line has not the 6 rows of the backup"


def change_objects(backup: Path) -> str:
    manifest = backup.with_name("today.dump.json")
    content = json.loads(manifest.read_text())
    content["objects"].append("index of mine")
    manifest.write_text(json.dumps(content))
    return "the restored database lacks index of mine"


def truncate(backup: Path) -> str:
    backup.write_bytes(backup.read_bytes()[: backup.stat().st_size * 2 // 3])
    return "cannot be read"


@pytest.mark.parametrize("damage", [change_rows, change_objects, truncate])
def test_a_damaged_backup_changes_nothing(backup: Path, channel: Channel, damage: object) -> None:
    expected = damage(backup)  # type: ignore[operator]
    with pytest.raises(CommandError, match=expected):
        manage("restore", str(backup))
    assert Line.objects.filter(channel=channel).count() == 8
    assert find_problems() == []


def test_in_a_folder_the_newest_are_kept(
    transactional_db: None, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BACKUP_DIR = str(tmp_path)  # type: ignore[attr-defined]
    for name in ("botbot-2020-01-01-000000.dump", "botbot-2021-01-01-000000.dump", "another.dump"):
        (tmp_path / name).touch()
    output = manage("backup", "--keep=2")
    path = output.partition(":")[0]
    assert "Deleted" in output
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["another.dump", "botbot-2021-01-01-000000.dump", Path(path).name, f"{Path(path).name}.json"]
    with pytest.raises(CommandError, match="is there already"):
        manage("backup", path)
    with pytest.raises(CommandError, match="cannot be written"):
        manage("backup", "/dev/null/x")


def test_programs_must_not_be_older_than_the_server() -> None:
    assert find_programs(15).version >= 15
    with pytest.raises(BackupError, match=r"PostgreSQL 99: install .*postgresql-client-99\); found only those of"):
        find_programs(99)


@pytest.mark.django_db
def test_what_no_journal_holds_becomes_a_gap(tmp_path: Path) -> None:
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    said_at = datetime(2026, 1, 2, tzinfo=UTC)
    channels = {}
    for name in ("complete", "partial", "lost"):
        network = Network.objects.create(name=name, host="irc.example.org", wanted=True)
        channels[name] = Channel.objects.create(network=network, name="#garden", wanted=True)
        journal = Journal(tmp_path / "journal" / name)
        journal.append(Entry(channels[name].pk, said_at, Kind.MESSAGE, "ann", "hello"))
        segment = journal.segments()[-1]
        if name == "partial":
            segment -= 1  # a segment that was stored completely, and deleted
        journal.close()
        if name != "lost":
            JournalPosition.objects.create(
                journal=journal.id, segment=segment, offset=0, updated_at=made_at, network=network
            )
    sentences = note_missing_lines(tmp_path / "journal", made_at)
    assert [sentence.partition(":")[0] for sentence in sentences] == ["complete", "lost", "partial"]
    assert "has everything since" in sentences[0]
    gaps = {gap.channel_id: gap for gap in Gap.objects.all()}
    assert channels["complete"].pk not in gaps
    assert (gaps[channels["partial"].pk].from_at, gaps[channels["partial"].pk].to_at) == (made_at, said_at)
    assert gaps[channels["lost"].pk].to_at > said_at
