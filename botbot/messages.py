"""The catalogues of messages: taken out of the source, brought up to date in `locale`, compiled.

Each language has one file, `locale/<code>/LC_MESSAGES/django.po`, with the messages of Python, templates and scripts.
What is compiled from it is kept out of the repository: `django.mo`, and `catalogue.js` with the messages that stand in
scripts. All of it is done by babel, so that nothing beside the packages is needed.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from io import SEEK_END, BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from botbot.paths import BASE_DIR, RESOURCES

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ja": "日本語",
    "ar": "العربية",
}
"""Those of the folder `locale`, by their codes; English is that of the source. docs/translations.md: how to add one."""


logger = logging.getLogger(__name__)

LOCALE_DIR = RESOURCES / "locale"
SOURCE_LANGUAGE = "en"
COMPILED_FILES = ("django.mo", "catalogue.js")

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "mark_plural": (1, 2),
    "plural": (1, 2),
    "translate": None,
}
"""The functions whose arguments are messages, in all three languages of the source."""

COMMENT_TAG = "Translators:"
_TAG = re.compile(r"(<[^>]*>)")
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_LIVE_PLACES = {"logs/line_texts.py", "logs/line_grouping.py", "logs/logging_state.py", "logs/models/line.py"}
"""Modules whose messages live streams send in English: scripts translate them."""

_JINJA_OPTIONS = {
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}


def source_files() -> Iterator[tuple[str, Path]]:
    """Yield the files with messages, each after the name of babel's method for it."""
    for package in ("botbot", "logs"):
        yield from (("python", path) for path in sorted((BASE_DIR / package).rglob("*.py")))
    yield from (("jinja2.ext:babel_extract", path) for path in sorted((RESOURCES / "templates").rglob("*.html")))
    yield from (("javascript", path) for path in sorted((RESOURCES / "static" / "js").glob("*.js")))


def extract_messages() -> Catalog:
    """Return a catalogue of the messages in the source, without translations."""
    catalog = Catalog(project="BotBot", charset="utf-8")
    for method, path in source_files():
        options = _JINJA_OPTIONS if method.startswith("jinja2") else {}
        place = path.relative_to(RESOURCES).as_posix()
        with path.open("rb") as file:
            for line, message, comments, _context in extract(
                method, file, keywords=KEYWORDS, comment_tags=[COMMENT_TAG], options=options, strip_comment_tags=True
            ):
                catalog.add(message, locations=[(place, line)], auto_comments=comments)
    return catalog


def catalogue_path(language: str) -> Path:
    return LOCALE_DIR / language / "LC_MESSAGES" / "django.po"


def translated_languages() -> list[str]:
    """Return the languages that have a catalogue, which is all but that of the source."""
    return [language for language in LANGUAGES if language != SOURCE_LANGUAGE]


def read_catalogue(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, project="BotBot", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update_catalogues(languages: list[str]) -> None:
    """Write what the source says now to the catalogues of these languages; keep the translations of what stayed.

    A message that has changed a little keeps its translation, marked as fuzzy: it is not used until it is checked.
    """
    template = extract_messages()
    for language in languages:
        catalog = read_catalogue(language)
        catalog.update(template, update_creation_date=False)
        catalog.obsolete.clear()
        content = BytesIO(_format_header(catalog).encode())
        content.seek(0, SEEK_END)
        # Without the numbers of lines, which would change the files with every change of the source.
        write_po(content, catalog, width=110, sort_output=True, include_lineno=False, omit_header=True)
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.getvalue())


def _format_header(catalog: Catalog) -> str:
    """Return a header without dates and names, in which two changes of one catalogue would meet."""
    return (
        f"# BotBot in {catalog.locale and catalog.locale.english_name}. docs/translations.md says how to work on it.\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalog.locale_identifier}\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    )


def compile_catalogues() -> None:
    """Compile the catalogues that are newer than what was compiled from them, or never were."""
    for language in translated_languages():
        path = catalogue_path(language)
        if path.exists() and _is_newer(path):
            _compile(read_catalogue(language), path.parent)


def compiled_files() -> list[Path]:
    return [catalogue_path(language).with_name(name) for language in translated_languages() for name in COMPILED_FILES]


def _is_newer(path: Path) -> bool:
    compiled = [path.with_name(name) for name in COMPILED_FILES]
    return not all(file.exists() and file.stat().st_mtime >= path.stat().st_mtime for file in compiled)


def _compile(catalog: Catalog, folder: Path) -> None:
    # babel would write a plural without translations as empty texts.
    for message in [message for message in catalog if message.id and not is_translated(message)]:
        catalog.delete(message.id, message.context)
    if catalog.locale and catalog.locale.text_direction == "rtl":
        for message in catalog:
            message.string = _isolate(message.string)
    content = BytesIO()
    write_mo(content, catalog)
    for name, data in zip(COMPILED_FILES, (content.getvalue(), format_script(catalog).encode()), strict=True):
        _write(folder / name, data)


def _isolate(text: Any) -> Any:
    """Let what is filled into a text written from the right, such as #garden, keep a direction of its own."""
    if not isinstance(text, str):
        return text and [_isolate(form) for form in text]
    parts = _TAG.split(text)  # text and tags in turns: attributes stay as they are
    return "".join(
        part if number % 2 else _PLACEHOLDER.sub("\u2068\\g<0>\u2069", part) for number, part in enumerate(parts)
    )


def is_translated(message: Message) -> bool:
    forms = (message.string,) if isinstance(message.string, str) else message.string or ("",)
    return not message.fuzzy and all(forms)


def format_script(catalog: Catalog) -> str:
    """Return the script with the messages that scripts need, which static/js/translate.js reads."""
    messages = {}
    for message in catalog:
        if message.id and is_translated(message) and any(map(_is_for_scripts, message.locations)):
            key = message.id if isinstance(message.id, str) else message.id[0]
            messages[key] = message.string
    texts = json.dumps(messages, ensure_ascii=False, separators=(",", ":"))
    return f"globalThis.catalogue={{plural:n=>Number({catalog.plural_expr}),messages:{texts}}};\n"


def _is_for_scripts(location: tuple[str, int]) -> bool:
    return location[0].endswith(".js") or location[0] in _LIVE_PLACES


def _write(path: Path, data: bytes) -> None:
    """Write the file in one step: several processes may start at the same moment."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    Path(file.name).chmod(0o644)
    os.replace(file.name, path)  # noqa: PTH105


def ensure_compiled() -> None:
    """Compile what has to be when a process starts. A checkout that it may not write to is left as it is."""
    try:
        compile_catalogues()
    except OSError as error:
        logger.warning("the messages in other languages could not be compiled, and pages may be English: %s", error)
