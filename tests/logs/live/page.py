"""A page that follows its channel: it holds what a reload would show, lines and gaps, if live keeps its word."""

from __future__ import annotations

import json
import re
from bisect import insort
from html import unescape

from logs.models import Channel
from tests.logs.live.reader import Reader
from tests.processes import Site

LINE = re.compile(r'id="l(\d+)"[^>]*?data-at="([^"]+)".*?<span class="text"[^>]*>(.*?)</span>', re.DOTALL)
GAP = re.compile(r'data-gap="(\d+)"><span>(.*?)</span></p>')
Shown = tuple[str, int, str]


class Page:
    """The lines in the page's order, as (at, id, text), and the words of each gap."""

    def __init__(self, site: Site, channel: Channel) -> None:
        self.site = site
        self.channel = channel
        self.reader: Reader | None = None
        self.load()

    def load(self) -> None:
        self.leave()
        html = self.site.get(self.channel.get_absolute_url())
        self.day = re.findall(r'data-day="([^"]+)"', html)[0]
        self.last = int(re.findall(r'data-last-id="(\d+)"', html)[0])
        self.shown = shown(html)
        self.gaps = gaps(html)
        self.seen: list[int] = []

    def connect(self) -> None:
        """As a browser does that comes back, or comes for the first time."""
        self.leave()
        self.reader = Reader(self.site.port, self.channel, headers={"Last-Event-ID": str(self.last)})
        assert self.reader.status == 200

    def leave(self) -> None:
        if self.reader is not None:
            self.reader.close()
            self.reader = None

    def take(self, until: int, seconds: float = 10) -> None:
        """Takes events until the one with the id `until` has come; dropped as too slow, it comes back."""
        while self.last < until:
            assert self.reader is not None
            try:
                block = self.reader.next(seconds)
            except EOFError:
                self.connect()
                continue
            if block.name == "reload":
                self.load()
                self.connect()
            elif block.id is not None:
                assert block.id > self.last, "an event came twice or late"
                self.last = block.id
                self.apply(block.name, json.loads(block.data))

    def apply(self, name: str, event: dict[str, str]) -> None:
        if name == "line":
            line = shown(event["html"])[0]
            if line[0][:10] >= self.day:
                assert line not in self.shown
                insort(self.shown, line)
        elif name == "removal":
            self.shown = [line for line in self.shown if line[1] != int(event["line"])]
        elif name in {"gap", "gap-removal"}:
            self.gaps.pop(int(event["gap"]), None)
            if name == "gap" and (event["end"] or "9") > self.day:
                self.gaps |= gaps(event["html"])


def gaps(html: str) -> dict[int, str]:
    return {int(number): words for number, words in GAP.findall(html)}


def shown(html: str) -> list[Shown]:
    return [(at, int(number), unescape(text)) for number, at, text in LINE.findall(html)]
