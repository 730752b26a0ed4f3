"""`manage.py runbot`, but one that takes a silent server for dead after two seconds and comes back at once."""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import os
import signal

import django
import gevent

from bot.connection import Timing

TIMING = Timing(connect=2, idle=1, answer=1, retry_least=0.5, retry_most=1)

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")
    django.setup()
    from django.conf import settings

    from bot.supervisor import Supervisor

    supervisor = Supervisor(settings.JOURNAL_DIR, TIMING)
    gevent.signal_handler(signal.SIGTERM, supervisor.stop)
    supervisor.run()
