"""The addresses of the pages: networks, their channels, and what there is of a channel."""

from __future__ import annotations

from datetime import date

from django.urls import path, register_converter

from logs.text.names import channel_to_segment, segment_to_channel
from logs.views.channel import show_channel
from logs.views.day import show_day, show_day_text
from logs.views.index import show_index, show_network
from logs.views.line import show_line
from logs.views.live import LiveView
from logs.views.search import channel_search_feed, search_feed, show_channel_search, show_search
from logs.views.site import favicon, robots


class NetworkConverter:
    regex = r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}"

    def to_python(self, segment: str) -> str:
        return segment

    def to_url(self, name: str) -> str:
        return name


class ChannelConverter:
    """A channel's name in one segment; see logs.text.names."""

    regex = r"[^/\x00]{1,600}"

    def to_python(self, segment: str) -> str:
        return segment_to_channel(segment)

    def to_url(self, name: str) -> str:
        return channel_to_segment(name)


class DayConverter:
    """Anything that looks like a date: whether there is such a day is for the page to say."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, segment: str) -> str:
        return segment

    def to_url(self, day: date | str) -> str:
        return str(day)


class LineConverter:
    """A line's id: what fits the column."""

    regex = r"[0-9]{1,10}"

    def to_python(self, segment: str) -> int:
        number = int(segment)
        if number >= 2**31:
            raise ValueError("no line has such a number")
        return number

    def to_url(self, number: int) -> str:
        return str(number)


register_converter(NetworkConverter, "network")
register_converter(ChannelConverter, "channel")
register_converter(DayConverter, "day")
register_converter(LineConverter, "line")

urlpatterns = [
    path("", show_index, name="index"),
    path("robots.txt", robots, name="robots"),
    path("favicon.ico", favicon, name="favicon"),
    path("search/", show_search, name="search"),
    path("search/feed.atom", search_feed, name="search_feed"),
    path("<network:network>/", show_network, name="network"),
    path("<network:network>/<channel:channel>/", show_channel, name="channel"),
    path("<network:network>/<channel:channel>/<day:day>/", show_day, name="day"),
    path("<network:network>/<channel:channel>/<day:day>.txt", show_day_text, name="day_text"),
    path("<network:network>/<channel:channel>/at/<line:number>/", show_line, name="line"),
    path("<network:network>/<channel:channel>/search/", show_channel_search, name="channel_search"),
    path("<network:network>/<channel:channel>/search/feed.atom", channel_search_feed, name="channel_search_feed"),
    path("<network:network>/<channel:channel>/live", LiveView.as_view(), name="live"),
]
