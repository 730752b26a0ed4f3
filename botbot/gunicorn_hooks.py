"""What the gunicorn processes have in common: WSGI entry, hooks. gunicorn.conf.py and realtime.conf.py use it."""

from __future__ import annotations

import gc
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeGuard

import gevent

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def hand_over_streams(django: Callable[..., Any]) -> WSGIApplication:
    """Django's answers. Of a live stream gunicorn only keeps the log: it gives its socket away and is free again."""
    from logs.live.response import LiveResponse

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response: Any = django(environ, start_response)
        connection = environ.get("gunicorn.socket")
        if not isinstance(response, LiveResponse) or not is_plain(connection):
            return response  # type: ignore[no-any-return]
        response.close()  # Django's end of the request: the database connection goes back
        response.hand_over(connection)
        raise StopIteration  # for gunicorn: this connection needs nothing more

    return application


def is_plain(connection: object) -> TypeGuard[socket.socket]:
    """Whether raw bytes may be written to it: not when gunicorn itself speaks TLS."""
    return isinstance(connection, socket.socket) and not isinstance(connection, ssl.SSLSocket)


def start_worker(worker: Any, block_limit: int) -> None:
    from botbot import watchdog

    watchdog.start(block_limit)
    gc.collect()
    gc.freeze()  # what is loaded stays: looking through it again and again would hold up pages
    gevent.spawn(say_bye_on_shutdown, worker)


def say_bye_on_shutdown(worker: Any) -> None:
    """gunicorn stops accepting within a second of TERM or HUP; it does not know of the streams, which are ours."""
    while worker.alive:
        time.sleep(0.1)
    say_bye()


def worker_int(_worker: Any) -> None:
    """Told to leave at once (INT or QUIT)."""
    say_bye()


def say_bye() -> None:
    from logs.live import service, waiting_pages

    service.shut_down()
    waiting_pages.WAITING_PAGES.shut_down()


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """The access log has no line yet for a request whose socket was given away."""
    if response is not None and response.status_code == 200 and not response.headers_sent:
        worker.log.access(response, request, environ, timedelta(0))
