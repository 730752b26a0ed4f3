"""`manage.py runbot`, but one that takes a silent server for dead after three seconds and comes back at once."""

from __future__ import annotations

import botbot.green  # noqa: F401  (first: see its docstring)

import os
import signal

import django
import gevent


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")
    django.setup()
    from django.conf import settings

    from bot.connection import Timing
    from bot.supervisor import Supervisor

    timing = Timing(connect=2, idle=1, answer=2, min_retry=0.5, max_retry=1)
    supervisor = Supervisor(settings.JOURNAL_DIR, timing)
    gevent.signal_handler(signal.SIGTERM, supervisor.stop)
    supervisor.run()


if __name__ == "__main__":
    main()
