"""The page on which a person chooses words whose lines are highlighted, and makes the feed of these lines."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from logs import highlights
from logs.highlights import MAX_CHARACTERS, MAX_WORDS, MIN_CHARACTERS, WordsError
from logs.models import Identity
from logs.views.http.client_address import exceeds_rate
from logs.views.people.visitor import identity_of, keep_form, restore_form

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
