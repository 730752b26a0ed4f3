"""The visitor behind a request, from its session: administrator, signed-in identity, secret links.

A form that is sent after its session has ended is kept in the new session for an hour, and given back after signing in,
only at the address that it was sent to.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext

from logs.accounts.api_tokens import is_admin, is_moderator
from logs.accounts.identity import NICK_ACT_SECONDS, NICK_CONFIRMATION_SECONDS
from logs.models import STRANGER, Channel, Identity, Visitor
from logs.views.http.site_files import set_robots_headers

GetResponse = Callable[[HttpRequest], HttpResponseBase]

IDENTITY, SINCE, KEYS = "identity", "identity_since", "keys"
MAX_KEYS = 50

NICK_SIGN_IN_DURATION = timedelta(hours=12)
"""The longest sign-in without an account. It ends earlier when the nick leaves IRC, or when no bot confirms it."""


def visitor_of(request: HttpRequest) -> Visitor:
    """Return the request's visitor, computed once. A stranger without a cookie costs no query."""
    known: Visitor | None = getattr(request, "_visitor", None)
    if known is None:
        known = _visitor(request)
        request._visitor = known  # type: ignore[attr-defined]
    return known


def is_signed_in(request: HttpRequest) -> bool:
    """Return whether somebody signed in with a code in this session. A request without a session costs no query."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES and hasattr(request, "session")
    return has_session and visitor_of(request).identity is not None


def set_visitor(request: HttpRequest, visitor: Visitor) -> None:
    """Set the request's visitor, regardless of its cookies. Used for API tokens."""
    request._visitor = visitor  # type: ignore[attr-defined]


def _visitor(request: HttpRequest) -> Visitor:
    admin = is_admin(request.user)
    identity = identity_of(request)
    keys = frozenset(request.session.get(KEYS, ()))
    moderator = is_moderator(request.user)
    if not (admin or moderator or identity or keys):
        return STRANGER
    return Visitor(admin, moderator, identity.pk if identity else None, keys)


def identity_of(request: HttpRequest) -> Identity | None:
    """Return who signed in with a code in this session; None if nobody did or all their sessions were ended since."""
    number = request.session.get(IDENTITY)
    identity = Identity.objects.select_related("network").filter(pk=number).first() if number else None
    if identity is None:
        return None
    since = datetime.fromisoformat(request.session[SINCE])
    if not identity.account:
        now = timezone.now()
        # What is done in somebody's name needs a newer confirmation than what is only shown to them.
        is_act = request.method not in {"GET", "HEAD"}
        seconds = NICK_ACT_SECONDS if is_act else NICK_CONFIRMATION_SECONDS
        is_confirmed = now - identity.confirmed_at < timedelta(seconds=seconds)
        is_recent = now - since < NICK_SIGN_IN_DURATION
        return identity if identity.signed_out_at is None and is_confirmed and is_recent else None
    return identity if identity.signed_out_at is None or identity.signed_out_at < since else None


def sign_in(request: HttpRequest, identity: Identity) -> None:
    """Sign the identity in. The session gets a new key, against session fixation."""
    request.session.cycle_key()
    request.session[IDENTITY] = identity.pk
    request.session[SINCE] = timezone.now().isoformat()


def sign_out(request: HttpRequest) -> None:
    for name in (IDENTITY, SINCE):
        request.session.pop(name, None)


def describe_identity(identity: Identity) -> str:
    """Return who somebody is, as they read it themselves; entries of audit logs have `str(identity)`."""
    if identity.account:
        return gettext("%(nick)s (account %(account)s)") % {"nick": identity.nick, "account": identity.account}
    return gettext("%(nick)s (nick only)") % {"nick": identity.nick}


def remember_key(request: HttpRequest, channel: Channel, key: str) -> bool:
    """Store the key of a secret link in the session if it is the channel's current one. Return whether it is."""
    if not hmac.compare_digest(key.encode(), channel.link_key.encode()):
        return False
    keys = [known for known in request.session.get(KEYS, ()) if known != key]
    request.session[KEYS] = [*keys, key][-MAX_KEYS:]
    return True


def keep_responses_private(get_response: GetResponse) -> GetResponse:
    """Middleware: responses for visitors with more rights than strangers must not enter shared caches."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        visitor: Visitor | None = getattr(request, "_visitor", None)
        if visitor is not None and visitor.is_privileged and "no-store" not in response.get("Cache-Control", ""):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return middleware


def set_channel_headers(response: HttpResponseBase, channel: Channel) -> None:
    """Set the headers by which a channel's owners restrict caches, referrers and crawlers."""
    public = channel.is_public
    if not public:
        patch_cache_control(response, private=True, no_cache=True)
        # Not "no-referrer", with which browsers send the forms of a page without its origin, and Django refuses them.
        # To other sites, this one gives away as little.
        response["Referrer-Policy"] = "same-origin"
    set_robots_headers(response, indexed=channel.indexed and public, ai=channel.ai and public)


UNSENT_FORM = "unsent_form"
"""Where the session keeps the address, the fields and the time."""

MAX_FORM_CHARACTERS = 20_000
FORM_LIFETIME_SECONDS = 3600
EXCLUDED_FIELDS = {"csrfmiddlewaretoken"}


def keep_form(request: HttpRequest) -> None:
    """Keep the fields of a form that nobody is signed in for, but not if it is longer than MAX_FORM_CHARACTERS."""
    if request.method != "POST":
        return
    fields = [
        (name, value) for name in request.POST if name not in EXCLUDED_FIELDS for value in request.POST.getlist(name)
    ]
    if fields and sum(len(name) + len(value) for name, value in fields) <= MAX_FORM_CHARACTERS:
        request.session[UNSENT_FORM] = {"path": request.path, "fields": fields, "at": time.time()}


def restore_form(request: HttpRequest) -> HttpResponse | None:
    """Return the page with what was typed for this address, once; None if nothing was, or too long ago."""
    if request.method != "GET" or (form := request.session.get(UNSENT_FORM)) is None or form["path"] != request.path:
        return None
    del request.session[UNSENT_FORM]
    if time.time() - form["at"] > FORM_LIFETIME_SECONDS:
        return None
    shown = [(name, value) for name, value in form["fields"] if name != "act" and not name.startswith("initial-")]
    context = {"path": request.path, "fields": form["fields"], "shown": [each for each in shown if each[1]]}
    return render(request, "people/unsent_form.html", context)
