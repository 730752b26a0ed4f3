"""`manage.py scrub`: remove the last bytes of deleted lines from the database's files."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from logs.retention import scrub


class Command(BaseCommand):
    help = (
        "Rewrites the tables of lines, so that no byte of deleted lines is left in their files. Needs as much free disk"
        " space as the tables take. Pages of lines and the bot's writer wait meanwhile; nothing is lost."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        remaining_files = scrub()
        self.stdout.write("The tables are rewritten.")
        for sentence in remaining_files or ["The write-ahead log is overwritten."]:
            self.stdout.write(sentence)
        self.stdout.write("Delete older backups yourself.")
