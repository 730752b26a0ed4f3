from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from logs.models import Channel

pytestmark = pytest.mark.django_db
STATIC = Path(settings.BASE_DIR) / "static"


def test_crawlers_are_kept_from_the_administration(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "Disallow: /admin/" in response.content.decode()


def test_crawlers_are_told_what_each_channels_owners_want(client: Client, channel: Channel) -> None:
    for name, wish in {
        "#quiet": {"indexed": False},
        "#open": {"ai": True},
        "#secret": {"visibility": "members"},
    }.items():
        Channel.objects.create(network=channel.network, name=name, **wish)
    everybody, ai = client.get("/robots.txt").content.decode().strip().split("\n\n")
    assert "Disallow: /testnet/quiet/" in everybody
    assert "/testnet/garden/" not in everybody + ai
    assert "User-agent: GPTBot" in ai
    assert ai.endswith("Allow: /testnet/open/\nDisallow: /")
    assert "secret" not in everybody + ai


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


@pytest.mark.parametrize("path", PAGES)
def test_style_sheets_and_scripts_of_a_page_are_small(client: Client, two_days: Channel, path: str) -> None:
    page = client.get(path).content.decode()
    wanted = set(re.findall(r'/static/((?:css|js)/\w+)\.\w+\.(css|js)"', page))
    files = {f"{name}.{kind}" for name, kind in wanted}
    imported = {f"js/{name}" for file in files for name in re.findall(r'from "\./(\w+\.js)"', read(file))}
    imported |= {f"js/{name}" for file in imported for name in re.findall(r'from "\./(\w+\.js)"', read(file))}
    assert 10_000 < sum(len(read(file)) for file in files | imported) < 40_000


def read(file: str) -> str:
    return (STATIC / file).read_text(encoding="utf-8")
