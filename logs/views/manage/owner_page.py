"""A channel's page for its owners, made of sections, and its audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from logs.views.manage import channel_settings, export_section, line_sections, notice_section, people_sections
from logs.views.manage.section import Action, InvalidForm, Section
from logs.views.people.visitor import identity_of, visitor_of

ENTRIES_PER_PAGE = 200
"""Of the page that shows the audit log alone."""

MAX_ENTRIES_ON_PAGE = 50
"""Newest entries of the audit log on the owner's page."""


def _empty_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


def _audit_log_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"entries": channel.acts.all()[:MAX_ENTRIES_ON_PAGE]}


# In the order of the page.
SECTIONS = (
    notice_section.NOTICE,
    channel_settings.SETTINGS,
    people_sections.SECRET_LINK,
    people_sections.MEMBERS,
    people_sections.TOKENS,
    line_sections.HELD_LINES,
    line_sections.REMOVE_LINES,
    export_section.EXPORT,
    Section("import", "Import", _empty_context),
    channel_settings.LEAVE,
    Section("audit-log", "Audit log", _audit_log_context),
)

ACTIONS: dict[str, tuple[Section, Action]] = {
    name: (section, act) for section in SECTIONS for name, act in section.actions.items()
}


def for_owners(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view for owners and administrators: others see a refusal, or sign in first."""

    @with_channel
    def respond(request: HttpRequest, channel: Channel, **rest: Any) -> HttpResponseBase:
        visitor = visitor_of(request)
        if Channel.objects.managed_by(visitor).filter(pk=channel.pk).exists():
            response = view(request, channel, **rest)
            response["Cache-Control"] = "private, no-store"
            return response
        if visitor.identity is None:
            return redirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")
        return render(request, "manage/not_owner.html", {"channel": channel}, status=403)

    return respond


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def show_owner_page(request: HttpRequest, channel: Channel) -> HttpResponse:
    if request.method != "POST":
        return render_owner_page(request, channel)
    url = reverse("manage", args=[channel.network.name, channel.name])
    known = ACTIONS.get(request.POST.get("act", ""))
    if known is None:
        return redirect(url)
    section, action = known
    result = action(request, channel, name_actor(request))
    if not isinstance(result, str):
        return render_owner_page(request, channel, result)
    # The redirect keeps a reload of the page from repeating the action.
    messages.success(request, result)
    return redirect(f"{url}#{section.name}")


@require_safe
@for_owners
def show_audit_log(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The audit log in pages, newest entry first. `?before=` is the id of an entry."""
    before = request.GET.get("before", "")
    entries = channel.acts.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else channel.acts.all()
    page = list(entries.order_by("-pk")[: ENTRIES_PER_PAGE + 1])
    context = {"channel": channel, "entries": page[:ENTRIES_PER_PAGE], "has_more": len(page) > ENTRIES_PER_PAGE}
    return render(request, "manage/audit_log.html", context)


def name_actor(request: HttpRequest) -> str:
    """Return who acts, as recorded in the audit log."""
    identity = identity_of(request)
    return str(identity) if identity else f"administrator {request.user.get_username()}"


def render_owner_page(request: HttpRequest, channel: Channel, invalid_form: InvalidForm | None = None) -> HttpResponse:
    # Read again: the action may have changed the channel with an UPDATE of its own.
    fresh = Channel.objects.select_related("network").get(pk=channel.pk)
    context: dict[str, Any] = {
        "channel": fresh,
        "sections": SECTIONS,
        "notice_text": ownership.notice_text(fresh),
        "invalid_form": invalid_form,
        "messages": [str(message) for message in messages.get_messages(request)],
    }
    for section in SECTIONS:
        context |= section.get_context(fresh, invalid_form)
    return render(request, "manage/owner_page.html", context, status=400 if invalid_form is not None else 200)
