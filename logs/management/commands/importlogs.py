"""`manage.py importlogs PATH...`: old logs into the archive."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from logs.formats.clock import zone_named
from logs.formats.file_names import ChannelRef
from logs.formats.log_files import open_log_files
from logs.formats.log_format import UnparsedLine
from logs.formats.numbered_lines import UnreadableError
from logs.formats.registry import FORMATS
from logs.imports.file_matching import ImportOptions, PlannedFile, finish_channel, get_or_create_channel, plan_files
from logs.imports.importer import FileReport, ImportJob, SourceLog
from logs.imports.report import describe_line, describe_report, describe_unparsed

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
        parser.add_argument(
            "--by-folder", action="store_true", help="the folders of logs are named as channels are, without the #"
        )
        parser.add_argument("--format", choices=sorted(FORMATS), help="how the logs are written (default: found out)")
        parser.add_argument("--timezone", help="of times that tell none, for example Europe/Berlin")
        parser.add_argument(
            "--fill-gaps",
            action="store_true",
            help="store only what was said in the channel's gaps, and close them as far as the logs reach",
        )
        parser.add_argument("--source", default="", help="what pages call the log that fills gaps (default: its name)")
        parser.add_argument("--any-year", action="store_true", help="also lines from before IRC, or from the future")
        parser.add_argument("--dry-run", action="store_true", help="read and count, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        wish = ImportOptions(
            options["network"],
            options["channel"],
            FORMATS[options["format"]] if options["format"] else None,
            named_zone(options["timezone"]) if options["timezone"] else None,
            options["by_folder"],
        )
        self.quiet = options["verbosity"] == 0
        self.fill = options["source"] if options["fill_gaps"] else None
        self.any_year = options["any_year"]
        try:
            with open_log_files(options["paths"]) as files:
                planned = list(plan_files(files, wish))
                self.tell_plan(planned)
                dry = options["dry_run"] or any(file.doubt for file in planned)
                reports = self.run_all(planned, wish, dry=dry)
        except UnreadableError as error:
            raise CommandError(str(error)) from None
        self.tell(reports, dry=dry, everything=options["verbosity"] > 1)
        doubts = Counter(file.doubt for file in planned if file.doubt)
        if doubts and not options["dry_run"]:
            raise CommandError(
                "Nothing was stored. " + " ".join(f"{doubt} ({n:,} files)." for doubt, n in doubts.items())
            )
        if failed := sum(bool(report.error) for report in reports):
            raise CommandError(f"{failed:,} of {len(reports):,} files could not be read, nothing of them was stored.")

    def tell_plan(self, planned: list[PlannedFile]) -> None:
        """How the first file of each format is understood."""
        told = set()
        for file in planned:
            if file.format and file.format.name not in told and not self.quiet:
                told.add(file.format.name)
                self.stdout.write(f"{file.file.shown}: {file.why}")
                for line in file.sample:
                    self.stdout.write(f"    {describe_line(line)}")

    def run_all(self, planned: list[PlannedFile], wish: ImportOptions, *, dry: bool) -> list[FileReport]:
        reports = [FileReport(str(file.file.shown), error=file.error) for file in planned if not file.format]
        places: dict[ChannelRef, list[SourceLog]] = {}
        for file in planned:
            if file.format:
                log = SourceLog(file.file, file.format, wish.zone or UTC, told=wish.format is not None)
                places.setdefault(file.place, []).append(log)
        size = sum(log.file.size for logs in places.values() for log in logs)
        try:
            channels = {place: get_or_create_channel(place, dry=True) for place in places}
            with tqdm(total=size, unit="B", unit_scale=True, disable=True if self.quiet else None) as bar:
                for place, logs in places.items():
                    channel = channels[place] if dry else get_or_create_channel(place, dry=False)
                    work = ImportJob(channel, dry=dry, fill=self.fill, any_year=self.any_year)
                    reports += work.run(logs, bar.update, self.met)
                    if not dry:
                        finish_channel(channel)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        return reports

    def met(self, report: FileReport, unparsed: UnparsedLine) -> None:
        if not self.quiet:
            with tqdm.external_write_mode(file=sys.stderr):
                self.stdout.write(describe_unparsed(report.name, unparsed))

    def tell(self, reports: list[FileReport], *, dry: bool, everything: bool) -> None:
        if self.quiet:
            return
        filling = self.fill is not None
        for report in reports:
            if len(reports) <= FEW or report.error or report.unparsed or report.backwards or everything:
                self.stdout.write(describe_report(report, dry=dry, filling=filling))
        total = FileReport(f"{len(reports):,} files" if len(reports) != 1 else "1 file")
        for report in reports:
            total.add(report)
        self.stdout.write(describe_report(total, dry=dry, filling=filling))


def named_zone(name: str) -> tzinfo:
    try:
        return zone_named(name)
    except ValueError as error:
        raise CommandError(str(error)) from None
