"""Before an import: which channel each file is of, and how it is written."""
# MERGED: Channels for imports: found, or made and hidden until all is there.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from itertools import islice
from pathlib import PurePath

from django.db import transaction

from logs.formats.detect import PREVIEW_LINES, QUICK_SAMPLE_LINES, Guess, detect_format
from logs.formats.file_names import ChannelRef, channel_folder, channel_in_path, day_in_path
from logs.formats.log_files import LogFile
from logs.formats.log_format import Format, LogLine, ParseContext
from logs.formats.numbered_lines import UnreadableError
from logs.models import Channel, Line, Network, Unfinished
from logs.text.names import fold


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What was said of all files; None is to be found out for each. `by_folder`: folders are named as channels are, but
    for the sign."""

    network: str | None = None
    channel: str | None = None
    format: Format | None = None
    zone: tzinfo | None = None
    by_folder: bool = False


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file. `sample`: how some lines of it are understood. `doubt`: what had better be asked before it is stored;
    `error`: why it cannot be."""

    file: LogFile
    place: ChannelRef
    format: Format | None = None
    why: str = ""
    doubt: str = ""
    error: str = ""
    sample: Sequence[LogLine] = ()


def plan_files(files: Iterable[LogFile], wish: ImportOptions) -> Iterator[PlannedFile]:
    """What is to be done with each file, in the order of their days."""
    neighbours: dict[PurePath, Format] = {}
    for file in sorted(files, key=lambda file: (day_in_path(file.shown) or date.min, str(file.shown))):
        planned = _plan_file(file, _find_channel(file, wish), wish, neighbours.get(_log_folder(file)))
        if planned.format:
            neighbours[_log_folder(file)] = planned.format
        yield planned


def _log_folder(file: LogFile) -> PurePath:
    """Where its neighbours are: years and months have folders of their own."""
    return next((part for part in file.shown.parents if not part.name.isdigit()), file.shown.parent)


def _find_channel(file: LogFile, wish: ImportOptions) -> ChannelRef:
    told = channel_in_path(file.shown)
    folder = channel_folder(file.shown) if wish.by_folder else None
    channel = told.channel or (f"#{folder}" if folder else None)
    return ChannelRef(wish.network or told.network, wish.channel or channel)


def _plan_file(file: LogFile, place: ChannelRef, wish: ImportOptions, before: Format | None) -> PlannedFile:
    if file.channel and wish.channel and fold(file.channel) != fold(wish.channel):
        return PlannedFile(file, place, why=f"it is of {file.channel}")
    if not place.network or not place.channel:
        return PlannedFile(file, place, error=_explain_missing_channel(file, place))
    try:
        guess = _find_format(file, wish, before)
    except UnreadableError as error:
        return PlannedFile(file, place, error=str(error))
    if guess.format is None and guess.sure:
        return PlannedFile(file, place, why=guess.why)
    if guess.format is None:
        return PlannedFile(file, place, error=f"Of the formats known here it has none: {guess.why}.")
    doubt = "" if guess.sure else f"{guess.why}: say --format"
    if not (guess.format.zoned or wish.zone or doubt):
        doubt = f"{guess.format.title} tells no time zone: say --timezone"
    return PlannedFile(file, place, guess.format, guess.why, doubt, sample=guess.sample)


def _explain_missing_channel(file: LogFile, place: ChannelRef) -> str:
    missing = " and ".join(f"--{name}" for name, value in zip(place._fields, place, strict=True) if not value)
    folder = None if place.channel else channel_folder(file.shown)
    hint = f", or --by-folder if it is of #{folder}" if folder else ""
    return f"Its path does not tell its channel: say {missing}{hint}."


def _find_format(file: LogFile, wish: ImportOptions, before: Format | None) -> Guess:
    source = ParseContext(wish.zone or UTC, day_in_path(file.shown))
    if wish.format is None:
        return detect_format(file.lines(), source, before)
    read = wish.format.parse(islice(file.lines(), QUICK_SAMPLE_LINES), source)
    return Guess(wish.format, True, "as said", [item for item in read if isinstance(item, LogLine)][:PREVIEW_LINES])


NO_CHANNEL = 0
"""A channel that is not there."""


def get_or_create_channel(place: ChannelRef, *, dry: bool) -> int:
    """The number of a channel, which is made if it is not there; in a dry run it is checked only.

    A new one is hidden until `finish`, so that nobody sees a half of it. ValidationError when it cannot be.
    """
    network = Network.objects.filter(name__iexact=place.network).first() or Network(name=place.network or "")
    name = place.channel or ""
    channel = Channel.objects.named(network, name).first() if network.pk else None
    if channel:
        return channel.pk
    if not network.pk:
        network.full_clean()
    channel = Channel(network=network, name=name, hidden=True)
    channel.full_clean(exclude=["network"])
    if dry:
        return NO_CHANNEL
    with transaction.atomic():
        network.save()
        channel.save()
        Unfinished.objects.create(channel=channel)
    return channel.pk


def finish_channel(number: int) -> None:
    """The import into a channel has ended: what was made for it is seen from now on, or goes if there is nothing."""
    for channel in Channel.objects.filter(pk=number, unfinished__isnull=False):
        with transaction.atomic():
            if Line.objects.filter(channel=channel).exists() or channel.gaps.exists():
                Unfinished.objects.filter(channel=channel).delete()
                Channel.objects.filter(pk=channel.pk).update(hidden=False)
            else:
                channel.delete()
