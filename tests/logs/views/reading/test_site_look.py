"""The accent colour and the logo of a site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings

from botbot import env
from logs.text.colours import contrast
from logs.views.http import site_files


@pytest.fixture(autouse=True)
def nothing_cached() -> Iterator[None]:
    for cached in (site_files.accent_style, site_files._logo):
        cached.cache_clear()
    yield
    for cached in (site_files.accent_style, site_files._logo):
        cached.cache_clear()


@pytest.mark.django_db
def test_a_site_has_its_own_colour_and_logo(client: Client, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"picture")
    assert "site.css" not in client.get("/about/").content.decode()
    assert client.get("/site-logo").status_code == 404
    site_files._logo.cache_clear()
    site_files.accent_style.cache_clear()
    with override_settings(SITE_ACCENT="7a1f5c", SITE_LOGO=str(logo)):
        style = client.get("/site.css").content.decode()
        page = client.get("/about/").content.decode()
        assert client.get("/site-logo")["Content-Type"] == "image/png"
    assert style.startswith(":root{--link:light-dark(#7a1f5c,#")
    dark = style.partition(",#")[2][:6]
    assert contrast(dark, "17191c") >= 4.5
    assert 'href="/site.css?v=' in page
    assert 'src="/site-logo?v=' in page


@pytest.mark.parametrize(
    ("value", "words"),
    [("#ffcc00", "hard to read on the light page: contrast"), ("blue", "is no colour: write six hexadecimal")],
)
def test_a_colour_that_cannot_be_used_is_refused(monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    monkeypatch.setenv("SITE_ACCENT", value)
    with pytest.raises(env.SettingError, match=words):
        env.accent("SITE_ACCENT")


def test_a_readable_colour_is_taken_and_a_picture_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SITE_ACCENT", "#7A1F5C")
    assert env.accent("SITE_ACCENT") == "7a1f5c"
    for name, size, words in (("logo.exe", 1, "ends in .svg"), ("logo.svg", 300_000, "larger than 200 KB")):
        (tmp_path / name).write_bytes(b"x" * size)
        monkeypatch.setenv("SITE_LOGO", str(tmp_path / name))
        with pytest.raises(env.SettingError, match=words):
            env.logo("SITE_LOGO")
