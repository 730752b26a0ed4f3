"""The rights of people and owners: redaction, erasure, pseudonyms and opt-outs.

Each is one act that reaches every place where a line is or from which it could come back:

| place | how it is reached |
|---|---|
| rows, and the search index over them | deleted or changed, in one transaction |
| open pages, live streams, feeds, page caches | the removal takes an id of the channel: live sends it, ETags change |
| held and delayed lines | deleted or changed with the rows |
| journal records that are not stored yet | dropped or renamed when they are, by a row of `Forgotten` |
| journal segments on disk | deleted: the bot begins a new one when the network's `scrubs` counts up |
| a server's history, other bots, imports | `Forgotten` again: the rules of logs.ingest drop what was erased |
| copies that name no account | recognised by the digests in `ErasedCopy` (logs.ingest.erased_copies) |
| the topic | emptied if it was the line's text |
| the database's files | dead rows go with `manage.py scrub` |

At the end: answering the requests of people without an account, for an administrator who believes them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Least
from django.utils import timezone

from logs.ingest.channel_state import forget_silent_bots, remove_lines
from logs.ingest.entry import Entry
from logs.ingest.erased_copies import copies_of_lines, copies_of_nicks, store_copies
from logs.ingest.opt_outs import is_borrowed, pseudonym, with_pseudonym
from logs.ingest.rules import ChannelRules
from logs.ingest.store import entry_of, insert_lines
from logs.models import (
    Channel,
    ErasedCopy,
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
from logs.models.line_counts import lock_counters
from logs.text.names import fold, fold_account, fold_account_sql, fold_sql
from logs.text.plurals import counted

ID_RANGE = 50_000
"""Ids scanned by one query. No index finds the lines of an account or nick: all lines of the channel are read."""

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of a rule that has none."""

BATCH_LINES = 2000
"""Lines deleted or changed in one transaction, during which the channel's other writers wait."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """The person whose lines are meant. An account is proof; by a nick alone only owners and administrators act."""

    account: str = ""
    nick: str = ""

    def __str__(self) -> str:
        return f"account {self.account}" if self.account else f"nick {self.nick}"


@dataclass(frozen=True, slots=True)
class AppliedOptOut:
    """An opt-out that applies to a person; `is_removable`: they may take it back, or object to it."""

    row: OptOut
    is_removable: bool


def redact(channel: Channel, ids: Collection[int], by: str, why: str = "") -> int:
    """Remove lines for good and return how many there were. A tombstone stays where something was said."""
    with transaction.atomic():
        removed = _remove(channel, ids)
        if removed:
            audit_log.record_act(channel, by, f"removed {counted(removed)}{f': {why}' if why else ''}", removed)
    return removed


def redact_message(channel: Channel, msgid: str, by: str) -> int:
    """Remove the message of this id, whether it is stored, held or still to come (IRCv3 REDACT)."""
    with transaction.atomic():
        lock_counters({channel.pk})
        Forgotten.objects.create(network=channel.network, channel=channel, msgid=msgid, until=timezone.now())
        held = HeldLine.objects.filter(channel=channel, msgid=msgid)
        store_copies(copies_of_lines(entry_of(line) for line in held))
        removed, _ = held.delete()
        ids = Line.objects.filter(channel=channel, msgid=msgid).values_list("id", flat=True)
        removed += _remove(channel, list(ids))
        request_scrub(channel.network)
        audit_log.record_act(channel, by, f"the server redacted {counted(removed)}", removed)
    return removed


def erase(network: Network, speaker: Speaker, by: str, channel: Channel | None = None, why: str = "") -> int:
    """Remove for good what a person has said until now, in a channel or on the network; return how many lines.

    That includes lines of an account that have its pseudonym.
    """
    count = 0
    for where in _channels(network, channel):
        with transaction.atomic():
            # Under the lock nobody stores lines. Those stored before have ids up to `last_id` and are found below;
            # whoever stores after the commit reads the new rule first. None can slip through between the two.
            lock_counters({where.pk})
            until = timezone.now()
            Forgotten.objects.create(
                network=network, channel=where, until=until, account=speaker.account, nick=speaker.nick
            )
            held = HeldLine.objects.filter(_is_by_speaker_or_pseudonym(speaker, where), channel=where)
            _store_copies(held, speaker, until)
            if speaker.account:
                # Copies that would get the pseudonym are copies of erased lines now.
                copies = ErasedCopy.objects.filter(channel=where, pseudonym=pseudonym(where.pk, speaker.account, ""))
                copies.update(pseudonym="", until=Least("until", until))
            removed, _ = held.delete()
            last_id = _last_id(where)
        for ids in line_id_batches(where, speaker, last_id):
            with transaction.atomic():
                _store_copies(Line.objects.filter(channel=where, id__in=ids), speaker, until)
                removed += _remove(where, ids, forget=False)
        forget_silent_bots(where.pk)
        count += removed
        if removed:
            reason = f": {why}" if why else ""
            audit_log.record_act(where, by, f"erased {counted(removed)} of one person{reason}", removed)
    request_scrub(network)
    return count


def anonymise(network: Network, speaker: Speaker, by: str, channel: Channel | None = None) -> int:
    """Replace a person's name by a pseudonym, one for each channel; return how many lines were changed.

    What an account says from now on gets the pseudonym, too, until `use_name`. Not so a nick: it can be anybody's.
    """
    count = 0
    if speaker.account and channel is None:
        _start_pseudonym(network, speaker, None)
    for where in _channels(network, channel):
        with transaction.atomic():
            lock_counters({where.pk})
            until = _start_pseudonym(network, speaker, where)
            name = pseudonym(where.pk, speaker.account, speaker.nick)
            held = HeldLine.objects.filter(is_by_speaker(speaker, network.casemapping), channel=where)
            _store_copies(held, speaker, until, name)
            changed = held.update(nick=name, account=None)
            last_id = _last_id(where)
        for ids in line_id_batches(where, speaker, last_id, with_pseudonym=False):
            with transaction.atomic():
                _store_copies(Line.objects.filter(channel=where, id__in=ids), speaker, until, name)
                changed += _rename(where, ids, speaker)
        forget_silent_bots(where.pk)
        count += changed
        if changed:
            audit_log.record_act(where, by, f"anonymised {counted(changed)} of one person", changed)
    request_scrub(network)
    return count


def attribute_lines(channel: Channel, account: str, nicks: Collection[str], since: datetime, until: datetime) -> int:
    """Make lines that nicks said without an account an account's, in the caller's transaction; return how many.

    The bot has seen that their connection logged in. What the account has decided applies to them at once.
    """
    lock_counters({channel.pk})
    conditions = {"channel": channel, "nick__in": nicks, "at__gte": since, "at__lte": until, "account": None}
    HeldLine.objects.filter(**conditions).update(account=account)
    lines = list(Line.objects.filter(**conditions).order_by("at", "id"))
    Line.objects.filter(**conditions).update(account=account)
    rules = ChannelRules({channel.pk})
    speaker = Speaker(fold_account(account))
    renamed: list[int] = []
    removed: list[int] = []
    for line in lines:
        entry = replace(entry_of(line), account=account)
        remaining = rules.filter_entry(entry)
        if remaining is None or remaining.kind == Kind.UNLOGGED:
            removed.append(line.id)
        elif remaining is not entry:
            renamed.append(line.id)
    store_copies(rules.erased_copies)
    _remove(channel, removed)
    if renamed:
        _rename(channel, renamed, speaker)
    return len(lines)


def opt_out(network: Network, speaker: Speaker, by: str, channel: Channel | None = None) -> None:
    """Stop logging a person: the store knows at once, the bot within seconds."""
    OptOut.objects.get_or_create(network=network, channel=channel, account=speaker.account, nick=speaker.nick)
    for where in _channels(network, channel) if channel else ():
        audit_log.record_act(where, by, "one person opted out")


def find_opt_outs(identity: Identity) -> list[AppliedOptOut]:
    """Return the opt-outs that apply to what a person says, by their account or by their present nick.

    Accounts beat nicks: an account that proves to use a nick may end what the nick alone has chosen before. What
    another account has chosen for the nick is theirs to end only if that account borrowed it.
    """
    casemapping = identity.network.casemapping
    nick, found = fold(identity.nick, casemapping), []
    for row in OptOut.objects.filter(network=identity.network).select_related("channel").order_by("pk"):
        is_same_nick = bool(row.nick) and fold(row.nick, casemapping) == nick
        if row.account:
            is_own = bool(identity.account) and fold_account(row.account) == fold_account(identity.account)
            is_theirs = is_own or (is_same_nick and is_borrowed(row, identity))
        else:
            # A later opt-out may be by somebody who has taken the nick since the account was seen with it.
            is_theirs = is_same_nick and (not identity.account or row.created_at <= identity.proven_at)
        found += [AppliedOptOut(row, is_theirs)] if is_theirs or is_same_nick else []
    return found


def opt_in(identity: Identity) -> int:
    """End the opt-outs that are theirs to end; return how many. Who borrowed the nick stays opted out by account."""
    rows = [applied.row for applied in find_opt_outs(identity) if applied.is_removable]
    with transaction.atomic():
        OptOut.objects.filter(pk__in=[row.pk for row in rows]).delete()
        for row in rows:
            if row.account and fold_account(row.account) != fold_account(identity.account):
                OptOut.objects.get_or_create(network=row.network, channel=row.channel, account=row.account, nick="")
    return len(rows)


def find_pseudonyms(identity: Identity) -> list[Channel | None]:
    """Return the channels where new lines of an account get a pseudonym: None for all of the network, then by name."""
    rules = _standing_pseudonyms(identity).select_related("channel").order_by(F("channel__name").asc(nulls_first=True))
    return list(dict.fromkeys(rule.channel for rule in rules))


def use_name(identity: Identity) -> None:
    """Store what an account says from now on under its nick; earlier lines keep their pseudonym."""
    _standing_pseudonyms(identity).update(until=timezone.now())


def _start_pseudonym(network: Network, speaker: Speaker, channel: Channel | None) -> datetime:
    """Store the rule by which lines get a pseudonym; return until when."""
    until = FOREVER if speaker.account else timezone.now()
    rule = {"network": network, "channel": channel, **asdict(speaker), "renamed": True}
    Forgotten.objects.filter(**rule, until__lte=until).delete()
    Forgotten.objects.create(**rule, until=until)
    return until


def _standing_pseudonyms(identity: Identity) -> QuerySet[Forgotten]:
    rules = Forgotten.objects.filter(network=identity.network, renamed=True, until__gt=timezone.now())
    return rules.filter(account=identity.account) if identity.account else rules.none()


def speaker_of(identity: Identity) -> Speaker:
    """Return the person whose lines an identity may decide about: its account, or only the nick that proved it."""
    casemapping = identity.network.casemapping
    return Speaker(identity.account) if identity.account else Speaker(nick=fold(identity.nick, casemapping))


def line_id_batches(
    channel: Channel, speaker: Speaker, last_id: int, *, with_pseudonym: bool = True
) -> Iterator[list[int]]:
    """Yield the ids of a person's lines up to `last_id`, rising, at most BATCH_LINES at a time. No query runs for long.

    `with_pseudonym`: also the lines that have an account's pseudonym.
    """
    condition: RawSQL | Q = is_by_speaker(speaker, channel.network.casemapping)
    if with_pseudonym:
        condition = _is_by_speaker_or_pseudonym(speaker, channel)
    for start in range(0, last_id, ID_RANGE):
        lines = Line.objects.filter(condition, channel=channel, id__gt=start, id__lte=start + ID_RANGE)
        ids = sorted(lines.values_list("id", flat=True))
        for first in range(0, len(ids), BATCH_LINES):
            yield ids[first : first + BATCH_LINES]


def is_by_speaker(speaker: Speaker, casemapping: str) -> RawSQL:
    """Return a condition for lines of a person: those of the account, or those that the nick said or is the target of.

    Names are compared as the network's server does, so that nobody loses lines to a nick that only looks alike.
    """
    nick, target = (fold_sql(column, "%s") for column in ("nick", "target"))
    if speaker.account:
        condition = f"account IS NOT NULL AND {fold_account_sql('account')} = %s"
        params = [fold_account(speaker.account)]
    else:
        condition = f"{nick} = %s OR {target} = %s"
        params = [casemapping, fold(speaker.nick, casemapping)] * 2
    return RawSQL(f"({condition})", params, output_field=BooleanField())  # noqa: S611  (names are parameters)


def _is_by_speaker_or_pseudonym(speaker: Speaker, channel: Channel) -> Q:
    condition = Q(is_by_speaker(speaker, channel.network.casemapping))
    if speaker.account:
        # Nobody can compute an account's pseudonym without SECRET_KEY, and a nick with an account is another person.
        condition |= Q(nick=pseudonym(channel.pk, speaker.account, ""), account=None)
    return condition


def _remove(channel: Channel, ids: Collection[int], *, forget: bool = True) -> int:
    """Delete lines, insert tombstones and, with `forget`, keep copies of the lines out; in the caller's transaction."""
    lines = list(Line.objects.filter(channel=channel, id__in=ids).order_by("at", "id"))
    if not lines:
        return 0
    if forget:
        # A copy may lack the message id, and a server may have given none.
        store_copies(copies_of_lines(entry_of(line) for line in lines))
        Forgotten.objects.bulk_create(
            Forgotten(network=channel.network, channel=channel, until=line.at, msgid=line.msgid)
            for line in lines
            if line.msgid
        )
    if any(line.kind == Kind.TOPIC and line.text and line.text == channel.topic for line in lines):
        Channel.objects.filter(pk=channel.pk).update(topic="")
    removed = remove_lines(channel, [line.id for line in lines])
    insert_lines([Entry(channel.pk, line.at, Kind.REMOVED, "") for line in lines if line.kind in SAID])
    request_scrub(channel.network)
    return removed


def _store_copies(
    lines: QuerySet[Line] | QuerySet[HeldLine], speaker: Speaker, until: datetime, pseudonym: str = ""
) -> None:
    """Store the digests of a person's lines, which are about to be erased or renamed."""
    # A nick's lines are recognised by their nick, in every log.
    if not speaker.account:
        return
    entries = [entry_of(line) for line in lines]
    store_copies(copies_of_lines(entries, pseudonym))
    store_copies(copies_of_nicks(entries, until, pseudonym))


def _rename(channel: Channel, ids: list[int], speaker: Speaker) -> int:
    """Give lines a pseudonym; return how many they were.

    Lines of the last day, which open pages may show, are removed and stored again: live sends both. Older ones are
    changed in place and keep their ids.
    """
    lock_counters({channel.pk})
    lines = Line.objects.filter(channel=channel, id__in=ids).order_by("at", "id")
    recent = list(lines.filter(at__gte=timezone.now() - timedelta(days=1)))
    if recent:
        remove_lines(channel, [line.id for line in recent])
        insert_lines([with_pseudonym(entry_of(line), speaker.account, speaker.nick) for line in recent])
    older = list(lines)
    for line in older:
        renamed = with_pseudonym(entry_of(line), speaker.account, speaker.nick)
        line.nick, line.account, line.target = renamed.nick, None, renamed.target
    Line.objects.bulk_update(older, ["nick", "account", "target"], batch_size=500)
    return len(recent) + len(older)


def _channels(network: Network, channel: Channel | None) -> list[Channel]:
    return [channel] if channel else list(Channel.objects.filter(network=network).select_related("network"))


def _last_id(channel: Channel) -> int:
    return LineCounter.objects.filter(channel=channel).values_list("last_id", flat=True).first() or 0


def request_scrub(network: Network) -> None:
    """Make the bot begin a new journal segment, so that the present one is deleted once it is stored."""
    Network.objects.filter(pk=network.pk).update(scrubs=F("scrubs") + 1)


def fulfil_request(request: Request, by: str) -> bool:
    """Erase, anonymise or opt out the nick of a request on its whole network, and answer it.

    False if requests of its kind need an answer in a person's own words; nothing is done then.
    """
    network = request.network
    speaker = Speaker(nick=fold(request.nick, network.casemapping))
    match request.wish:
        case RequestKind.ERASE:
            answer = f"Done. Gone for good of {request.nick}: {counted(erase(network, speaker, by))}."
        case RequestKind.ANONYMISE:
            answer = f"Done. Under a pseudonym now: {counted(anonymise(network, speaker, by))}."
        case RequestKind.OPT_OUT:
            opt_out(network, speaker, by)
            answer = f"Done: what {request.nick} says on {network} is not logged any more."
        case _:
            return False
    Request.objects.filter(pk=request.pk).update(answer=answer, answered_at=timezone.now())
    return True
