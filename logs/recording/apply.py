"""What each journal record does to the database, and the transaction that stores a batch of them.

| record | effect |
|---|---|
| Entry | a line, unless the rules of logs.ingest.rules drop it or hold it back |
| GapOpened, GapClosed, GapCovered | the channel's gap opens, closes, shrinks |
| TopicKnown | the channel's topic, and whether it announces the log |
| Redacted | the message is removed and cannot come back |
| FloodDetected | the lines that began the flood are held back |
| LoggedIn | lines without an account become an account's |
| BotSeen | the channel knows another program by its nick |

A batch is one transaction: all its effects and the journal's new position become visible together, or none of them.
That, and the check of the old position, is why every record is stored exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from logs import moderation, privacy
from logs.accounts.ownership import set_topic
from logs.ingest.channel_state import close_gap, close_gaps, note_bot, open_gap, open_gaps, shrink_gaps
from logs.ingest.entry import (
    BotSeen,
    Entry,
    FloodDetected,
    GapClosed,
    GapCovered,
    GapOpened,
    LoggedIn,
    Record,
    Redacted,
    TopicKnown,
)
from logs.ingest.journal import Position
from logs.ingest.store import clean_text, store_lines
from logs.models import Channel, JournalPosition
from logs.models.line import Reason
from logs.models.line_counts import lock_counters

OtherRecord = GapOpened | GapClosed | GapCovered | TopicKnown | Redacted | FloodDetected | LoggedIn | BotSeen

RefuseRecord = Callable[[Record, str], None]
"""Called with a record that the database will never accept, and with the reason."""

LinkLines = Callable[[Sequence[tuple[int, Entry]]], None]
"""Called with the lines that were stored, in their transaction, to find out which lines they answer."""


def _link_nothing(_stored: Sequence[tuple[int, Entry]]) -> None:
    """Leave the answers of stored lines to be found later."""


class PositionChangedError(Exception):
    """The database holds another position than the caller expected; nothing was stored."""


@dataclass(frozen=True, slots=True)
class JournalStep:
    """A batch as positions of a journal, from `start` to `end`.

    `heard_until`: the bot was listening until then, and everything heard by then is stored with this batch; None if
    more records follow.
    """

    journal: str
    start: Position
    end: Position
    heard_until: datetime | None = None


def stored_position(journal: str, start: Position, network: int | None = None) -> Position:
    """Return how far a journal has been stored; a journal new to the database is registered at `start`.

    `network` is the network that the journal records.
    """
    place = {"segment": start.segment, "offset": start.offset, "updated_at": Now(), "network_id": network}
    row, _ = JournalPosition.objects.get_or_create(journal=journal, defaults=place)
    if row.network_id != network:
        JournalPosition.objects.filter(journal=journal).update(network=network)
    return Position(row.segment, row.offset)


def commit_batch(
    step: JournalStep, records: Sequence[Record], refuse: RefuseRecord, link: LinkLines = _link_nothing
) -> int:
    """Store the records of a step; return how many lines were stored.

    Records that the database will never accept go to `refuse`, and the rest of the batch is stored.
    PositionChangedError if the stored position is not the step's start. After any other exception only the database
    knows whether the transaction was committed.
    """
    return commit_records(lambda: advance_position(step), records, refuse, link)


def commit_records(
    advance: Callable[[], None], records: Sequence[Record], refuse: RefuseRecord, link: LinkLines = _link_nothing
) -> int:
    """Store records in one transaction with `advance`, which moves the position of where they come from.

    See `commit_batch`; what `advance` raises is raised.
    """
    try:
        with transaction.atomic():
            advance()
            return _apply_records(records, refuse, link)
    except Exception as error:
        if not _is_permanent(error):
            raise
    # Some record is unacceptable: find out which, each in a savepoint of its own. Slower, but rare.
    with transaction.atomic():
        advance()
        lock_counters({record.channel for record in records})
        return sum(_apply_alone(record, refuse, link) for record in records)


def advance_position(step: JournalStep) -> None:
    """Move the stored position in the caller's transaction, which holds its row's lock until the end.

    PositionChangedError if another transaction has moved it.
    """
    with connection.cursor() as cursor:
        # The journal deletes what this transaction reports as stored. With `synchronous_commit = off` in the server's
        # settings a crash could undo the last commits after that, and the lines would be in neither place.
        cursor.execute(
            'SET LOCAL synchronous_commit TO on; UPDATE logs_journalposition SET segment = %s, "offset" = %s,'
            " updated_at = now(), heard_until = coalesce(%s, heard_until)"
            ' WHERE journal = %s AND segment = %s AND "offset" = %s',
            [step.end.segment, step.end.offset, step.heard_until, step.journal, step.start.segment, step.start.offset],
        )
        if not cursor.rowcount:
            raise PositionChangedError


def apply_record(record: OtherRecord) -> None:
    """Apply one record that is no line, in the caller's transaction; nothing for a channel that no longer exists."""
    match record:
        case GapOpened():
            open_gap(record.channel, record.at, record.reason)
        case GapClosed():
            close_gap(record.channel, record.at)
        case GapCovered():
            shrink_gaps(record.channel, record.at, record.until)
        case TopicKnown():
            set_topic(record.channel, clean_text(record.text))
        case Redacted():
            for channel in Channel.objects.filter(pk=record.channel).select_related("network"):
                # 500: the length of the column for ids of forgotten messages.
                privacy.redact_message(channel, clean_text(record.msgid)[:500], clean_text(record.nick))
        case FloodDetected():
            moderation.hold_back(record)
        case LoggedIn():
            _attribute_lines(record)
        case BotSeen():
            note_bot(record.channel, clean_text(record.nick))


def _attribute_lines(record: LoggedIn) -> None:
    for channel in Channel.objects.filter(pk=record.channel).select_related("network"):
        nicks = [clean_text(nick) for nick in record.nicks]
        privacy.attribute_lines(channel, clean_text(record.account), nicks, record.at, record.until)


def _apply_records(records: Sequence[Record], refuse: RefuseRecord, link: LinkLines) -> int:
    # Lines are stored first and lock the counters of their channels; what follows may change other channels. All are
    # locked in one order, so that two transactions never wait for each other.
    if not all(isinstance(record, Entry) for record in records):
        lock_counters({record.channel for record in records})
    return sum(_apply_run(run, refuse, link) for run in _split_after_pauses(records))


def _split_after_pauses(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Split a batch behind each record that pauses a channel.

    Within a run all lines are stored first and the other records applied after them. A pause decides which lines of a
    history may be stored, so it must be in the database before the lines that follow it.
    """
    start = 0
    for end, record in enumerate(records, 1):
        if isinstance(record, GapOpened) and record.reason == Reason.PAUSED:
            yield records[start:end]
            start = end
    yield records[start:]


def _apply_run(records: Sequence[Record], refuse: RefuseRecord, link: LinkLines) -> int:
    # All lines in one statement: that is what makes a batch cheap. The other records do not depend on their place
    # between the lines, except pauses (see above); a redaction or flood needs the lines before it to be stored.
    result = store_lines([record for record in records if isinstance(record, Entry)])
    link(result.inserted)
    _apply_others([record for record in records if not isinstance(record, Entry)])
    for entry in result.unknown_channel:
        refuse(entry, "its channel is gone")
    return result.stored


def _apply_others(records: Sequence[OtherRecord]) -> None:
    """Apply records that are no lines, those of each channel in their order.

    Connecting to a network opens or closes the gaps of all its channels: that is one statement, not one for each.
    """
    opened: list[GapOpened] = []
    closed: list[GapClosed] = []
    waiting: set[int] = set()

    def apply_waiting() -> None:
        if opened:
            open_gaps(opened)
        if closed:
            close_gaps(closed)
        opened.clear()
        closed.clear()
        waiting.clear()

    for record in records:
        if record.channel in waiting:
            apply_waiting()
        match record:
            case GapOpened():
                opened.append(record)
                waiting.add(record.channel)
            case GapClosed():
                closed.append(record)
                waiting.add(record.channel)
            case _:
                apply_record(record)
    apply_waiting()


def _apply_alone(record: Record, refuse: RefuseRecord, link: LinkLines) -> int:
    try:
        with transaction.atomic():
            return _apply_records([record], refuse, link)
    except Exception as error:
        if not _is_permanent(error):
            raise
        refuse(record, " ".join(str(error).split()))
        return 0


def _is_permanent(error: Exception) -> bool:
    """Whether the database would refuse the same record again, however often it is retried."""
    code = getattr(error.__cause__, "pgcode", None) or ""
    # Class 54 (program limit exceeded): a value too large for an index, say, which Django reports as OperationalError.
    return isinstance(error, (DataError, IntegrityError, ValueError)) or code.startswith("54")
