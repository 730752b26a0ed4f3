"""gunicorn's gevent worker with timeouts, so that slow clients cannot hold connections.

gunicorn's own `keepalive` limits the head of a request. Live streams have left the worker before the others apply.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, NoReturn

import gevent
from django.conf import settings
from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http.wsgi import proxy_environ
from gunicorn.workers.ggevent import GeventWorker

from botbot.gunicorn_hooks import is_plain, say_bye
from botbot.logging_config import LOG_FORMAT, JsonFormatter
from botbot.reloads import RELOADS
from logs.views.http.turns import current_turn

ACCESS_LOG = "%(t)s %(s)s %(m)s %(U)s %(B)s bytes, %(M)s ms"  # the request, without the client's address
BODY_TIMEOUT_SECONDS = 10.0
SEND_TIMEOUT_SECONDS = 20.0
"""How long a client may take to receive a part of a response."""

UNLOGGED_ADDRESS = ("(not logged)", 0)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Worker(GeventWorker):  # type: ignore[misc]
    admit_follower: Callable[[dict[str, str]], Any] = staticmethod(lambda _environ: None)
    """Returns a follower that is admitted by the CGI environment alone, or None (logs.views.live.live_view)."""

    admit: Callable[[dict[str, str]], Any] = staticmethod(lambda _environ: None)
    """Returns the turn of a page, after waiting for it, a refusal, or None (logs.views.http.admission)."""

    _is_ending = False

    def init_process(self) -> None:
        # gevent prints a greenlet that failed with its arguments, and a connection's has the client's address.
        gevent.get_hub().format_context = describe_context
        super().init_process()

    def run(self) -> None:
        """Serve until the process is told to end. gunicorn's loop may notice that before `say_bye_on_shutdown` does."""
        if self.alive:
            RELOADS.note_ready()
        super().run()
        say_bye()

    def handle_exit(self, _signal: Any, _frame: Any) -> None:
        """TERM. At a reload the worker goes on until those that replace it are ready; gunicorn repeats the signal."""
        if not self.booted:
            self.alive = False
        elif not self._is_ending:
            self._is_ending = True
            gevent.spawn(self._end)

    def _end(self) -> None:
        RELOADS.wait()
        self.alive = False

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """Read the body before Django gets the request, so that a slow client holds no database connection."""
        sock.settimeout(SEND_TIMEOUT_SECONDS)
        try:
            if getattr(req.body.reader, "length", None) != 0:
                read_body(req, sock)
            # Most readers of a stream are admitted without Django.
            environ = make_environ(req, addr)
            if is_plain(sock) and (follower := self.admit_follower(environ)):
                follower.hand_over(sock)
                self.log.access(HandedOver(), req, environ, timedelta(0))
                raise StopIteration  # gunicorn then leaves the connection alone
            turn = self.admit(environ)
            if turn is None:
                return super().handle_request(listener_name, req, sock, addr)
            if not hasattr(turn, "release"):
                return self._refuse(turn, req, sock)
            current_turn.set(turn)
            try:
                return super().handle_request(listener_name, req, sock, addr)
            finally:
                # Released already, unless the application failed: see `hand_over_streams`.
                turn.release()
        except TimeoutError:
            self.log.info("A client received nothing for %g s and was disconnected", SEND_TIMEOUT_SECONDS)
            raise StopIteration from None

    def _refuse(self, refused: Any, req: Any, sock: Any) -> bool:
        """Send a response that costs next to nothing. It is counted, but not logged one by one."""
        should_close = req.should_close() or not self.alive
        headers = [*refused.headers, ("Content-Length", f"{len(refused.body)}")]
        headers.append(("Connection", "close" if should_close else "keep-alive"))
        lines = [f"HTTP/1.1 {refused.status}", *[f"{name}: {value}" for name, value in headers], "", ""]
        sock.sendall("\r\n".join(lines).encode("latin-1") + (b"" if req.method == "HEAD" else refused.body))
        if should_close:
            raise StopIteration
        return True

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:  # noqa: ARG002
        """Answer a request that is invalid or failed. gunicorn would log the client's address."""
        super().handle_error(req, client, UNLOGGED_ADDRESS, exc)


def describe_context(context: object) -> str:
    """Describe a greenlet in an error message without its arguments."""
    return f"a {type(context).__name__}"


class HandedOver(NamedTuple):
    """The response of a stream as the access log needs it; gunicorn did not write it."""

    status: str = "200 OK"
    sent: int = 0


def make_environ(req: Any, addr: Any) -> dict[str, str]:
    """The part of the WSGI environment that describes the request (RFC 3875, 4.1), at a fifth of the cost."""
    environ: dict[str, str] = {f"HTTP_{name.replace('-', '_')}": value for name, value in req.headers}
    environ["REQUEST_METHOD"] = req.method
    environ["RAW_URI"] = req.uri
    environ["PATH_INFO"] = util.unquote_to_wsgi_str(req.path)
    environ["QUERY_STRING"] = req.query
    environ["REMOTE_ADDR"] = addr[0] if isinstance(addr, tuple) else ""
    environ |= proxy_environ(req)
    return environ


def read_body(req: Any, sock: Any) -> None:
    """Replace the body by its bytes in memory. A body that is too large or does not come in time ends the connection.

    A client that expects `100 Continue` sends its body only after that.
    https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
    """
    max_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if req._expected_100_continue:
        # A length that is too large is refused before the client sends the body.
        if (getattr(req.body.reader, "length", None) or 0) > max_bytes:
            refuse(sock, 413, "Content Too Large", "The body of the request is too large.")
        sock.sendall(CONTINUE)
        req._expected_100_continue = False  # gunicorn would send it once more
    # One byte more than allowed shows that a body is too large, without reading all of it.
    body = gevent.with_timeout(BODY_TIMEOUT_SECONDS, req.body.read, max_bytes + 1, timeout_value=None)
    if body is None:
        refuse(sock, 408, "Request Timeout", "The body of the request did not come in time.")
    if len(body) > max_bytes:
        refuse(sock, 413, "Content Too Large", "The body of the request is too large.")
    req.body = io.BytesIO(body)


def refuse(sock: Any, status: int, reason: str, sentence: str) -> NoReturn:
    """Send an error and end the connection: the start of a next request could not be found after an unread body."""
    util.write_error(sock, status, reason, sentence)
    raise StopIteration


class Log(Logger):  # type: ignore[misc]
    """gunicorn's log, which computes only the fields of ACCESS_LOG.

    The path is logged undecoded: decoded, it could contain line breaks and forge lines of the log.
    """

    atoms_wrapper_class = dict

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        if LOG_FORMAT == "json":
            for handler in (*self.error_log.handlers, *self.access_log.handlers):
                handler.setFormatter(JsonFormatter())

    def atoms(self, resp: Any, _req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        return {
            "t": self.now(),
            "s": str(resp.status).split(None, 1)[0],
            "m": environ.get("REQUEST_METHOD", "-"),
            "U": environ.get("RAW_URI", "-").partition("?")[0],
            "B": resp.sent,
            "M": int(request_time.total_seconds() * 1000),
        }
