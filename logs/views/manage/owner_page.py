"""The owner's page of a channel; its sections are in logs/views/managing/."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from logs.accounts import ownership
from logs.models import Channel
from logs.views.http.channel_lookup import with_channel
from logs.views.manage.section import InvalidForm
from logs.views.manage.sections import ACTIONS, SECTIONS
from logs.views.people.visitor import identity_of, visitor_of

ENTRIES_PER_PAGE = 200


def for_owners(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For owners and administrators; strangers are asked to sign in, others told that they may not."""

    @with_channel
    def found(request: HttpRequest, channel: Channel, **rest: Any) -> HttpResponseBase:
        visitor = visitor_of(request)
        if Channel.objects.managed_by(visitor).filter(pk=channel.pk).exists():
            response = view(request, channel, **rest)
            response["Cache-Control"] = "private, no-store"
            return response
        if visitor.identity is None:
            return redirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")
        return render(request, "manage/not_owner.html", {"channel": channel}, status=403)

    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def show_owner_page(request: HttpRequest, channel: Channel) -> HttpResponse:
    if request.method != "POST":
        return render_owner_page(request, channel)
    address = reverse("manage", args=[channel.network.name, channel.name])
    asked = ACTIONS.get(request.POST.get("act", ""))
    if asked is None:
        return redirect(address)
    section, act = asked
    told = act(request, channel, name_actor(request))
    if not isinstance(told, str):
        return render_owner_page(request, channel, told)
    messages.success(request, told)
    return redirect(f"{address}#{section.name}")


@require_safe
@for_owners
def show_audit_log(request: HttpRequest, channel: Channel) -> HttpResponse:
    """All acts, the newest first, a page at a time: those before `?before=`, the number of one."""
    before = request.GET.get("before", "")
    acts = channel.acts.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else channel.acts.all()
    page = list(acts.order_by("-pk")[: ENTRIES_PER_PAGE + 1])
    context = {"channel": channel, "acts": page[:ENTRIES_PER_PAGE], "more": len(page) > ENTRIES_PER_PAGE}
    return render(request, "manage/audit_log.html", context)


def name_actor(request: HttpRequest) -> str:
    """Who acts, as the list of acts tells it."""
    identity = identity_of(request)
    return str(identity) if identity else f"administrator {request.user.get_username()}"


def render_owner_page(request: HttpRequest, channel: Channel, wrong: InvalidForm | None = None) -> HttpResponse:
    fresh = Channel.objects.select_related("network").get(pk=channel.pk)
    context: dict[str, Any] = {
        "channel": fresh,
        "sections": SECTIONS,
        "notice_words": ownership.notice_text(fresh),
        "wrong": wrong,
        "told": [str(message) for message in messages.get_messages(request)],
    }
    for section in SECTIONS:
        context |= section.shows(fresh, wrong)
    return render(request, "manage/owner_page.html", context, status=400 if wrong is not None else 200)
