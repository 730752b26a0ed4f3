"""The rows of watched files, and the transaction that stores lines together with how far their file was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from logs.ingest.entry import Entry, Record
from logs.models import Channel, Kind, Line, WatchedFile
from logs.models.watched import WatchState
from logs.recording.apply import LinkLines, RefuseRecord, commit_records
from logs.watching.tail import Batch, FilePosition

SPEAKER_LINES = 2000
"""The newest lines of a channel, in which somebody who acts must have been seen."""


class MovedError(Exception):
    """The row or the channel is not as the batch was made for; nothing was stored."""


def position_of(row: WatchedFile) -> FilePosition:
    return FilePosition(row.offset, row.context_offset, row.context_day, row.is_day_lost, row.context_digest)


def set_position(row: WatchedFile, position: FilePosition) -> None:
    for name, value in asdict(position).items():
        setattr(row, name, value)


def fetch_channel(number: int) -> Channel | None:
    return Channel.objects.filter(pk=number).select_related("network").first()


def is_logged_by_bot(channel: Channel) -> bool:
    """Whether the bot is, or should be, in the channel: then each line of a file would be there twice."""
    network = channel.network
    return bool(channel.wanted and not channel.stopped and network.wanted and network.host)


def fetch_speakers(channel: int) -> frozenset[str]:
    """Return the nicks that were seen recently in a channel."""
    recent = Line.objects.filter(channel=channel).exclude(kind__in=[Kind.MODE, Kind.TOPIC]).order_by("-id")
    return frozenset(recent.values_list("nick", flat=True)[:SPEAKER_LINES])


def store_batch(
    row: WatchedFile,
    batch: Batch,
    records: Sequence[Record],
    channel: Channel,
    *,
    head: tuple[str, int],
    detail: str,
    refuse: RefuseRecord,
    link: LinkLines,
) -> int:
    """Store the records of a batch and move the file's place behind it; return how many lines were stored.

    MovedError if another process has moved it, or if the channel's settings have changed since the records were made.
    """
    times = [record.at for record in records if isinstance(record, Entry)]
    changes: dict[str, object] = {
        **asdict(batch.position),
        "state": WatchState.FOLLOWED,
        "detail": detail,
        "head": head[0],
        "head_length": head[1],
    }

    def advance() -> None:
        if _settings_of(fetch_channel(channel.pk)) != _settings_of(channel):
            raise MovedError
        own = WatchedFile.objects.filter(pk=row.pk, identity=row.identity, offset=row.offset, channel=channel)
        last: datetime | None = max(times, default=None)
        is_moved = own.update(
            **changes,
            lines=F("lines") + len(times),
            unparsed=F("unparsed") + len(batch.unparsed),
            updated_at=Now(),
            **({"last_line_at": last} if last else {}),
        )
        if not is_moved:
            raise MovedError

    stored = commit_records(advance, records, refuse, link)
    for name, value in changes.items():
        setattr(row, name, value)
    return stored


def _settings_of(channel: Channel | None) -> tuple[object, ...] | None:
    """What decides on the lines of a channel before the rules of the store do."""
    if channel is None:
        return None
    settings = channel.paused, channel.keeps_joins, channel.keeps_restricted, channel.off_record, channel.opted_out
    return *settings, is_logged_by_bot(channel)


def touch_paths(paths: Sequence[int], *, polls: bool) -> None:
    """Note that the paths are being followed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logs_watchedpath SET seen_at = now(), polls = %s WHERE id = ANY(%s)", [polls, list(paths)]
        )
