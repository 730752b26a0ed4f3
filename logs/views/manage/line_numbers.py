"""Lines of a channel as people name them in forms: by number, or by the link of one, of several or a conversation."""

from __future__ import annotations

import re
from urllib.parse import unquote

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from logs.localize import format_number
from logs.models import Channel
from logs.pagination import MAX_LINE_ID
from logs.text.names import fold, segment_to_channel

MAX_LINES = 5000
"""What one form may name."""

NOT_A_LINE = _("Enter the number of a line or its link.")
_LINK = re.compile(
    r"(?:https?://[^/\s]+)?(?:/\S*)?/([^/\s]+)/([^/\s]+)/(?:at|conversation)/(\d{1,10})(?:-(\d{1,10}))?/?(?:[?#]\S*)?"
)


def parse_lines(text: str, channel: Channel | None) -> list[int]:
    """Return the ids that a text names, separated by blanks or commas; ValidationError says what is wrong.

    A link must be of the channel, if it is given.
    """
    ids: list[int] = []
    for word in text.replace(",", " ").split():
        ids += _parse_word(word, channel)
        if len(ids) > MAX_LINES:
            sentence = gettext("These are more than %(number)s lines: name fewer at once.")
            raise forms.ValidationError(sentence % {"number": format_number(MAX_LINES)})
    return ids


def parse_line(text: str, channel: Channel | None) -> int:
    """Return the id of the one line that a text names."""
    ids = parse_lines(text, channel)
    if len(ids) != 1:
        raise forms.ValidationError(NOT_A_LINE)
    return ids[0]


def _parse_word(word: str, channel: Channel | None) -> list[int]:
    if match := _LINK.fullmatch(word):
        network, segment, first, last = match.groups()
        if channel and not _is_of(channel, unquote(network), unquote(segment)):
            sentence = gettext("This link is not one of %(channel)s: %(link)s")
            raise forms.ValidationError(sentence % {"channel": channel.name, "link": word})
    else:
        first, dash, last = word.partition("-")
        if not all(part.isascii() and part.isdigit() for part in ((first, last) if dash else (first,))):
            sentence = gettext("Enter the number of a line or its link. This is neither: %(text)s")
            raise forms.ValidationError(sentence % {"text": word})
    numbers = int(first), int(last or first)
    if not 1 <= numbers[0] <= numbers[1] <= MAX_LINE_ID:
        raise forms.ValidationError(gettext("There is no such line: %(line)s") % {"line": word})
    # One more than allowed is enough for the refusal, and keeps a range of millions from being made.
    return list(range(numbers[0], min(numbers[1], numbers[0] + MAX_LINES) + 1))


def _is_of(channel: Channel, network: str, segment: str) -> bool:
    casemapping = channel.network.casemapping
    return network == channel.network.name and fold(segment_to_channel(segment), casemapping) == channel.folded
