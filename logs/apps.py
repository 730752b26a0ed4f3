"""The application, and the check that refuses databases which stopped before the squashed migrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

LAST_UNSQUASHED_REVISION = "9d05bd4"
"""The newest revision that still has the migrations which today's replace."""


class LogsConfig(AppConfig):
    name = "logs"
    verbose_name = "Logs"

    def ready(self) -> None:
        register(check_replaced_migrations, Tags.database)


def check_replaced_migrations(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 (Django passes both by name)
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Report each database that has some, but not all, of the migrations that one of today's replaces.

    Django would raise NodeNotFoundError, which does not say what to do; `manage.py migrate` runs this check before.
    """
    messages: list[CheckMessage] = []
    for alias in databases or []:
        applied = set(MigrationRecorder(connections[alias]).applied_migrations())
        if newest := find_stopped_at(applied):
            messages.append(
                Error(
                    f"The database “{alias}” stopped at the migration {newest} of an earlier version.",
                    hint=f"Check out revision {LAST_UNSQUASHED_REVISION}, run its manage.py migrate, then return to"
                    " this version and migrate again (docs/installing.md, “Upgrades”).",
                    id="logs.E001",
                )
            )
    return messages


def find_stopped_at(applied: set[tuple[str, str]]) -> str:
    """Return the newest migration that is applied if a replaced set of them is applied in part; "" if none is."""
    for migration in MigrationLoader(None).disk_migrations.values():
        replaced = set(migration.replaces)
        if replaced & applied and replaced - applied:
            return max(name for app, name in applied if app == migration.app_label)
    return ""
