"""`manage.py runbot`: sits in the wanted channels and journals what is said, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
from typing import Any

import gevent
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from bot.supervisor import Supervisor
from logs.ingest.journal import JournalBusyError


class Command(BaseCommand):
    help = "Connects to the wanted networks, joins the wanted channels and logs them."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = Supervisor(settings.JOURNAL_DIR)
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, supervisor.stop)
        try:
            supervisor.run()
        except JournalBusyError as error:
            raise CommandError(str(error)) from None
        except ProgrammingError as error:
            if "does not exist" not in str(error):
                raise
            raise CommandError("The database has no tables yet: run manage.py migrate.") from None
        except OSError as error:
            raise CommandError(f"The journal cannot be written: {error}") from None
