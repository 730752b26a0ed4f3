"""A visitor's browser: Debian's Chromium, driven by Playwright.

Its headless shell is Chromium without the windows that Chromium draws around pages, also where nobody sees them: it
lays out and runs a page in the same way, and opens one in a quarter of the processor time.

Playwright's synchronous interface works in a green process: its event loop waits in gevent's hub as everything does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from logs.models import Channel, Line
from tests.programs import require

PATIENCE_MS = 30_000
"""How long a page may take to load or to become what a test expects: many times what it takes alone."""

expect.set_options(timeout=PATIENCE_MS)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = require("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    # Django keeps connections by event loop: with Playwright's, none of before could be reached and closed any more.
    connections.close_all()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's event loop counts as running in this thread; Django would refuse the database because of it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        connections.close_all()  # nor one of these without it
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: errors on its console, exceptions of scripts, requests to other hosts.

    A test that breaks something on purpose clears the list afterwards; what is left at the end fails the test.
    """
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A fresh visitor with an empty page, 1280 pixels wide, at UTC."""
    with open_page(browser, complaints, width=1280, locale="en-GB") as opened:
        yield opened


@contextmanager
def open_page(
    browser: Browser, complaints: list[str], *, width: int, locale: str, timezone: str = "UTC"
) -> Iterator[Page]:
    """The empty page of a fresh visitor, of which the browser may not complain."""
    visitor = browser.new_context(viewport={"width": width, "height": 800}, timezone_id=timezone, locale=locale)
    visitor.set_default_timeout(PATIENCE_MS)
    opened = visitor.new_page()
    watch(opened, complaints)
    yield opened
    visitor.close()
    assert complaints == []


def watch(page: Page, complaints: list[str]) -> None:
    """Notes in `complaints` what a visitor's browser should never have to say."""
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if is_local(request.url) else complaints.append(f"requested {request.url}"))


def is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob", "about"} or parts.hostname == "127.0.0.1"


def shown(page: Page) -> list[tuple[str, str, bool]]:
    """Id, text and folding of each line of the page, in the page's order."""
    script = """lines => lines.map(line =>
        [line.id, line.className, line.textContent.replace(/\\s+/g, ' ').trim(), !!line.closest('details')])"""
    found: list[Any] = page.locator("#lines .line").evaluate_all(script)
    return [tuple(line) for line in found]


def assert_equals_reload(page: Page, channel: Channel) -> None:
    """Once the channel's newest line has come, the open page holds all of its lines just as a reload draws them."""
    last = Line.objects.filter(channel=channel).latest("id")
    page.locator(f"#l{last.id}").wait_for(state="attached")
    live = shown(page)
    page.reload()
    assert live == shown(page)
    assert len(live) == Line.objects.filter(channel=channel).count()
