"""Whether what stands between us and PostgreSQL is what DATABASE_POOLER and DATABASE_DIRECT_URL say.

A pooler is recognised by what it does, because it answers for the server: it refuses or drops start-up options, gives a
client another backend's number than the server has, and lends one backend to two clients.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from random import getrandbits
from typing import Any, NamedTuple

import gevent
import psycopg2
from django.conf import settings

from botbot.pooler import DIRECT, NONE, TRANSACTION, get_mode, libpq_parameters

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
ROUNDS = 5
"""How often two clients look whether they get the same backend: others may have it at the moment."""

SET_MODE = (
    "Set DATABASE_POOLER to the mode in which it pools: session, or transaction together with DATABASE_DIRECT_URL,"
    " an address without the pooler."
)


class Problem(NamedTuple):
    """`id` is that of the system check; `is_error`: the site cannot work so."""

    id: str
    sentence: str
    hint: str
    is_error: bool = True

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}"


def find_problems() -> list[Problem]:
    """Ask the default database, and the direct one. psycopg2.OperationalError if the default one does not answer."""
    with gevent.Timeout(TIMEOUT_SECONDS, psycopg2.OperationalError(f"no answer within {TIMEOUT_SECONDS:g} s")):
        return list(_find_problems())


def explain(error: BaseException) -> str:
    """What to do about an error in connecting that comes from a pooler; "" about any other."""
    said = str(error)
    if re.search("unsupported startup parameter|command-line options", said):
        return f"A pooler stands between, which refuses our settings. {SET_MODE}"
    return ""


def log_problems() -> None:
    """Log each problem, at the start of a process that goes on all the same."""
    try:
        problems = find_problems()
    except psycopg2.Error as error:
        if explained := explain(error):
            logger.critical("the database cannot be used: %s", explained)
        return
    for problem in problems:
        logger.log(logging.CRITICAL if problem.is_error else logging.WARNING, "%s", problem)


def _find_problems() -> Iterator[Problem]:
    with _connect("default") as opened:
        if problem := _find_unknown_pooler(opened, get_mode(settings.DATABASES["default"])):
            yield problem
        if DIRECT in settings.DATABASES:
            yield from _check_direct(opened)


def _find_unknown_pooler(opened: Any, mode: str) -> Problem | None:
    """Whether there is another pooler in front of the default database than we are told."""
    if mode == TRANSACTION:
        return None
    if _is_lent_for_transactions("default", opened):
        sentence = "The pooler in front of the database lends its connections for single transactions."
        hint = "Set DATABASE_POOLER=transaction, and DATABASE_DIRECT_URL to an address without the pooler"
        return Problem("botbot.E010", sentence, f"{hint}; or let it pool sessions, with DATABASE_POOLER=session.")
    if mode == NONE and _query(opened, "SELECT current_setting('botbot.probe', true)") != "1":
        return Problem("botbot.E010", "A pooler in front of the database drops our settings for it.", SET_MODE)
    return None


def _check_direct(pooled: Any) -> Iterator[Problem]:
    name = "DATABASE_DIRECT_URL"
    try:
        with _connect(DIRECT) as opened:
            if _is_lent_for_transactions(DIRECT, opened):
                hint = "Give it the address of PostgreSQL itself."
                yield Problem("botbot.E011", f"{name} leads to a pooler that lends single transactions.", hint)
            elif not _is_same_database(pooled, opened):
                hint = "Give both the same database, and of a cluster with standbys the primary."
                yield Problem("botbot.E012", f"{name} leads to another database than DATABASE_URL.", hint)
            elif _is_behind_proxy(opened):
                hint = (
                    "It should lead to PostgreSQL itself: if the bot's host vanishes, the bot's lock lasts until the"
                    " pooler notices it (pgbouncer: tcp_keepidle)."
                )
                yield Problem("botbot.W003", f"{name} leads through a pooler or proxy.", hint, is_error=False)
    except psycopg2.Error as error:
        hint = "It needs an address at which this machine reaches PostgreSQL without the pooler."
        yield Problem("botbot.E013", f"{name} cannot be used: {' '.join(str(error).split())}.", hint)


@contextmanager
def _connect(alias: str) -> Iterator[Any]:
    parameters = libpq_parameters(settings.DATABASES[alias])
    if "options" in parameters:
        parameters["options"] += " -c botbot.probe=1"
    parameters["application_name"] = "botbot check"
    with closing(psycopg2.connect(**parameters)) as opened:
        opened.autocommit = True
        yield opened


def _query(opened: Any, statement: str, *parameters: object) -> Any:
    """The first value of a statement's first row."""
    with opened.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]


def _is_behind_proxy(opened: Any) -> bool:
    """Whether something else than the server has answered the connection."""
    return bool(_query(opened, "SELECT pg_backend_pid()") != opened.info.backend_pid)


def _is_lent_for_transactions(alias: str, opened: Any) -> bool:
    """Whether another client gets the backend of this one, or this one another, while it is connected."""
    if not _is_behind_proxy(opened):
        return False
    try:
        with gevent.Timeout(TIMEOUT_SECONDS / 4), _connect(alias) as other:
            return any(_swaps(opened, other) for _ in range(ROUNDS))
    except gevent.Timeout:  # a pool of one session has none for the other client
        return False


def _swaps(one: Any, other: Any) -> bool:
    backend = _query(one, "SELECT pg_backend_pid()")
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_backend_pid()")
        # If this client has the only backend of the pool, the first one must not wait for it.
        has_swapped = cursor.fetchone() == (backend,) or _query(one, "SELECT pg_backend_pid()") != backend
        cursor.execute("ROLLBACK")
    return bool(has_swapped)


def _is_same_database(pooled: Any, direct: Any) -> bool:
    """Whether a lock that one of them has is one for the other, too; locks belong to a database of a server."""
    key = getrandbits(62)
    _query(direct, "SELECT pg_try_advisory_lock(%s)", key)
    return not _query(pooled, "SELECT pg_try_advisory_xact_lock(%s)", key)
