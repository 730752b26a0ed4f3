"""`manage.py exportlogs OUTPUT`: write logs as files that importlogs or other programs can read."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from logs.export import WRITERS, Export, day_start, snapshot
from logs.management.commands.importlogs import named_zone
from logs.models import Channel


class Command(BaseCommand):
    help = "Writes logs. JSON Lines are complete: importlogs restores the same archive from them, ids included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("output", type=Path, help="a new or empty folder; - for standard output")
        parser.add_argument("--network", help="only this network")
        parser.add_argument("--channel", help="only this channel, for example '#python'")
        parser.add_argument("--format", default="jsonl", choices=sorted(WRITERS), help="default: jsonl")
        parser.add_argument(
            "--timezone", default="UTC", help="of days, and of times in formats without a zone; default: UTC"
        )
        parser.add_argument("--day", type=date.fromisoformat, help="only this day, for example 2026-01-31")
        parser.add_argument("--since", type=date.fromisoformat, help="from this day on")
        parser.add_argument("--until", type=date.fromisoformat, help="up to this day")

    def handle(self, *args: Any, **options: Any) -> None:
        export = make_export(options)
        # One snapshot for all channels, or lines that are stored meanwhile would be in some files only.
        with snapshot():
            channels = select_channels(options["network"], options["channel"])
            if str(options["output"]) == "-":
                self.write_to_stdout(export, channels)
            else:
                self.write_to_folder(export, channels, options["output"], quiet=options["verbosity"] == 0)

    def write_to_stdout(self, export: Export, channels: list[Channel]) -> None:
        if len(channels) != 1:
            raise CommandError(
                f"{len(channels)} channels cannot be written to one output: give --network and --channel."
            )
        for line in export.text(channels[0]):
            self.stdout.write(line)

    def write_to_folder(self, export: Export, channels: list[Channel], folder: Path, *, quiet: bool) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise CommandError(f"{folder} is not empty: name a new folder.")
            count = 0
            with tqdm(unit=" lines", unit_scale=True, disable=True if quiet else None) as bar:
                for channel in channels:
                    for path, lines in export.files(channel):
                        write_file(folder / path, lines, bar)
                        count += 1
        except OSError as error:
            raise CommandError(f"{error.filename or folder}: {error.strerror}") from None
        if not quiet:
            self.stderr.write(f"{len(channels):,} channels in {count:,} files below {folder}.")


def write_file(path: Path, lines: Iterator[str], bar: tqdm[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(f"{line}\n")
            bar.update()


def make_export(options: dict[str, Any]) -> Export:
    zone = named_zone(options["timezone"])
    since, until = options["day"] or options["since"], options["day"] or options["until"]
    after = until + timedelta(days=1) if until else None
    return Export(WRITERS[options["format"]], zone, day_start(since, zone), day_start(after, zone))


def select_channels(network: str | None, name: str | None) -> list[Channel]:
    """Return the channels that match the options. Raise CommandError if there are none."""
    channels = Channel.objects.select_related("network").order_by("network__name", "folded")
    if network:
        channels = channels.filter(network__name__iexact=network)
    # By `named`, because each network folds names by its own casemapping.
    selected = [
        channel
        for channel in channels
        if not name or Channel.objects.named(channel.network, name).filter(pk=channel.pk).exists()
    ]
    if not selected:
        raise CommandError("There is no such channel.")
    return selected
