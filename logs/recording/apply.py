"""One batch of a journal's records into the database: all of it and the journal's new position, or nothing."""
# MERGED: Gaps, topics and redactions from the journal into the database, inside the caller's transaction.

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from logs import moderation, privacy
from logs.accounts.ownership import topic_is
from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened, Record, Redacted, TopicKnown, WaveSeen
from logs.ingest.journal import Position
from logs.ingest.store import clean, store_lines
from logs.models import Channel, Gap, JournalPosition
from logs.models.line import Reason

PutAside = Callable[[Record, str], None]


class MovedError(Exception):
    """The database holds another position than the caller believed; nothing was stored."""


def stored_position(journal: str, start: Position, network: int | None = None) -> Position:
    """How far a journal, that of a network, has been stored; `start` for one that the database does not know."""
    place = {"segment": start.segment, "offset": start.offset, "updated_at": Now(), "network_id": network}
    row, _ = JournalPosition.objects.get_or_create(journal=journal, defaults=place)
    if row.network_id != network:
        JournalPosition.objects.filter(journal=journal).update(network=network)
    return Position(row.segment, row.offset)


@dataclass(frozen=True, slots=True)
class Step:
    """From one position of a journal to another. `heard_until`, when given: all heard until then is stored with it."""

    journal: str
    position: Position
    end: Position
    heard_until: datetime | None = None


def commit(step: Step, records: Sequence[Record], put_aside: PutAside) -> int:
    """Stores the records of a step; returns how many lines that are.

    A record that the database will never take is given to `put_aside`, with the reason. MovedError when the journal is
    not stored as far as the step's position. After any other exception the database alone knows whether the commit
    happened.
    """
    try:
        with transaction.atomic():
            advance(step)
            return _apply(records, put_aside)
    except Exception as error:
        if not _is_about_content(error):
            raise
    with transaction.atomic():
        advance(step)
        return sum(_apply_alone(record, put_aside) for record in records)


def advance(step: Step) -> None:
    """Moves the stored position; from here to the end of the transaction nobody else can."""
    with connection.cursor() as cursor:
        # The journal forgets what it believes stored, even where a server is set to lose its last commits in a crash.
        cursor.execute("SET LOCAL synchronous_commit TO on")
    heard = {"heard_until": step.heard_until} if step.heard_until else {}
    believed = JournalPosition.objects.filter(
        journal=step.journal, segment=step.position.segment, offset=step.position.offset
    )
    if not believed.update(segment=step.end.segment, offset=step.end.offset, updated_at=Now(), **heard):
        raise MovedError


def _apply(records: Sequence[Record], put_aside: PutAside) -> int:
    return sum(_apply_run(run, put_aside) for run in _runs(records))


def _runs(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Cut behind each pause of a channel: it decides what may be kept of the history that follows."""
    start = 0
    for end, record in enumerate(records, 1):
        if isinstance(record, GapOpened) and record.reason == Reason.PAUSED:
            yield records[start:end]
            start = end
    yield records[start:]


def _apply_run(records: Sequence[Record], put_aside: PutAside) -> int:
    stored = store_lines([record for record in records if isinstance(record, Entry)])
    for record in records:
        if not isinstance(record, Entry):
            note(record)
    for entry in stored.refused:
        put_aside(entry, "its channel is gone")
    return stored.lines


def _apply_alone(record: Record, put_aside: PutAside) -> int:
    try:
        with transaction.atomic():
            return _apply([record], put_aside)
    except Exception as error:
        if not _is_about_content(error):
            raise
        put_aside(record, " ".join(str(error).split()))
        return 0


def _is_about_content(error: Exception) -> bool:
    """Whether the same record would be refused again, however often; class 54: too large for an index."""
    code = getattr(error.__cause__, "pgcode", None) or ""
    return isinstance(error, (DataError, IntegrityError, ValueError)) or code.startswith("54")


def note(record: GapOpened | GapClosed | GapCovered | TopicKnown | Redacted | WaveSeen) -> None:
    """Does what a record says; nothing for a channel that is gone."""
    match record:
        case GapOpened():
            gaps = [
                Gap(channel=channel, from_at=record.at, reason=record.reason)
                for channel in Channel.objects.filter(pk=record.channel)
            ]
            Gap.objects.bulk_create(gaps, ignore_conflicts=True)
        case GapClosed():
            Gap.objects.filter(channel=record.channel, to_at=None, from_at__lt=record.at).update(to_at=record.at)
            Gap.objects.filter(channel=record.channel, to_at=None).delete()
        case GapCovered():
            cover(record.channel, record.at, record.until)
        case TopicKnown():
            topic_is(record.channel, clean(record.text))
        case Redacted():
            for channel in Channel.objects.filter(pk=record.channel).select_related("network"):
                privacy.redact_message(channel, clean(record.msgid)[:500], clean(record.nick))
        case WaveSeen():
            moderation.hold_back(record)


def cover(channel: int, start: datetime, end: datetime) -> None:
    """Takes an interval out of a channel's gaps: those inside go, others shrink, one around it becomes two."""
    touched = Gap.objects.filter(Q(to_at=None) | Q(to_at__gt=start), channel=channel, from_at__lt=end)
    for gap in touched.select_for_update():
        before, after = gap.from_at < start, gap.to_at is None or gap.to_at > end
        if after and before:
            Gap.objects.filter(pk=gap.pk).update(from_at=end)
            Gap.objects.create(channel_id=channel, from_at=gap.from_at, to_at=start, reason=gap.reason)
        elif after:
            Gap.objects.filter(pk=gap.pk).update(from_at=end)
        elif before:
            Gap.objects.filter(pk=gap.pk).update(to_at=start)
        else:
            gap.delete()
