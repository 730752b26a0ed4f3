"""Typed readers of environment variables, and the file with those of a site.

Each reader takes a name and a default and returns the value of `NAME`, or of the file that `NAME_FILE` points to
(for secrets). An invalid value raises `SettingError`, whose text says what to write instead.
Every name that was read is recorded in `READ`, so that a test can compare it with docs/settings.md.
"""

from __future__ import annotations

import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2.extensions import parse_dsn

from logs.text.colours import LIGHT, MIN_CONTRAST, adapt_colour, contrast

READ: dict[str, str] = {}


class SettingError(Exception):
    """An environment variable whose value cannot be used; the text is one sentence for the person who set it."""


def text(name: str, default: str = "") -> str:
    """The value without surrounding blanks; an empty variable counts as unset."""
    READ[name] = default
    path = os.environ.get(f"{name}_FILE", "").strip()
    value = os.environ.get(name, "").strip()
    if value and path:
        raise SettingError(f"{name} and {name}_FILE are both set: keep one of them.")
    if not path:
        return value or default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{name}_FILE={path} cannot be read: {error}.") from None


def required(name: str, meaning: str) -> str:
    value = text(name)
    if not value:
        raise SettingError(f"{name} is not set: it needs {meaning}.")
    return value


def database(name: str, engine: str) -> dict[str, Any]:
    """A PostgreSQL URL as Django's database settings, read by libpq: several hosts and all its parameters are possible.

    What Django has no name for is in OPTIONS.
    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """
    value = required(name, "an address such as postgres://user:password@host:5432/name")
    try:
        parameters = parse_dsn(value) if value.startswith(("postgres://", "postgresql://")) else {}
    except psycopg2.ProgrammingError as error:
        unknown = re.search(r'invalid URI query parameter: "\w*"', str(error))  # other messages may have the password
        raise SettingError(f"{name} is no database address: {unknown[0] if unknown else 'libpq refuses it'}.") from None
    ports = [port for port in parameters.get("port", "").split(",") if port]
    if not (parameters.get("dbname") or parameters.get("service")) or not all(map(str.isdecimal, ports)):
        raise SettingError(f"{name} needs an address such as postgres://user:password@host:5432/name.")
    django_names = {"NAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    database: dict[str, Any] = {django: parameters.pop(libpq, "") for django, libpq in django_names.items()}
    return database | {"ENGINE": engine, "OPTIONS": parameters}


def boolean(name: str, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name}={value!r} is neither yes nor no: write 1 or 0.")


def bind_address(name: str, default: str) -> str:
    """An address to listen on; one of IPv6 gets its brackets if it has none."""
    value = text(name, default)
    return f"[{value}]" if ":" in value and not value.startswith("[") else value


def listen_address(name: str) -> tuple[str, int] | None:
    """An address and a port to listen on, such as 127.0.0.1:8002 or [::1]:8002; None if nothing is set."""
    value = text(name)
    if not value:
        return None
    host, _, port = value.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ip_address(host)
        number = int(port)
    except ValueError:
        number = 0
    if not 1 <= number <= 65535:
        raise SettingError(f"{name}={value!r} needs an address and a port, such as 127.0.0.1:8002 or [::1]:8002.")
    return host, number


def sentry_dsn(name: str) -> str:
    """The address of a project of Sentry, such as https://key@sentry.example.org/1; may be empty."""
    value = text(name)
    url = urlsplit(value)
    if value and not (url.scheme in {"http", "https"} and url.username and url.hostname and url.path.strip("/")):
        raise SettingError(f"{name} needs the address of a project, such as https://key@sentry.example.org/1.")
    return value


def integer(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
    """A whole number; both bounds are included."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise SettingError(f"{name}={value!r} is not a whole number.") from None
    if not minimum <= number <= maximum:
        raise SettingError(f"{name}={number} is out of range: write {minimum} to {maximum}.")
    return number


def count_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def words(name: str, default: list[str]) -> list[str]:
    """A comma-separated list, without the blanks around its items."""
    return [word.strip() for word in text(name, ",".join(default)).split(",") if word.strip()]


PRIVATE_NETWORKS = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7", "fe80::/10"]


def networks(name: str, default: list[str]) -> list[IPv4Network | IPv6Network]:
    """A comma-separated list of addresses and networks of addresses, such as 192.0.2.7 or 2001:db8::/32."""
    try:
        return [ip_network(word) for word in words(name, default)]
    except ValueError as error:
        raise SettingError(f"{name} needs addresses or networks such as 192.0.2.0/24: {error}.") from None


def choice(name: str, default: str, choices: list[str]) -> str:
    value = text(name, default)
    if value not in choices:
        raise SettingError(f"{name}={value!r} is unknown: write one of {', '.join(choices)}.")
    return value


def accent(name: str) -> str:
    """A colour for links on the light page, as six hexadecimal digits; may be empty.

    One that is hard to read there (WCAG 2.2 AA) is refused, with the nearest one that is not.
    """
    value = text(name).removeprefix("#").lower()
    if not value:
        return ""
    if not re.fullmatch(r"[0-9a-f]{6}", value):
        raise SettingError(f"{name}={value!r} is no colour: write six hexadecimal digits, such as #1c5fa8.")
    backgrounds = (*LIGHT, "f3f3ef")
    worst = min(contrast(value, background) for background in backgrounds)
    if worst < MIN_CONTRAST:
        nearest = adapt_colour(value, backgrounds)
        raise SettingError(
            f"{name}=#{value} is hard to read on the light page: contrast {worst:.1f}, but {MIN_CONTRAST} is needed. "
            f"The nearest readable colour is #{nearest}."
        )
    return value


MAX_LOGO_BYTES = 200_000


def logo(name: str) -> str:
    """The path of a picture: SVG, PNG or WebP; may be empty."""
    value = text(name)
    if not value:
        return ""
    path = Path(value).expanduser().absolute()
    if path.suffix.lower() not in {".svg", ".png", ".webp"} or not path.is_file():
        raise SettingError(f"{name}={value} is not a file whose name ends in .svg, .png or .webp.")
    if path.stat().st_size > MAX_LOGO_BYTES:
        raise SettingError(f"{name}={value} is larger than {MAX_LOGO_BYTES // 1000} KB: every visitor loads it.")
    return str(path)


def mail_addresses(name: str) -> list[str]:
    """A comma-separated list of mail addresses; may be empty."""
    addresses = words(name, [])
    for address in addresses:
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
            raise SettingError(f"{name} needs mail addresses such as ann@example.org, and {address!r} is none.")
    return addresses


class MailServer(NamedTuple):
    """A mail server; `starttls` and `tls` say how the connection is encrypted."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


def mail(name: str) -> tuple[str, MailServer]:
    """A mail server's URL, such as smtp+tls://user:password@mail.example.org:587, and its parts; may be empty."""
    value = text(name)
    url = urlsplit(value)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    try:
        port = url.port or ports.get(url.scheme, 0)
    except ValueError:
        port = 0
    if value and not (port and url.hostname):
        raise SettingError(f"{name} needs an address such as smtp+tls://user:password@mail.example.org:587.")
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return value, MailServer(
        url.hostname or "localhost", port or 25, user, password, url.scheme == "smtp+tls", url.scheme == "smtps"
    )


def folder(name: str, default: Path) -> Path:
    """An absolute path; it need not exist."""
    return Path(text(name, str(default))).expanduser().absolute()


ENTRY = re.compile(
    r"""[^\S\n]*(?:
        (?P<comment>[#;][^\n]*)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)[^\S\n]*=[^\S\n]*
        (?: '(?P<single>[^']*)'[^\S\n]*
          | "(?P<double>(?:[^"\\]|\\.)*)"[^\S\n]*
          | (?P<plain>(?!['"])(?:[^\\\n]|\\.)*)
        )
    )?(?:\n|\Z)""",
    re.VERBOSE | re.DOTALL,
)
"""An empty line, a comment, or one assignment, which may go on over several lines."""
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def load() -> None:
    """Set the variables of the file that are not set already. An empty variable counts as unset.

    SettingError if the file cannot be read as a whole; its text never contains a value, which may be a secret.
    """
    path = text("ENVIRONMENT_FILE")
    if not path:
        return
    try:
        content = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"ENVIRONMENT_FILE={path} cannot be read: {error}.") from None
    for name, value in parse(content, path).items():
        # SECRET_KEY in the environment replaces SECRET_KEY_FILE in the file, and the other way round.
        other = name.removesuffix("_FILE") if name.endswith("_FILE") else f"{name}_FILE"
        if not os.environ.get(name) and not os.environ.get(other):
            os.environ[name] = value


def parse(content: str, path: str = "the environment file") -> dict[str, str]:
    """The variables of a file's content; of two assignments to a name the later one counts."""
    variables: dict[str, str] = {}
    place = 0
    while place < len(content):
        entry = ENTRY.match(content, place)
        value = _read_value(entry) if entry else ""
        # A comment that ends in a backslash goes on in some versions of systemd and not in others.
        if not entry or (entry["comment"] or "").endswith("\\") or CONTROL_CHARACTERS.search(value):
            line = content.count("\n", 0, place) + 1
            raise SettingError(
                f"{path}, line {line}, is not understood: write NAME=value, with quotes around all of the value or none"
                ' (in "...", write \\" and \\\\), without `export`, or # before a comment.'
            )
        if entry["name"]:
            variables[entry["name"]] = value
        place = entry.end()
    return variables


def _read_value(entry: re.Match[str]) -> str:
    if entry["single"] is not None:
        return entry["single"]
    if entry["double"] is not None:
        # A backslash stands for itself, except before these characters.
        return re.sub(r"\\(?:\n|([\"\\`$]))", lambda escaped: escaped[1] or "", entry["double"])
    parts = re.findall(r"\\.|[^\\]", entry["plain"] or "", re.DOTALL)
    while parts and parts[-1].isspace():
        parts.pop()
    return "".join(part.removeprefix("\\").removeprefix("\n") if len(part) > 1 else part for part in parts)
