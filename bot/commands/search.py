"""`search WORDS`: the newest lines with these words."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from bot.commands.contract import Request
from bot.commands.reading import clock, excerpt, line_address, readable, unreadable
from logs.models import Channel
from logs.search.grammar import parse
from logs.search.page import channels_in, search
from logs.text.mirc import strip

TOP = 3


class Search:
    names = ("search", "find")
    usage = 'search WORDS: the newest lines with them; "some words", nick:ann, on:2026-11 and more work as on the site'
    wants_symbols = False

    def answer(self, request: Request) -> list[str]:
        query = parse(request.words)
        if not query:
            return [" ".join(["Search for what?", *query.notes])]
        channels = {channel.pk: channel for channel in channels_in(query, readable(request))}
        if not channels:
            return [unreadable(request)]
        page = search(query, list(channels), everything=False)
        if not page.lines:
            return ["That takes too long: narrow it, for example by on:2026-11." if page.too_slow else "Nothing found."]
        found = [
            f"{channels[line.channel_id].name} {clock(line.at)} <{strip(line.nick)}> {excerpt(line.text)} "
            f"{line_address(channels[line.channel_id], line.id)}"
            for line in page.lines[:TOP]
        ]
        more = len(page.lines) > TOP or page.more
        return [*found, f"More: {_address(request, list(channels.values()))}"] if more else found


def _address(request: Request, channels: list[Channel]) -> str:
    asked = urlencode({"q": request.words})
    if request.channel:
        where = reverse("channel_search", args=[channels[0].network.name, channels[0].name])
        return f"{settings.SITE_URL}{where}?{asked}"
    return f"{settings.SITE_URL}{reverse('search')}?{asked}"
