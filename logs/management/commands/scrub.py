"""`manage.py scrub`: the last bytes of what was deleted leave the database's files."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from logs.retention import scrub


class Command(BaseCommand):
    help = (
        "Writes the tables of lines anew, so that no byte of deleted lines is left in their files. Needs as much free"
        " disk space as they take; pages of lines and the bot's writer wait meanwhile, and nothing is lost."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        scrub()
        self.stdout.write("The tables are written anew. Older backups and write-ahead logs are yours to delete.")
