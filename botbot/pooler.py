"""Poolers between us and PostgreSQL, such as pgbouncer: the settings DATABASE_POOLER and DATABASE_DIRECT_URL.

A pooler lends its few connections to the server to many clients: to each for as long as it is connected (`session`), or
for one transaction at a time (`transaction`). In the second case what a client sets, prepares, locks or listens to
outside a transaction is left to the next client, and missing in its own next statement.

| DATABASE_POOLER | how statement_timeout and other settings of PostgreSQL get to the server |
|---|---|
| none | as start-up options, which poolers refuse or drop |
| session | SET, once in each connection |
| transaction | SET LOCAL, in each transaction (botbot/pool/base.py) |

What needs a session of its own (logs/models/postgres.py) uses the alias `direct`, if there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botbot import env
from botbot.env import SettingError

ENGINE = "botbot.pool"
NONE, SESSION, TRANSACTION = MODES = ("none", "session", "transaction")
DIRECT = "direct"
"""The alias of the database of DATABASE_DIRECT_URL; in DATABASES only if that is set."""

WITH_POOLER = {"runbot", "runserver", "watchlogs", "check"}
"""Commands that use DATABASE_URL. Others are run by a person, for a while, and may need a session of their own."""

_TIME_ZONE = "UTC"
_LIBPQ_NAMES = {"NAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}


def read_databases(mode: str, options: Mapping[str, Any], server_settings: Mapping[str, str]) -> dict[str, Any]:
    """Return DATABASES, of DATABASE_URL behind a pooler of this mode, and of DATABASE_DIRECT_URL.

    `options` are those of the connections where the address has none of that name. Each statement gets PostgreSQL's
    `server_settings`.
    """
    databases = {"default": make_database("DATABASE_URL", mode, options, server_settings)}
    if env.text("DATABASE_DIRECT_URL"):
        # With SET also where no pooler is configured: some who offer PostgreSQL have only a pooler of sessions for it.
        databases[DIRECT] = make_database("DATABASE_DIRECT_URL", SESSION, options, server_settings)
    elif mode == TRANSACTION:
        raise SettingError(
            "DATABASE_POOLER=transaction needs DATABASE_DIRECT_URL, an address of the same database without the pooler:"
            " live, the bot's lock, migrations and backups need sessions of their own."
        )
    return databases


def make_database(
    name: str, mode: str, options: Mapping[str, Any], server_settings: Mapping[str, str]
) -> dict[str, Any]:
    """Return an entry of DATABASES for the address in a variable, which is that of a pooler of this mode."""
    database = env.database(name, engine=ENGINE)
    all_options = database["OPTIONS"] = dict(options) | database["OPTIONS"]
    if mode == NONE:
        ours = " ".join(f"-c {setting}={value}" for setting, value in server_settings.items())
        all_options["options"] = f"{ours} {all_options.get('options', '')}".rstrip()
    elif "options" in all_options:
        raise SettingError(
            f"{name} has options, which a pooler does not pass on: give the database user these settings by"
            " ALTER ROLE ... SET."
        )
    elif mode == SESSION:
        all_options["SET_ONCE"] = _set("SET", server_settings)
    else:
        all_options["SET_LOCAL"] = _set("SET LOCAL", {**server_settings, "TimeZone": _TIME_ZONE})
        database["DISABLE_SERVER_SIDE_CURSORS"] = True  # this is how Django is told
    return database | {"CONN_MAX_AGE": 0, "TIME_ZONE": _TIME_ZONE, "ATOMIC_REQUESTS": False}


def use_direct_connections(databases: dict[str, Any]) -> None:
    """Let this process do everything without the pooler."""
    if DIRECT in databases:
        databases["default"] = databases.pop(DIRECT)


def get_mode(database: Mapping[str, Any]) -> str:
    """The mode of the pooler for which an entry of DATABASES was made."""
    options = database["OPTIONS"]
    return TRANSACTION if "SET_LOCAL" in options else SESSION if "SET_ONCE" in options else NONE


def libpq_parameters(database: Mapping[str, Any]) -> dict[str, Any]:
    """Return what psycopg2.connect needs for an entry of DATABASES. Options in upper case are the pool's."""
    parameters = {name: value for name, value in database["OPTIONS"].items() if not name.isupper()}
    return parameters | {name: database[key] for key, name in _LIBPQ_NAMES.items() if database.get(key)}


def _set(command: str, settings: Mapping[str, str]) -> str:
    return "".join(f"{command} {name} = '{value}'; " for name, value in settings.items())
