"""Whether a channel is being logged at this moment and, if not, why: from its settings and what the bot reports.

A channel is logged by the bot, or from log files that others keep and `watchlogs` follows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Exists, OuterRef, Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from logs.models import BotStatus, Channel
from logs.models.bot_status import State
from logs.models.postgres import CompiledQuery
from logs.models.watched import WATCH_SILENT_AFTER, WatchedFile, WatchState


@dataclass(frozen=True, slots=True)
class LoggingState:
    """`why_not` is for everybody: a clause, "" while somebody logs, None where nobody is meant to log (an archive).

    `detail` is what the server or the bot says about it, for owners. `since` is when the bot joined, or how long this
    state lasts, None if that is not known. `is_watched`: the lines come from watched files, not from the bot.
    """

    why_not: str | None
    detail: str = ""
    since: datetime | None = None
    is_watched: bool = False

    @property
    def is_logging(self) -> bool:
        return self.why_not == ""


def fetch_logging_state(channel: Channel) -> LoggingState:
    """Return the state of one channel, fetched with its network."""
    if not _is_wanted(channel):
        watched = _fetch_watch(channel)
        if watched is not None or not channel.network.host:
            why_not = explain_state(channel, None, None, is_silent=True, watch=watched)
            return LoggingState(why_not, is_watched=watched is not None)
    by_channel = {status.channel_id: status for status in _statuses().fetch(channel.pk, channel.network_id)}
    own, of_network = by_channel.get(channel.pk), by_channel.get(None)
    why_not = explain_state(
        channel,
        own.state if own else None,
        of_network.state if of_network else None,
        is_silent=of_network is not None and of_network.is_silent(timezone.now()),
    )
    if channel.stopped:
        return LoggingState(why_not, channel.stopped)
    if of_network and of_network.state != State.CONNECTED:
        return LoggingState(why_not, of_network.detail, of_network.since)
    return LoggingState(why_not, own.detail if own else "", own.since if own else None)


def _is_wanted(channel: Channel) -> bool:
    """Whether the bot is meant to log a channel: then its files are not followed."""
    network = channel.network
    return bool(network.host and network.wanted and channel.wanted and not channel.stopped)


def _fetch_watch(channel: Channel) -> bool | None:
    paths = _watched_paths().fetch_rows(channel.pk)
    now = timezone.now()
    return any(at is not None and now - at <= WATCH_SILENT_AFTER for (at,) in paths) if paths else None


_CHANNEL, _NETWORK = -1, -2
"""What stands for a channel and its network in compiled queries."""


@cache
def _statuses() -> CompiledQuery[BotStatus]:
    statuses = BotStatus.objects.filter(Q(channel=_CHANNEL) | Q(channel=None), network=_NETWORK)
    return CompiledQuery(statuses, [_CHANNEL, _NETWORK])


@cache
def _watched_paths() -> CompiledQuery[WatchedFile]:
    files = WatchedFile.objects.filter(channel=_CHANNEL, state=WatchState.FOLLOWED)
    return CompiledQuery(files.values_list("root__seen_at").distinct(), [_CHANNEL])


def is_followed() -> Exists:
    """Return the condition for channels whose log files a process follows at this moment."""
    files = WatchedFile.objects.filter(channel=OuterRef("pk"), state=WatchState.FOLLOWED)
    return Exists(files.filter(root__seen_at__gte=timezone.now() - WATCH_SILENT_AFTER))


def has_watched_files(channel: Channel) -> bool:
    """Whether a channel has log files that are to be followed, whether or not a process does so; one query at most."""
    prefetch_related_objects([channel], "watched_files")
    return any(file.state == WatchState.FOLLOWED for file in channel.watched_files.all())


def fetch_logged(channels: Collection[int]) -> set[int]:
    """Return those of some channels whose lines are stored at this moment, by the bot or from files."""
    logged = Channel.objects.filter(pk__in=channels, paused=False)
    return set(logged.filter(Q(status__state=State.JOINED) | Q(is_followed())).values_list("pk", flat=True))


def explain_state(
    channel: Channel, state: str | None, network_state: str | None, *, is_silent: bool, watch: bool | None = None
) -> str | None:
    """Return the first reason in the way of logging: `LoggingState.why_not`.

    The states are those that the bot has reported, None if it has not; `is_silent` if its report is too old. `watch`:
    whether a process follows the channel's files, None if it has none.
    """
    network = channel.network
    if watch is not None and not _is_wanted(channel):
        if not watch:
            return gettext("nothing follows its log files")
        return gettext("logging is paused") if channel.paused else ""
    if not network.host:
        return None
    reasons = (
        (not network.wanted, gettext_noop("the bot is switched off for the whole of %(network)s")),
        (bool(channel.stopped), gettext_noop("the bot stays away until an operator invites it")),
        (not channel.wanted, gettext_noop("the bot is not in the channel")),
        (network_state in {None, State.OFF} or is_silent, gettext_noop("the bot is not running")),
        (network_state != State.CONNECTED, gettext_noop("the bot is not connected to %(network)s")),
        (state == State.REFUSED, gettext_noop("the server does not let the bot in")),
        (state != State.JOINED, gettext_noop("the bot is about to join the channel")),
        (channel.paused, gettext_noop("logging is paused")),
    )
    found = next((reason for is_in_the_way, reason in reasons if is_in_the_way), None)
    return gettext(found) % {"network": network} if found else ""
