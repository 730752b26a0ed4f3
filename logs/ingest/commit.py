"""One batch of a journal's records into the database: all of it and the journal's new position, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from logs.ingest.entry import Entry, Record
from logs.ingest.gaps import note
from logs.ingest.journal import Position
from logs.ingest.store import store_lines
from logs.models import JournalPosition

PutAside = Callable[[Record, str], None]


class MovedError(Exception):
    """The database holds another position than the caller believed; nothing was stored."""


def stored_position(journal: str, start: Position) -> Position:
    """How far a journal has been stored; `start` for one that the database does not know."""
    row, _ = JournalPosition.objects.get_or_create(
        journal=journal, defaults={"segment": start.segment, "offset": start.offset, "updated_at": Now()}
    )
    return Position(row.segment, row.offset)


def commit(journal: str, position: Position, records: Sequence[Record], end: Position, put_aside: PutAside) -> int:
    """Stores the records between two positions; returns how many lines that are.

    A record that the database will never take is given to `put_aside`, with the reason. MovedError when the journal is
    not stored as far as `position`. After any other exception the database alone knows whether the commit happened.
    """
    try:
        with transaction.atomic():
            _advance(journal, position, end)
            return _apply(records, put_aside)
    except Exception as error:
        if not _is_about_content(error):
            raise
    with transaction.atomic():
        _advance(journal, position, end)
        return sum(_apply_alone(record, put_aside) for record in records)


def _advance(journal: str, position: Position, end: Position) -> None:
    """Moves the stored position; from here to the end of the transaction nobody else can."""
    with connection.cursor() as cursor:
        # The journal forgets what it believes stored, even where a server is set to lose its last commits in a crash.
        cursor.execute("SET LOCAL synchronous_commit TO on")
    believed = JournalPosition.objects.filter(journal=journal, segment=position.segment, offset=position.offset)
    if not believed.update(segment=end.segment, offset=end.offset, updated_at=Now()):
        raise MovedError


def _apply(records: Sequence[Record], put_aside: PutAside) -> int:
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
