"""Highlights: words that a person chose. Lines with them are marked for that person, counted, and in a private feed.

No line is stored for it. Lines are searched when somebody asks, within the time and the place that the caller sets, and
only where the person may read at that moment: what was removed or closed since, or said in a channel that they have
left, is not found.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext
from markupsafe import Markup

from logs.live.marks import Marks, make_query
from logs.models import Channel, Highlights, Identity
from logs.render import LineLike, kind_name
from logs.search.database import FoundLine
from logs.search.query_parser import Term, parse
from logs.search.results import Page, ResultPosition, search
from logs.text.names import fold

MAX_WORDS = 16
MIN_CHARACTERS, MAX_CHARACTERS = 2, 50
"""Of one word or phrase. All of them together are one search, whose text and terms are limited."""

_WITHOUT_QUOTES = dict.fromkeys(map(ord, '"“”„'))


class WordsError(ValueError):
    """Why words cannot be chosen, in one sentence for the person."""


def parse_words(text: str) -> list[str]:
    """Return the words and phrases of a text, one a line, as a search has them. WordsError if one cannot be chosen."""
    found: dict[tuple[str, bool, bool], str] = {}
    for line in text.splitlines():
        if typed := " ".join(line.split()):
            word, term = _parse_word(typed)
            found.setdefault((term.folded, term.prefix, term.quoted), word)
    words = list(found.values())
    if len(words) > MAX_WORDS:
        sentence = gettext("These are %(number)s words and phrases: at most %(most)s can be chosen.")
        raise WordsError(sentence % {"number": len(words), "most": MAX_WORDS})
    return words


def _parse_word(typed: str) -> tuple[str, Term]:
    """Return a word or phrase as a search has it, and its term."""
    if len(typed) > MAX_CHARACTERS:
        sentence = gettext("“%(text)s…” is too long: a word or phrase has at most %(number)s characters.")
        raise WordsError(sentence % {"text": typed[:20], "number": MAX_CHARACTERS})
    # A phrase is found as in quotes: its words next to each other. After a colon, what follows would belong to it, and
    # OR would stand between other words.
    is_phrase = " " in typed or typed.endswith(":") or typed == "OR"
    query = parse(f'"{typed.translate(_WITHOUT_QUOTES)}"' if is_phrase else typed)
    terms = query.marked
    if query.filters or query.without or query.notes or len(terms) != 1:
        sentence = gettext("“%(text)s” is no word or phrase: what else a search understands cannot be chosen here.")
        raise WordsError(sentence % {"text": typed})
    if not terms[0].words or len(terms[0].folded) < MIN_CHARACTERS:
        sentence = gettext("“%(text)s” is too short: a word has at least %(number)s letters or digits.")
        raise WordsError(sentence % {"text": typed, "number": MIN_CHARACTERS})
    return query.words, terms[0]


def search_text(highlights: Highlights) -> str:
    """Return the search that finds the lines with these words."""
    return " OR ".join(highlights.word_list)


def make_marks(highlights: Highlights, channel: Channel) -> Marks | None:
    """Return what marks lines of a channel; None if no words are chosen. A person's own lines are not marked."""
    if not highlights.words:
        return None
    identity = highlights.identity
    return Marks(highlights.word_list, identity.nick if identity.network_id == channel.network_id else "")


def mark_line(marks: Marks, line: LineLike, html: Markup) -> Markup | None:
    """Return the markup of a line's text with the words marked; None for a line that holds none of them."""
    record = {"kind": kind_name(line.kind), "nick": line.nick, "raw": line.text, "target": line.target}
    return marks.mark(record, html)


def find_lines(
    highlights: Highlights,
    channels: Mapping[int, Channel],
    *,
    all_channels: bool,
    size: int,
    since: datetime | None = None,
    after: ResultPosition | None = None,
    seconds: float | None = None,
) -> Page:
    """Return lines with the person's words in these channels, the newest first, as `search` does.

    The caller has found the channels readable for the person. `since` is exact. The lines may include the person's own
    (`is_own`).
    """
    query = make_query(highlights.word_list)
    if since:
        query.since, query.after = since, since.date()
    hidden = [period for channel in channels.values() for period in channel.hidden_periods]
    return search(
        query,
        list(channels),
        all_channels=all_channels,
        after=after,
        hidden_periods=hidden,
        seconds=seconds,
        size=size,
    )


def is_own(line: FoundLine, channel: Channel, identity: Identity) -> bool:
    """Whether a line has the person's nick."""
    network = channel.network
    return identity.network_id == network.pk and fold(line.nick, network.casemapping) == fold(
        identity.nick, network.casemapping
    )


def find_highlights(identity: int) -> Highlights | None:
    """Return what the person with this primary key chose."""
    return Highlights.objects.select_related("identity__network").filter(identity=identity).first()


def save_words(identity: Identity, words: list[str]) -> None:
    Highlights.objects.update_or_create(identity=identity, defaults={"words": "\n".join(words)})
    _delete_empty(identity)


def remove_highlights(identity: Identity) -> bool:
    """Delete what a person chose, and their feed; return whether there was anything."""
    return bool(Highlights.objects.filter(identity=identity).delete()[0])


def make_feed(identity: Identity) -> None:
    """Give the person's feed an address; a former one is not valid any more."""
    made = {"feed_nonce": secrets.token_urlsafe(18), "feed_made_at": timezone.now()}
    Highlights.objects.update_or_create(identity=identity, defaults=made)


def remove_feed(identity: Identity) -> bool:
    """Make the address of the person's feed invalid; return whether there was one."""
    feeds = Highlights.objects.filter(identity=identity).exclude(feed_nonce="")
    is_removed = bool(feeds.update(feed_nonce="", feed_made_at=None))
    _delete_empty(identity)
    return is_removed


def feed_token(highlights: Highlights) -> str:
    """Return the secret part of the feed's address; empty without a feed. The database alone does not give it away."""
    return f"{highlights.identity_id}-{_sign(highlights)}" if has_feed(highlights) else ""


def has_feed(highlights: Highlights) -> bool:
    """Whether there is a feed. Signing out everywhere ends it, as somebody else may have had a session."""
    ended_at, made_at = highlights.identity.signed_out_at, highlights.feed_made_at
    return bool(highlights.feed_nonce and made_at and (ended_at is None or ended_at < made_at))


def find_by_token(token: str) -> Highlights | None:
    """Return whose feed an address is; None if it is none, or not any more."""
    number = token.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    row = Highlights.objects.select_related("identity__network").filter(identity=int(number)).first()
    expected = feed_token(row) if row else ""
    return row if expected and constant_time_compare(expected, token) else None


def _sign(highlights: Highlights) -> str:
    value = f"{highlights.identity_id} {highlights.feed_nonce}"
    return salted_hmac("logs.highlights.feed", value, algorithm="sha256").hexdigest()[:40]


def _delete_empty(identity: Identity) -> None:
    Highlights.objects.filter(identity=identity, words="", feed_nonce="").delete()
