"""A mail server that keeps what it is sent (RFC 5321), for tests."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from django.test import override_settings
from gevent.server import StreamServer


class MailServer:
    """Listens on a port of its own. `refused` has addresses that it answers with 550, and `is_busy` is its 451."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        """To whom each mail was sent, whatever its head says."""
        self.refused: set[str] = set()
        self.is_busy = False
        self._server = StreamServer(("127.0.0.1", 0), self._serve)

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self._server.server_port}"

    def settings(self) -> override_settings:
        """Let this process send its mails here; tests of Django keep them in memory otherwise."""
        backend = "django.core.mail.backends.smtp.EmailBackend"
        port = self._server.server_port
        return override_settings(EMAIL_URL=self.url, EMAIL_BACKEND=backend, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port)

    def next_message(self) -> EmailMessage:
        """Return the only mail that has arrived since the last call."""
        (mail,) = self.mails
        self.mails.clear()
        return mail

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.stop(timeout=1)

    def _serve(self, connection: Any, _address: object) -> None:
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 test\r\n")
            recipients: list[str] = []
            for line in lines:
                verb = line[:4].upper()
                if verb == b"MAIL":
                    recipients = []
                elif verb == b"RCPT":
                    recipients.append(line.decode().partition("<")[2].partition(">")[0])
                elif verb == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    self._store(lines)
                    self.recipients.append(recipients)
                connection.sendall(self._answer(verb, line.decode()).encode() + b"\r\n")
                if verb == b"QUIT":
                    return

    def _answer(self, verb: bytes, line: str) -> str:
        if verb == b"RCPT" and self.is_busy:
            return "451 try again later"
        if verb == b"RCPT" and any(f"<{address}>" in line for address in self.refused):
            return "550 no such user"
        return "221 bye" if verb == b"QUIT" else "250 ok"

    def _store(self, lines: Any) -> None:
        data = b""
        for line in lines:
            if line == b".\r\n":
                break
            data += line.removeprefix(b".")
        self.mails.append(message_from_bytes(data, policy=policy.default))
