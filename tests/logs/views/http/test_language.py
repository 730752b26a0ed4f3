"""In which language a page comes, how one chooses it, and what caches may keep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from botbot.messages import LANGUAGES
from logs.active_language import current_language, in_language
from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.line_texts import line_texts
from logs.models import Act, Channel, Kind
from logs.views.http.admission import PAGE, make_refusal
from logs.views.http.language import negotiate_language
from logs.views.http.page_cache import get_page_cache
from logs.views.http.turns import Refusal

pytestmark = pytest.mark.django_db
DAY = "/testnet/garden/2026-03-01/"


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    get_page_cache().clear()
    yield
    get_page_cache().clear()


def language_of(response: HttpResponse) -> str:
    language = response["Content-Language"]
    assert f'<html lang="{language}"' in response.content.decode()
    return str(language)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR, fr;q=0.5", "fr"),
        ("en;q=0.5, ja;q=0.9", "ja"),
        ("AR-EG", "ar"),
        ("xx, yy;q=0.1", "en"),
        ("de;q=0", "en"),
        ("es;q=broken", "en"),
        ("de" * 5000, "en"),
        ("\x00de, \u00e9", "en"),
    ],
)
def test_the_browser_says_which_languages_its_reader_knows(client: Client, accepted: str, language: str) -> None:
    assert negotiate_language(accepted) == language
    if accepted.isascii() and "\x00" not in accepted:
        assert language_of(client.get("/about/", headers={"Accept-Language": accepted})) == language


def test_the_site_has_a_language_for_all_others(client: Client, settings: object) -> None:
    settings.SITE_LANGUAGE = "ja"  # type: ignore[attr-defined]
    negotiate_language.cache_clear()
    try:
        assert language_of(client.get("/about/")) == "ja"
        assert language_of(client.get("/about/", headers={"Accept-Language": "en-GB"})) == "en"
    finally:
        negotiate_language.cache_clear()


def test_what_the_reader_chose_counts_more_than_what_the_browser_says(client: Client) -> None:
    response = client.post(
        "/language", {"language": "fr"}, headers={"Referer": "http://testserver/about/?a=b", "Accept-Language": "de"}
    )
    assert (response.status_code, response["Location"]) == (302, "http://testserver/about/?a=b")
    assert "no-store" in response["Cache-Control"]
    cookie = response.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("fr", True, "Lax")
    assert int(cookie["max-age"]) > 300 * 24 * 3600
    page = client.get("/about/", headers={"Accept-Language": "de"})
    assert language_of(page) == "fr"
    assert 'value="fr" lang="fr" aria-current="true">Français</button>' in page.content.decode()


@pytest.mark.parametrize("referer", ["https://elsewhere.example/a", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_choice_leads_to_no_other_site(client: Client, referer: str) -> None:
    response = client.post("/language", {"language": "fr"}, headers={"Referer": referer} if referer else {})
    assert response["Location"] == "/"


def test_only_languages_that_there_are_can_be_chosen(client: Client) -> None:
    for language in ("xx", "", "de\r\nSet-Cookie: a=b"):
        assert not client.post("/language", {"language": language}).cookies
    assert client.get("/language").status_code == 405
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "../../etc"
    assert language_of(client.get("/about/", headers={"Accept-Language": "es"})) == "es"


def test_a_page_offers_each_language_in_its_own_words(client: Client) -> None:
    page = client.get("/").content.decode()
    for code, name in LANGUAGES.items():
        assert f'value="{code}" lang="{code}"' in page
        assert f">{name}</button>" in page


@pytest.mark.parametrize(
    "path", ["/api/v1/channels", "/testnet/garden/feed.atom", f"{DAY[:-1]}.txt", f"{DAY[:-1]}.json", "/robots.txt"]
)
def test_what_programs_read_is_english_and_the_same_for_all(client: Client, two_days: Channel, path: str) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ar"
    response = client.get(path, headers={"Accept-Language": "de"})
    assert response.status_code == 200
    assert "Accept-Language" not in response.get("Vary", "")
    assert "Content-Language" not in response
    assert b"".join(response) == b"".join(Client().get(path))  # type: ignore[arg-type]


def test_a_closed_day_is_kept_once_for_each_language_whatever_browsers_send(
    client: Client, two_days: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = {language: client.get(DAY, headers={"Accept-Language": language}) for language in LANGUAGES}
    assert {language_of(page) for page in first.values()} == set(LANGUAGES)
    assert len({page["ETag"] for page in first.values()}) == len(LANGUAGES)
    assert {page["Vary"] for page in first.values()} == {"Cookie, Accept-Encoding, Accept-Language"}
    assert len(get_page_cache()) == len(LANGUAGES)
    for number in range(30):
        accepted = f"de-X{number},x-{number};q=0.{number},fr"
        with django_assert_num_queries(1):
            assert client.get(DAY, headers={"Accept-Language": accepted}).content == first["de"].content
    assert len(get_page_cache()) == len(LANGUAGES)
    unchanged = {"If-None-Match": first["de"]["ETag"], "Accept-Language": "de"}
    response = client.get(DAY, headers=unchanged)
    assert (response.status_code, response["Vary"]) == (304, first["de"]["Vary"])
    assert client.get(DAY, headers=unchanged | {"Accept-Language": "ja"}).status_code == 200


def test_who_chose_a_language_gets_pages_from_memory_as_well(
    client: Client, two_days: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ar"
    first = client.get(DAY)
    assert 'lang="ar" dir="rtl"' in first.content.decode()
    with django_assert_num_queries(1):
        again = client.get(DAY)
    assert (again.content, again["ETag"]) == (first.content, first["ETag"])
    assert len(get_page_cache()) == 1


def test_a_request_leaves_its_language_behind(client: Client) -> None:
    assert language_of(client.get("/about/", headers={"Accept-Language": "de"})) == "de"
    assert client.get("/api/v1/nothing", headers={"Accept-Language": "de"}).json()["title"] == "Not Found"
    assert language_of(client.get("/about/")) == "en"


def test_a_frame_in_a_page_of_another_site_reads_no_cookie(client: Client, two_days: Channel) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ja"
    response = client.get("/testnet/garden/at/1/?embed", headers={"Accept-Language": "de"})
    assert language_of(response) == "de"
    assert "Cookie" not in response["Vary"]


def test_the_messages_of_scripts_may_be_kept_for_ever(client: Client) -> None:
    page = client.get("/", headers={"Accept-Language": "de"}).content.decode()
    address = page.split('<script src="/messages.js')[1].split('"')[0].replace("&amp;", "&")
    response = client.get(f"/messages.js{address}")
    assert "immutable" in response["Cache-Control"]
    assert response.content.startswith(b"globalThis.catalogue={plural:")
    assert client.get("/messages.js?language=de&v=former")["Cache-Control"] == "no-cache"
    assert "messages.js" not in client.get("/").content.decode(), "English needs none"
    for language in ("en", "xx", "", "../../botbot"):
        assert client.get("/messages.js", {"language": language}).status_code == 404


def test_a_long_today_is_in_one_language_to_its_end(client: Client, channel: Channel) -> None:
    now = timezone.now()
    lines = [Entry(channel.pk, now + timedelta(milliseconds=number), Kind.JOIN, "ann", "") for number in range(600)]
    with transaction.atomic():
        store_lines(lines)
    response = client.get("/testnet/garden/", headers={"Accept-Language": "de"})
    page = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    with in_language("de"):
        assert page.count(f'<span class="text">{line_texts().words["joined"]}</span>') == 600
    assert current_language() == "en"


def test_a_refusal_is_in_the_language_of_its_reader() -> None:
    german, english = (make_refusal(Refusal.BUSY, PAGE, language, is_api=False) for language in ("de", "en"))
    assert b'<html lang="de" dir="ltr">' in german.body
    assert b"<h1>The site is busy</h1>" in english.body
    assert b'<html lang="en" dir="ltr">' in english.body


def test_the_audit_log_is_english_whoever_acts(admin_client: Client, channel: Channel) -> None:
    form = {"act": "change-storage", "opted_out": "nothing", "off_record": channel.off_record, "keeps_joins": "on"}
    with in_language("de"):
        response = admin_client.post(
            "/testnet/garden/manage/storage/", form, headers={"Accept-Language": "de"}, follow=True
        )
    assert language_of(response) == "de"
    entry = Act.objects.get(channel=channel)
    assert "Stored of people who opted out: nothing at all" in entry.what
