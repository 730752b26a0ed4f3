"""`manage.py runbot`: join the wanted channels and log them, until SIGTERM or Ctrl-C.

SIGHUP makes the bot read the networks and channels again, without reconnecting.
"""

from __future__ import annotations

import gc
import signal
from argparse import ArgumentParser
from typing import Any

import gevent
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from bot.plugins import installed
from bot.supervisor import Supervisor
from logs.conversations.model import load_model
from logs.ingest.journal import JournalBusyError

GC_THRESHOLDS = (250, 4, 60)
"""Objects that make the youngest generation full, and collections of one generation until one of the next.

A collection of the youngest two takes half a millisecond then. An object is examined once in each generation, so that
the sum stays the same, and the oldest generation is collected as often as by default.
"""


class Command(BaseCommand):
    help = "Connects to the wanted networks, joins the wanted channels and logs them."
    requires_system_checks = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Loading the plugins takes a while; here it delays nothing, later it would block the event loop.
        installed()
        # The same goes for the model that finds which lines answer each other.
        load_model()
        # What is loaded now stays: looking through it at each collection of garbage would delay received lines.
        gc.collect()
        gc.freeze()
        # More and smaller collections than by default: received lines wait for the end of each.
        gc.set_threshold(*GC_THRESHOLDS)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--standby",
            action="store_true",
            help="run as a second bot, here or on another host: it stores what the first one misses, and takes over",
        )

        parser.add_argument(
            "--networks",
            type=lambda text: [name.strip() for name in text.split(",") if name.strip()],
            help="connect to these networks only, by name, separated by commas; other bots connect to the others",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.JOURNAL_DIR
        if options["standby"]:
            folder = folder.with_name(f"{folder.name}-standby")
        supervisor = Supervisor(folder, is_standby=options["standby"], network_names=options["networks"])
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, supervisor.stop)
        gevent.signal_handler(signal.SIGHUP, supervisor.reread)
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
