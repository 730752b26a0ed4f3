from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from logs.models import Channel

pytestmark = pytest.mark.django_db
STATIC = Path(settings.BASE_DIR) / "static"


def test_browsers_that_ask_for_an_icon_get_one(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert re.fullmatch(r"/static/favicon\.\w+\.svg", response["Location"])


def test_pages_keep_to_the_content_security_policy(client: Client, two_days: Channel) -> None:
    for path in ("/", "/testnet/", "/testnet/garden/", "/testnet/garden/2026-03-01/", "/nothing/here/"):
        response = client.get(path)
        policy = response["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        page = response.content.decode()
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page)
        assert all(
            address.startswith("/static/")
            for address in re.findall(r'(?:src|<link rel="stylesheet" href)="([^"]+)"', page)
        )


PAGES = ["/", "/testnet/garden/", "/testnet/garden/2026-03-01/", "/testnet/garden/2026/", "/testnet/garden/stats/"]
PAGES += ["/search/?q=morning", "/stats/"]


COMMENT_LINE = re.compile(r"^ *(//|/\*).*\n", re.MULTILINE)


@pytest.mark.parametrize("path", PAGES)
def test_style_sheets_and_scripts_of_a_page_are_small(client: Client, two_days: Channel, path: str) -> None:
    page = client.get(path).content.decode()
    wanted = set(re.findall(r'/static/((?:css|js)/\w+)\.\w+\.(css|js)"', page))
    files = {f"{name}.{kind}" for name, kind in wanted}
    imported = {f"js/{name}" for file in files for name in re.findall(r'from "\./(\w+\.js)"', read(file))}
    imported |= {f"js/{name}" for file in imported for name in re.findall(r'from "\./(\w+\.js)"', read(file))}
    contents = [read(file) for file in files | imported]
    assert 10_000 < sum(len(COMMENT_LINE.sub("", content)) for content in contents) < 60_000, "code"
    assert sum(len(gzip.compress(content.encode())) for content in contents) < 26_000, "as sent, comments included"


def test_every_size_of_text_is_one_of_the_scale() -> None:
    sizes = {
        size for file in (STATIC / "css").glob("*.css") for size in re.findall(r"font-size: ([^;]+);", file.read_text())
    }
    drawn = {size for size in sizes if size.endswith("px")}  # in the units of a drawing
    assert sizes - drawn == {".75rem", ".875rem", ".875em", "1rem", "1.125rem", "1.5rem"}, "docs/design-notes.md"


def read(file: str) -> str:
    return (STATIC / file).read_text(encoding="utf-8")
