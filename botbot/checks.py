"""System checks for wrong settings, each with an id and a hint that says what to do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Tags as DjangoTags
from django.core.checks import Warning as Caution
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from gevent import monkey
from psycopg2 import extensions

from botbot import error_reports
from botbot.pooler_checks import find_problems as find_pooler_problems
from botbot.replica import REPLICA
from botbot.replica.state import fetch_from_replica
from botbot.schema_check import find_problems
from logs import tracing

Apps = Sequence[AppConfig] | None

PATCHED_MODULES = ("socket", "ssl", "threading", "time", "select", "subprocess", "os")
MIN_SERVER_VERSION = 150000


@register()
def patched(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    missing = [module for module in PATCHED_MODULES if not monkey.is_module_patched(module)]
    if not missing:
        return []
    hint = "Import botbot.green before anything else, as manage.py and gunicorn.conf.py do."
    return [Error(f"gevent has not patched {', '.join(missing)}.", hint=hint, id="botbot.E001")]


@register()
def green_database(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if extensions.get_wait_callback() is not None:
        return []
    hint = "Import botbot.green before anything else: one slow query would freeze every page."
    return [Error("psycopg2 blocks while it waits.", hint=hint, id="botbot.E002")]


@register()
def engine(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"] == "botbot.pool":
        return []
    hint = 'Set ENGINE to "botbot.pool": others open a connection for each greenlet.'
    return [Error("The database engine is not the project's pool.", hint=hint, id="botbot.E003")]


@register()
def utc(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if settings.USE_TZ and settings.TIME_ZONE == "UTC" and settings.DATABASES["default"]["TIME_ZONE"] == "UTC":
        return []
    return [Error("Days of the logs are days in UTC.", hint="Leave USE_TZ and both TIME_ZONE alone.", id="botbot.E004")]


@register()
def journal_folder(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    folder = settings.JOURNAL_DIR
    while not folder.exists():
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return []
    hint = "Set JOURNAL_DIR to a folder on a local disk that the bot may write."
    return [Error(f"The journal cannot be written: {folder} refuses.", hint=hint, id="botbot.E005")]


@register()
def secret_key(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if settings.DEBUG or (len(key) >= 32 and len(set(key)) >= 8):
        return []
    hint = 'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))", and keep it in SECRET_KEY_FILE.'
    return [Caution("SECRET_KEY is easily guessed.", hint=hint, id="botbot.W001")]


@register()
def site_url(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    allowed = [name.strip("[]").lower() for name in settings.ALLOWED_HOSTS]
    if "*" in allowed or any(host == name or (name[:1] == "." and host.endswith(name)) for name in allowed):
        return []
    hint = f"Add {host or 'the host of SITE_URL'} to ALLOWED_HOSTS: its pages are answered with 400 else."
    return [Error(f"SITE_URL is {settings.SITE_URL}, which ALLOWED_HOSTS lacks.", hint=hint, id="botbot.E006")]


@register()
def error_reports_package(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if not error_reports.is_missing():
        return []
    hint = "pip install -r requirements-sentry.txt, or botbot[sentry]."
    return [Caution(error_reports.MISSING, hint=hint, id="botbot.W004")]


@register()
def tracing_packages(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if not tracing.is_missing():
        return []
    hint = "pip install -r requirements-otel.txt, or botbot[otel]."
    return [Caution(tracing.MISSING, hint=hint, id="botbot.W007")]


@register(DjangoTags.database)
def server_version(app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for alias in databases or []:
        connection: Any = connections[alias]
        if connection.pg_version < MIN_SERVER_VERSION:
            hint = "Use PostgreSQL 15 or newer."
            found = f"PostgreSQL {connection.pg_version // 10000} is too old."
            messages.append(Error(found, hint=hint, id="botbot.E007"))
    return messages


@register(DjangoTags.database)
def pooler(app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if "default" not in (databases or []):
        return []
    with connections["default"].wrap_database_errors:
        problems = find_pooler_problems()
    return [(Error if found.is_error else Caution)(found.sentence, found.hint, id=found.id) for found in problems]


@register(DjangoTags.database)
def replica(app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if "default" not in (databases or []) or REPLICA not in settings.DATABASES:
        return []
    found = find_replica_problem()
    if found is None:
        return []
    kind = Error if found.id.startswith("botbot.E") else Caution
    return [kind(found.sentence, hint=found.hint, id=found.id)]


@register(DjangoTags.database, deploy=True)
def redis_answers(app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if not databases or not settings.REDIS_URL:
        return []
    from redis import RedisError

    from logs.live.backplane.redis import create_client

    client = create_client()
    try:
        client.ping()
        memory = client.info("memory")
    except (RedisError, OSError) as error:
        hint = "Check REDIS_URL, and that Redis runs: realtime processes serve nothing new without it."
        return [Error(f"Redis does not answer: {' '.join(str(error).split())}.", hint=hint, id="botbot.E009")]
    if memory.get("maxmemory") and memory.get("maxmemory_policy") != "noeviction":
        hint = "Set maxmemory-policy noeviction: what it evicts is missing in live until it is relayed again."
        return [Caution("Redis may evict what is relayed.", hint=hint, id="botbot.W002")]
    return []


@register(DjangoTags.database)
def schema(app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every key, index, function and trigger; not before the first `migrate`, and not while one is left to do."""
    if "default" not in (databases or []) or "logs_line" not in connections["default"].introspection.table_names():
        return []
    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return []
    problems = find_problems()
    if not problems:
        return []
    hint = "Restore a backup with manage.py restore, or create again what is missing (docs/troubleshooting.md)."
    return [Error(f"The database is damaged: {'; '.join(problems)}.", hint=hint, id="botbot.E008")]


_IDENTITY = "SELECT system_identifier, current_database(), pg_is_in_recovery() FROM pg_control_system()"


class ReplicaProblem(NamedTuple):
    id: str
    sentence: str
    hint: str


def find_replica_problem() -> ReplicaProblem | None:
    """Return why DATABASE_REPLICA_URL leads to no standby of the database of DATABASE_URL, None if it does.

    The site works nevertheless, by the primary alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITY)
        *database, _ = cursor.fetchone()
    try:
        *other_database, is_standby = fetch_from_replica(_IDENTITY)
    except (DatabaseError, InterfaceError) as error:
        hint = "Pages are read from the primary until it answers."
        return ReplicaProblem("botbot.W005", f"The replica cannot be reached: {' '.join(str(error).split())}.", hint)
    if database != other_database:
        hint = "Give it the address of a streaming standby of the server of DATABASE_URL, and the same database."
        return ReplicaProblem("botbot.E015", "DATABASE_REPLICA_URL leads to another database than DATABASE_URL.", hint)
    if not is_standby:
        hint = "It is not used: give it the address of a standby, or take it out."
        return ReplicaProblem("botbot.W006", "DATABASE_REPLICA_URL leads to a server that is no standby.", hint)
    return None
