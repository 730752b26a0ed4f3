"""`manage.py checkcounts [--repair] [NETWORK/CHANNEL ...]`: compare the stored counts with the lines."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from logs.counts.verification import Mismatch, find_mismatches, repair_counts
from logs.models import Channel, Network

MAX_PRINTED_MISMATCHES = 10
"""Of each channel."""


class Command(BaseCommand):
    help = "Compares the stored counts (by day, hour and nick) with the lines; exit status 1 if any is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channels", nargs="*", metavar="NETWORK/CHANNEL", help="Default: all channels.")
        parser.add_argument("--repair", action="store_true", help="Correct wrong counts.")

    def handle(self, *args: Any, channels: list[str], **options: Any) -> None:
        # Counting a large channel takes longer than any page may.
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        total = 0
        for channel in [_find_channel(name) for name in channels] or Channel.objects.select_related("network"):
            mismatches = repair_counts(channel.pk) if options["repair"] else find_mismatches(channel.pk)
            total += len(mismatches)
            self._print_mismatches(channel, mismatches)
        if total and not options["repair"]:
            raise CommandError(f"{total} counts are wrong; --repair sets them right.")
        self.stdout.write(f"{total} counts were wrong and are right now." if total else "All counts are right.")

    def _print_mismatches(self, channel: Channel, mismatches: list[Mismatch]) -> None:
        name = f"{channel.network.name}/{channel.name}"
        for mismatch in mismatches[:MAX_PRINTED_MISMATCHES]:
            stored, actual = ("/".join(map(str, counts)) for counts in (mismatch.stored, mismatch.actual))
            what = f"{mismatch.table} {mismatch.key}".strip()
            self.stdout.write(f"{name}: {what}: {stored} kept, {actual} counted")
        if len(mismatches) > MAX_PRINTED_MISMATCHES:
            self.stdout.write(f"{name}: and {len(mismatches) - MAX_PRINTED_MISMATCHES} more")


def _find_channel(name: str) -> Channel:
    network_name, _, channel_name = name.partition("/")
    network = Network.objects.filter(name__iexact=network_name).first()
    channel = Channel.objects.named(network, channel_name).select_related("network").first() if network else None
    if channel is None:
        raise CommandError(f"There is no channel “{name}”. Write it as in libera/#channel.")
    return channel
