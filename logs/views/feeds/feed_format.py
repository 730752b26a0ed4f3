"""What feed readers get: the same entries as Atom (RFC 4287) or as JSON Feed 1.1, valid whatever was said."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.xmlutils import SimplerXMLGenerator

from logs.text.irc_formatting import strip_formatting

ATOM, JSON = "atom", "json"
TITLE = 160


@dataclass(slots=True)
class Entry:
    """`address` is what names it for good. With a `summary`, in plain words, `html` is the whole of it."""

    address: str
    title: str
    html: str
    published: datetime
    updated: datetime
    author: str = ""
    summary: str = ""


@dataclass(slots=True)
class Feed:
    """`address` is the feed's own, `page` that of the page that shows the same; entries come newest first.

    `updated` is that of a feed without entries.
    """

    title: str
    address: str
    page: str
    updated: datetime
    entries: list[Entry] = field(default_factory=list)


def syndicate(feed: Feed, form: str) -> HttpResponse:
    if form == JSON:
        return HttpResponse(_json(feed), "application/feed+json; charset=utf-8")
    return HttpResponse(_atom(feed), "application/atom+xml; charset=utf-8")


class _Atom(Atom1Feed):
    """Django's, which would date an empty feed now, and has no content beside the summary."""

    def latest_post_date(self) -> datetime:
        changed: datetime = self.feed["changed"]
        return changed

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["whole"]:
            handler.addQuickElement("content", item["whole"], {"type": "html"})


def _atom(feed: Feed) -> str:
    atom = _Atom(
        title=_title(feed.title),
        link=feed.page,
        description=None,
        author_name=strip_formatting(settings.SITE_NAME),
        feed_url=feed.address,
        feed_guid=feed.address,
        changed=max((entry.updated for entry in feed.entries), default=feed.updated),
    )
    for entry in feed.entries:
        atom.add_item(
            _title(entry.title),
            entry.address,
            escape(strip_formatting(entry.summary)) if entry.summary else entry.html,
            unique_id=entry.address,
            pubdate=entry.published,
            updateddate=entry.updated,
            author_name=strip_formatting(entry.author) or None,
            whole=entry.html if entry.summary else "",
        )
    return atom.writeString("utf-8")


def _json(feed: Feed) -> str:
    items = []
    for entry in feed.entries:
        item: dict[str, object] = {
            "id": entry.address,
            "url": entry.address,
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
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "authors": [{"name": strip_formatting(settings.SITE_NAME)}],
    }
    return json.dumps(head | {"items": items}, ensure_ascii=False)


def _title(text: str) -> str:
    return Truncator(" ".join(strip_formatting(text).split())).chars(TITLE)
