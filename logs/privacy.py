"""Everyone's rights, each one act that reaches every place where a line is or could come back.

| place | how it is reached |
|---|---|
| rows and the search index over them | deleted or changed, in one transaction |
| open browsers, streams, feeds, page caches | the removal takes an id of the channel: live tells it, ETags change |
| held and delayed lines | deleted or changed with the rows |
| the journal, stored or not | what is not stored yet is known by `Forgotten`; what is goes with its segment: the bot |
|                            | begins a new one whenever a network's `scrubs` counts up |
| a server's history, other bots, imports | `Forgotten` again: the store refuses what was erased |
| the topic | emptied when it was the line's text |
| the database's files | dead bytes go with `manage.py scrub` |
"""
# MERGED: What people without an account ask for, done by an administrator who believes them.

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import BooleanField, F, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from logs.ingest.entry import Entry
from logs.ingest.pseudonyms import pseudonym, with_pseudonym
from logs.ingest.removal import remove_lines
from logs.ingest.rules import digest_of
from logs.ingest.store import insert_lines
from logs.models import (
    Channel,
    Forgotten,
    HeldLine,
    Identity,
    Kind,
    Line,
    LineCounter,
    Network,
    OptOut,
    Request,
    audit_log,
)
from logs.models.audit_log import RequestKind
from logs.models.line import SAID
from logs.models.line_counter import lock_counters
from logs.text.names import fold
from logs.text.plurals import counted

ID_RANGE = 50_000
"""Lines looked through at a time, for nothing finds an account's lines but looking at all of a channel."""

BATCH_LINES = 2000


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose lines are meant; an account is proof, a nick alone is what an owner or administrator decides by."""

    account: str = ""
    nick: str = ""

    def __str__(self) -> str:
        return f"account {self.account}" if self.account else f"nick {self.nick}"


def redact(channel: Channel, ids: Collection[int], by: str, why: str = "") -> int:
    """Removes lines for good; where something was said a tombstone stays. Returns how many lines there were."""
    with transaction.atomic():
        removed = _remove(channel, ids)
        if removed:
            audit_log.record_act(channel, by, f"removed {counted(removed)}{f': {why}' if why else ''}", removed)
    return removed


def redact_message(channel: Channel, msgid: str, by: str) -> int:
    """IRCv3 REDACT: removes the message of this id, stored, held or still to come."""
    with transaction.atomic():
        lock_counters({channel.pk})
        Forgotten.objects.create(network=channel.network, channel=channel, msgid=msgid, until=timezone.now())
        removed, _ = HeldLine.objects.filter(channel=channel, msgid=msgid).delete()
        ids = Line.objects.filter(channel=channel, msgid=msgid).values_list("id", flat=True)
        removed += _remove(channel, list(ids))
        request_scrub(channel.network)
        audit_log.record_act(channel, by, f"the server redacted {counted(removed)}", removed)
    return removed


def erase(network: Network, speaker: Speaker, by: str, channel: Channel | None = None) -> int:
    """Removes all that somebody has said until now, in a channel or on the network, and lets none of it come back."""
    count = 0
    for where in _channels(network, channel):
        with transaction.atomic():
            lock_counters({where.pk})
            Forgotten.objects.create(
                network=network, channel=where, until=timezone.now(), account=speaker.account, nick=speaker.nick
            )
            held, _ = HeldLine.objects.filter(is_by_speaker(speaker), channel=where).delete()
            last = _last(where)
        removed = held
        for ids in line_id_batches(where, speaker, last):
            with transaction.atomic():
                removed += _remove(where, ids, forget=False)
        count += removed
        if removed:
            audit_log.record_act(where, by, f"erased {counted(removed)} of one person", removed)
    request_scrub(network)
    return count


def anonymise(network: Network, speaker: Speaker, by: str, channel: Channel | None = None) -> int:
    """Replaces somebody's name by a pseudonym, the same in all of a channel and another one in the next."""
    count = 0
    for where in _channels(network, channel):
        with transaction.atomic():
            lock_counters({where.pk})
            Forgotten.objects.create(
                network=network, channel=where, until=timezone.now(), **asdict(speaker), renamed=True
            )
            name = pseudonym(where.pk, speaker.account, speaker.nick)
            changed = HeldLine.objects.filter(is_by_speaker(speaker), channel=where).update(nick=name, account=None)
        for ids in line_id_batches(where, speaker, _last(where)):
            with transaction.atomic():
                changed += _rename(where, ids, speaker)
        count += changed
        if changed:
            audit_log.record_act(where, by, f"anonymised {counted(changed)} of one person", changed)
    request_scrub(network)
    return count


def opt_out(network: Network, speaker: Speaker, by: str, channel: Channel | None = None) -> None:
    """From now on nothing of this person is kept; the bot knows within seconds, the archive at once."""
    OptOut.objects.get_or_create(network=network, channel=channel, account=speaker.account, nick=speaker.nick)
    for where in _channels(network, channel) if channel else ():
        audit_log.record_act(where, by, "one person opted out")


def opt_in(network: Network, speaker: Speaker) -> int:
    """Takes all opt-outs of this person back."""
    theirs = Q(account=speaker.account) if speaker.account else Q(account="", nick=speaker.nick)
    return OptOut.objects.filter(theirs, network=network).delete()[0]


def speaker_of(identity: Identity) -> Speaker:
    """Whom an identity may speak for: its account, or only the nick that it was proven by."""
    casemapping = identity.network.casemapping
    return Speaker(identity.account) if identity.account else Speaker(nick=fold(identity.nick, casemapping))


def line_id_batches(channel: Channel, speaker: Speaker, last: int) -> Iterator[list[int]]:
    """The ids of somebody's lines, in lists; looks through the channel in strides, so that no query is long."""
    for start in range(0, last, ID_RANGE):
        found = Line.objects.filter(is_by_speaker(speaker), channel=channel, id__gt=start, id__lte=start + ID_RANGE)
        ids = list(found.values_list("id", flat=True))
        for first in range(0, len(ids), BATCH_LINES):
            yield ids[first : first + BATCH_LINES]


def is_by_speaker(speaker: Speaker) -> RawSQL:
    if speaker.account:
        theirs, params = "account IS NOT NULL AND logs_nick(account) = logs_nick(%s)", [speaker.account]
    else:
        theirs, params = "logs_nick(nick) = logs_nick(%s) OR logs_nick(target) = logs_nick(%s)", [speaker.nick] * 2
    return RawSQL(f"({theirs})", params, output_field=BooleanField())  # noqa: S611  (names are parameters)


def _remove(channel: Channel, ids: Collection[int], *, forget: bool = True) -> int:
    """Lines out, tombstones in, and nothing that could bring them back; inside the caller's transaction."""
    lines = list(Line.objects.filter(channel=channel, id__in=ids))
    if not lines:
        return 0
    if forget:
        Forgotten.objects.bulk_create([_forgotten(channel, line) for line in lines])
    if any(line.kind == Kind.TOPIC and line.text and line.text == channel.topic for line in lines):
        Channel.objects.filter(pk=channel.pk).update(topic="")
    removed = remove_lines(channel, [line.id for line in lines])
    insert_lines([Entry(channel.pk, line.at, Kind.REMOVED, "") for line in lines if line.kind in SAID])
    request_scrub(channel.network)
    return removed


def _forgotten(channel: Channel, line: Line) -> Forgotten:
    if line.msgid:
        return Forgotten(network=channel.network, channel=channel, until=line.at, msgid=line.msgid)
    entry = Entry(channel.pk, line.at, line.kind, line.nick, line.text, target=line.target)
    return Forgotten(network=channel.network, channel=channel, until=line.at, digest=digest_of(entry))


def _rename(channel: Channel, ids: list[int], speaker: Speaker) -> int:
    """In place; but lines that an open page may show, those of the last day, are replaced, so that live tells of it."""
    lock_counters({channel.pk})
    lines = Line.objects.filter(channel=channel, id__in=ids)
    shown = list(lines.filter(at__gte=timezone.now() - timedelta(days=1)))
    if shown:
        remove_lines(channel, [line.id for line in shown])
        insert_lines([_renamed(line, speaker) for line in shown])
    older = list(lines)
    for line in older:
        with_pseudonym = _renamed(line, speaker)
        line.nick, line.account, line.target = with_pseudonym.nick, None, with_pseudonym.target
    Line.objects.bulk_update(older, ["nick", "account", "target"], batch_size=500)
    return len(shown) + len(older)


def _renamed(line: Line, speaker: Speaker) -> Entry:
    entry = Entry(line.channel_id, line.at, line.kind, line.nick, line.text, line.account, line.msgid, line.target)
    return with_pseudonym(entry, speaker.account, speaker.nick)


def _channels(network: Network, channel: Channel | None) -> list[Channel]:
    return [channel] if channel else list(Channel.objects.filter(network=network).select_related("network"))


def _last(channel: Channel) -> int:
    return LineCounter.objects.filter(channel=channel).values_list("last_id", flat=True).first() or 0


def request_scrub(network: Network) -> None:
    """Tells the bot to let go of the journal's present segment."""
    Network.objects.filter(pk=network.pk).update(scrubs=F("scrubs") + 1)


def fulfil_request(asked: Request, by: str) -> bool:
    """Erases, anonymises or opts out the nick on its whole network, and answers; False where that wants words."""
    network = asked.network
    speaker = Speaker(nick=fold(asked.nick, network.casemapping))
    match asked.wish:
        case RequestKind.ERASE:
            answer = f"Done. Gone for good of {asked.nick}: {counted(erase(network, speaker, by))}."
        case RequestKind.ANONYMISE:
            answer = f"Done. Under a pseudonym now: {counted(anonymise(network, speaker, by))}."
        case RequestKind.OPT_OUT:
            opt_out(network, speaker, by)
            answer = f"Done: what {asked.nick} says on {network} is not logged any more."
        case _:
            return False
    Request.objects.filter(pk=asked.pk).update(answer=answer, answered_at=timezone.now())
    return True
