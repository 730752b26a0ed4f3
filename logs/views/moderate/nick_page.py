"""One nick over all channels that the visitor moderates: found, counted by channel, removed or held back in one act."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from logs import privacy
from logs.extent import measure_speaker
from logs.line_selection import Handling, hold_speaker
from logs.localize import count_of, plural
from logs.models import ALL_YEARS, Channel, HeldLine, NickCount
from logs.privacy import Speaker
from logs.text.names import fold
from logs.views.moderate.line_menu import name_moderator
from logs.views.people.visitor import keep_form, restore_form, visitor_of

MAX_CHANNELS = 50
"""Channels that one act is about, those with the most messages of the nick: each of them is read as a whole."""


class FoundChannel(NamedTuple):
    """A channel in which a nick spoke: how many messages are in the log, and how many lines are held back."""

    channel: Channel
    said: int
    held: int


class NickForm(forms.Form):
    """Which channels are meant and what happens to the nick's lines there."""

    channel = forms.ModelMultipleChoiceField(
        Channel.objects.none(), widget=forms.MultipleHiddenInput, error_messages={"required": _("Select a channel.")}
    )
    how = forms.ChoiceField(label=_("What happens to the lines"), choices=Handling.choices, widget=forms.RadioSelect)
    why = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Stands in the audit log of each channel, which the owners read."),
    )

    def __init__(self, found: list[FoundChannel], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [each.channel.pk for each in found]
        self.fields["channel"].queryset = Channel.objects.filter(pk__in=keys).select_related(  # type: ignore[attr-defined]
            "network"
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def moderate_nick(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    channels = Channel.objects.moderated_by(visitor)
    if not visitor.is_privileged or not channels.exists():
        if visitor.identity is None:
            keep_form(request)
            return redirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")
        return render(request, "moderate/nothing.html", status=403)
    if unsent := restore_form(request):
        return unsent
    data: QueryDict = request.POST if request.method == "POST" else request.GET
    nick = data.get("nick", "").strip()[:200]
    found = find_nick(nick, list(channels.select_related("network"))) if nick else []
    form = NickForm(found, data if "how" in data else None, initial={"how": Handling.REMOVE.value})
    context: dict[str, Any] = {"nick": nick, "found": found, "form": form, "extents": None, "total": 0, "block_url": ""}
    if nick and request.user.has_perm("logs.add_block"):
        context["block_url"] = f"{reverse('admin:logs_block_add')}?{urlencode({'kind': 'nick', 'pattern': nick})}"
    context["messages"] = [str(message) for message in messages.get_messages(request)]
    if not form.is_valid():
        return render(request, "moderate/nick.html", context, status=400 if form.is_bound else 200)
    chosen, how = list(form.cleaned_data["channel"]), Handling(form.cleaned_data["how"])
    if request.method != "POST" or "confirmed" not in request.POST:
        extents = [measure_speaker(channel, _speaker(channel, nick)) for channel in chosen]
        context |= {"extents": extents, "total": sum(extent.lines for extent in extents), "how": how.value}
        return render(request, "moderate/nick.html", context)
    by, why = name_moderator(request), form.cleaned_data["why"]
    count = sum(_handle(channel, nick, how, by, why) for channel in chosen)
    in_channels = {"nick": nick, "channels": count_of(len(chosen), "channel")}
    if how == Handling.HOLD:
        message = plural(
            "Held back %(count)s line of %(nick)s in %(channels)s.",
            "Held back %(count)s lines of %(nick)s in %(channels)s.",
            count,
            **in_channels,
        )
    else:
        message = plural(
            "Permanently removed %(count)s line of %(nick)s in %(channels)s.",
            "Permanently removed %(count)s lines of %(nick)s in %(channels)s.",
            count,
            **in_channels,
        )
    messages.success(request, message)
    return redirect(f"{reverse('moderate')}?{urlencode({'nick': nick})}#message")


def find_nick(nick: str, channels: list[Channel]) -> list[FoundChannel]:
    """Return those of the channels in which somebody of this nick spoke, at most MAX_CHANNELS, the busiest first.

    By the counts, of which no number of lines makes the reading longer; spellings in another case count as one nick.
    """
    by_key = {channel.pk: channel for channel in channels}
    counts = NickCount.objects.filter(channel__in=by_key, year=ALL_YEARS, folded=fold(nick), said__gt=0)
    said = dict(counts.values_list("channel").annotate(total=Sum("said")).order_by())
    # Casemappings differ by network: the widest one finds the lines of all.
    held_lines = HeldLine.objects.filter(
        privacy.is_by_speaker(Speaker(nick=nick), "rfc1459"), channel__in=by_key, due_at=None
    )
    held = dict(held_lines.values_list("channel").annotate(total=Count("pk")).order_by())
    found = [FoundChannel(by_key[key], said.get(key, 0), held.get(key, 0)) for key in said.keys() | held.keys()]
    return sorted(found, key=lambda each: (-each.said, -each.held, each.channel.pk))[:MAX_CHANNELS]


def _speaker(channel: Channel, nick: str) -> Speaker:
    return Speaker(nick=fold(nick, channel.network.casemapping))


def _handle(channel: Channel, nick: str, how: Handling, by: str, why: str) -> int:
    speaker = _speaker(channel, nick)
    if how == Handling.HOLD:
        return hold_speaker(channel, speaker, by, why)
    return privacy.erase(channel.network, speaker, by, channel, why)
