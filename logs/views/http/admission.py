"""Admission of requests to pages: a bounded number is answered at a time, a few wait briefly, the others are refused.

Live streams need no turn, nor what is cheap (static files) or has to answer always (health checks). Slow requests,
searches above all, have turns of their own, so that pages do not wait for them.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from time import monotonic
from typing import Any

from django.conf import settings
from django.http import parse_cookie
from django.utils.translation import gettext, gettext_noop

from logs.active_language import ENGLISH, in_language
from logs.sharing.processes import get_counts
from logs.views.http.client_address import RateLimiter, find_client_ip
from logs.views.http.errors import fill_plain_page
from logs.views.http.language import find_language
from logs.views.http.turns import Refusal, Turn, TurnLimits, Turns

logger = logging.getLogger(__name__)

UNLIMITED_PREFIXES = ("/static/", "/healthz", "/readyz", "/metrics")
SLOW_PATH = re.compile(r"/search/|/[^/]+/[^/]+/search/|/api/v1/.*search|/[^/]+/[^/]+/manage/import/")
CRAWLER = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|archiver|facebookexternalhit|python-requests|scrapy|wget", re.IGNORECASE
)
"""In the User-Agent of clients that say that they are programs; some of the best known do not say `bot`."""

SLOW_PER_CORE = 2
SLOW_WAIT_SECONDS = 2.0
MAX_SLOW_WAITING = 50
MAX_WAITING_PER_ADDRESS = 10
"""More than browsers request at once."""

RETRY_AFTER_SECONDS = {Refusal.BUSY: 5, Refusal.TOO_MANY: 10}
STATUS = {Refusal.BUSY: "503 Service Unavailable", Refusal.TOO_MANY: "429 Too Many Requests"}
PAGE, SEARCH = "page", "search"
SENTENCES = {
    (Refusal.BUSY, PAGE): gettext_noop("More pages are requested at the moment than this site can answer."),
    (Refusal.TOO_MANY, PAGE): gettext_noop("Too many pages are requested from your address at once."),
    (Refusal.BUSY, SEARCH): gettext_noop("Too many searches are running at the moment."),
    (Refusal.TOO_MANY, SEARCH): gettext_noop("Another search from your address is still running."),
}
HEADINGS = {Refusal.BUSY: gettext_noop("The site is busy"), Refusal.TOO_MANY: gettext_noop("Too many requests")}
LOG_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused request: the bytes of the whole response but for headers of the connection."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class Admission:
    """The turns of this process, and how many requests it refused, by reason."""

    pages: Turns
    slow: Turns
    pages_per_minute: int
    """Of an address; its further requests come last, as those of crawlers do."""

    refused: Counter[Refusal] = field(default_factory=Counter)
    _rates: RateLimiter = field(default_factory=RateLimiter)
    _unlogged: Counter[Refusal] = field(default_factory=Counter)
    _logged_at: float = -LOG_SECONDS

    def admit(self, environ: Mapping[str, Any]) -> Turn | Refused | None:
        """Return a turn, after waiting for it, or a refusal; None for a request that needs no turn.

        `environ` has the variables of CGI that describe the request.
        """
        path = environ["PATH_INFO"]
        if path.startswith(UNLIMITED_PREFIXES) or path.endswith("/live"):
            return None
        turns, kind = (self.slow, SEARCH) if SLOW_PATH.match(path) else (self.pages, PAGE)
        address = find_client_ip(environ)
        if address in settings.TRUSTED_PROXIES:  # behind a second proxy, or a program on the proxy's own machine
            address = ""
        # Crawlers and addresses above their rate are not refused, but served after all others.
        is_last = CRAWLER.search(environ.get("HTTP_USER_AGENT", "")) is not None or self._is_frequent(address)
        turn = turns.take(address, is_last=is_last)
        if isinstance(turn, Turn):
            return turn
        self._count(turn)
        return make_refusal(turn, kind, _language_of(environ), is_api=path.startswith("/api/"))

    def _is_frequent(self, address: str) -> bool:
        return bool(address) and self._rates.spend("pages", address, self.pages_per_minute).wait > 0

    def _count(self, refusal: Refusal) -> None:
        """Count a refusal; one line of the log says how many there were for a while."""
        self.refused[refusal] += 1
        self._unlogged[refusal] += 1
        now = monotonic()
        if now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            logger.warning(
                "refused %d requests because too many were in progress, and %d of addresses that had too many",
                self._unlogged[Refusal.BUSY],
                self._unlogged[Refusal.TOO_MANY],
            )
            self._unlogged.clear()


def _language_of(environ: Mapping[str, Any]) -> str:
    cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
    return find_language(environ["PATH_INFO"], cookies, environ.get("HTTP_ACCEPT_LANGUAGE", ""))


@cache
def make_refusal(refusal: Refusal, kind: str, language: str = ENGLISH, *, is_api: bool) -> Refused:
    """Make the response to a refused request: a page, or a problem (RFC 9457) of the API."""
    status, seconds = STATUS[refusal], RETRY_AFTER_SECONDS[refusal]
    if is_api:
        code, _, title = status.partition(" ")
        problem = {"type": "about:blank", "title": title, "status": int(code), "detail": SENTENCES[refusal, kind]}
        body, media_type = json.dumps(problem), "application/problem+json"
    else:
        with in_language(language):
            body = fill_plain_page(
                "busy.html",
                heading=gettext(HEADINGS[refusal]),
                sentence=gettext(SENTENCES[refusal, kind]),
                consolation=gettext("No logged lines are lost, and pages that are open go on to receive new lines."),
                advice=gettext("Please wait a few seconds and load the page again."),
            )
        media_type = "text/html; charset=utf-8"
    headers = (
        ("Content-Type", media_type),
        ("Retry-After", f"{seconds}"),
        ("Cache-Control", "no-store"),
        *((("Access-Control-Allow-Origin", "*"),) if is_api else ()),
    )
    return Refused(status, headers, body.encode())


def create_admission() -> Admission:
    # One address gets at most half of the turns, crawlers a third, so that others always find some.
    at_once = settings.PAGES_AT_ONCE
    pages = TurnLimits(
        at_once,
        per_address=max(1, at_once // 2),
        last_at_once=max(1, at_once // 3),
        waiting=settings.PAGES_WAITING,
        waiting_per_address=MAX_WAITING_PER_ADDRESS,
        seconds=settings.PAGES_WAIT,
    )
    on_all_cores = SLOW_PER_CORE * (os.cpu_count() or 1)
    # A search holds a connection to the database: half of the pool stays for the other pages.
    slow_at_once = max(1, min(on_all_cores, settings.DATABASE_POOL // 2))
    slow = TurnLimits(
        slow_at_once, 1, max(1, slow_at_once // 2), MAX_SLOW_WAITING, 5, SLOW_WAIT_SECONDS, over_processes=on_all_cores
    )
    counts = get_counts()
    return Admission(Turns(pages, "pages", counts), Turns(slow, "searches", counts), settings.PAGES_PER_ADDRESS)


_admissions: list[Admission] = []


def get_admission() -> Admission:
    """Return the process's admission; the first call creates it."""
    if not _admissions:
        _admissions.append(create_admission())
    return _admissions[0]


def running_admission() -> Admission | None:
    """Return the process's admission, None where the server asks for none."""
    return _admissions[0] if _admissions else None
