"""`manage.py checkcounts [--repair] [NETWORK/CHANNEL ...]`: counts all lines anew and compares."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from logs.counts.verification import Mismatch, find_mismatches, repair_counts
from logs.models import Channel, Network

SHOWN = 10


class Command(BaseCommand):
    help = "Compares the kept counts of lines (by day, hour and nick) with the lines; exit status 1 if any is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channels", nargs="*", metavar="NETWORK/CHANNEL", help="Default: all channels.")
        parser.add_argument("--repair", action="store_true", help="Set wrong counts right.")

    def handle(self, *args: Any, channels: list[str], **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        number = 0
        for channel in [_channel(name) for name in channels] or Channel.objects.select_related("network"):
            found = repair_counts(channel.pk) if options["repair"] else find_mismatches(channel.pk)
            number += len(found)
            self._tell(channel, found)
        if number and not options["repair"]:
            raise CommandError(f"{number} counts are wrong; --repair sets them right.")
        self.stdout.write(f"{number} counts were wrong and are right now." if number else "All counts are right.")

    def _tell(self, channel: Channel, found: list[Mismatch]) -> None:
        for wrong in found[:SHOWN]:
            kept, counted = ("/".join(map(str, side)) for side in (wrong.stored, wrong.actual))
            self.stdout.write(
                f"{channel.network.name}/{channel.name}: {wrong.table} {wrong.key}: {kept} kept, {counted} counted"
            )
        if len(found) > SHOWN:
            self.stdout.write(f"{channel.network.name}/{channel.name}: and {len(found) - SHOWN} more")


def _channel(name: str) -> Channel:
    network_name, _, channel_name = name.partition("/")
    network = Network.objects.filter(name__iexact=network_name).first()
    channel = Channel.objects.named(network, channel_name).select_related("network").first() if network else None
    if channel is None:
        raise CommandError(f"There is no channel “{name}”. Write it as in libera/#channel.")
    return channel
