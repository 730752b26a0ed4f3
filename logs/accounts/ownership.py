"""Who owns a channel's log, proven on IRC: claims, roles, pauses, the notice in the topic and the secret link.

The bot calls this with the person that it sees and the symbols that the server shows before their nick at this moment.
It says the replies that are returned. Whatever changes who may read a log locks the channel's counter first, as writers
of lines do: the change decides which lines were said before it (logs/sql/closed_periods.sql).
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from logs.accounts import codes
from logs.accounts.identity import IrcUser, Reply, record_identity, wrong_code_reply
from logs.models import ApiToken, Channel, Identity, Membership, Network, audit_log
from logs.models.channel import new_link_key
from logs.models.channel_choices import LoggingNotice, Visibility
from logs.models.line_counts import lock_counters
from logs.models.people import Role
from logs.text.logging_notice import Announcement, Notice, read_announcement
from logs.text.names import fold, fold_account, is_channel


def claim_by_code(user: IrcUser, name: str, text: str, *, private: bool = False) -> Reply:
    """Make the speaker of a code an owner of the channel where it was said, if they are an operator at this moment."""
    network = Network.objects.get(pk=user.network)
    with transaction.atomic():
        if not user.is_operator:
            return Reply(f"Only an operator of {name} can say this code.")
        code = codes.check(network, fold(name, network.casemapping), text)
        if code is None:
            return wrong_code_reply("/add/")
        identity = record_identity(network, user)
        codes.prove(code, identity)
        return _claim(network, name, identity, f"said a code as {user.symbols}{user.nick}", private=private)


def claim_by_invite(user: IrcUser, name: str, *, private: bool) -> Reply | None:
    """Make an operator who has invited the bot an owner of the channel.

    None if only administrators add channels of this network.
    """
    network = Network.objects.get(pk=user.network)
    if not (network.inviting and is_channel(name) and user.is_operator):
        return None
    with transaction.atomic():
        identity = record_identity(network, user)
        return _claim(network, name, identity, f"invited the bot as {user.symbols}{user.nick}", private=private)


def stop_logging(channel_id: int, reason: str) -> tuple[str, Sequence[str]]:
    """Record that the bot was kicked or banned, and stays away until an operator invites it again.

    Return a sentence for the channel's owners, and their nicks.
    """
    channel = Channel.objects.select_related("network").filter(pk=channel_id).first()
    if channel is None:
        return "", []
    with transaction.atomic():
        Channel.objects.filter(pk=channel_id).update(stopped=reason[:300])
        audit_log.record_act(channel, "the bot", f"logging stopped: {reason}")
    owners = channel.memberships.filter(role=Role.OWNER).values_list("identity__nick", flat=True)
    return (
        f"{channel.name} is no longer logged: {reason[:200]}. To log it again, an operator says "
        f"/invite {channel.network.nick} {channel.name}"
    ), list(owners)


def set_topic(channel_id: int, topic: str) -> None:
    """Store a channel's topic, and open or close its log by whether the topic announces it."""
    for channel in Channel.objects.filter(pk=channel_id).select_related("network"):
        Channel.objects.filter(pk=channel_id).update(topic=topic)
        _update_notice(channel, topic)


def announcement_in(channel: Channel, topic: str) -> Notice:
    """Read a topic as one of this channel."""
    site = urlsplit(settings.SITE_URL)
    return read_announcement(topic, site.netloc, site.path.rstrip("/") + channel.get_absolute_url())


def is_unclear_notice(channel: Channel) -> bool:
    """Return whether the topic mentions logs, but not clearly that this one is public: an owner has to confirm it."""
    return announcement_in(channel, channel.topic).announcement in {Announcement.UNCLEAR, Announcement.NEGATED}


def confirm_notice(channel: Channel, by: str) -> None:
    """Open a log whose topic does not announce it: an owner confirms that people are told in another way."""
    with transaction.atomic():
        lock_counters({channel.pk})
        Channel.objects.filter(pk=channel.pk).update(notice=LoggingNotice.CONFIRMED, access=F("access") + 1)
        audit_log.record_act(channel, by, "confirmed that people in the channel are told that it is publicly logged")


def withdraw_notice(channel: Channel, by: str) -> None:
    """Take an owner's confirmation back: from now on the topic alone decides."""
    channel.refresh_from_db(fields=["topic"])
    is_given = announcement_in(channel, channel.topic).announcement is Announcement.CLEAR
    notice = LoggingNotice.GIVEN if is_given else LoggingNotice.MISSING
    with transaction.atomic():
        lock_counters({channel.pk})
        withdrawn = Channel.objects.filter(pk=channel.pk, notice=LoggingNotice.CONFIRMED)
        if withdrawn.update(notice=notice, access=F("access") + 1):
            audit_log.record_act(channel, by, "withdrew the confirmation that people are told of the log")


def approve_without_notice(channel: Channel, by: str, reason: str) -> None:
    """Open a log without a notice: an administrator states why people know of it."""
    with transaction.atomic():
        lock_counters({channel.pk})
        Channel.objects.filter(pk=channel.pk).update(notice=LoggingNotice.UNNEEDED, access=F("access") + 1)
        audit_log.record_act(channel, by, f"approved without a notice: {reason}")


def set_paused(name: str, user: IrcUser, *, paused: bool) -> tuple[int | None, str]:
    """Pause or resume logging for an operator or owner; return the channel's id, or None if refused, and a reply."""
    network = Network.objects.get(pk=user.network)
    channel = Channel.objects.named(network, name).first()
    word = "off" if paused else "on"
    if channel is None or not (user.is_operator or _owns(channel, user)):
        return None, f"Only an operator of {name} or an owner of its log can switch logging {word}."
    if channel.paused != paused:
        with transaction.atomic():
            Channel.objects.filter(pk=channel.pk).update(paused=paused)
            audit_log.record_act(channel, f"{user.symbols}{user.nick}", f"switched logging {word}")
    until = (
        f"nothing is kept of {channel.name} until somebody says “on”" if paused else f"{channel.name} is logged again"
    )
    return channel.pk, f"Logging is {word}: {until}."


def grant_role(channel: Channel, account: str, role: Role, by: str) -> Membership:
    """Make an account of the channel's network an owner or a member."""
    folded = fold_account(account)
    with transaction.atomic():
        identity, _ = Identity.objects.get_or_create(
            network=channel.network, account=folded, defaults={"nick": account}
        )
        membership, _ = Membership.objects.update_or_create(
            channel=channel, identity=identity, defaults={"role": role, "evidence": f"made {role} by {by}"}
        )
        _regrant(channel)
        audit_log.record_act(channel, by, f"made {identity} {role}")
    return membership


def is_last_owner(membership: Membership) -> bool:
    """Return whether nobody could manage the channel any more without this role."""
    owners = membership.channel.memberships.filter(role=Role.OWNER)
    return membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists()


def revoke_role(membership: Membership, by: str) -> None:
    """Take a role away, with the API tokens that rest on it; live streams of those who lose it end at once."""
    with transaction.atomic():
        audit_log.record_act(membership.channel, by, f"{membership.identity} is no longer {membership.role}")
        _regrant(membership.channel)
        ApiToken.objects.filter(channel=membership.channel, identity=membership.identity).delete()
        membership.delete()


def rotate_link(channel: Channel, by: str) -> str:
    """Replace the key of the secret link and return the new one; the old link opens nothing any more."""
    key = new_link_key()
    Channel.objects.filter(pk=channel.pk).update(link_key=key, access=F("access") + 1)
    audit_log.record_act(channel, by, "made a new secret link")
    return key


def notice_text(channel: Channel) -> str:
    """Return the text that the topic should have."""
    return f"This channel is publicly logged: {settings.SITE_URL}{channel.get_absolute_url()}"


def _update_notice(channel: Channel, topic: str) -> None:
    """Apply a topic to the notice; `channel` has the topic before."""
    before, notice = announcement_in(channel, channel.topic), announcement_in(channel, topic)
    now, says_nothing_new = notice.announcement, notice.unknown <= before.unknown
    match LoggingNotice(channel.notice):
        case LoggingNotice.UNNEEDED:
            return
        case LoggingNotice.CONFIRMED:
            # The owner knew the topic of that time; a new one that denies the log, or may, needs the owner again.
            has_notice = topic == channel.topic or (now is not Announcement.NEGATED and says_nothing_new)
        case LoggingNotice.GIVEN if before.announcement is Announcement.UNCLEAR:
            # Earlier versions took words alone, or the address among any words, for a notice. Such a log stays open
            # while the topic says the same of it.
            has_notice = now in {Announcement.CLEAR, Announcement.UNCLEAR} and says_nothing_new
        case _:
            has_notice = now is Announcement.CLEAR
    if has_notice == (channel.notice != LoggingNotice.MISSING):
        return
    decision = LoggingNotice.GIVEN if has_notice else LoggingNotice.MISSING
    Channel.objects.filter(pk=channel.pk).update(notice=decision, access=F("access") + 1)
    audit_log.record_act(channel, "the bot", _NOTICE_REASONS[now])


_NOTICE_REASONS = {
    Announcement.CLEAR: "the topic has the log's address: the log is open",
    Announcement.UNCLEAR: "the topic mentions logs, but is no clear notice: an owner must confirm the notice",
    Announcement.NEGATED: "the topic seems to say that the channel is not logged: an owner must confirm the notice",
    Announcement.NONE: "the topic does not have the log's address: only owners can read the log",
}


def _claim(network: Network, name: str, identity: Identity, act: str, *, private: bool) -> Reply:
    channel = Channel.objects.named(network, name).select_for_update(of=("self",)).first()
    if channel is None:
        visibility = Visibility.MEMBERS if private else Visibility.PUBLIC
        channel = Channel.objects.create(
            network=network, name=name, notice=LoggingNotice.MISSING, visibility=visibility
        )
    has_begun = not channel.wanted or bool(channel.stopped)
    others = channel.memberships.filter(role=Role.OWNER).exclude(identity__account="").exclude(identity=identity)
    Channel.objects.filter(pk=channel.pk).update(wanted=True, stopped="", access=F("access") + 1)
    audit_log.record_act(channel, str(identity), act)
    if others.exists() and not channel.memberships.filter(identity=identity, role=Role.OWNER).exists():
        sentence = f"Logging goes on. {channel.name} has owners already, who can make you one: {_names(others)}"
        return Reply(sentence, to_all=has_begun)
    evidence = f"{identity} {act} on {timezone.now():%Y-%m-%d %H:%M:%S} UTC"
    Membership.objects.update_or_create(
        channel=channel, identity=identity, defaults={"role": Role.OWNER, "evidence": evidence}
    )
    url = f"{settings.SITE_URL}{channel.get_absolute_url()}"
    return (
        Reply(_announcement(channel), to_all=True) if has_begun else Reply(f"The log of {channel.name} is yours: {url}")
    )


def _announcement(channel: Channel) -> str:
    """Return what the bot says once, when logging begins: where the log is and who may read it."""
    channel.refresh_from_db(fields=["audience"])
    url = f"{settings.SITE_URL}{channel.get_absolute_url()}"
    if channel.is_public:
        return f"This channel is now publicly logged at {url}"
    if channel.visibility == Visibility.PUBLIC and channel.notice == LoggingNotice.MISSING and not channel.hidden:
        return (
            f"This channel is now logged at {url} for its owners only. It becomes public as soon as the topic says: "
            f"{notice_text(channel)}"
        )
    readers = "its owners" if channel.audience.startswith("owners") else "its members"
    return f"This channel is now logged at {url} for {readers} only"


def _owns(channel: Channel, user: IrcUser) -> bool:
    folded = fold_account(user.account)
    owners = channel.memberships.filter(role=Role.OWNER, identity__account=folded)
    return bool(user.account) and owners.exists()


def _names(memberships: QuerySet[Membership]) -> str:
    return ", ".join(memberships.values_list("identity__nick", flat=True)[:5])


def _regrant(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(access=F("access") + 1)
