"""`manage.py importlogs PATH... --network NAME --channel '#name'`: old logs into the archive."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from logs.formats.files import LogFile, find
from logs.formats.reading import UnreadableError
from logs.formats.registry import FORMATS
from logs.ingest.importing import Import, Report
from logs.models import Channel, Network

UNKNOWN = 0
"""A channel that is not there."""

FEW = 50
"""Up to so many files are told of one by one."""


class Command(BaseCommand):
    help = "Stores logs of other programs. What is in the archive already is not stored again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders of them")
        parser.add_argument("--network", required=True, help="the network's name; a new one becomes an archive")
        parser.add_argument("--channel", required=True, help="for example '#python'; a new one is public, not joined")
        parser.add_argument("--format", default="raku", choices=sorted(FORMATS), help="how the logs are written")
        parser.add_argument("--timezone", default="UTC", help="of times that tell none, for example Europe/Berlin")
        parser.add_argument("--dry-run", action="store_true", help="read and count, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = list(find(options["paths"]))
            zone = ZoneInfo(options["timezone"])
        except UnreadableError as error:
            raise CommandError(str(error)) from None
        except (ZoneInfoNotFoundError, ValueError):
            raise CommandError(f"There is no time zone {options['timezone']}.") from None
        channel = channel_named(options["network"], options["channel"])
        if not options["dry_run"]:
            save(channel)
        work = Import(channel.pk or UNKNOWN, FORMATS[options["format"]], zone, dry=options["dry_run"])
        self.tell(self.run_all(work, files, bar=options["verbosity"] > 0), options)

    def run_all(self, work: Import, files: list[LogFile], *, bar: bool) -> list[Report]:
        size = sum(file.size for file in files)
        with tqdm(total=size, unit="B", unit_scale=True, disable=None if bar else True) as progress:
            return list(work.run(files, progress.update))

    def tell(self, reports: list[Report], options: dict[str, Any]) -> None:
        failed = [report for report in reports if report.error]
        if options["verbosity"] > 0:
            stored = "would be stored" if options["dry_run"] else "stored"
            for report in reports:
                if len(reports) <= FEW or report.error or report.unparsed or options["verbosity"] > 1:
                    self.stdout.write(described(report, stored))
            total = Report(f"{len(reports):,} files" if len(reports) != 1 else "1 file")
            for report in reports:
                total.add(report)
            self.stdout.write(described(total, stored))
        if failed:
            raise CommandError(
                f"{len(failed):,} of {len(reports):,} files could not be read, nothing of them was stored."
            )


def described(report: Report, stored: str) -> str:
    """A file's line of the report, and one for each line that was not understood."""
    if report.error:
        return f"{report.name}: {report.error}"
    counts = f"{report.lines:,} lines, {report.stored:,} {stored}, {report.doubles:,} known already"
    told = [f"{report.name}: {counts}, {report.unparsed:,} not understood"]
    told += [f"{report.name}:{example.number}: not understood: {example.text[:200]!r}" for example in report.examples]
    if report.unparsed > len(report.examples) > 0:
        told.append(f"{report.name}: {report.unparsed - len(report.examples):,} more")
    return "\n".join(told)


def channel_named(network: str, name: str) -> Channel:
    """The channel, not saved if it is new."""
    found = Network.objects.filter(name__iexact=network).first() or Network(name=network)
    channel = Channel.objects.named(found, name).first() if found.pk else None
    return channel or Channel(network=found, name=name)


def save(channel: Channel) -> None:
    """Saves what is new of a channel and its network."""
    network = channel.network
    try:
        if network._state.adding:
            network.full_clean()
            network.save()
        if channel._state.adding:
            channel.network = network
            channel.full_clean()
            channel.save()
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
