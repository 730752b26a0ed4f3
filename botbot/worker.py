"""gunicorn's gevent worker with deadlines: nobody holds a connection by being slow.

A request's head has gunicorn's own deadline, `keepalive`. Live streams leave the worker before the others count.
"""

from __future__ import annotations

import io
from typing import Any, NoReturn

import gevent
from django.conf import settings
from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.workers.ggevent import GeventWorker

ACCESS_LOG = "%(t)s %(s)s %(m)s %(U)s %(B)s bytes, %(M)s ms"  # what was read, not by whom
BODY_SECONDS = 10.0
STALLED_SECONDS = 20.0
"""How long a client may take to accept a piece of an answer."""


class Worker(GeventWorker):  # type: ignore[misc]
    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Reads the body before Django is asked: a slow one then holds no database connection, and not for long."""
        if getattr(req.body.reader, "length", None) != 0:
            read_body(req, sock)
        sock.settimeout(STALLED_SECONDS)
        try:
            return super().handle_request(listener_name, req, sock, addr)
        except TimeoutError:
            self.log.info("A client took nothing of an answer for %g s and was dropped", STALLED_SECONDS)
            raise StopIteration from None


def read_body(req: Any, sock: Any) -> None:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = gevent.with_timeout(BODY_SECONDS, req.body.read, most + 1, timeout_value=None)
    if body is None:
        refuse(sock, 408, "Request Timeout", "The body of the request did not come in time.")
    if len(body) > most:
        refuse(sock, 413, "Content Too Large", "The body of the request is too large.")
    req.body = io.BytesIO(body)


def refuse(sock: Any, status: int, reason: str, sentence: str) -> NoReturn:
    """Answers and ends the connection: where the next request would begin is not known."""
    util.write_error(sock, status, reason, sentence)
    raise StopIteration


class Log(Logger):  # type: ignore[misc]
    """gunicorn's log; of a request it takes down what ACCESS_LOG wants to know and nothing else.

    The path is as it came: decoded, it could hold line breaks and what looks like lines of the log.
    """

    atoms_wrapper_class = dict

    def atoms(self, resp: Any, _req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        return {
            "t": self.now(),
            "s": str(resp.status).split(None, 1)[0],
            "m": environ.get("REQUEST_METHOD", "-"),
            "U": environ.get("RAW_URI", "-").partition("?")[0],
            "B": resp.sent,
            "M": int(request_time.total_seconds() * 1000),
        }
