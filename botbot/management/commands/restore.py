"""`manage.py restore FILE`: replace the contents of the database by a backup."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from botbot.backup import BackupError
from botbot.backup.restore import note_missing_lines, restore_backup
from botbot.schema_check import find_problems


class Command(BaseCommand):
    help = (
        "Replaces everything in the database by a backup, in one transaction. Refuses while others use the database."
        " Says which lines are missing since, and notes them as gaps."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path)

    def handle(self, *args: Any, backup: Path, **options: Any) -> None:
        try:
            manifest = restore_backup(backup)
        except BackupError as error:
            raise CommandError(str(error)) from None
        if manifest is None:
            self.stdout.write(f"{backup}.json is missing: the rows were not counted.")
        made_at = manifest.made_at if manifest else datetime.fromtimestamp(backup.stat().st_mtime, UTC)
        self.stdout.write(f"The database is that of {made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.")
        try:
            for sentence in note_missing_lines(settings.JOURNAL_DIR, made_at):
                self.stdout.write(sentence)
        except DatabaseError as error:
            self.stdout.write(f"Gaps of what was said since cannot be noted in a backup of another version: {error}")
        problems = find_problems()
        if problems:
            raise CommandError(
                f"This version of the program misses: {'; '.join(problems)}. Run manage.py migrate, then"
                " manage.py check --database default."
            )
        self.stdout.write("Erasures and other acts after that moment have to be made again. Start bot and web.")
