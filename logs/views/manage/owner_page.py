"""A channel's pages for its owners: the overview, the pages of sections that it leads to, and the audit log.

Each page has an address of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from logs import publication
from logs.accounts import ownership
from logs.live.service import count_live_readers
from logs.logging_state import fetch_logging_state
from logs.models import Channel, Line
from logs.views.http.channel_lookup import with_channel
from logs.views.manage import access_sections, channel_settings, line_sections
from logs.views.manage.section import Action, InvalidForm, Section, Text
from logs.views.people.visitor import identity_of, keep_form, restore_form, visitor_of


@dataclass(frozen=True, slots=True)
class ManagePage:
    """One page. `name` is the last part of its address; `summary` says on the overview what can be done there."""

    name: str
    title: Text
    summary: Text
    sections: tuple[Section, ...]
    is_dangerous: bool = False


# In the order of the navigation.
PAGES = (
    ManagePage(
        "readers",
        _("Who reads"),
        _("Who may read the log, how the channel learns of it, search engines and AI crawlers, the secret link."),
        (
            channel_settings.READERS,
            access_sections.NOTICE,
            access_sections.EARLIER_LINES,
            access_sections.SECRET_LINK,
        ),
    ),
    ManagePage(
        "welcome",
        _("Welcome and rules"),
        _("What the channel is about: words above the log, its description, rules and links."),
        (channel_settings.WELCOME,),
    ),
    ManagePage(
        "storage",
        _("What is kept"),
        _("Pause logging, joins and parts, words that are off the record, when lines are deleted."),
        (channel_settings.STORAGE,),
    ),
    ManagePage(
        "people", _("People"), _("Owners, who may do all this, and members, who may read."), (access_sections.MEMBERS,)
    ),
    ManagePage(
        "lines",
        _("Lines"),
        _("What is held back, and lines to remove."),
        (line_sections.HELD_LINES, line_sections.REMOVE_LINES),
    ),
    ManagePage(
        "import-export",
        _("Import and export"),
        _("Add older logs, download the whole log."),
        (Section("import", _("Import")), line_sections.EXPORT),
    ),
    ManagePage(
        "programs",
        _("Programs"),
        _("Where the bot answers, which nicks are other bots and bridges, and tokens for programs that read the log."),
        (channel_settings.BOT, channel_settings.PROGRAMS, access_sections.TOKENS),
    ),
    ManagePage(
        "leave",
        _("Leaving"),
        _("Let the bot leave, delete the log, undo a deletion."),
        (channel_settings.LEAVE,),
        is_dangerous=True,
    ),
)

PAGES_BY_NAME = {page.name: page for page in PAGES}

ACTIONS: dict[str, tuple[Section, Action]] = {
    name: (section, act) for page in PAGES for section in page.sections for name, act in section.actions.items()
}

FORMER_ACTIONS: dict[str, tuple[Section, Action]] = {
    "change": (channel_settings.READERS, channel_settings.change_all_settings)
}
"""Actions that no page of today sends, but programs may."""


def find_action(name: str) -> tuple[ManagePage, Section, Action] | None:
    """Return the action that a form's field `act` names, with its section and page."""
    known = {**FORMER_ACTIONS, **ACTIONS}.get(name)
    if known is None:
        return None
    section, action = known
    page = next(page for page in PAGES if section in page.sections)
    return page, section, action


ENTRIES_PER_PAGE = 200
"""Of the page that shows the audit log alone."""

MAX_ENTRIES_ON_OVERVIEW = 10
"""Newest entries of the audit log on the overview."""


def for_owners(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view for owners and administrators: others see a refusal, or sign in first."""

    @with_channel
    def respond(request: HttpRequest, channel: Channel, **rest: Any) -> HttpResponseBase:
        visitor = visitor_of(request)
        if Channel.objects.managed_by(visitor).filter(pk=channel.pk).exists():
            response = restore_form(request) or view(request, channel, **rest)
            response["Cache-Control"] = "private, no-store"
            return response
        if visitor.identity is None:
            keep_form(request)
            return redirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")
        return render(request, "manage/not_owner.html", {"channel": channel}, status=403)

    return respond


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def show_owner_page(request: HttpRequest, channel: Channel, page: str = "") -> HttpResponse:
    """The overview or, with `page`, one of PAGES. Each of them accepts the forms of all."""
    shown = PAGES_BY_NAME.get(page)
    if page and shown is None:
        raise Http404
    if request.method != "POST":
        return render_owner_page(request, channel, shown)
    known = find_action(request.POST.get("act", ""))
    if known is None:
        return redirect(page_url(channel, shown))
    target, section, action = known
    was_public = channel.is_public
    result = action(request, channel, name_actor(request))
    publication.announce_if_opened(channel, was_public=was_public)
    if not isinstance(result, str):
        return render_owner_page(request, channel, target, result, section)
    # The redirect keeps a reload of the page from repeating the action.
    messages.success(request, result, extra_tags=section.name)
    return redirect(f"{page_url(channel, target)}#message")


def build_context(channel: Channel, page: ManagePage | None) -> dict[str, Any]:
    """Return the variables that templates/manage/base.html needs: the channel's state and the other pages."""
    return {
        "channel": channel,
        "pages": PAGES,
        "page": page,
        "is_audit_log": False,
        "page_url": partial(page_url, channel),
        "notice_text": ownership.notice_text(channel),
        "needs_confirmation": ownership.is_unclear_notice(channel),
        "logging_state": fetch_logging_state(channel),
        "planned_deletions": channel.planned_deletions.order_by("due_at"),
    }


def page_url(channel: Channel, page: ManagePage | None) -> str:
    place = [channel.network.name, channel.name]
    return reverse("manage_page", args=[*place, page.name]) if page else reverse("manage", args=place)


@require_safe
@for_owners
def show_audit_log(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The audit log in pages, newest entry first. `?before=` is the id of an entry."""
    before = request.GET.get("before", "")
    entries = channel.acts.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else channel.acts.all()
    page = list(entries.order_by("-pk")[: ENTRIES_PER_PAGE + 1])
    context = build_context(channel, None) | {
        "is_audit_log": True,
        "entries": page[:ENTRIES_PER_PAGE],
        "has_more": len(page) > ENTRIES_PER_PAGE,
    }
    return render(request, "manage/audit_log.html", context)


def name_actor(request: HttpRequest) -> str:
    """Return who acts, as recorded in the audit log."""
    identity = identity_of(request)
    return str(identity) if identity else f"administrator {request.user.get_username()}"


def render_owner_page(
    request: HttpRequest,
    channel: Channel,
    page: ManagePage | None,
    invalid_form: InvalidForm | None = None,
    invalid_section: Section | None = None,
) -> HttpResponse:
    """Render a page; the message about an act stands in the act's section, and the address leads there."""
    # Read again: the action may have changed the channel with an UPDATE of its own.
    fresh = Channel.objects.select_related("network").get(pk=channel.pk)
    context = build_context(fresh, page) | {
        "invalid_section": invalid_section,
        "section_messages": [(each.extra_tags, str(each)) for each in messages.get_messages(request)],
    }
    if page is None:
        context |= {
            "entries": fresh.acts.all()[:MAX_ENTRIES_ON_OVERVIEW],
            "last_line_at": Line.objects.filter(channel=fresh).order_by("-at").values_list("at", flat=True).first(),
            "open_pages": count_live_readers(fresh.pk),
        }
        return render(request, "manage/overview.html", context)
    for section in page.sections:
        context |= section.get_context(fresh, invalid_form)
    return render(request, "manage/owner_page.html", context, status=400 if invalid_form is not None else 200)
