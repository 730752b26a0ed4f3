"""Who may use the pages of moderators, and the menu of a line that leads there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from logs.counts import day_index
from logs.line_grouping import blocks_html, group_lines
from logs.line_selection import Handling, Scope, Selection, select_lines
from logs.localize import plural
from logs.models import Channel, audit_log
from logs.models.line_counts import lock_counters
from logs.text.names import fold
from logs.views.http.channel_lookup import build_channel_context, day_not_found, day_url, with_channel
from logs.views.people.visitor import identity_of, keep_form, restore_form, visitor_of


def may_moderate(request: HttpRequest, channel: Channel) -> bool:
    """Whether the visitor may remove lines of the channel. A stranger costs no query."""
    visitor = visitor_of(request)
    return visitor.is_privileged and Channel.objects.moderated_by(visitor).filter(pk=channel.pk).exists()


def may_manage(request: HttpRequest, channel: Channel) -> bool:
    """Whether the visitor may change the channel's settings. A stranger costs no query."""
    visitor = visitor_of(request)
    return visitor.is_privileged and Channel.objects.managed_by(visitor).filter(pk=channel.pk).exists()


def moderates_anything(request: HttpRequest) -> bool:
    """Whether the visitor may remove lines of some channel. A request without a session costs no query."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not hasattr(request, "session"):
        return False
    visitor = visitor_of(request)
    return visitor.is_privileged and Channel.objects.moderated_by(visitor).exists()


def for_moderators(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view for those who may remove lines of a channel: others see a refusal, or sign in first."""

    @with_channel
    def respond(request: HttpRequest, channel: Channel, **rest: Any) -> HttpResponseBase:
        if may_moderate(request, channel):
            response = restore_form(request) or view(request, channel, **rest)
            response["Cache-Control"] = "private, no-store"
            return response
        visitor = visitor_of(request)
        if visitor.identity is None and not visitor.is_admin:
            keep_form(request)
            return redirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")
        return render(request, "manage/not_owner.html", {"channel": channel}, status=403)

    return respond


def name_moderator(request: HttpRequest) -> str:
    """Return who acts, as recorded in the audit log."""
    identity = identity_of(request)
    return str(identity) if identity else f"administrator {request.user.get_username()}"


def marked_lines_url(channel: Channel, ids: range) -> str:
    """Return the moderators' page of the lines that an address marks."""
    names = [channel.network.name, channel.name]
    if len(ids) == 1:
        return reverse("moderate_line", args=[*names, ids[0]])
    return reverse("moderate_lines", args=[*names, ids[0], ids[-1]])


MAX_SHOWN_LINES = 50
"""Lines of a selection that the page shows."""


class HandlingForm(forms.Form):
    """Which lines are meant and what happens to them. The choices of `scope` depend on the selected lines."""

    scope = forms.ChoiceField(label=_("Which lines"), widget=forms.RadioSelect)
    how = forms.ChoiceField(label=_("What happens to them"), choices=Handling.choices, widget=forms.RadioSelect)
    why = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Stands in the audit log, which the owners read."),
    )

    def __init__(self, selection: Selection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scopes_of(selection)  # type: ignore[attr-defined]


def scopes_of(selection: Selection) -> list[tuple[str, str]]:
    """Return the scopes that a selection can have, with labels that name its nick, day and channel."""
    count = len(selection.lines)
    scopes = [(Scope.LINES.value, plural("this line", "these %(count)s lines", count))]
    channel = selection.channel.name
    if nick := selection.nick:
        scopes += [
            (Scope.DAY.value, gettext("all of %(nick)s on %(day)s") % {"nick": nick, "day": selection.day}),
            (
                Scope.CHANNEL.value,
                gettext("all of %(nick)s in %(channel)s") % {"nick": nick, "channel": channel},
            ),
        ]
    return scopes


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def moderate_lines(request: HttpRequest, channel: Channel, number: int, last: int | None = None) -> HttpResponse:
    """With `?scope=` and `?how=` the page says how many lines that is, and its button does it."""
    selection = Selection(channel, select_lines(channel, number, number if last is None else last))
    if not selection.lines:
        sentence = gettext("%(channel)s has no such line any more.") % {"channel": channel.name}
        raise day_not_found(channel, sentence, day_index.latest_day(channel))
    if request.method == "POST" and request.POST.get("act") == "bridge":
        return _toggle_bridge(request, selection)
    data = request.POST if request.method == "POST" else request.GET
    initial = {"scope": Scope.LINES.value, "how": Handling.REMOVE.value}
    form = HandlingForm(selection, data if "scope" in data else None, initial=initial)
    if not form.is_valid():
        return _render(request, selection, form, status=400 if form.is_bound else 200)
    selection = replace(selection, scope=Scope(form.cleaned_data["scope"]))
    if request.method != "POST" or "confirmed" not in request.POST:
        return _render(request, selection, form, extent=selection.measure())
    by, why = name_moderator(request), form.cleaned_data["why"]
    if form.cleaned_data["how"] == Handling.HOLD:
        message = plural(
            "Held back %(count)s line, until they are released or discarded.",
            "Held back %(count)s lines, until they are released or discarded.",
            selection.hold(by, why),
        )
    else:
        message = removed_message(selection.remove(by, why))
    messages.success(request, message)
    return _return_to_log(selection)


def _render(request: HttpRequest, selection: Selection, form: HandlingForm, **more: Any) -> HttpResponse:
    channel, lines = selection.channel, selection.lines
    status = more.pop("status", 200)
    nick = lines[0].nick
    context = build_channel_context(channel) | {
        "selection": selection,
        "form": form,
        "extent": None,
        "lines_html": blocks_html(group_lines(lines[:MAX_SHOWN_LINES], bridges=channel.bridge_nicks), _url(channel)),
        "more_lines": max(0, len(lines) - MAX_SHOWN_LINES),
        "handling": form.cleaned_data.get("how", "") if form.is_bound and form.is_valid() else "",
        "is_managed": may_manage(request, channel),
        "bridge": nick if len({line.nick for line in lines}) == 1 else "",
        "is_bridge": fold(nick) in channel.bridge_nicks,
        "back_url": day_url(channel, selection.day) + f"#l{lines[0].id}",
    }
    return render(request, "moderate/lines.html", context | more, status=status)


def _url(channel: Channel) -> str:
    return channel.get_absolute_url()


def _toggle_bridge(request: HttpRequest, selection: Selection) -> HttpResponse:
    """Mark the nick of the lines as a bridge, or as none any more: a setting, which only owners change."""
    channel, nick = selection.channel, selection.lines[0].nick
    if not may_manage(request, channel):
        return render(request, "manage/not_owner.html", {"channel": channel}, status=403)
    with transaction.atomic():
        # Every change of a channel's settings is made under this lock, so that none is overwritten.
        lock_counters({channel.pk})
        current = Channel.objects.get(pk=channel.pk)
        known = [name for name in current.bridges.split() if fold(name) != fold(nick)]
        is_new = fold(nick) not in current.bridge_nicks
        bridges = " ".join([*known, nick] if is_new else known)
        if len(bridges) > (Channel._meta.get_field("bridges").max_length or 0):
            messages.error(request, gettext("Nothing was changed: the channel has too many bridges already."))
            return _return_to_log(selection)
        Channel.objects.filter(pk=channel.pk).update(bridges=bridges)
        audit_log.record_act(channel, name_moderator(request), f"changed bridges = {bridges or 'none'}")
    if is_new:
        message = gettext("%(nick)s is a bridge: its lines show who spoke.")
    else:
        message = gettext("%(nick)s is no bridge any more.")
    messages.success(request, message % {"nick": nick})
    return _return_to_log(selection)


def removed_message(count: int) -> str:
    return plural("Permanently removed %(count)s line.", "Permanently removed %(count)s lines.", count)


def _return_to_log(selection: Selection) -> HttpResponse:
    """Redirect to the day of the lines, where the message is shown; to the channel's page if nothing is left there."""
    channel = selection.channel
    if day_index.day_neighbours(channel, selection.day).lines:
        return redirect(f"{day_url(channel, selection.day)}#message")
    return redirect(f"{reverse('channel', args=[channel.network.name, channel.name])}#message")
