"""`manage.py importlogs PATH...`: import logs of other programs."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack
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
from logs.formats.plan import ImportOptions, PlannedFile, plan_files
from logs.formats.registry import FORMATS
from logs.imports.bridges import add_bridges, mark_bridges
from logs.imports.digest import Digest, describe_line
from logs.imports.file_matching import finish_channel, get_or_create_channel
from logs.imports.importer import ImportJob, SourceLog
from logs.imports.priority import yield_to_readers
from logs.imports.quassel_server import is_database_address, open_quassel_server
from logs.imports.report import FileReport, describe_report, describe_unparsed
from logs.models import Channel
from logs.text.encodings import find_encoding
from logs.text.names import fold

MAX_FILES_LISTED = 50
"""A longer list shows only files with something to report."""


class Command(BaseCommand):
    help = "Imports logs of other programs. Lines that the archive already contains are not stored again."

    has_own_process = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="+",
            metavar="PATH",
            help="files, folders, tar and zip archives; gzip, zstd, bzip2, xz; postgresql:// of a Quassel core",
        )
        parser.add_argument(
            "--network", help="the network's name; a new one becomes an archive (default: from the path)"
        )
        parser.add_argument("--channel", help="for example '#python'; a new one is public, not joined")
        parser.add_argument("--by-folder", action="store_true", help="folders are named like channels, without the #")
        parser.add_argument("--format", choices=sorted(FORMATS), help="the format of the logs (default: detected)")
        parser.add_argument("--timezone", help="of times without one, for example Europe/Berlin")
        parser.add_argument(
            "--encoding", help="of lines that are not UTF-8, for example koi8-r (default: Windows-1252 where probable)"
        )
        parser.add_argument(
            "--only-network",
            metavar="NAME",
            help="of a database with several networks only this one, as it is called there",
        )
        parser.add_argument(
            "--only-channel",
            metavar="NAME",
            help="only this channel of a database or an export, as it is called there; --channel is its name here",
        )
        parser.add_argument(
            "--fill-gaps",
            action="store_true",
            help="store only lines from the channel's gaps, and close the gaps as far as the logs reach",
        )
        parser.add_argument(
            "--source",
            default="",
            help="the name that pages show as the source of the lines (default, where the bot logs: the file's name)",
        )
        parser.add_argument(
            "--bridge",
            action="append",
            default=[],
            metavar="NICK",
            help="a bot that relays messages from elsewhere: pages show who spoke; can be given several times",
        )
        parser.add_argument(
            "--any-year", action="store_true", help="also lines dated before IRC existed or in the future"
        )
        parser.add_argument("--dry-run", action="store_true", help="read and count only, store nothing")

    def run_from_argv(self, argv: list[str]) -> None:
        self.has_own_process = True
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        if self.has_own_process:
            yield_to_readers()
        import_options = ImportOptions(
            options["network"],
            options["channel"],
            FORMATS[options["format"]] if options["format"] else None,
            named_zone(options["timezone"]) if options["timezone"] else None,
            options["by_folder"],
            named_encoding(options["encoding"]) if options["encoding"] else None,
            options["only_network"],
            options["only_channel"],
        )
        self.quiet = options["verbosity"] == 0
        self.fill_name = options["source"] if options["fill_gaps"] else None
        self.source_name = options["source"]
        self.any_year = options["any_year"]
        self.bridges = list(options["bridge"])
        self.known_bridges = {fold(nick) for nick in self.bridges}
        try:
            with ExitStack() as opened:
                addresses = [path for path in map(str, options["paths"]) if is_database_address(path)]
                paths = [Path(path) for path in map(str, options["paths"]) if not is_database_address(path)]
                files = [file for each in addresses for file in opened.enter_context(open_quassel_server(each))]
                files += opened.enter_context(open_log_files(paths))
                planned = list(plan_files(files, import_options))
                # An open question about any file (its zone, say) turns the import into a dry run: all or nothing.
                self.print_plan(planned)
                dry_run = options["dry_run"] or any(file.question for file in planned)
                reports = self.import_all(planned, import_options, dry_run=dry_run)
        except UnreadableError as error:
            raise CommandError(str(error)) from None
        self.print_reports(reports, dry_run=dry_run, is_verbose=options["verbosity"] > 1)
        questions = Counter(file.question for file in planned if file.question)
        if questions:
            raise CommandError(
                ("Nothing would be stored. " if options["dry_run"] else "Nothing was stored. ")
                + " ".join(f"{question} ({n:,} files)." for question, n in questions.items())
            )
        if failed := sum(bool(report.error) for report in reports):
            stored = "would be" if options["dry_run"] else "was"
            raise CommandError(
                f"{failed:,} of {len(reports):,} files could not be read, nothing of them {stored} stored."
            )

    def print_plan(self, planned: list[PlannedFile]) -> None:
        """Print how the first file of each format was detected."""
        printed = set()
        for file in planned:
            if file.format and file.format.name not in printed and not self.quiet:
                printed.add(file.format.name)
                self.stdout.write(f"{file.file.display_path}: {file.reason}")
                for line in file.sample:
                    self.stdout.write(f"    {describe_line(line)}")
        # Where the names are from is worth a look unless a person said them.
        for file in planned if len(planned) <= MAX_FILES_LISTED and not self.quiet else ():
            if file.format and file.source.count("as said") < 2:
                self.stdout.write(f"{file.file.display_path}: {file.source}")
        for file in planned if not self.quiet else ():
            if file.warning:
                self.stdout.write(f"{file.file.display_path}: {file.warning}")

    def import_all(
        self, planned: list[PlannedFile], import_options: ImportOptions, *, dry_run: bool
    ) -> list[FileReport]:
        reports = [FileReport(str(file.file.display_path), error=file.error) for file in planned if not file.format]
        logs_by_channel: dict[ChannelRef, list[SourceLog]] = {}
        for file in planned:
            if file.format:
                log = SourceLog(
                    file.file,
                    file.format,
                    import_options.zone or UTC,
                    is_format_given=import_options.format is not None,
                )
                logs_by_channel.setdefault(file.channel, []).append(log)
        size = sum(log.file.size for logs in logs_by_channel.values() for log in logs)
        try:
            # Every name is checked before the first channel is created.
            channels = {ref: get_or_create_channel(ref, dry_run=True) for ref in logs_by_channel}
            add_bridges("", self.bridges)
            for existing in Channel.objects.filter(pk__in=channels.values()):
                self.known_bridges |= existing.bridge_nicks
                add_bridges(existing.bridges, self.bridges)
            with tqdm(total=size, unit="B", unit_scale=True, disable=True if self.quiet else None) as bar:
                for ref, logs in logs_by_channel.items():
                    channel = channels[ref] if dry_run else get_or_create_channel(ref, dry_run=False)
                    job = ImportJob(
                        channel,
                        dry_run=dry_run,
                        fill_name=self.fill_name,
                        source_name=self.source_name,
                        any_year=self.any_year,
                    )
                    reports += job.run(logs, bar.update, self.print_unparsed)
                    if not dry_run:
                        mark_bridges(channel, self.bridges, "importlogs")
                        finish_channel(channel)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        return reports

    def print_unparsed(self, report: FileReport, unparsed: UnparsedLine) -> None:
        if not self.quiet:
            with tqdm.external_write_mode(file=sys.stderr):
                self.stdout.write(describe_unparsed(report.name, unparsed))

    def print_reports(self, reports: list[FileReport], *, dry_run: bool, is_verbose: bool) -> None:
        if self.quiet:
            return
        filling = self.fill_name is not None
        # What is doubtful comes first; otherwise the order stays.
        for report in sorted(reports, key=lambda report: not report.is_doubtful):
            if len(reports) <= MAX_FILES_LISTED or report.is_doubtful or is_verbose:
                self.stdout.write(describe_report(report, dry_run=dry_run, filling=filling))
        digest = Digest()
        total = FileReport(f"{len(reports):,} files" if len(reports) != 1 else "1 file")
        for report in reports:
            total.add(report)
            if report.digest and not report.error:
                digest.merge(report.digest)
        for nick, sentence in digest.describe_bridges(self.known_bridges):
            self.stdout.write(f"{sentence}: say --bridge {nick} if pages should show who spoke")
        for line in digest.describe():
            self.stdout.write(line)
        self.stdout.write(describe_report(total, dry_run=dry_run, filling=filling))


def named_zone(name: str) -> tzinfo:
    try:
        return zone_named(name)
    except ValueError as error:
        raise CommandError(str(error)) from None


def named_encoding(name: str) -> str:
    try:
        return find_encoding(name)
    except ValueError as error:
        raise CommandError(str(error)) from None
