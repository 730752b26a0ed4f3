"""Before a file is followed: which channel's log it is, in which format, and whether it may be."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.db import transaction

from logs.formats.file_names import ChannelRef, day_in_path
from logs.formats.log_files import LogFile, is_packed
from logs.formats.plan import ImportOptions, PlannedFile, log_folder, plan_file
from logs.formats.registry import FORMATS
from logs.models import Channel, Network, WatchedFile, WatchedPath
from logs.models.watched import WatchState
from logs.watching.files import HEAD_BYTES, FoundFile
from logs.watching.store import fetch_channel, fetch_speakers, is_logged_by_bot
from logs.watching.tail import FilePosition, Reading, find_channel, head_digest, read_batch

LOGGED_BY_BOT = "The bot logs {channel} on {network}: each line would be there twice. Let it leave, or do not watch."
LOGGED_ELSEWHERE = "{channel} on {network} is followed in {folder} already: each line would be there twice."
CHANNEL_GONE = "Its channel was deleted."


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What a person said about all files. `name` is that of this machine, `shows_new`: new channels are not hidden."""

    files: ImportOptions
    name: str = ""
    shows_new: bool = False
    from_start: bool = False


def plan(file: FoundFile, options: WatchOptions, neighbour: str = "") -> PlannedFile | None:
    """Plan one file by the whole lines that it has; None if it is no log of a channel, or none that grows."""
    path = Path(file.path)
    try:
        if is_packed(path):
            return None
        with path.open("rb") as opened:
            end = last_line_end(opened)
    except OSError:
        return None
    log = LogFile(path, path, file.size, encoding=options.files.encoding, end=end)
    planned = plan_file(log, options.files, FORMATS.get(neighbour))
    return planned if planned.channel.network and planned.channel.channel else None


def last_line_end(file: BinaryIO) -> int:
    """Return the number of bytes up to the end of the last whole line."""
    end = os.fstat(file.fileno()).st_size
    while end:
        start = max(0, end - 64 * 1024)
        file.seek(start)
        if (found := file.read(end - start).rfind(b"\n")) >= 0:
            return start + found + 1
        end = start
    return 0


def make_row(root: WatchedPath, file: FoundFile, planned: PlannedFile, options: WatchOptions) -> WatchedFile:
    """Return the row, not saved, of a file that is followed from its beginning; its channel is created."""
    row = WatchedFile(
        root=root,
        path=file.path,
        folder=str(log_folder(planned.file)),
        day=day_in_path(Path(file.path)),
        identity=file.identity,
        channel=get_or_create_channel(planned.channel, options),
    )
    apply_plan(row, planned)
    return row


def apply_plan(row: WatchedFile, planned: PlannedFile) -> None:
    """Set the format of a row, or what is missing to be certain of it; and whether it may be followed."""
    is_certain = planned.format is not None and not (planned.question or planned.error or planned.is_ambiguous)
    row.format = planned.format.name if planned.format is not None and is_certain else ""
    row.state = WatchState.FOLLOWED if is_certain else WatchState.WAITING
    row.detail = "" if is_certain else planned.question or planned.error or planned.reason
    if row.channel is not None and (refusal := find_refusal(row, row.channel)):
        row.state, row.detail = WatchState.REFUSED, refusal


def find_refusal(row: WatchedFile, channel: Channel) -> str:
    """Say why the lines of a file would be there twice; "" if they would not."""
    names = {"channel": channel.name, "network": channel.network.name}
    if is_logged_by_bot(channel):
        return LOGGED_BY_BOT.format(**names)
    others = WatchedFile.objects.filter(channel=channel, state=WatchState.FOLLOWED).exclude(pk=row.pk)
    others = others.exclude(folder=row.folder, root__name=row.root.name)
    folder = others.values_list("folder", flat=True).first()
    return LOGGED_ELSEWHERE.format(folder=folder, **names) if folder is not None else ""


def get_or_create_channel(ref: ChannelRef, options: WatchOptions) -> Channel:
    """Return the channel of a file; a new one is hidden unless a person named it, or all are to be shown.

    ValidationError for an invalid name.
    """
    network = Network.objects.filter(name__iexact=ref.network).first() or Network(name=ref.network or "")
    known = Channel.objects.named(network, ref.channel or "").first() if network.pk else None
    if known is not None:
        return fetch_channel(known.pk) or known
    if not network.pk:
        network.full_clean()
    is_shown = options.shows_new or options.files.channel is not None
    channel = Channel(network=network, name=ref.channel or "", hidden=not is_shown)
    channel.full_clean(exclude=["network"])
    with transaction.atomic():
        network.save()
        channel.save()
    return channel


def make_reading(row: WatchedFile, options: WatchOptions, file: BinaryIO) -> Reading:
    """How a file is read whose format is certain."""
    number = row.channel_id or 0
    reading = Reading(
        FORMATS[row.format],
        options.files.zone or UTC,
        row.day,
        encoding=options.files.encoding,
        speakers=lambda: fetch_speakers(number),
    )
    return replace(reading, channel=find_channel(file, reading))


def find_first_time(file: FoundFile, sibling: WatchedFile, options: WatchOptions) -> datetime | None:
    """Return when the first line of a file was said that has the format of another one; None if it has none."""
    try:
        with Path(file.path).open("rb") as opened:
            batch = read_batch(opened, FilePosition(), make_reading(sibling, options, opened), datetime.now(UTC))
    except OSError:
        return None
    return batch.lines[0].line.at if batch and batch.lines else None


def hash_head(file: BinaryIO, offset: int) -> tuple[str, int]:
    """The digest of the beginning of what was read of a file, and its length."""
    length = min(offset, HEAD_BYTES)
    return (head_digest(file, length), length) if length else ("", 0)
