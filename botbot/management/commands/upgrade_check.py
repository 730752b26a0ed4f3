"""`botbot upgrade-check`: what the installed version would change in this site, before `migrate` changes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core import checks
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from botbot import __version__, env

TO_DO = 1
IN_THE_WAY = 2
"""Exit codes: migrations have to run; something has to be corrected first. 0: nothing to do."""

OF_LIBRARIES = ("OTEL_", "SENTRY_", "PG")
"""Variables that the SDKs of OpenTelemetry and Sentry, and libpq, read by themselves."""


class Command(BaseCommand):
    help = (
        "Says what an upgrade to this version would change, and changes nothing. Exit code 0: nothing; 1: migrations"
        " have to run; 2: something has to be corrected first."
    )
    requires_system_checks = ()  # they are part of what it reports

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"This is version {__version__}.")
        executor = MigrationExecutor(connection)
        obstacles = [*_find_unknown_migrations(executor), *_find_errors()]
        for warning in _find_unknown_settings():
            self.stdout.write(f"Note: {warning}")
        if obstacles:
            raise CommandError("\n".join(obstacles), returncode=IN_THE_WAY)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not pending:
            self.stdout.write("The database is that of this version: nothing has to be done.")
            return
        for migration, _ in pending:
            self.stdout.write(f"To run: {migration.app_label} {migration.name}")
        raise CommandError(
            "The database is older than this version. Make a backup (manage.py backup), run manage.py migrate, then"
            " restart bot and web.",
            returncode=TO_DO,
        )


def _find_unknown_migrations(executor: MigrationExecutor) -> list[str]:
    """A database of a later version cannot be used by this one, whatever it would still find there."""
    applied = set(executor.loader.applied_migrations)
    apps = {app for app, _ in executor.loader.disk_migrations}
    unknown = sorted(key for key in applied - set(executor.loader.disk_migrations) if key[0] in apps)
    replaced = {key for migration in executor.loader.replacements.values() for key in migration.replaces}
    return [
        f"The database is newer than this version: it has {app} {name}. Install that version again."
        for app, name in unknown
        if (app, name) not in replaced
    ]


def _find_errors() -> list[str]:
    """Errors of the system checks but for those of the tables, which `migrate` may correct."""
    return [
        f"{message.msg} {message.hint or ''}".strip()
        for message in checks.run_checks()
        if message.level >= checks.ERROR
    ]


def _find_unknown_settings() -> list[str]:
    """Names in the environment file that nothing reads: misspelt, or no longer there."""
    path = os.environ.get("ENVIRONMENT_FILE", "")
    if not path:
        return []
    named = env.parse(Path(path).read_text(encoding="utf-8"), path)
    known = {*env.READ, *(f"{name}_FILE" for name in env.READ)}
    unknown = sorted(name for name in set(named) - known if not name.startswith(OF_LIBRARIES))
    return [f"{path} sets {name}, which this version does not read." for name in unknown]
