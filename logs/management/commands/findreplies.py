"""`manage.py findreplies`: find out which earlier line each line of the archive answers."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from logs.conversations import backlog
from logs.management.commands.exportlogs import select_channels


class Command(BaseCommand):
    help = (
        "Finds out which earlier line each line answers, where that is not known yet. It can be interrupted and started"
        " again at any time, also while the bot runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--network", help="only this network")
        parser.add_argument("--channel", help="only this channel, for example '#python'")
        parser.add_argument(
            "--again", action="store_true", help="begin at the first line, for example after an upgrade of the model"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = {channel.pk for channel in select_channels(options["network"], options["channel"])}
        if options["again"]:
            for channel in chosen:
                backlog.begin_again(channel)
        behind = [row for row in backlog.find_channels_behind() if row[0] in chosen]
        total = sum(last - through for _, through, last in behind)
        quiet = options["verbosity"] == 0
        with tqdm(total=total, unit=" lines", unit_scale=True, disable=True if quiet else None) as bar:
            for channel, through, last in behind:
                remaining = last - through
                while remaining:
                    before, remaining = remaining, backlog.find_replies(channel)
                    bar.update(max(0, before - remaining))
        if not quiet:
            self.stderr.write(f"{total:,} lines in {len(behind):,} channels.")
