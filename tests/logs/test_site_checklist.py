"""What a new site still lacks: each item checked for real, shown to superusers alone, and by `check --deploy`."""

from __future__ import annotations

import os
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.checks import run_checks
from django.test import Client, override_settings
from django.utils import timezone

from logs import site_checklist
from logs.models import BotStatus, Channel, Network
from logs.models.bot_status import State
from logs.site_checklist import check_site
from tests.ircd import make_certificate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget_answers() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def problem(name: str, **changes: Any) -> str:
    with override_settings(**changes):
        return next(item.problem for item in check_site() if item.name == name)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("name", {"SITE_NAME": "BotBot"}, {"SITE_NAME": "Garden logs"}),
        ("contact", {"CONTACT": ""}, {"CONTACT": "ann@example.org"}),
        ("privacy", {"PRIVACY_NOTICE": ""}, {"PRIVACY_NOTICE": "We store what you say."}),
        ("privacy", {"PRIVACY_NOTICE": "Responsible: *[name]*."}, {"PRIVACY_NOTICE": "Responsible: Ann."}),
        ("secret", {"SECRET_KEY": "a" * 50}, {"SECRET_KEY": "kJ3-8dnW0qPz_1Lm5sTu7vXy9AbCdEfGh2"}),
    ],
)
def test_settings(name: str, before: dict[str, str], after: dict[str, str]) -> None:
    assert problem(name, **before)
    assert problem(name, **after) == ""


def test_a_key_that_others_can_read_is_reported(tmp_path: Path) -> None:
    key = tmp_path / "secret-key"
    key.touch(mode=0o600)
    given = {"VAR_DIR": tmp_path, "SECRET_KEY": "kJ3-8dnW0qPz_1Lm5sTu7vXy9AbCdEfGh2"}
    assert problem("secret", **given) == ""
    key.chmod(0o644)
    assert "chmod 600" in problem("secret", **given)


def test_backups_are_watched(tmp_path: Path) -> None:
    assert "set BACKUP_DIR" in problem("backups", BACKUP_DIR="")
    assert "cannot be read" in problem("backups", BACKUP_DIR=str(tmp_path / "none"))
    (tmp_path / "empty.dump").touch()
    assert "There is no backup" in problem("backups", BACKUP_DIR=str(tmp_path))
    dump = tmp_path / "botbot.dump"
    dump.write_text("dump")
    assert problem("backups", BACKUP_DIR=str(tmp_path)) == ""
    old = time.time() - 50 * 3600
    os.utime(dump, (old, old))
    assert "50 hours old" in problem("backups", BACKUP_DIR=str(tmp_path))


def test_the_first_real_channel() -> None:
    demo = Network.objects.create(name="demo", host="127.0.0.1")
    Channel.objects.create(network=demo, name="#demo", wanted=True)
    assert "addchannel" in problem("channel")
    libera = Network.objects.create(name="libera", host="irc.libera.chat")
    channel = Channel.objects.create(network=libera, name="#garden", wanted=True)
    assert "botstatus" in problem("channel")
    now = timezone.now()
    BotStatus.objects.create(network=libera, channel=channel, state=State.JOINED, since=now, updated_at=now)
    assert problem("channel") == ""


class _Answer(BaseHTTPRequestHandler):
    server_version, sys_version = "nginx", ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok\n" if self.path == "/healthz" else b"another site")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def https_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with a certificate for localhost, which counts as a public name here."""
    monkeypatch.setattr(site_checklist, "_is_local", lambda host: host != "localhost")
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_the_address_is_requested_as_visitors_do(https_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"https://localhost:{https_port}"
    assert problem("address", SITE_URL=url) == ""
    assert problem("nginx", SITE_URL=url) == ""
    assert "begin with https" in problem("address", SITE_URL=f"http://localhost:{https_port}")
    assert "does not answer as this site" in problem("address", SITE_URL=f"{url}/elsewhere")
    assert "does not answer as this site" in problem("address", SITE_URL="https://localhost:1")
    assert "address that visitors use" in problem("address", SITE_URL="http://127.0.0.1:8000")
    cache.clear()
    monkeypatch.setattr(_Answer, "server_version", "gunicorn")
    assert "gunicorn itself" in problem("nginx", SITE_URL=url)


class _MailServer(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 mail.example.org\r\n")
        for line in self.rfile:
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


def test_the_mail_server_is_asked() -> None:
    smtp = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1"}
    assert "Set EMAIL_URL" in problem("mail", EMAIL_URL="")
    assert "does not answer" in problem("mail", EMAIL_URL="smtp://127.0.0.1:1", EMAIL_PORT=1, **smtp)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _MailServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        there = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "EMAIL_PORT": port, **smtp}
        assert "Set ADMINS" in problem("mail", ADMIN_ADDRESSES=[], **there)
        assert problem("mail", ADMIN_ADDRESSES=["root@example.org"], **there) == ""
        server.shutdown()


def test_only_superusers_see_the_list_until_all_is_done(
    client: Client, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = admin_client.get("/").content.decode()
    assert "Your site: " in page
    assert "Set CONTACT" in page
    moderator = get_user_model().objects.create_user("mo", is_staff=True)
    for stranger in (client, Client()):
        assert "Your site: " not in stranger.get("/").content.decode()
        stranger.force_login(moderator)
        assert "Your site: " not in stranger.get("/").content.decode()
    monkeypatch.setattr(site_checklist, "_CHECKS", (("name", "The name", lambda: "", False),))
    assert "Your site: " not in admin_client.get("/").content.decode()


def test_the_command_says_the_same() -> None:
    found = {str(check.id) for check in run_checks(include_deployment_checks=True, databases=["default"])}
    missing = {f"botbot.todo.{item.name}" for item in check_site() if not item.is_done}
    assert missing == {name for name in found if name.startswith("botbot.todo.")}
    assert "botbot.todo.channel" in missing


def test_about_names_a_contact_or_says_that_none_is_set(client: Client) -> None:
    assert "has named no contact" in client.get("/about/").content.decode()
    with override_settings(PRIVACY_NOTICE="We store <lines>.\nWrite to us."):
        assert "We store &lt;lines&gt;.<br>Write to us." in client.get("/about/").content.decode()
