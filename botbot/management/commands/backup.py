"""`manage.py backup [FILE OR FOLDER]`: a backup of the database, while everything goes on."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from botbot.backup import BackupError
from botbot.backup.dump import delete_old_backups, make_backup
from botbot.schema_check import find_problems


class Command(BaseCommand):
    help = "Writes a backup of the database; bot and web go on. docs/installing.md says what else to keep."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target", nargs="?", type=Path, help="a new file, or a folder for one; BACKUP_DIR unless given"
        )
        parser.add_argument("--keep", type=int, metavar="N", help="in a folder, delete all but the newest N")

    def handle(self, *args: Any, target: Path | None, keep: int | None, **options: Any) -> None:
        if target is None:
            if not settings.BACKUP_DIR:
                raise CommandError("Name a file or a folder, or set BACKUP_DIR.")
            target = Path(settings.BACKUP_DIR)
            if not target.is_dir():
                raise CommandError(f"BACKUP_DIR={target} is no folder.")
        if keep is not None and (keep < 1 or not target.is_dir()):
            raise CommandError("--keep needs a number of at least 1, and a folder.")
        # A backup of a damaged database would be as damaged; it is made nevertheless, beside the older ones.
        problems = find_problems()
        try:
            path, manifest = make_backup(target)
        except BackupError as error:
            raise CommandError(str(error)) from None
        lines = manifest.rows.get("logs_line", 0)
        self.stdout.write(f"{path}: {path.stat().st_size / 1e6:,.1f} MB, {lines:,} lines, as of {manifest.made_at:%c}.")
        if problems:
            raise CommandError(f"The database is damaged, and so is the backup: {'; '.join(problems)}.")
        if keep is not None:
            for old in delete_old_backups(target, keep):
                self.stdout.write(f"Deleted {old}.")
