"""The words of lines on pages: what happened, titles of links. In English for live streams, which are the same for all.

static/js/line_texts.js puts those of a page's language in place of the English ones in lines that arrive live.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext, gettext_noop
from markupsafe import escape

from logs.active_language import ENGLISH, current_language, in_language
from logs.models import Kind

EVENT_WORDS: dict[int, str] = {
    Kind.JOIN.value: gettext_noop("joined"),
    Kind.PART.value: gettext_noop("left"),
    Kind.QUIT.value: gettext_noop("quit"),
    Kind.KICK.value: gettext_noop("was kicked by %(name)s"),
    Kind.NICK.value: gettext_noop("is now known as %(name)s"),
    Kind.MODE.value: gettext_noop("set mode"),
    Kind.TOPIC.value: gettext_noop("changed the topic to:"),
    Kind.REMOVED.value: gettext_noop("line removed"),
    Kind.UNLOGGED.value: gettext_noop("somebody who is not logged spoke"),
}
"""The predicates of events by kind. What somebody typed follows: a reason, modes, a topic."""

TOPIC_REMOVED = gettext_noop("removed the topic")

_MEMBERS = (
    gettext_noop("to owners"),
    gettext_noop("to admins"),
    gettext_noop("to operators"),
    gettext_noop("to half-operators"),
    gettext_noop("to voiced members"),
)
"""What `describe_members` returns (logs/text/privacy_rules.py)."""


class LineTexts(NamedTuple):
    """The texts of one language, as markup without tags; `words` by the English ones, which name their place."""

    words: dict[str, str]
    answered: str
    via: str
    source: str
    moderate: str


def _make(say: Callable[[str], str]) -> LineTexts:
    words = (*EVENT_WORDS.values(), TOPIC_REMOVED, *_MEMBERS)
    return LineTexts(
        {text: str(escape(say(text))) for text in words},
        str(escape(say(gettext_noop("The line that this one answers")))),
        str(escape(say(gettext_noop("via %(bridge)s")))),
        # Translators: stands above lines that were imported from another log.
        str(escape(say(gettext_noop("From %(source)s:")))),
        str(escape(say(gettext_noop("Moderate line %(line)s")))),
    )


ENGLISH_TEXTS = _make(str)


def line_texts() -> LineTexts:
    """Return the texts of the language that is active."""
    language = current_language()
    return ENGLISH_TEXTS if language == ENGLISH else _translate(language)


@cache
def _translate(language: str) -> LineTexts:
    with in_language(language):
        return _make(gettext)
