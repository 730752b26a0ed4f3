"""Several channels by their names: which of them this caller may read, and the ids of their last events."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple
from urllib.parse import unquote

from django.db.models import Q
from django.http import HttpRequest

from logs import archive
from logs.live.backplane import FollowedChannel
from logs.live.combined import MAX_CHANNELS
from logs.live.positions import parse_position
from logs.models import Channel
from logs.models.channel import ChannelQuerySet, match_names
from logs.text.names import CASEMAPPINGS, fold, segment_to_channel
from logs.views.api.responses import ProblemError
from logs.views.people.visitor import visitor_of

INVALID_POSITION = "Last-Event-ID and after are the id of an event of this stream, or the position of some channels."


class Selection(NamedTuple):
    """Channels that the caller may read, and the names of requested ones that are not there, or not for the caller."""

    channels: list[Channel]
    missing: list[dict[str, str]]


def select_channels(request: HttpRequest, names: list[str]) -> Selection:
    """Return the channels with these names (network/channel), or all. A problem if there are none, or too many."""
    visible = Channel.objects.visible_to(visitor_of(request)).select_related("network")
    if not names:
        channels = list(visible.order_by("pk")[: MAX_CHANNELS + 1])
        if len(channels) > MAX_CHANNELS:
            raise ProblemError(422, f"You may read more than {MAX_CHANNELS} channels: name those to follow.")
        return Selection(channels, [])
    # Paths are percent-encoded once; a value that was written without that means the same but for few names.
    wanted = [
        (network, segment_to_channel(unquote(path))) for network, _, path in (name.partition("/") for name in names)
    ]
    if any("\0" in name for _, name in wanted):
        raise ProblemError(422, "channel: no channel has a NUL in its name.")
    found = _find(visible, wanted)
    missing = [{"network": each[0], "channel": each[1]} for each in wanted if each not in found]
    if not found:
        raise ProblemError(404, "There are no such channels, or you may not read them.")
    return Selection(list({channel.pk: channel for channel in found.values()}.values()), missing)


def _find(visible: ChannelQuerySet, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], Channel]:
    """Return channels by the names under which they were requested, in any case, or under a former name."""
    by_network: defaultdict[str, list[str]] = defaultdict(list)
    for network, name in wanted:
        by_network[network].append(name)
    condition = Q(pk__in=())
    for network, names in by_network.items():
        folded = {fold(name, casemapping) for name in names for casemapping in CASEMAPPINGS}
        named = match_names(names) | Q(former_names__folded__in=folded)
        condition |= Q(network__name__iexact=network) & named
    rows = list(visible.filter(condition).distinct().prefetch_related("former_names"))
    # Of several, those come first whose network is spelt so, then those whose present name it is.
    found: dict[tuple[str, str], Channel] = {}
    for network, name in wanted:
        ranked = [(rank, row.pk, row) for row in rows if (rank := _rank(row, network, name)) is not None]
        if ranked:
            found[network, name] = min(ranked, key=lambda each: each[:2])[2]
    return found


def _rank(channel: Channel, network: str, name: str) -> tuple[bool, bool] | None:
    """How far a channel is from these names; None if it has others."""
    if channel.network.name.lower() != network.lower():
        return None
    folded = fold(name, channel.network.casemapping)
    is_former = channel.folded != folded
    if is_former and not any(former.folded == folded for former in channel.former_names.all()):
        return None
    return is_former, channel.network.name != network


def find_places(channels: list[Channel], position: str | None) -> list[tuple[FollowedChannel, int]]:
    """Return each channel with the id after which to follow it: that of the position, else the last one."""
    try:
        known = parse_position(position) if position else {}
    except ValueError:
        raise ProblemError(422, INVALID_POSITION) from None
    last_ids = archive.last_ids(channels)
    return [
        (FollowedChannel(row.pk, row.get_absolute_url(), row.audience), known.get(row.pk, last_ids[row.pk]))
        for row in channels
    ]
