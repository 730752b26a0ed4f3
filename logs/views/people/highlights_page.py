"""The words whose lines a person wants highlighted: how pages mark them, the page to choose them, their own feed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import NamedTuple

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from logs import archive, highlights
from logs.highlights import MAX_CHARACTERS, MAX_WORDS, MIN_CHARACTERS, WordsError
from logs.live.marks import Marks
from logs.models import Channel, Highlights, Identity, Visitor
from logs.render import format_moment
from logs.search.results import PAGE_SIZE, Page
from logs.views.feeds.channel_feed import make_entry, refuse_slow_search
from logs.views.feeds.feed_format import ATOM, Feed, render_feed
from logs.views.http.client_address import action_limiter, exceeds_rate
from logs.views.http.http_cache import conditional_page
from logs.views.people.visitor import identity_of, is_signed_in, keep_form, restore_form, visitor_of
from logs.views.reading.search_request import BusyError, search_slot

MARKS_PARAMETER = "marks"
"""In the address of a live stream: the words of the person whose session it is are marked."""

COUNTED_FOR = timedelta(days=7)
COUNTED_LINES = 100
"""The newest lines with somebody's words that a list of channels knows of, within COUNTED_FOR."""

COUNT_SECONDS = 0.3
"""How long a list of channels waits for them; it comes without the others."""


class HighlightedLine(NamedTuple):
    """A line to be counted as long as the reader was not there; `at` as pages have it."""

    id: int
    at: str


def find_own_highlights(request: HttpRequest) -> Highlights | None:
    """Return what the visitor chose, if anything. A request without a session costs no query, others one."""
    if not is_signed_in(request):
        return None
    known: list[Highlights | None] | None = getattr(request, "_highlights", None)
    if known is None:
        identity = visitor_of(request).identity
        known = [highlights.find_highlights(identity) if identity else None]
        request._highlights = known  # type: ignore[attr-defined]
    return known[0]


def find_marks(request: HttpRequest, channel: Channel) -> Marks | None:
    """Return what marks lines of a channel for the visitor; None for nearly everybody."""
    own = find_own_highlights(request)
    return highlights.make_marks(own, channel) if own else None


def count_highlights(own: Highlights, channels: Collection[Channel]) -> dict[int, list[HighlightedLine]]:
    """Return the newest lines with somebody's words in each of these channels, the newest first; none in most.

    The channels are those that the person may read. To be called within a search's turn.
    """
    by_key = {channel.pk: channel for channel in channels}
    page = highlights.find_lines(
        own,
        by_key,
        all_channels=False,
        size=COUNTED_LINES,
        since=timezone.now() - COUNTED_FOR,
        seconds=COUNT_SECONDS,
    )
    found: dict[int, list[HighlightedLine]] = {}
    for line in page.lines:
        if not highlights.is_own(line, by_key[line.channel_id], own.identity):
            found.setdefault(line.channel_id, []).append(HighlightedLine(line.id, format_moment(line.at)))
    return found


MAX_CHANGES, CHANGES_WITHIN_SECONDS = 60, 3600
"""How often one client address may change words or feeds within this time."""

TOO_MANY_CHANGES = _("You have changed this too often within an hour: please try again later.")

MAX_TEXT_CHARACTERS = 2000


class WordsForm(forms.Form):
    words = forms.CharField(
        required=False,
        max_length=MAX_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "none"}),
        label=_("Words"),
        help_text=format_lazy(
            _(
                "One word or phrase a line, at most {words}, each of {min} to {max} characters. They are found as in a "
                "search: upper and lower case do not count, nor do accents, which count in phrases; gard* finds every "
                "word that begins so. What you say yourself does not count."
            ),
            words=MAX_WORDS,
            min=MIN_CHARACTERS,
            max=MAX_CHARACTERS,
        ),
    )

    def clean_words(self) -> list[str]:
        try:
            return highlights.parse_words(self.cleaned_data["words"])
        except WordsError as error:
            raise forms.ValidationError(str(error)) from None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_highlights(request: HttpRequest) -> HttpResponse:
    identity = identity_of(request)
    if identity is None:
        keep_form(request)
        return redirect(f"{reverse('sign_in')}?next={reverse('highlights')}")
    if request.method != "POST":
        return restore_form(request) or _render(request, identity)
    act = _ACTIONS.get(request.POST.get("act", ""))
    if act is None or not identity.account:
        return _render(request, identity, status=400)
    if exceeds_rate(request, "changes of highlights", MAX_CHANGES, CHANGES_WITHIN_SECONDS):
        return _render(request, identity, str(TOO_MANY_CHANGES), status=429)
    return act(request, identity)


def _save(request: HttpRequest, identity: Identity) -> HttpResponse:
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _render(request, identity, status=400, form=form)
    words = form.cleaned_data["words"]
    highlights.save_words(identity, words)
    return _render(request, identity, gettext("Saved.") if words else gettext("Saved: no lines are highlighted."))


def _make_feed(request: HttpRequest, identity: Identity) -> HttpResponse:
    highlights.make_feed(identity)
    return _render(request, identity, gettext("The feed has a new address. Former ones are not valid any more."))


def _remove_feed(request: HttpRequest, identity: Identity) -> HttpResponse:
    is_removed = highlights.remove_feed(identity)
    return _render(request, identity, gettext("The feed is deleted.") if is_removed else gettext("There was no feed."))


_ACTIONS: dict[str, Callable[[HttpRequest, Identity], HttpResponse]] = {
    "save": _save,
    "make-feed": _make_feed,
    "remove-feed": _remove_feed,
}


def _render(
    request: HttpRequest, identity: Identity, message: str = "", *, status: int = 200, form: WordsForm | None = None
) -> HttpResponse:
    own = highlights.find_highlights(identity.pk)
    text = highlights.search_text(own) if own else ""
    token = highlights.feed_token(own) if own else ""
    context = {
        "identity": identity,
        "message": message,
        "form": form or WordsForm(initial={"words": own.words if own else ""}),
        "search_address": f"{reverse('search')}?{urlencode({'q': text})}" if text else "",
        "feed_address": settings.SITE_URL + reverse("highlights_feed", args=[token]) if token else "",
    }
    return render(request, "people/highlights.html", context, status=status)


MAX_REQUESTS, REQUESTS_WITHIN_SECONDS = 120, 3600
"""How often one feed may be requested within this time, by whom it may be."""


@require_safe
@conditional_page
def show_highlights_feed(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """The feed of an address. It has what its person may read at this moment, signed in or not."""
    own = highlights.find_by_token(token)
    if own is None:
        raise Http404
    state = action_limiter.spend("highlights", str(own.identity_id), MAX_REQUESTS, REQUESTS_WITHIN_SECONDS)
    if state.wait:
        response = HttpResponse("Too many requests.\n", "text/plain", 429, headers={"Retry-After": str(state.wait)})
    else:
        response = _feed(own, token)
    patch_cache_control(response, private=True, no_cache=True)
    # The address is a secret.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, noai, noimageai"
    return response


def _feed(own: Highlights, token: str) -> HttpResponse:
    channels: dict[int, Channel] = {}
    try:
        with search_slot():
            visible = Channel.objects.visible_to(Visitor(identity=own.identity_id)).select_related("network")
            channels = {channel.pk: channel for channel in visible}
            covers_all = Channel.objects.count() == len(channels)
            page = highlights.find_lines(own, channels, all_channels=covers_all, size=PAGE_SIZE)
    except BusyError:
        page = Page(too_slow=True)
    if page.too_slow and not page.lines:
        return refuse_slow_search("The search takes too long: try again later.")
    search_url = f"{reverse('search')}?{urlencode({'q': highlights.search_text(own)})}"
    feed = Feed(
        f"Highlights of {own.identity.nick} on {own.identity.network}",
        settings.SITE_URL + reverse("highlights_feed", args=[token]),
        settings.SITE_URL + search_url,
        own.feed_made_at or archive.day_bounds(archive.today())[0],
    )
    lines = [(line, channels[line.channel_id]) for line in page.lines]
    feed.entries = [make_entry(*each) for each in lines if not highlights.is_own(*each, own.identity)]
    return render_feed(feed, ATOM)
