"""The start of every `manage.py` command: first the environment, then Django."""

from __future__ import annotations

import os
import sys

from botbot.env import SettingError

UNDEFINED_TABLE = "42P01"
LONG_RUNNING = {"runbot", "runserver"}
LOGGING_LINES = {"runbot", "watchlogs"}
"""These start whatever is wrong with the database: their lines wait for it."""


def main(argv: list[str]) -> int:
    """Run one management command and return its exit code. Errors that a person can correct are one sentence."""
    from botbot import env
    from botbot.embedded import EmbeddedError, prepare, use_address_of_running_site

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")
    try:
        env.load()
        prepare()
        use_address_of_running_site()
        from django.core.management import execute_from_command_line
        from django.db import OperationalError, ProgrammingError

        from botbot import error_reports, pooler_checks

        error_reports.start()
        _prepare_command(argv)
        try:
            # Commands are modules, whose names have no hyphens.
            execute_from_command_line([*argv[:1], *(name.replace("-", "_") for name in argv[1:2]), *argv[2:]])
        except OperationalError as error:
            if "--traceback" in argv:
                raise
            said = pooler_checks.explain(error) or f"the database cannot be reached: {' '.join(str(error).split())}"
            print(f"botbot: {said}", file=sys.stderr)
            return 1
        # Any other error in SQL is a defect, and its traceback is needed.
        except ProgrammingError as error:
            if "--traceback" in argv or getattr(error.__cause__, "pgcode", "") != UNDEFINED_TABLE:
                raise
            print("botbot: the database lacks tables: run manage.py migrate", file=sys.stderr)
            return 1
    except (SettingError, EmbeddedError) as error:
        print(f"botbot: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _prepare_command(argv: list[str]) -> None:
    """Choose the database's address, and start what runs beside a command."""
    import django
    import gevent
    from django.conf import settings
    from django.core.management import ManagementUtility

    from botbot import pooler, pooler_checks, schema_check, watchdog

    name = argv[1] if len(argv) > 1 else ""
    if name not in pooler.WITH_POOLER:
        pooler.use_direct_connections(settings.DATABASES)
    if name in LONG_RUNNING:
        django.setup()
        ManagementUtility(argv).fetch_command(name)  # imports take longer than the watchdog allows
        watchdog.start(settings.BLOCK_LIMIT)
    if name == "runbot":
        from botbot import bot_server

        gevent.spawn(schema_check.log_problems)
        bot_server.start()
    if name in LOGGING_LINES:
        gevent.spawn(pooler_checks.log_problems)
