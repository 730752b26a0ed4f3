"""Notices to owners, by a memo of the network's services and by mail, and to administrators: what is wrong or waits.

The bot looks for such states every minute (`update_notices`). Each is sent once for as long as it lasts, by memos
(`take_memos`) and by mails (logs/notice_mail.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Subquery
from django.utils import timezone

from logs.models import (
    ALL_YEARS,
    Act,
    BotStatus,
    Channel,
    HeldLine,
    Line,
    Membership,
    NickCount,
    OwnerNotice,
    Request,
)
from logs.models.bot_status import State
from logs.models.line import HoldReason
from logs.models.notices import NoticeKind
from logs.models.people import Role
from logs.site_notices import find_site_states
from logs.text.irc_formatting import make_one_line
from logs.text.names import fold
from logs.text.plurals import counted

REFUSED_AFTER = timedelta(minutes=10)
SILENT_AFTER = timedelta(days=7)
STOPPED_WITHIN = timedelta(days=1)
REPEATED_AFTER = timedelta(days=1)
MAX_MEMOS = 5
"""Memos that a bot sends at a time: services limit them."""


class Memo(NamedTuple):
    account: str
    text: str


class _Observed(NamedTuple):
    network: int | None
    channel: int | None
    kind: NoticeKind
    text: str


def update_notices(now: datetime | None = None, backup_problem: str = "") -> int:
    """Record the states that begin, and forget those that have ended; return how many are new."""
    now = now or timezone.now()
    states = list(_find_states(now))
    states += [_Observed(each.network, None, each.kind, each.text) for each in find_site_states(now, backup_problem)]
    found = {(each.network, each.channel, each.kind.value): each for each in states}
    known = {(row.network_id, row.channel_id, row.kind): row for row in OwnerNotice.objects.all()}
    new = [found[key] for key in found.keys() - known.keys()]
    rows = [OwnerNotice(network_id=n, channel_id=c, kind=kind, text=text[:350]) for n, c, kind, text in new]
    OwnerNotice.objects.bulk_create(rows, ignore_conflicts=True)
    ended = [row.pk for key, row in known.items() if key not in found and row.created_at < now - REPEATED_AFTER]
    OwnerNotice.objects.filter(pk__in=ended).delete()
    return len(new)


def take_memos(network: int) -> list[Memo]:
    """Return memos to owners of a network's channels who have an account, and note them as sent."""
    memos: list[Memo] = []
    with transaction.atomic():
        waiting = OwnerNotice.objects.select_for_update(skip_locked=True).filter(
            network=network, channel__isnull=False, channel__notifies=True, memo_at=None
        )
        for notice in waiting.order_by("pk")[:MAX_MEMOS]:
            owners = Membership.objects.filter(channel=notice.channel_id, role=Role.OWNER).exclude(identity__account="")
            if settings.EMAIL_URL:
                # Those who chose mail alone, and whose address works.
                owners = owners.exclude(
                    identity__mail_address__confirmed_at__isnull=False, identity__mail_address__with_memos=False
                )
            accounts = owners.order_by("pk").values_list("identity__account", flat=True)
            memos += [Memo(account, notice.text) for account in accounts[:MAX_MEMOS]]
            OwnerNotice.objects.filter(pk=notice.pk).update(memo_at=timezone.now())
    return memos


def _find_states(now: datetime) -> Iterator[_Observed]:
    wanted = Channel.objects.filter(wanted=True, network__wanted=True).exclude(network__host="")
    refused = BotStatus.objects.filter(channel__in=wanted, state=State.REFUSED, since__lt=now - REFUSED_AFTER)
    for status in refused.select_related("channel__network"):
        if status.channel:
            yield _about(status.channel, NoticeKind.REFUSED, f"the bot is refused: {status.detail[:150]}")
    stops = Act.objects.filter(channel=OuterRef("pk"), what__startswith="logging stopped", at__gt=now - STOPPED_WITHIN)
    for channel in wanted.exclude(stopped="").filter(Exists(stops)).select_related("network"):
        yield _about(channel, NoticeKind.KICKED, f"it is no longer logged: {channel.stopped[:150]}")
    spam = HeldLine.objects.filter(due_at=None, why__in=[HoldReason.FLOOD, HoldReason.REPEAT])
    counts = dict(spam.values_list("channel").annotate(total=Count("pk")).order_by())
    for channel in Channel.objects.filter(pk__in=counts).select_related("network"):
        yield _about(channel, NoticeKind.FLOOD, f"{counted(counts[channel.pk])} held back as flood or spam", "lines/")
    last = Line.objects.filter(channel=OuterRef("pk")).order_by("-at").values("at")[:1]
    quiet = wanted.filter(paused=False, stopped="", status__state=State.JOINED, status__since__lt=now - SILENT_AFTER)
    silent = quiet.annotate(last_at=Subquery(last)).filter(last_at__lt=now - SILENT_AFTER)
    for channel in silent.select_related("network"):
        yield _about(channel, NoticeKind.SILENT, "nothing was logged for a week although the bot is there")
    requests = Request.objects.filter(answered_at=None).values("network", "network__name")
    for row in requests.annotate(total=Count("pk"), due=Min("due_at")).order_by("network"):
        text = f"{row['network__name']}: {counted(row['total'], 'privacy request')} to answer"
        text += f", the first until {row['due']:%Y-%m-%d}"
        yield _Observed(row["network"], None, NoticeKind.REQUEST, text)
    yield from _find_requests_by_channel()


def _find_requests_by_channel() -> Iterator[_Observed]:
    """Yield, for each channel where they spoke, how many people wait for an answer, without their nicks."""
    due_by_nick: defaultdict[tuple[int, str], list[datetime]] = defaultdict(list)
    waiting = Request.objects.filter(answered_at=None).order_by("due_at")
    for network, nick, due_at in waiting.values_list("network", "nick", "due_at"):
        due_by_nick[network, fold(nick)].append(due_at)
    spoke = NickCount.objects.filter(
        channel__network__in={network for network, _ in due_by_nick},
        year=ALL_YEARS,
        said__gt=0,
        folded__in={nick for _, nick in due_by_nick},
    )
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for key, network, nick in spoke.values_list("channel", "channel__network", "folded").distinct():
        if (network, nick) in due_by_nick:
            found[key] += due_by_nick[network, nick]
    for channel in Channel.objects.filter(pk__in=found).select_related("network"):
        requests = counted(len(found[channel.pk]), "privacy request")
        words = f"{requests} about what was said there, which the site's administrators answer"
        yield _about(channel, NoticeKind.REQUEST, f"{words} by {min(found[channel.pk]):%Y-%m-%d}", "lines/")


def _about(channel: Channel, kind: NoticeKind, words: str, page: str = "") -> _Observed:
    # One line without formatting: what a server or a kicker wrote becomes part of an IRC message.
    plain = make_one_line(words)
    url = f"{settings.SITE_URL}{channel.get_absolute_url()}manage/{page}"
    return _Observed(channel.network_id, channel.pk, kind, f"{channel.name} on {channel.network.name}: {plain}. {url}")
