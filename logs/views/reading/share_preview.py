"""Previews of links on other sites: a title and the first lines as plain text, cut to the usual length."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice
from typing import NamedTuple

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext

from logs.archive import DayLine
from logs.localize import count_of
from logs.models import Channel
from logs.render import SAID, line_summary
from logs.text.irc_formatting import strip_formatting
from logs.views.reading.channel_context import day_url, format_long_date

MAX_CHARACTERS = 280
MAX_LINES = 10
MAX_LINE_CHARACTERS = 200


class SharePreview(NamedTuple):
    """A preview: `address` is the page's own, `canonical` the page that search engines should list instead.

    `embeds`: the lines can be embedded by oEmbed. `image` is the address of a picture, empty for a channel that not
    everybody may read.
    """

    title: str
    description: str
    address: str
    canonical: str
    at: datetime | None = None
    embeds: bool = False
    image: str = ""


def preview_channel(channel: Channel, day: date) -> SharePreview:
    """Describe a channel; the picture shows a day of it."""
    address = channel.get_absolute_url()
    words = [gettext("Live log and archive of %(channel)s.") % {"channel": _name(channel)}]
    if channel.description:
        words.append(_plain(channel.description, MAX_CHARACTERS))
    if channel.topic:
        words.append(gettext("Topic: %(topic)s") % {"topic": _plain(channel.topic, MAX_CHARACTERS)})
    return SharePreview(
        _name(channel),
        Truncator(" ".join(words)).chars(MAX_CHARACTERS),
        address,
        address,
        image=_day_image(channel, day),
    )


def preview_day(channel: Channel, day: date, count: int, lines: list[DayLine]) -> SharePreview:
    """Describe a day with `count` lines by its first messages."""
    quoted = _quoted(channel, [line for line in islice(lines, 200) if line.kind in SAID])
    words = f"{count_of(count)}. {quoted}"
    address = day_url(channel, day)
    title = f"{_name(channel)}, {format_long_date(day)}"
    return SharePreview(title, Truncator(words).chars(MAX_CHARACTERS), address, address, image=_day_image(channel, day))


def preview_lines(channel: Channel, lines: list[DayLine]) -> SharePreview:
    """Describe lines of one day, in order; at least one."""
    at = lines[0].at.astimezone(UTC)
    title = f"{_name(channel)}, {format_long_date(at.date())}, {at:%H:%M} UTC"
    first, last = min(line.id for line in lines), max(line.id for line in lines)
    address = permalink_url(channel, first, None if first == last else last)
    image = f"{address.removesuffix('/')}.png" if channel.is_public else ""
    canonical = day_url(channel, at.date())
    return SharePreview(title, _quoted(channel, lines), address, canonical, at, embeds=channel.is_public, image=image)


def _day_image(channel: Channel, day: date) -> str:
    return reverse("day_image", args=[channel.network.name, channel.name, day]) if channel.is_public else ""


def permalink_url(channel: Channel, number: int, last: int | None = None) -> str:
    """Return the permalink of a line, or of the lines from one to another."""
    names = [channel.network.name, channel.name]
    return reverse("line", args=[*names, number]) if last is None else reverse("lines", args=[*names, number, last])


def _quoted(channel: Channel, lines: list[DayLine]) -> str:
    words = (_plain(line_summary(line, channel.bridge_nicks), MAX_LINE_CHARACTERS) for line in lines[:MAX_LINES])
    return Truncator("\n".join(words)).chars(MAX_CHARACTERS)


def _name(channel: Channel) -> str:
    names = {"channel": channel.name, "network": channel.network.name}
    return strip_formatting(gettext("%(channel)s on %(network)s") % names)


def _plain(text: str, limit: int) -> str:
    return Truncator(" ".join(strip_formatting(text).split())).chars(limit)
