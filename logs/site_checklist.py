"""What the owner of a new site has still to do: each item is checked for real, with advice where it is not done.

Administrators with all rights see it on the front page; `manage.py check --deploy` says the same.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from logs.counts.activity import cached
from logs.models import Channel
from logs.models.bot_status import State

PROBE_TIMEOUT_SECONDS = 3.0
PROBE_INTERVAL_SECONDS = 300
"""How long the answers of the site's address and of the mail server count: a page must not wait for them each time."""

MAX_BACKUP_AGE = timedelta(hours=36)
MAX_BACKUP_FILES = 10_000
"""Files of the backups' folder that are looked at."""

DEFAULT_NAME = "BotBot"
MIN_KEY_CHARACTERS, MIN_KEY_VARIETY = 32, 8


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do. `problem` says what is not done yet and how to do it; empty if it is done."""

    name: str
    title: str
    problem: str

    @property
    def is_done(self) -> bool:
        return not self.problem


class SiteAnswer(NamedTuple):
    """What SITE_URL answered: an error in words, or the header `Server`."""

    error: str
    server: str = ""


def check_site(*, with_database: bool = True) -> list[Item]:
    """Check everything; `with_database`: also what the tables say. An address that does not answer takes seconds."""
    return [
        Item(name, title, check())
        for name, title, check, needs_database in _CHECKS
        if with_database or not needs_database
    ]


def _check_name() -> str:
    return "" if settings.SITE_NAME != DEFAULT_NAME else "Set SITE_NAME to a name of your own."


def _check_contact() -> str:
    return "" if settings.CONTACT else "Set CONTACT: a mail address, a nick or a web page by which people reach you."


def _check_address() -> str:
    url = urlsplit(settings.SITE_URL)
    if _is_local(url.hostname or ""):
        return f"SITE_URL is {settings.SITE_URL}: set it to the address that visitors use."
    if url.scheme != "https":
        return f"SITE_URL is {settings.SITE_URL}: get a certificate, and let it begin with https."
    answer = _probe_site()
    return f"{settings.SITE_URL}/healthz does not answer as this site: {answer.error}." if answer.error else ""


def _check_privacy() -> str:
    if not settings.PRIVACY_NOTICE:
        return "Set PRIVACY_NOTICE_FILE to a text for /about/; docs/privacy.md has one to adapt."
    gap = re.search(r"\*\[.+?\]\*", settings.PRIVACY_NOTICE)
    return f"The privacy notice has still a gap to fill in: {gap[0]}." if gap else ""


def _check_secret_key() -> str:
    key = settings.SECRET_KEY
    if len(key) < MIN_KEY_CHARACTERS or len(set(key)) < MIN_KEY_VARIETY:
        return (
            'SECRET_KEY is easily guessed: make one with python -c "import secrets; print(secrets.token_urlsafe(50))".'
        )
    if settings.DEBUG:
        return "DEBUG is on: error pages show the settings to everybody."
    path = settings.VAR_DIR / "secret-key"
    if path.exists() and path.stat().st_mode & 0o077:
        return f"Others on this machine can read {path}: chmod 600."
    return ""


def _check_backups() -> str:
    if not settings.BACKUP_DIR:
        return "Make a backup each night (docs/installing.md) and set BACKUP_DIR to its folder, which is then watched."
    return find_backup_problem(MAX_BACKUP_AGE)


def find_backup_problem(max_age: timedelta) -> str:
    """Return why BACKUP_DIR has no backup that is recent enough, "" if it has one."""
    newest = 0.0
    try:
        for number, path in enumerate(Path(settings.BACKUP_DIR).iterdir()):
            if number < MAX_BACKUP_FILES and path.is_file() and (state := path.stat()).st_size:
                newest = max(newest, state.st_mtime)
    except OSError as error:
        return f"The folder of the backups cannot be read: {error}."
    if not newest:
        return f"There is no backup in {settings.BACKUP_DIR}."
    age = timezone.now().timestamp() - newest
    return f"The newest backup is {age / 3600:.0f} hours old." if age > max_age.total_seconds() else ""


def _check_channel() -> str:
    wanted = Channel.objects.filter(wanted=True, network__wanted=True).exclude(network__host="")
    real = [row for row in wanted.values_list("network__host", "status__state") if not _is_local(row[0])]
    if not real:
        return "Add a channel of a real network: manage.py addchannel irc.libera.chat/#your-channel --nick your-bot."
    return (
        "" if any(state == State.JOINED for _, state in real) else "The bot is in no real channel: manage.py botstatus."
    )


def _check_proxy() -> str:
    answer = (
        _probe_site() if not _is_local(urlsplit(settings.SITE_URL).hostname or "") else SiteAnswer("no public address")
    )
    if answer.error:
        return f"Put nginx in front (deploy/nginx/botbot.conf); so far: {answer.error}."
    if "gunicorn" in answer.server.lower():
        return "Visitors reach gunicorn itself: put nginx in front (deploy/nginx/botbot.conf)."
    return ""


def _check_mail() -> str:
    if not settings.EMAIL_URL:
        return "Set EMAIL_URL, so that administrators and owners are told by mail what is wrong or waits."
    if problem := cached("mail-server", settings.EMAIL_URL, PROBE_INTERVAL_SECONDS, _probe_mail):
        return problem
    if not settings.ADMIN_ADDRESSES:
        return "Set ADMINS to your mail address, so that you are told what needs you, also when the database is away."
    return ""


_CHECKS: tuple[tuple[str, str, Callable[[], str], bool], ...] = (
    ("name", "The site's name", _check_name, False),
    ("contact", "A contact", _check_contact, False),
    ("address", "The address", _check_address, False),
    ("privacy", "A privacy notice", _check_privacy, False),
    ("secret", "The secret key", _check_secret_key, False),
    ("backups", "Backups", _check_backups, False),
    ("channel", "The first real channel", _check_channel, True),
    ("nginx", "nginx in front", _check_proxy, False),
    ("mail", "Mail", _check_mail, False),
)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host in {"", "localhost"} or host.endswith((".localhost", ".local"))


def _probe_site() -> SiteAnswer:
    return cached("site-answer", settings.SITE_URL, PROBE_INTERVAL_SECONDS, _fetch_site)


def _fetch_site() -> SiteAnswer:
    url = urlsplit(settings.SITE_URL)
    make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    try:
        connection = make(url.netloc, timeout=PROBE_TIMEOUT_SECONDS)
        try:
            connection.request("GET", f"{url.path}/healthz")
            response = connection.getresponse()
            body = response.read(100)
        finally:
            connection.close()
    except (OSError, ssl.SSLError, http.client.HTTPException, ValueError) as error:
        return SiteAnswer(str(error) or type(error).__name__)
    is_healthy = response.status == 200 and body == b"ok\n"
    return SiteAnswer("" if is_healthy else f"status {response.status}", response.getheader("Server", ""))


def _probe_mail() -> str:
    try:
        mail = get_connection(timeout=PROBE_TIMEOUT_SECONDS)
        mail.open()
        mail.close()
    except (OSError, smtplib.SMTPException) as error:
        return f"The mail server does not answer: {error}."
    return ""
