"""The start of every `manage.py` command: first the environment, then Django."""

from __future__ import annotations

import os
import sys

from botbot.env import SettingError

UNDEFINED_TABLE = "42P01"
LONG_RUNNING = {"runbot", "runserver"}


def main(argv: list[str]) -> int:
    """Run one management command and return its exit code. Errors that a person can correct are one sentence."""
    from botbot import environment_file
    from botbot.embedded import EmbeddedError, prepare, use_address_of_running_site

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")
    try:
        environment_file.load()
        prepare()
        use_address_of_running_site()
        import django
        from django.conf import settings
        from django.core.management import ManagementUtility, execute_from_command_line
        from django.db import OperationalError, ProgrammingError

        from botbot import error_reports

        error_reports.start()
        if argv[1:2] and argv[1] in LONG_RUNNING:
            import gevent

            from botbot import schema_check, watchdog

            django.setup()
            ManagementUtility(argv).fetch_command(argv[1])  # imports take longer than the watchdog allows
            watchdog.start(settings.BLOCK_LIMIT)
            if argv[1] == "runbot":
                from botbot import bot_server

                gevent.spawn(schema_check.log_problems)
                bot_server.start()
        try:
            # Commands are modules, whose names have no hyphens.
            execute_from_command_line([*argv[:1], *(name.replace("-", "_") for name in argv[1:2]), *argv[2:]])
        except OperationalError as error:
            if "--traceback" in argv:
                raise
            said = " ".join(str(error).split())
            print(f"botbot: the database cannot be reached: {said}", file=sys.stderr)
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
