"""The addresses of the pages: the site, networks, channels and their pages."""

from __future__ import annotations

from datetime import date

from django.urls import include, path, register_converter

from logs.text.names import channel_to_segment, segment_to_channel
from logs.views.feeds.channel_feed import show_channel_search_feed, show_feed, show_search_feed
from logs.views.feeds.sitemaps import show_sitemap_index, show_year_sitemap
from logs.views.http.language import set_language, show_catalogue
from logs.views.http.site_files import redirect_favicon, show_robots_txt, show_site_logo, show_site_style
from logs.views.live.live_view import LiveView
from logs.views.manage.conversation_corrections import correct_conversation
from logs.views.manage.import_export import download_log, show_log_upload
from logs.views.manage.owner_page import show_audit_log, show_owner_page
from logs.views.moderate.line_menu import moderate_lines
from logs.views.moderate.nick_page import moderate_nick
from logs.views.people.highlights_page import show_highlights, show_highlights_feed
from logs.views.people.mail_address import show_confirmation, show_stop
from logs.views.people.privacy_rights import download_my_lines, show_me, show_request, show_request_answer
from logs.views.people.sign_in import cancel_sign_in, finish_sign_in, show_add, show_sign_in, sign_in_events, sign_out
from logs.views.reading.answers import show_answers, show_unanswered, show_unanswered_feed
from logs.views.reading.calendar import show_calendar, show_year
from logs.views.reading.conversation import (
    show_conversation,
    show_conversation_json,
    show_conversation_text,
)
from logs.views.reading.day import show_channel, show_day, show_day_json, show_day_text
from logs.views.reading.embed import show_oembed
from logs.views.reading.index import show_about, show_channel_about, show_index, show_network
from logs.views.reading.links import show_links
from logs.views.reading.permalinks import (
    redirect_legacy_channel_line,
    redirect_legacy_day,
    redirect_legacy_line,
    show_line,
)
from logs.views.reading.search import show_channel_search, show_search
from logs.views.reading.share_preview import show_day_image, show_lines_image, show_year_png, show_year_svg
from logs.views.reading.stats import show_channel_stats, show_stats


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
    """Anything that looks like a date; the page reports days that do not exist."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, segment: str) -> str:
        return segment

    def to_url(self, day: date | str) -> str:
        return str(day)


class LegacyDayConverter:
    """A day as in logbot's addresses, for example 20261123, with or without a slash."""

    regex = r"[0-9]{8}/?"

    def to_python(self, segment: str) -> str:
        return f"{segment[:4]}-{segment[4:6]}-{segment[6:8]}"

    def to_url(self, day: date | str) -> str:
        return str(day).replace("-", "")


class LegacyLineConverter:
    """The number of a line on the site from which it was imported."""

    regex = r"[0-9]{1,18}"

    def to_python(self, segment: str) -> int:
        return int(segment)

    def to_url(self, number: int) -> str:
        return str(number)


class YearConverter:
    """Four digits; the page reports years without lines."""

    regex = r"[0-9]{4}"

    def to_python(self, segment: str) -> int:
        return int(segment)

    def to_url(self, year: int) -> str:
        return f"{year:04}"


class LineConverter:
    """A line's id, limited to what the column can hold."""

    regex = r"[0-9]{1,10}"

    def to_python(self, segment: str) -> int:
        number = int(segment)
        if number >= 2**31:
            raise ValueError("larger than any id")
        return number

    def to_url(self, number: int) -> str:
        return str(number)


register_converter(NetworkConverter, "network")
register_converter(ChannelConverter, "channel")
register_converter(DayConverter, "day")
register_converter(LegacyDayConverter, "legacy_day")
register_converter(LegacyLineConverter, "legacy_line")
register_converter(YearConverter, "year")
register_converter(LineConverter, "line")

urlpatterns = [
    path("", show_index, name="index"),
    path("api/", include("logs.views.api.urls")),
    path("robots.txt", show_robots_txt, name="robots"),
    path("sitemap.xml", show_sitemap_index, name="sitemaps"),
    path("favicon.ico", redirect_favicon, name="favicon"),
    path("site.css", show_site_style, name="site_style"),
    path("site-logo", show_site_logo, name="site_logo"),
    path("language", set_language, name="language"),
    path("messages.js", show_catalogue, name="catalogue"),
    path("search/", show_search, name="search"),
    path("search/feed.atom", show_search_feed, {"form": "atom"}, name="search_feed"),
    path("search/feed.json", show_search_feed, {"form": "json"}, name="search_feed_json"),
    path("oembed", show_oembed, name="oembed"),
    path("stats/", show_stats, name="stats"),
    path("about/", show_about, name="about"),
    path("add/", show_add, name="add"),
    path("sign-in/", show_sign_in, name="sign_in"),
    path("sign-in/events", sign_in_events, name="sign_in_events"),
    path("sign-in/finish", finish_sign_in, name="finish_sign_in"),
    path("sign-in/cancel", cancel_sign_in, name="cancel_sign_in"),
    path("sign-out/", sign_out, name="sign_out"),
    path("me/", show_me, name="me"),
    path("me/lines.jsonl", download_my_lines, name="my_lines"),
    path("me/highlights/", show_highlights, name="highlights"),
    path("me/highlights/<str:token>.atom", show_highlights_feed, name="highlights_feed"),
    path("me/mail/<str:token>/", show_confirmation, name="confirm_mail"),
    path("me/mail/stop/<str:token>/", show_stop, name="stop_mail"),
    path("moderate/", moderate_nick, name="moderate"),
    path("msg/<legacy_line:number>/", redirect_legacy_line, name="legacy_line"),
    path("request/", show_request, name="request"),
    path("request/<slug:link>/", show_request_answer, name="request_answer"),
    path("<network:network>/", show_network, name="network"),
    path("<network:network>/<channel:channel>/", show_channel, name="channel"),
    path("<network:network>/<channel:channel>/<day:day>/", show_day, name="day"),
    path("<network:network>/<channel:channel>/<day:day>.txt", show_day_text, name="day_text"),
    path("<network:network>/<channel:channel>/<day:day>.json", show_day_json, name="day_json"),
    path("<network:network>/<channel:channel>/<day:day>.png", show_day_image, name="day_image"),
    path("<network:network>/<channel:channel>/at/<line:number>.png", show_lines_image, name="line_image"),
    path("<network:network>/<channel:channel>/at/<line:number>-<line:last>.png", show_lines_image, name="lines_image"),
    path("<network:network>/<channel:channel>/<year:year>.svg", show_year_svg, name="year_svg"),
    path("<network:network>/<channel:channel>/<year:year>.png", show_year_png, name="year_png"),
    path("<network:network>/<channel:channel>/at/<line:number>/", show_line, name="line"),
    path("<network:network>/<channel:channel>/at/<line:number>-<line:last>/", show_line, name="lines"),
    path("<network:network>/<channel:channel>/at/<line:number>/moderate/", moderate_lines, name="moderate_line"),
    path(
        "<network:network>/<channel:channel>/at/<line:number>-<line:last>/moderate/",
        moderate_lines,
        name="moderate_lines",
    ),
    path("<network:network>/<channel:channel>/conversation/<line:number>/", show_conversation, name="conversation"),
    path(
        "<network:network>/<channel:channel>/conversation/<line:number>.txt",
        show_conversation_text,
        name="conversation_text",
    ),
    path(
        "<network:network>/<channel:channel>/conversation/<line:number>.json",
        show_conversation_json,
        name="conversation_json",
    ),
    path(
        "<network:network>/<channel:channel>/conversation/<line:number>/correct",
        correct_conversation,
        name="correct_conversation",
    ),
    path(
        "<network:network>/<channel:channel>/msg/<legacy_line:number>/",
        redirect_legacy_channel_line,
        name="legacy_channel_line",
    ),
    path("<network:network>/<channel:channel>/<legacy_day:day>", redirect_legacy_day, name="legacy_day"),
    path("<network:network>/<channel:channel>/<year:year>/", show_year, name="year"),
    path("<network:network>/<channel:channel>/sitemap-<year:year>.xml", show_year_sitemap, name="sitemap"),
    path("<network:network>/<channel:channel>/calendar/", show_calendar, name="calendar"),
    path("<network:network>/<channel:channel>/stats/", show_channel_stats, name="channel_stats"),
    path("<network:network>/<channel:channel>/answers/", show_answers, name="answers"),
    path("<network:network>/<channel:channel>/unanswered/", show_unanswered, name="unanswered"),
    path(
        "<network:network>/<channel:channel>/unanswered/feed.atom",
        show_unanswered_feed,
        {"form": "atom"},
        name="unanswered_feed",
    ),
    path(
        "<network:network>/<channel:channel>/unanswered/feed.json",
        show_unanswered_feed,
        {"form": "json"},
        name="unanswered_feed_json",
    ),
    path("<network:network>/<channel:channel>/feed.atom", show_feed, {"form": "atom"}, name="feed"),
    path("<network:network>/<channel:channel>/feed.json", show_feed, {"form": "json"}, name="feed_json"),
    path("<network:network>/<channel:channel>/search/", show_channel_search, name="channel_search"),
    path(
        "<network:network>/<channel:channel>/search/feed.atom",
        show_channel_search_feed,
        {"form": "atom"},
        name="channel_search_feed",
    ),
    path(
        "<network:network>/<channel:channel>/search/feed.json",
        show_channel_search_feed,
        {"form": "json"},
        name="channel_search_feed_json",
    ),
    path("<network:network>/<channel:channel>/links/", show_links, name="channel_links"),
    path("<network:network>/<channel:channel>/about/", show_channel_about, name="channel_about"),
    path("<network:network>/<channel:channel>/manage/", show_owner_page, name="manage"),
    path("<network:network>/<channel:channel>/manage/import/", show_log_upload, name="log_upload"),
    path("<network:network>/<channel:channel>/manage/export", download_log, name="download_log"),
    path("<network:network>/<channel:channel>/manage/acts/", show_audit_log, name="audit_log"),
    # After the pages of their own above, whose addresses begin in the same way.
    path("<network:network>/<channel:channel>/manage/<slug:page>/", show_owner_page, name="manage_page"),
    path("<network:network>/<channel:channel>/live", LiveView.as_view(), name="live"),
]
