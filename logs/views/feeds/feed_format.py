"""Feeds as Atom (RFC 4287) and as JSON Feed 1.1, with the same entries, valid for any text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.xmlutils import SimplerXMLGenerator

from logs.text.irc_formatting import strip_formatting

ATOM, JSON = "atom", "json"
MAX_TITLE_CHARACTERS = 160
POSITIONS = ("before", "older")
"""Parameters that say where a page of a feed begins."""


@dataclass(slots=True)
class Entry:
    """An entry; `url` is also its permanent id. `html` is the full content where there is a plain text `summary`."""

    url: str
    title: str
    html: str
    published: datetime
    updated: datetime
    author: str = ""
    summary: str = ""


@dataclass(slots=True)
class Feed:
    """A feed: `url` is its own, `page_url` that of the page with the same content. Entries come newest first.

    `updated` is the time of the last change of a feed without entries. `parameters` are those of this page of the feed,
    which are part of its address and not of its id; `older` those of the next page (RFC 5005, 3), None if there is
    none.
    """

    title: str
    url: str
    page_url: str
    updated: datetime
    entries: list[Entry] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    older: dict[str, str] | None = None

    @property
    def self_url(self) -> str:
        return self._with_parameters(self.parameters)

    @property
    def next_url(self) -> str:
        """The address of the page with the entries before these; empty if there are none."""
        return self._with_parameters(self.parameters | self.older) if self.older else ""

    @property
    def first_url(self) -> str:
        """The address of the page with the newest entries."""
        return self._with_parameters({name: value for name, value in self.parameters.items() if name not in POSITIONS})

    def _with_parameters(self, parameters: dict[str, str]) -> str:
        query = urlencode(parameters)
        return f"{self.url}{'&' if '?' in self.url else '?'}{query}" if query else self.url


def render_feed(feed: Feed, form: str) -> HttpResponse:
    if form == JSON:
        return HttpResponse(_json(feed), "application/feed+json; charset=utf-8")
    return HttpResponse(_atom(feed), "application/atom+xml; charset=utf-8")


class _Atom(Atom1Feed):
    """Django's feed, with a fixed date for an empty feed and a content element beside the summary."""

    def latest_post_date(self) -> datetime:
        changed: datetime = self.feed["changed"]
        return changed

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        if self.feed["next_url"]:
            handler.addQuickElement("link", "", {"rel": "next", "href": self.feed["next_url"]})
            handler.addQuickElement("link", "", {"rel": "first", "href": self.feed["first_url"]})

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})


def _atom(feed: Feed) -> str:
    atom = _Atom(
        title=_title(feed.title),
        link=feed.page_url,
        description=None,
        author_name=strip_formatting(settings.SITE_NAME),
        feed_url=feed.self_url,
        feed_guid=feed.url,
        next_url=feed.next_url,
        first_url=feed.first_url,
        changed=max((entry.updated for entry in feed.entries), default=feed.updated),
    )
    for entry in feed.entries:
        atom.add_item(
            _title(entry.title),
            entry.url,
            # Django makes this the summary, which Atom treats as HTML; the full text follows as content.
            escape(strip_formatting(entry.summary)) if entry.summary else entry.html,
            unique_id=entry.url,
            pubdate=entry.published,
            updateddate=entry.updated,
            author_name=strip_formatting(entry.author) or None,
            content=entry.html if entry.summary else "",
        )
    return atom.writeString("utf-8")


def _json(feed: Feed) -> str:
    items = []
    for entry in feed.entries:
        item: dict[str, object] = {
            "id": entry.url,
            "url": entry.url,
            "title": _title(entry.title),
            "content_html": entry.html,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
        }
        if entry.summary:
            item["summary"] = strip_formatting(entry.summary)
        if entry.author:
            item["authors"] = [{"name": strip_formatting(entry.author)}]
        items.append(item)
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(feed.title),
        "home_page_url": feed.page_url,
        "feed_url": feed.self_url,
        "authors": [{"name": strip_formatting(settings.SITE_NAME)}],
    }
    head |= {"next_url": feed.next_url} if feed.next_url else {}
    return json.dumps(head | {"items": items}, ensure_ascii=False)


def _title(text: str) -> str:
    return Truncator(" ".join(strip_formatting(text).split())).chars(MAX_TITLE_CHARACTERS)
