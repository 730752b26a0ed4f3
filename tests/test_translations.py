"""The catalogues of messages: complete, up to date with the source, and without what would break a page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.utils.translation import gettext as django_gettext

from botbot import messages
from botbot.messages import LANGUAGES
from logs.active_language import current_language, in_language, text_direction, translate
from logs.line_texts import line_texts
from logs.localize import (
    count_of,
    format_date,
    format_duration,
    format_number,
    month_names,
    relative_time,
    weekday_names,
)

COMPLETE = ["ar", "de", "es", "fr", "ja"]
"""Languages whose catalogue has to be complete; all of them are, in the end."""

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
TAG = re.compile(r"<[^>]*>")
DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def source() -> Catalog:
    return messages.extract_messages()


def translated(language: str) -> Iterator[tuple[str, Message, list[str]]]:
    """Yield the messages that have a translation, each with its English texts in one and the forms of the other."""
    for message in messages.read_catalogue(language):
        if message.id and messages.is_translated(message):
            forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
            yield " ".join([message.id] if isinstance(message.id, str) else message.id), message, forms


def test_every_language_that_is_offered_has_a_catalogue() -> None:
    found = {path.parent.parent.name for path in messages.LOCALE_DIR.glob("*/LC_MESSAGES/django.po")}
    assert found | {"en"} == set(LANGUAGES) == {code for code, _ in settings.LANGUAGES}


def test_the_catalogues_have_all_messages_of_the_source_and_no_others(source: Catalog) -> None:
    wanted = {message.id for message in source if message.id}
    for language in COMPLETE:
        found = {message.id for message in messages.read_catalogue(language) if message.id}
        assert found == wanted, "run manage.py makemessages, and translate what is new"


def test_no_message_is_without_a_translation_or_in_doubt() -> None:
    for language in COMPLETE:
        catalog = messages.read_catalogue(language)
        assert [message.id for message in catalog if message.id and not messages.is_translated(message)] == []


@pytest.mark.parametrize("language", messages.translated_languages())
def test_translations_have_the_places_and_the_tags_of_the_message(language: str) -> None:
    wrong = []
    for english, message, forms in translated(language):
        own = message.id if isinstance(message.id, str) else message.id[1]
        for number, form in enumerate(forms):
            places, tags = set(PLACEHOLDER.findall(form)), Counter(TAG.findall(form))
            # "one line" has no place for the number where a form is for a single number.
            optional = {"%(count)s"} if len(forms) > 1 and number < len(forms) - 1 else set()
            if places | optional != set(PLACEHOLDER.findall(own)) | optional or tags != Counter(TAG.findall(own)):
                wrong.append((english, form))
    assert wrong == []


@pytest.mark.parametrize("language", messages.translated_languages())
def test_no_translation_can_break_out_of_an_attribute_or_of_a_format(language: str) -> None:
    for english, _message, forms in translated(language):
        for form in forms:
            text, own = TAG.sub("", form), TAG.sub("", english)
            assert [sign for sign in '"<>' if sign in text and sign not in own] == [], form
            assert text.count("%") - len(PLACEHOLDER.findall(text)) <= own.count("%"), form
            assert form.strip() == form or english.strip() != english, f"{form!r} begins or ends with a blank"


@pytest.mark.parametrize("language", messages.translated_languages())
def test_every_plural_has_all_forms_of_the_language(language: str) -> None:
    catalog = messages.read_catalogue(language)
    wanted = {"de": 2, "fr": 3, "es": 3, "ja": 1, "ar": 6}[language]
    plurals = [message for message in catalog if message.id and not isinstance(message.id, str)]
    assert {len(message.string) for message in plurals if messages.is_translated(message)} <= {wanted}
    assert catalog.num_plurals == wanted


def test_messages_are_taken_from_python_templates_and_scripts(source: Catalog) -> None:
    places = {message.id: {place for place, _ in message.locations} for message in source if message.id}
    assert "templates/base.html" in places["Skip to content"]
    assert "logs/models/channel.py" in places["pause logging"]
    assert places["%(count)s new line", "%(count)s new lines"] == {"static/js/live.js"}
    assert {"logs/line_grouping.py"} == places["%(count)s joined", "%(count)s joined"]


def test_an_update_keeps_translations_and_marks_what_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "LOCALE_DIR", tmp_path)
    monkeypatch.setattr(messages, "extract_messages", lambda: catalog_of("Good morning to you", "Leave"))
    messages.update_catalogues(["de"])
    path = messages.catalogue_path("de")
    path.write_text(path.read_text().replace('"Leave"\nmsgstr ""', '"Leave"\nmsgstr "Verlassen"'))
    path.write_text(path.read_text().replace('to you"\nmsgstr ""', 'to you"\nmsgstr "Guten Morgen"'))
    monkeypatch.setattr(messages, "extract_messages", lambda: catalog_of("Good morning to you!", "Leave", "New"))
    messages.update_catalogues(["de"])
    first = path.read_text()
    messages.update_catalogues(["de"])
    assert path.read_text() == first, "no date, no number of a line"
    found = {message.id: message for message in messages.read_catalogue("de") if message.id}
    assert set(found) == {"Good morning to you!", "Leave", "New"}
    assert messages.is_translated(found["Leave"])
    assert not messages.is_translated(found["New"])
    assert found["Good morning to you!"].fuzzy
    assert not messages.is_translated(found["Good morning to you!"])


def catalog_of(*texts: str) -> Catalog:
    catalog = Catalog()
    for text in texts:
        catalog.add(text, locations=[("a.py", 1)])
    return catalog


def test_what_is_new_is_compiled_once_and_completely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LOCALE_DIR", tmp_path)
    path = messages.catalogue_path("ar")
    path.parent.mkdir(parents=True)
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : 5);\\n"\n\n'
        '#: static/js/live.js\nmsgid "Live"\nmsgstr "حيّ"\n\n'
        '#: a.html\nmsgid "Not there"\nmsgstr ""\n\n'
        '#: a.html\nmsgid "<a href=\\"%(address)s\\">%(name)s</a>"\n'
        'msgstr "في <a href=\\"%(address)s\\">%(name)s</a>"\n'
    )
    messages.ensure_compiled()
    script = (path.parent / "catalogue.js").read_text()
    assert json.loads(script[script.index("messages:") + 9 : script.rindex("}")]) == {"Live": "حيّ"}
    compiled = (path.parent / "django.mo").read_bytes()
    assert b"Not there" not in compiled
    isolated = 'href="%(address)s">\u2068%(name)s\u2069</a>'
    assert isolated.encode() in compiled, "names keep their direction, addresses are as they were"
    before = (path.parent / "django.mo").stat().st_mtime_ns
    messages.ensure_compiled()
    assert (path.parent / "django.mo").stat().st_mtime_ns == before


def test_scripts_find_the_form_for_a_number(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    catalog = Catalog(locale="ar")
    forms = tuple(f"form{number} %(count)s" for number in range(6))
    catalog.add(("%(count)s line", "%(count)s lines"), forms, locations=[("static/js/a.js", 1)])
    translate_js = (settings.BASE_DIR / "static/js/translate.js").read_text()
    (tmp_path / "translate.mjs").write_text(translate_js)
    (tmp_path / "main.mjs").write_text(
        "globalThis.document = {documentElement: {lang: 'ar'}};\n"
        "Object.defineProperty(globalThis, 'navigator', {value: {languages: ['en-GB', 'ar-EG']}});\n"
        f"{messages.format_script(catalog)}"
        "const {gettext, ngettext, LOCALE} = await import('./translate.mjs');\n"
        "const numbers = [0, 1, 2, 5, 50, 100, 1234];\n"
        "const lines = numbers.map(count => ngettext('%(count)s line', '%(count)s lines', count));\n"
        "const other = ngettext('%(count)s day of %(who)s', '%(count)s days of %(who)s', 1, {who: 'ann'});\n"
        "console.log(JSON.stringify({lines, other, LOCALE, same: gettext('in %(a)s', {a: 'b'})}));\n"
    )
    done = subprocess.run([node, "main.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["LOCALE"] == "ar-EG-u-nu-latn"
    assert [line.split()[0] for line in found["lines"]] == [f"form{n}" for n in (0, 1, 2, 3, 4, 5, 4)]
    assert found["lines"][-1].endswith("1,234")
    assert (found["other"], found["same"]) == ("1 day of ann", "in b")


def test_without_a_request_everything_is_english() -> None:
    assert (current_language(), text_direction(), django_gettext("This field is required.")) == (
        "en",
        "ltr",
        "This field is required.",
    )
    with in_language("de"):
        assert current_language() == "de"
        assert django_gettext("This field is required.") == "Dieses Feld ist zwingend erforderlich."
        with in_language("ar"):
            assert text_direction() == "rtl"
        assert current_language() == "de"
    assert current_language() == "en"


@pytest.mark.parametrize(
    ("language", "long", "short", "number"),
    [
        ("en", "Monday 23 November 2026", "23 Nov", "1,234,567"),
        ("de", "Montag, 23. November 2026", "23. Nov.", "1.234.567"),
        ("fr", "lundi 23 novembre 2026", "23 nov.", "1\u202f234\u202f567"),
        ("es", "lunes, 23 de noviembre de 2026", "23 nov", "1.234.567"),
        ("ja", "2026年11月23日月曜日", "11月23日", "1,234,567"),
    ],
)
def test_dates_and_numbers_are_those_of_the_language(language: str, long: str, short: str, number: str) -> None:
    with in_language(language):
        assert format_date(DAY, "weekday") == long
        assert format_date(DAY, "short") == short
        assert format_number(1_234_567) == number
        assert (len(weekday_names("short")), len(month_names())) == (7, 12)


def test_counts_durations_and_times_ago_are_words_of_the_language() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for language in LANGUAGES:
        with in_language(language):
            assert "1" in count_of(1, "day") or language == "ar"
            assert format_duration(timedelta(days=3, hours=5))
            assert relative_time(now - timedelta(days=70), now)
            assert line_texts().answered == translate("The line that this one answers")


PLAIN_WORDS = {"API", "GET", "JSON", "PNG", "SVG", "UTC"}
SHOWN_ATTRIBUTE = re.compile(r'\s(?:aria-label|title|placeholder|alt)="([^"]*)"')
CODE = re.compile(r"<(code|pre|kbd)\b.*?</\1>", re.DOTALL)


@pytest.mark.parametrize("path", sorted((settings.BASE_DIR / "templates").rglob("*.html")), ids=lambda path: path.stem)
def test_no_text_of_a_template_is_left_out(path: Path) -> None:
    text = re.sub(
        r"\{#.*?#\}|\{%-? trans\b.*?\{% endtrans -?%\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|&\w+;|\$\w+", "", CODE.sub("", text), flags=re.DOTALL)
    text = re.sub(r'\sdata-[\w-]+(?:="[^"]*")?', "", text)
    shown = [*SHOWN_ATTRIBUTE.findall(text), *TAG.split(text)]
    words = {word for piece in shown for word in re.findall(r"[A-Za-z]{2,}", piece)}
    assert words - PLAIN_WORDS == set(), "docs/translations.md says how to mark texts"
