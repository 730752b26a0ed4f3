"""Restoring a backup: in one transaction, into a database that nobody else uses, and verified before it counts.

Afterwards lines that are in neither the database nor a journal become gaps, which readers see.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from django.db import transaction
from psycopg2.extensions import adapt

from bot.leader import LOCK_KEY
from botbot.backup import BackupError
from botbot.backup.dump import OBJECTS, Manifest, Programs, find_programs, get_server_version, make_connection_arguments
from logs.ingest.channel_state import add_gaps
from logs.ingest.journal import decode_line
from logs.models import Channel, Gap, JournalPosition, Network
from logs.models.line import Reason
from logs.models.postgres import open_direct_connection

OTHERS = """
    SELECT coalesce(nullif(application_name, ''), 'somebody without a name'), count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND application_name NOT LIKE 'botbot restore%'
    GROUP BY 1 ORDER BY 1"""
LEAVING_SECONDS = 5.0
"""How long sessions that have just been closed, our own among them, may take to leave the server."""
EMPTY = """
SET client_min_messages = warning;
SET statement_timeout = 0;
DO $$
DECLARE thing text;
BEGIN
    -- All names first: what a CASCADE has dropped has none any more.
    FOREACH thing IN ARRAY array(
        SELECT 'TABLE IF EXISTS ' || oid::regclass FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        UNION ALL
        SELECT 'ROUTINE IF EXISTS ' || oid::regprocedure FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
        ORDER BY 1 DESC)
    LOOP EXECUTE 'DROP ' || thing || ' CASCADE'; END LOOP;
END $$;
"""
"""Everything of ours is dropped first: what a newer version has added would be left over, and be in the way."""
VERIFY = """
SET search_path = public;
DO $$
DECLARE missing text;
BEGIN
    SELECT string_agg(name, ', ') INTO missing FROM (
        SELECT unnest({objects}::text[]) EXCEPT ({present})) AS lacking(name);
    IF missing IS NOT NULL THEN RAISE EXCEPTION 'the restored database lacks %', missing; END IF;
    {counts}
END $$;
"""
COUNT = """
    IF (SELECT count(*) FROM public."{table}") <> {rows} THEN
        RAISE EXCEPTION 'the table % has not the {rows} rows of the backup', '{table}'; END IF;"""
NEWER_SETTINGS = r"1,60s/^SET transaction_timeout = 0;$//"
"""A sed command: drops what pg_dump 17 and newer write at the beginning, which older servers do not know."""


def restore_backup(path: Path) -> Manifest | None:
    """Replace the contents of the database; return the backup's description, if it has one. BackupError leaves all as
    it was."""
    if not path.is_file():
        raise BackupError(f"{path} is no file.")
    manifest = Manifest.load(path)
    version = get_server_version()
    programs = find_programs(max(version, manifest.server_version if manifest else 0))
    _require_readable(path, programs)
    with _exclusive_use():
        _run(path, programs, manifest)
        with closing(open_direct_connection("restore")) as opened, opened.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0; ANALYZE")
    return manifest


@contextmanager
def _exclusive_use() -> Iterator[None]:
    """Hold the lock of the bots, so that none starts to store; refuse while others are connected.

    Whoever connects in between waits for the locks of the restoring transaction, and sees all of it or nothing.
    """
    with closing(open_direct_connection("restore")) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        is_ours = cursor.fetchone() == (True,)
        others = _list_others(cursor)
        if others or not is_ours:
            raise BackupError(
                f"The database is in use ({others or 'the lock of a bot'}): stop the bot and the web first"
                " (systemctl stop botbot-bot botbot-web), and end other connections, those of a pooler too."
            )
        yield


def _list_others(cursor: Any) -> str:
    """Describe the sessions of others that do not end by themselves within LEAVING_SECONDS."""
    deadline = monotonic() + LEAVING_SECONDS
    while True:
        cursor.execute(OTHERS)
        sessions = cursor.fetchall()
        if not sessions or monotonic() > deadline:
            return _describe(sessions)
        sleep(0.1)


def _describe(sessions: list[tuple[Any, ...]]) -> str:
    return ", ".join(f"{name}: {count}" if count > 1 else f"{name}" for name, count in sessions)


def _require_readable(path: Path, programs: Programs) -> None:
    """Read the whole archive once: a truncated one would otherwise be noticed after half of it is restored."""
    command = [str(programs.folder / "pg_restore"), "--file=/dev/null", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{path} cannot be read: {' '.join(done.stderr.split())}")


def _run(path: Path, programs: Programs, manifest: Manifest | None) -> None:
    conninfo, environment = make_connection_arguments("restore")
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before.sql"), Path(folder, "after.sql")
        before.write_text(EMPTY, encoding="utf-8")
        after.write_text(_make_verification(manifest) if manifest else "", encoding="utf-8")
        read = [str(programs.folder / "pg_restore"), "--file=-", "--no-owner", "--no-privileges", str(path)]
        write = [str(programs.folder / "psql"), "--no-psqlrc", "--quiet", "--no-password", "--single-transaction"]
        write += ["--set=ON_ERROR_STOP=1", f"--dbname={conninfo}"]
        write += [f"--file={before}", "--file=-", f"--file={after}"]
        with (
            subprocess.Popen(read, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader,
            subprocess.Popen(["sed", NEWER_SETTINGS], stdin=reader.stdout, stdout=subprocess.PIPE) as header,
        ):
            done = subprocess.run(
                write, stdin=header.stdout, env=environment, capture_output=True, text=True, check=False
            )
            reader.kill()  # if psql ended before it
    if done.returncode:
        raise BackupError(f"Nothing is changed: {' '.join(done.stderr.split())}")


def _make_verification(manifest: Manifest) -> str:
    objects = adapt(manifest.objects).getquoted().decode()
    counts = "".join(COUNT.format(table=table, rows=rows) for table, rows in manifest.rows.items())
    return VERIFY.format(objects=objects, present=OBJECTS, counts=counts)


def note_missing_lines(journals: Path, made_at: datetime) -> list[str]:
    """Note a gap in each wanted channel from the backup's moment to where a journal in the folder goes on.

    Returns a sentence for each network. The position of each journal is as old as the backup, so that a bot stores
    again what its journal still holds. Segments that were stored completely before have been deleted: their lines are
    in neither the database nor a journal.
    """
    folders = _find_journals(journals)
    sentences = []
    for network in Network.objects.filter(wanted=True).exclude(host="").order_by("name"):
        positions = JournalPosition.objects.filter(network=network)
        found = [(folders[position.journal], position.segment) for position in positions if position.journal in folders]
        if any((folder / f"{segment:010d}.log").exists() for folder, segment in found):
            sentences.append(f"{network.name}: the journal has everything since; the bot stores it at its start.")
            continue
        times = [time for folder, segment in found if (time := _find_first_time(folder, segment))]
        until = max(made_at, min(times, default=datetime.now(UTC)))
        channels = Channel.objects.filter(network=network, wanted=True)
        with transaction.atomic():
            add_gaps(Gap(channel=channel, from_at=made_at, to_at=until, reason=Reason.RESTORED) for channel in channels)
        sentences.append(f"{network.name}: what was said until {until:%Y-%m-%d %H:%M:%S} UTC is missing.")
    return sentences


def _find_journals(folder: Path) -> dict[str, Path]:
    """Journal folders of the bot and of a standby, by the identity that the database knows."""
    standby = folder.with_name(f"{folder.name}-standby")
    return {path.read_text().strip(): path.parent for top in (folder, standby) for path in top.glob("*/id")}


def _find_first_time(folder: Path, segment: int) -> datetime | None:
    """When the first record after a segment was received; None if there is none."""
    for path in sorted(folder.glob("[0-9]*.log")):
        if int(path.stem) < segment:
            continue
        with path.open("rb") as file:
            for line in file:
                at: datetime | None = getattr(decode_line(line), "at", None)
                if at is not None:
                    return at
    return None
