"""Links that travel: lines framed by another site, and a secret that stays one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from logs.models import Channel
from tests.axe import violations
from tests.browser.pages import take_screenshot
from tests.conftest import Say
from tests.processes import Site

PLACE = "/testnet/garden/at/2-7/"


class OtherSite:
    """A site of somebody else's, with one page, that notes what Referer each request to it has."""

    def __init__(self) -> None:
        self.page = ""
        self.referers: list[tuple[str, str | None]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.referers.append((self.path, self.headers.get("Referer")))
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(f"<!doctype html><link rel=icon href=data:,>{site.page}".encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def other() -> Iterator[OtherSite]:
    other = OtherSite()
    thread = Thread(target=other.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield other
    other.server.shutdown()
    thread.join()
    other.server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [640, 320])
def test_lines_are_shown_inside_a_page_of_another_site(
    site: Site, page: Page, talk: Channel, other: OtherSite, *, width: int, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    oembed = page.request.get(f"{site.url}/oembed", params={"url": site.url + PLACE, "maxwidth": width})
    other.page = f"<style>:root {{ color-scheme: light dark }}</style><p>They said:</p>{oembed.json()['html']}"
    page.goto(other.url)
    inside = page.frame_locator("iframe")
    expect(inside.locator(".line")).to_have_count(6)
    expect(inside.locator(".line").first).to_be_visible()
    assert inside.locator("body").evaluate("body => document.documentElement.scrollWidth - body.clientWidth") <= 0
    ink = inside.locator(".line .text").first.evaluate("text => getComputedStyle(text).color")
    assert (int(ink.removeprefix("rgb(").split(",")[0]) > 128) == (scheme == "dark"), "in the colours of the reader"
    assert page.context.cookies() == []
    take_screenshot(page, f"embed-{width}-{scheme}", full_page=False)
    page.goto(f"{site.url}{PLACE}?embed")
    assert violations(page) == []


def test_a_link_in_the_frame_opens_the_log_beside_it(site: Site, page: Page, talk: Channel, other: OtherSite) -> None:
    frame = f'<iframe src="{site.url}{PLACE}?embed" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    other.page = frame
    page.goto(other.url)
    with page.expect_popup() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Read on").click()
    expect(opened.value.locator(".line.marked")).to_have_count(6)
    opened.value.close()
    assert page.url.rstrip("/") == other.url


def test_no_other_page_can_be_framed(
    site: Site, page: Page, talk: Channel, other: OtherSite, complaints: list[str]
) -> None:
    other.page = f'<iframe src="{site.url}/testnet/garden/"></iframe>'
    with page.expect_console_message(lambda message: "frame" in message.text):
        page.goto(other.url)
    expect(page.frame_locator("iframe").locator(".line")).to_have_count(0)
    complaints.clear()


def test_a_secret_link_reaches_no_other_site(
    site: Site, page: Page, talk: Channel, other: OtherSite, *, say: Say, yesterday: datetime
) -> None:
    say(talk, "ann", f"see {other.url}/there", at=yesterday)
    Channel.objects.update(visibility="unlisted")
    talk.refresh_from_db()
    referrers: list[str] = []
    page.on("request", lambda request: referrers.append(request.headers.get("referer", "")))
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/?key={talk.link_key}")
    expect(page).to_have_url(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    page.get_by_role("link", name="/there").click()
    page.wait_for_url(f"{other.url}/there")
    assert other.referers == [("/there", None)]
    assert not [referrer for referrer in referrers if talk.link_key in referrer], "nor do the site's own files"
    page.go_back()
    assert talk.link_key not in page.content()
