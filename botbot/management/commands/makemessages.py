"""Brings the catalogues of messages up to date with the source."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from botbot.messages import catalogue_path, translated_languages, update_catalogues


class Command(BaseCommand):
    help = "Write the messages of Python, templates and scripts to locale/; translations stay. Needs a checkout."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--locale", "-l", action="append", choices=translated_languages(), help="a language; by default all of them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        languages = options["locale"] or translated_languages()
        update_catalogues(languages)
        for language in languages:
            self.stdout.write(f"{catalogue_path(language)}")
