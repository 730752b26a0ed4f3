"""The client for REDIS_URL: one Redis, or the master of several that Sentinel watches.

| REDIS_URL | |
|---|---|
| `redis://:password@host:6379/0` | a Redis; `rediss` for TLS |
| `redis+sentinel://:password@host1:26379,host2:26379/name/0` | what these Sentinels call the master of `name` |

The password is that of the Redis servers; `?sentinel_password=` gives that of the Sentinels. With Sentinel each new
connection asks for the master, and one to a server that is no master any more ends with the next write.
https://redis.io/docs/latest/develop/reference/sentinel-clients/
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

TIMEOUT_SECONDS = 5.0
SENTINEL_TIMEOUT_SECONDS = 1.0
SENTINEL_PORT = 26379
SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}
"""Schemes of addresses of Sentinels, and whether they and the servers speak TLS."""


class SentinelAddress(NamedTuple):
    """Sentinels and the name that they have for a master; `server` are parameters of connections to that."""

    sentinels: list[tuple[str, int]]
    name: str
    server: dict[str, Any]
    sentinel_password: str | None
    with_tls: bool


def create_client() -> Any:
    """Return a client; concurrent callers each get a connection. Untyped, because redis-py types results too widely."""
    # The library takes each process 8 MB and a tenth of its start, and most sites have no Redis.
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
    from redis.sentinel import Sentinel

    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),  # our own loops retry, and log it
        "protocol": 2,
    }
    if settings.REDIS_URL.partition("://")[0] not in SCHEMES:
        return Redis.from_url(settings.REDIS_URL, **options)
    address = parse_sentinel_address(settings.REDIS_URL)
    options |= {"ssl": True} if address.with_tls else {}
    # One Sentinel that does not answer must not take the time in which the next one would.
    of_sentinels = {
        **options,
        "socket_timeout": SENTINEL_TIMEOUT_SECONDS,
        "socket_connect_timeout": SENTINEL_TIMEOUT_SECONDS,
        "password": address.sentinel_password,
    }
    make_sentinel: Any = Sentinel
    sentinel = make_sentinel(address.sentinels, sentinel_kwargs=of_sentinels, **options, **address.server)
    return sentinel.master_for(address.name)


def parse_sentinel_address(text: str) -> SentinelAddress:
    """Parse a REDIS_URL that names Sentinels. ImproperlyConfigured, with a sentence, if it is wrong."""
    url = urlsplit(text)
    user, _, hosts = url.netloc.rpartition("@")
    name, _, database = url.path.strip("/").partition("/")
    try:
        sentinels = [_parse_host(host) for host in hosts.split(",")]
        number = int(database or 0)
    except ValueError:
        sentinels, number = [], 0
    if not (sentinels and name):
        raise ImproperlyConfigured(
            "REDIS_URL needs an address such as redis+sentinel://:password@host1:26379,host2:26379/name/0, with the"
            " name that the Sentinels have for the master."
        )
    username, _, password = user.partition(":")
    server = {"username": unquote(username) or None, "password": unquote(password) or None, "db": number}
    passwords = parse_qs(url.query).get("sentinel_password", [None])
    return SentinelAddress(sentinels, name, server, passwords[0], SCHEMES[url.scheme])


def _parse_host(text: str) -> tuple[str, int]:
    """Parse a host and its port; an address of IPv6 stands in brackets."""
    parts = urlsplit(f"//{text.strip()}")
    if not parts.hostname:
        raise ValueError(text)
    return parts.hostname, parts.port or SENTINEL_PORT
