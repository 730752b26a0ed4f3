"""`manage.py importlogs PATH...`: old logs into the archive."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from logs.formats.files import found
from logs.formats.names import Place
from logs.formats.reading import UnreadableError
from logs.formats.registry import FORMATS
from logs.ingest.importing import Import, Log, Report
from logs.ingest.plan import Planned, Wish, plan
from logs.models import Channel, Network

UNKNOWN = 0
"""A channel that is not there."""

FEW = 50
"""Up to so many files are told of one by one."""


class Command(BaseCommand):
    help = "Stores logs of other programs. What is in the archive already is not stored again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="PATH", help="files, folders, tar archives; gzip, zstd, bzip2, xz"
        )
        parser.add_argument("--network", help="the network's name; a new one becomes an archive (default: the path's)")
        parser.add_argument("--channel", help="for example '#python'; a new one is public, not joined")
        parser.add_argument("--format", choices=sorted(FORMATS), help="how the logs are written (default: found out)")
        parser.add_argument("--timezone", help="of times that tell none, for example Europe/Berlin")
        parser.add_argument(
            "--fill-gaps",
            action="store_true",
            help="store only what was said in the channel's gaps, and close them as far as the logs reach",
        )
        parser.add_argument("--dry-run", action="store_true", help="read and count, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        wish = Wish(
            options["network"],
            options["channel"],
            FORMATS[options["format"]] if options["format"] else None,
            zone_named(options["timezone"]) if options["timezone"] else None,
        )
        self.quiet = options["verbosity"] == 0
        try:
            with found(options["paths"]) as files:
                planned = list(plan(files, wish))
                self.tell_plan(planned)
                dry = options["dry_run"] or any(file.doubt for file in planned)
                reports = self.run_all(planned, wish.zone or UTC, dry=dry, gaps_only=options["fill_gaps"])
        except UnreadableError as error:
            raise CommandError(str(error)) from None
        known = "known already or not missing" if options["fill_gaps"] else "known already"
        self.tell(reports, "would be stored" if dry else "stored", known, everything=options["verbosity"] > 1)
        doubts = Counter(file.doubt for file in planned if file.doubt)
        if doubts and not options["dry_run"]:
            raise CommandError(
                "Nothing was stored. " + " ".join(f"{doubt} ({n:,} files)." for doubt, n in doubts.items())
            )
        if failed := sum(bool(report.error) for report in reports):
            raise CommandError(f"{failed:,} of {len(reports):,} files could not be read, nothing of them was stored.")

    def tell_plan(self, planned: list[Planned]) -> None:
        """How the first file of each format is understood."""
        told = set()
        for file in planned:
            if file.format and file.format.name not in told and not self.quiet:
                told.add(file.format.name)
                self.stdout.write(f"{file.file.shown}: {file.why}")

    def run_all(self, planned: list[Planned], zone: tzinfo, *, dry: bool, gaps_only: bool) -> list[Report]:
        reports = [Report(str(file.file.shown), error=file.error) for file in planned if not file.format]
        places: dict[Place, list[Log]] = {}
        for file in planned:
            if file.format:
                places.setdefault(file.place, []).append(Log(file.file, file.format, zone))
        size = sum(log.file.size for logs in places.values() for log in logs)
        channels = {place: channel_at(place, dry=dry) for place in places}
        with tqdm(total=size, unit="B", unit_scale=True, disable=True if self.quiet else None) as bar:
            for place, logs in places.items():
                reports += Import(channels[place], dry=dry, gaps_only=gaps_only).run(logs, bar.update)
        return reports

    def tell(self, reports: list[Report], stored: str, known: str, *, everything: bool) -> None:
        if self.quiet:
            return
        for report in reports:
            if len(reports) <= FEW or report.error or report.unparsed or everything:
                self.stdout.write(described(report, stored, known))
        total = Report(f"{len(reports):,} files" if len(reports) != 1 else "1 file")
        for report in reports:
            total.add(report)
        self.stdout.write(described(total, stored, known))


def described(report: Report, stored: str, known: str) -> str:
    """A file's line of the report, and one for each line that was not understood."""
    if report.error:
        return f"{report.name}: {report.error}"
    counts = f"{report.lines:,} lines, {report.stored:,} {stored}, {report.doubles:,} {known}"
    if report.unwanted:
        counts += f", {report.unwanted:,} not to be kept or not yet"
    told = [f"{report.name}: {counts}, {report.unparsed:,} not understood"]
    told += [f"{report.name}:{example.number}: not understood: {example.text[:200]!r}" for example in report.examples]
    if report.unparsed > len(report.examples) > 0:
        told.append(f"{report.name}: {report.unparsed - len(report.examples):,} more")
    return "\n".join(told)


def zone_named(name: str) -> tzinfo:
    try:
        return UTC if name.upper() == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CommandError(f"There is no time zone {name}.") from None


def channel_at(place: Place, *, dry: bool) -> int:
    """The number of a channel, which is made if it is not there; in a dry run it is checked only."""
    network = Network.objects.filter(name__iexact=place.network).first() or Network(name=place.network or "")
    name = place.channel or ""
    channel = Channel.objects.named(network, name).first() if network.pk else None
    if channel:
        return channel.pk
    try:
        if not network.pk:
            network.full_clean()
        channel = Channel(network=network, name=name)
        channel.full_clean(exclude=["network"])
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    if dry:
        return UNKNOWN
    network.save()
    channel.save()
    return channel.pk
