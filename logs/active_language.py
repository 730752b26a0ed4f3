"""The language in which texts are at the moment: that of the request (logs/views/http/language.py), else English.

Django has the same, and translates forms and models; its lookups take microseconds, and a page has hundreds. So the
language is kept here as well, and translations of templates are remembered. What is stored or sent to others than the
visitor, such as entries of an audit log, is English: see `in_english`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import lru_cache

from django.utils.translation import get_language_info, override
from django.utils.translation.trans_real import translation
from markupsafe import Markup

ENGLISH = "en"
"""The language of the source, which needs no catalogue."""

MAX_REMEMBERED = 20_000

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current_language() -> str:
    """Return the code of the language that is active."""
    return _language.get()


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Use a language within the block: in a new greenlet, for example, which begins with English."""
    with override(language):
        token = _language.set(language)
        try:
            yield
        finally:
            _language.reset(token)


def in_english() -> AbstractContextManager[None]:
    """Write English within the block, for what is stored or sent to others than the visitor."""
    return in_language(ENGLISH)


@lru_cache
def _is_right_to_left(language: str) -> bool:
    return bool(get_language_info(language)["bidi"])


def text_direction() -> str:
    """Return the direction of the language, as the attribute `dir` has it."""
    return "rtl" if _is_right_to_left(_language.get()) else "ltr"


def translate(message: str) -> str:
    """Translate a message, as gettext does."""
    language = _language.get()
    return message if language == ENGLISH else _translate(language, message)


@lru_cache(maxsize=MAX_REMEMBERED)
def _translate(language: str, message: str) -> str:
    return str(translation(language).gettext(message))


def translate_plural(one: str, many: str, count: int) -> str:
    """Translate the message for a count, as ngettext does."""
    language = _language.get()
    if language == ENGLISH:
        return one if count == 1 else many
    return str(translation(language).ngettext(one, many, count))


@lru_cache(maxsize=MAX_REMEMBERED)
def _translate_markup(language: str, message: str) -> Markup:
    """Translate a message of a template without values: % stands twice in it."""
    return Markup(message if language == ENGLISH else _translate(language, message)) % {}  # noqa: S704  (ours)


def template_gettext(message: str, /, **values: object) -> Markup:
    """Translate a message of a template; it may have markup, the values are escaped."""
    if not values:
        return _translate_markup(_language.get(), message)
    return Markup(translate(message)) % values  # noqa: S704  (a message of ours, checked by a test)


def template_ngettext(one: str, many: str, num: int, /, **values: object) -> Markup:
    """Translate a message of a template for a count, which Jinja calls `num`."""
    return Markup(translate_plural(one, many, num)) % {"num": num, **values}  # noqa: S704  (as above)
