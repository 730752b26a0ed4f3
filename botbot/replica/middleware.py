"""Middleware: chooses the requests that the replica answers. This is the only place that does.

These are the pages of readers (logs/views/reading, logs/views/feeds) and the API, but live, for visitors who are no
administrators or moderators. Everything else is answered by the primary: what writes, the administration, the pages of
owners, sign-in and privacy, and live.

What the replica cannot answer, for whatever reason, the primary answers in its place. That needs no care in the views:
they only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import gevent
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from botbot.replica import REPLICA
from botbot.replica.state import NotCurrentError, Refusal, ReplicaState, fetch_primary_position, get_state
from logs.views.people.visitor import visitor_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]

ROOMS = ("logs.views.reading.", "logs.views.feeds.")
API = "/api/"
LIVE = frozenset({"live", "combined_live", "position"})
"""Operations of the API that belong to live."""

OWN_WRITE = "own_write"
"""In the session: the position of the primary after the visitor's last write."""

CONNECT_SECONDS = 1.0
"""How long a request waits for a connection to the replica and for its position."""

QUERY_CANCELED = "57014"


class ReadFromReplica:
    def __init__(self, get_response: GetResponse) -> None:
        if REPLICA not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method not in {"GET", "HEAD"} and not request.path_info.startswith(API):
            _remember_own_write(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer by the replica, if it may; None leaves the request to the primary."""
        if connection.in_atomic_block or not _is_for_replica(request, view):
            return None
        state = get_state()
        try:
            response = _ask_replica(state, _find_own_write(request), partial(view, request, *args, **kwargs))
        except NotCurrentError as error:
            state.refuse(error.refusal, str(error))
            return None
        state.count_read()
        return response


def _ask_replica(state: ReplicaState, own_write: int, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return the view's response, read from the replica. NotCurrentError if it may not or cannot answer."""
    if state.has_just_failed:
        raise NotCurrentError(Refusal.AWAY)
    try:
        with _replica(state, own_write) as errors:
            response = view()
    except NotCurrentError:
        raise
    except Http404:
        raise NotCurrentError(Refusal.NOT_FOUND) from None
    except (DatabaseError, InterfaceError) as error:
        if _is_timeout(error):
            raise
        raise NotCurrentError(Refusal.FAILED) from error
    # A view may have made a response of an error that is the replica's own.
    has_failed = not all(map(_is_timeout, errors))
    if has_failed or response.status_code == 404:
        response.close()
        raise NotCurrentError(Refusal.FAILED if has_failed else Refusal.NOT_FOUND)
    return response


def _is_for_replica(request: HttpRequest, view: Callable[..., HttpResponseBase]) -> bool:
    if request.method not in {"GET", "HEAD"}:
        return False
    if request.path_info.startswith(API):
        match = request.resolver_match
        return match is not None and match.url_name not in LIVE
    if not view.__module__.startswith(ROOMS):
        return False
    # Their session and identity are read here, from the primary: whoever signed out or lost a role is a stranger.
    visitor = visitor_of(request)
    return not (visitor.is_admin or visitor.is_moderator)


@contextmanager
def _replica(state: ReplicaState, own_write: int) -> Iterator[list[Exception]]:
    """Within this block queries go to the replica; yields a list, to which all errors in them are added.

    NotCurrentError if the replica cannot be reached, or may not answer.
    """
    try:
        requirement = state.find_requirement(own_write)
    except (DatabaseError, InterfaceError):
        connection.close()  # it is of no use for the view either
        raise
    pool: Any = connection
    with pool.reading_from_replica(state.make_check(requirement)) as errors:
        try:
            with gevent.Timeout(CONNECT_SECONDS, TimeoutError(f"no answer within {CONNECT_SECONDS:g} s")):
                connection.ensure_connection()
        except NotCurrentError:
            raise
        except (DatabaseError, InterfaceError, TimeoutError) as error:
            raise NotCurrentError(Refusal.AWAY, str(error)) from error
        yield errors


def _is_timeout(error: BaseException) -> bool:
    """Whether a statement took too long, as it would on the primary."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", None) == QUERY_CANCELED


def _find_own_write(request: HttpRequest) -> int:
    """Return what `_remember_own_write` noted."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES and not request.path_info.startswith(API)
    return int(request.session.get(OWN_WRITE, 0)) if has_session else 0


def _remember_own_write(request: HttpRequest) -> None:
    """Note in the visitor's session how far the replica has to be before it answers them again."""
    session = getattr(request, "session", None)
    if session is not None and session.keys():
        with suppress(DatabaseError, InterfaceError):
            session[OWN_WRITE] = fetch_primary_position()
