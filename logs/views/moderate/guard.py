"""Who may use the pages of moderators, and the menu of a line that leads there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from logs.models import Channel
from logs.views.http.channel_lookup import with_channel
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
