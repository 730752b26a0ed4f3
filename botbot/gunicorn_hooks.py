"""The WSGI application and gunicorn hooks that gunicorn.conf.py and realtime.conf.py share."""

from __future__ import annotations

import gc
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeGuard

import gevent

from botbot.reloads import RELOADS
from logs.sharing import processes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def hand_over_streams(django: Callable[..., Any]) -> WSGIApplication:
    """Wrap Django's WSGI application: the socket of a live stream is handed over to the hub.

    gunicorn only logs such a request, and can serve the next connection with the same greenlet. The requests of pages
    end before they are sent.
    """
    from logs.live.response import StreamResponse
    from logs.views.http.turns import current_turn

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return respond(environ, start_response)
        finally:
            # The next page starts while this one is sent, however slowly its client reads.
            if turn := current_turn.get():
                turn.release()

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response: Any = django(environ, start_response)
        connection = environ.get("gunicorn.socket")
        # A file is returned in the server's own wrapper (wsgi.file_wrapper), which is no response of Django's.
        if not getattr(response, "streaming", True):
            content: bytes = response.content
            # This ends Django's request: its database connection is returned before a slow client gets the page.
            response.close()
            return [content]
        if not isinstance(response, StreamResponse) or not is_plain(connection):
            return response  # type: ignore[no-any-return]
        response.close()  # ends Django's request, which returns the database connection
        response.hand_over(connection)
        raise StopIteration  # gunicorn then leaves the connection alone

    return application


def is_plain(connection: object) -> TypeGuard[socket.socket]:
    """Whether raw bytes may be written to the socket; not if gunicorn itself speaks TLS."""
    return isinstance(connection, socket.socket) and not isinstance(connection, ssl.SSLSocket)


def pre_fork(_server: Any, worker: Any) -> None:
    worker.process_index = processes.assign_index()


def post_fork(_server: Any, worker: Any) -> None:
    RELOADS.enter()
    processes.enter(getattr(worker, "process_index", None))


def on_reload(server: Any) -> None:
    """In the master, before it forks the new workers and tells the old ones to end."""
    RELOADS.begin(server.cfg.workers)


def worker_exit(_server: Any, _worker: Any) -> None:
    """In a worker that ends, for whatever reason but a kill."""
    RELOADS.note_end()


def child_exit(_server: Any, worker: Any) -> None:
    """In the master: what a worker counted is taken back, also if it was killed."""
    processes.leave(worker.process_index)


def start_worker(worker: Any, block_limit: int) -> None:
    """Start what every worker needs: reports of errors, the watchdog and the closing of streams at shutdown."""
    from botbot import error_reports, watchdog

    error_reports.start()
    watchdog.start(block_limit)
    gc.collect()
    gc.freeze()  # loaded modules stay: scanning them at each collection would delay pages
    gevent.spawn(say_bye_on_shutdown, worker)


def load_pages() -> None:
    """Import and compile what pages need, before the first connection: it would block those that come first."""
    from django.conf import settings
    from django.template import engines
    from django.urls import reverse
    from django.utils.translation import gettext

    from logs.active_language import in_language
    from logs.views.http.http_cache import site_version

    import_module(settings.ROOT_URLCONF)  # and with it all views
    pages: Any = engines["jinja2"]
    for name in pages.env.list_templates(extensions=["html"]):
        pages.env.get_template(name)
    for language, _name in settings.LANGUAGES:
        with in_language(language):
            gettext("Search")  # reads the messages
            reverse("index")  # and the patterns of all addresses, which Django does for each language
    site_version()


def say_bye_on_shutdown(worker: Any) -> None:
    """Close live streams when the worker is stopped by TERM or HUP; gunicorn no longer knows their sockets.

    Only once it accepts no more connections: readers who came back to it would be refused.
    """
    while worker.alive or any(listener.fileno() >= 0 for listener in worker.sockets):
        time.sleep(0.1)
    say_bye()


def worker_int(_worker: Any) -> None:
    """gunicorn's hook for INT and QUIT: the worker exits at once."""
    say_bye()


def say_bye() -> None:
    from logs.live import service

    service.shut_down(is_replaced=RELOADS.is_replaced)
    # With models, which a realtime process does not have: there no page can wait.
    if waiting_pages := sys.modules.get("logs.live.waiting_pages"):
        waiting_pages.WAITING_PAGES.shut_down()


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """Log the request of a stream: gunicorn does not, because its socket was handed over."""
    if response is not None and response.status_code == 200 and not response.headers_sent:
        worker.log.access(response, request, environ, timedelta(0))
