"""The web process: pages and live behind one WSGI callable."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeGuard

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botbot.settings")

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

django = get_wsgi_application()

from logs.live.response import LiveResponse  # noqa: E402  (Django has to be set up first)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django's answer. Of a live stream gunicorn only keeps the log: it gives its socket away and is free again."""
    response = django(environ, start_response)
    connection = environ.get("gunicorn.socket")
    if not isinstance(response, LiveResponse) or not is_plain(connection):
        return response
    response.close()  # Django's end of the request: the database connection goes back
    response.hand_over(connection)
    raise StopIteration  # for gunicorn: this connection needs nothing more


def is_plain(connection: object) -> TypeGuard[socket.socket]:
    """Whether raw bytes may be written to it: not when gunicorn itself speaks TLS."""
    return isinstance(connection, socket.socket) and not isinstance(connection, ssl.SSLSocket)
