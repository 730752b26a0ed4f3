"""Whether a channel is being logged at this moment and, if not, why: from its settings and what the bot reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from logs.models import BotStatus, Channel
from logs.models.bot_status import State


@dataclass(frozen=True, slots=True)
class LoggingState:
    """`why_not` is for everybody: a clause, "" while the bot logs, None where no bot is meant to log (an archive).

    `detail` is what the server or the bot says about it, for owners. `since` is when the bot joined, or how long this
    state lasts, None if that is not known.
    """

    why_not: str | None
    detail: str = ""
    since: datetime | None = None

    @property
    def is_logging(self) -> bool:
        return self.why_not == ""


def fetch_logging_state(channel: Channel) -> LoggingState:
    """Return the state of one channel, fetched with its network; an archive's costs no query."""
    if not channel.network.host:
        return LoggingState(None)
    statuses = BotStatus.objects.filter(Q(channel=channel) | Q(channel=None), network=channel.network_id)
    by_channel = {status.channel_id: status for status in statuses}
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


def explain_state(channel: Channel, state: str | None, network_state: str | None, *, is_silent: bool) -> str | None:
    """Return the first reason in the way of logging: `LoggingState.why_not`.

    The states are those that the bot has reported, None if it has not; `is_silent` if its report is too old.
    """
    network = channel.network
    if not network.host:
        return None
    joining = "the server does not let the bot in" if state == State.REFUSED else "the bot is about to join the channel"
    reasons = (
        (not network.wanted, f"the bot is switched off for the whole of {network}"),
        (bool(channel.stopped), "the bot stays away until an operator invites it"),
        (not channel.wanted, "the bot is not in the channel"),
        (network_state in {None, State.OFF} or is_silent, "the bot is not running"),
        (network_state != State.CONNECTED, f"the bot is not connected to {network}"),
        (state != State.JOINED, joining),
        (channel.paused, "logging is paused"),
    )
    return next((reason for is_in_the_way, reason in reasons if is_in_the_way), "")
