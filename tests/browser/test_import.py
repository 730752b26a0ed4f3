"""An owner imports a log in Chromium: a doubt, a preview, the import."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from logs.models import Channel, Line
from tests.browser.pages import sign_in_as_owner
from tests.processes import Site

RUSSIAN = "".join(f"[12:00:{second:02}] <anna> Привет, как дела сегодня?\n" for second in range(30))
RUSSIAN += "[12:01:00] *** Joins: berta (~b@host.example)\n"


def test_an_owner_chooses_the_encoding_and_looks_before_it_counts(
    site: Site, browser: Browser, channel: Channel
) -> None:
    # Not the page that is watched: Chromium notes each form that is answered with an error in its console.
    page = browser.new_page()
    sign_in_as_owner(page, site.url, channel)
    page.goto(f"{site.url}/testnet/garden/manage/import/")
    page.get_by_label("Log").set_input_files(
        {"name": "2020-01-02.log", "mimeType": "text/plain", "buffer": RUSSIAN.encode("koi8-r")}
    )
    page.get_by_label("Time zone").fill("Europe/Moscow")
    page.get_by_role("button", name="Preview the import").click()
    # The guess is chosen already, and its sample tells whether it is right.
    expect(page.get_by_role("alert")).to_have_text("Nothing is stored yet: please see below what is missing or wrong.")
    expect(page.locator(".field.invalid")).to_contain_text("in koi8_r it has 'Привет, как дела сегодня?'")
    expect(page.get_by_label("Encoding")).to_have_value("koi8_r")
    page.get_by_role("button", name="Check it again").click()
    report = page.locator("#report")
    expect(report).to_contain_text("from 2020-01-02 to 2020-01-02 (UTC), most lines by anna 30")
    expect(report).to_contain_text("→ 2020-01-02 09:00:00Z message anna Привет, как дела сегодня?")
    assert not Line.objects.exists()
    page.get_by_role("button", name="Store 31 lines").click()
    expect(page.get_by_role("status")).to_have_text("31 lines are stored.")
    assert Line.objects.filter(channel=channel, text="Привет, как дела сегодня?").count() == 30
