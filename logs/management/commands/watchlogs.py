"""`manage.py watchlogs PATH...`: follow log files that a bouncer or client writes, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import gevent
from django.core.management.base import BaseCommand, CommandError

from logs.formats.plan import ImportOptions
from logs.formats.registry import FORMATS
from logs.management.commands.importlogs import named_encoding, named_zone
from logs.models.watched import read_files, read_paths
from logs.watching.first_start import StartError
from logs.watching.planning import WatchOptions
from logs.watching.watcher import LogWatcher, WatchedElsewhereError


class Command(BaseCommand):
    help = "Follows log files of other programs: what they write appears live. No bot may log the same channels."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders")
        parser.add_argument("--network", help="the network's name (default: from the path)")
        parser.add_argument("--channel", help="for example '#python' (default: from the path or the lines)")
        parser.add_argument("--format", choices=sorted(FORMATS), help="the format of the logs (default: detected)")
        parser.add_argument("--timezone", help="of times without one, for example Europe/Berlin")
        parser.add_argument("--encoding", help="of lines that are not UTF-8, for example koi8-r")
        parser.add_argument(
            "--from-start", action="store_true", help="at the first start import what the files hold already"
        )
        parser.add_argument(
            "--public", action="store_true", help="show channels that are new; otherwise an administrator has to"
        )
        parser.add_argument(
            "--poll",
            type=float,
            metavar="SECONDS",
            help="scan the files at this interval (default: when the kernel reports a change)",
        )
        parser.add_argument("--name", default="", help="of this machine, if another one follows the same path")
        parser.add_argument("--status", action="store_true", help="show what is followed, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["status"]:
            self.print_status(with_files=options["verbosity"] > 1)
            return
        paths = [path.resolve() for path in options["paths"]]
        if not paths:
            raise CommandError("Say which files or folders are to be followed.")
        if missing := [path for path in paths if not path.exists()]:
            raise CommandError(f"{missing[0]} does not exist.")
        if options["poll"] is not None and options["poll"] < 0.05:
            raise CommandError("--poll takes at least 0.05 seconds.")
        watcher = LogWatcher(_without_inner(paths), self.read_options(options), options["poll"])
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, watcher.stop)
        try:
            watcher.run(self.report)
        except (StartError, WatchedElsewhereError) as error:
            raise CommandError(str(error)) from None

    def read_options(self, options: dict[str, Any]) -> WatchOptions:
        files = ImportOptions(
            options["network"],
            options["channel"],
            FORMATS[options["format"]] if options["format"] else None,
            named_zone(options["timezone"]) if options["timezone"] else None,
            encoding=named_encoding(options["encoding"]) if options["encoding"] else None,
        )
        return WatchOptions(files, options["name"], options["public"], options["from_start"])

    def report(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def print_status(self, *, with_files: bool) -> None:
        for path in read_paths():
            followed = "followed" if path.is_followed else "not followed at the moment"
            by = f" by {path.name}" if path.name else ""
            files = ", ".join(f"{count:,} {state}" for state, count in sorted(path.files.items())) or "none"
            self.stdout.write(f"{path.path}{by}: {followed}{', by polling' if path.polls else ''}")
            self.stdout.write(f"    files: {files}; {path.ignored:,} are no logs of channels")
            self.stdout.write(f"    lines: {path.lines:,} read, {path.unparsed:,} reported and not stored")
            if path.problem:
                self.stdout.write(f"    {path.problem}")
            for file in read_files(path.path, path.name):
                if with_files or file.detail:
                    last = f", the last line at {file.last_line_at:%Y-%m-%d %H:%M:%S}Z" if file.last_line_at else ""
                    detail = f": {file.detail}" if file.detail else ""
                    counts = f"{file.lines:,} lines, {file.unparsed:,} reported"
                    self.stdout.write(f"    {file.path}: {file.channel}, {file.state}{detail} ({counts}{last})")


def _without_inner(paths: list[Path]) -> list[Path]:
    """The paths without those that lie in others."""
    chosen = sorted(set(paths))
    return [path for path in chosen if not any(path != other and path.is_relative_to(other) for other in chosen)]
