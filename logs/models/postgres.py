"""What Django's own use of PostgreSQL lacks: notifications, connections outside the pool, querysets compiled once.

A notification only says that there is something new to select. PostgreSQL delivers it when the sender's transaction
commits, in commit order, at most 8,000 bytes long, and does not keep it for a listener that is away.
https://www.postgresql.org/docs/current/sql-notify.html

A connection outside the pool is for what lasts as long as its connection: LISTEN and session-level locks. A queryset is
compiled to SQL once for what nearly every request asks: building the SQL is most of the cost.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import psycopg2
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from psycopg2.extensions import connection as Connection  # noqa: N812 (a class, in spite of its name)

DEFAULTS: dict[str, object] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # A statement that the server does not acknowledge fails after 10 seconds; keepalives only cover silence.
    "tcp_user_timeout": 10_000,
}
"""libpq's parameters (seconds; `tcp_user_timeout` in milliseconds) where DATABASES has no OPTIONS of that name.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

DIRECT = "direct"
"""The alias of the same database without the pooler that its default address leads to (botbot/pooler.py)."""


def get_direct_parameters() -> dict[str, Any]:
    """What psycopg2.connect needs for a session of the default database."""
    return {name: value for name, value in _get_parameters().items() if not name.isupper()}


def open_direct_connection(purpose: str, factory: type[Connection] = Connection) -> Connection:
    """Open a connection of the class `factory` in autocommit mode to the default database; the caller closes it.

    `purpose` is appended to the application name, as pg_stat_activity shows it. Raises psycopg2.OperationalError.
    """
    parameters = DEFAULTS | get_direct_parameters()
    parameters["application_name"] = f"{parameters.get('application_name', 'botbot')} {purpose}"
    opened: Connection = psycopg2.connect(connection_factory=factory, **parameters)  # type: ignore[call-overload]
    opened.autocommit = True
    if settings := _get_parameters().get("SET_ONCE"):
        try:
            with opened.cursor() as cursor:
                cursor.execute(settings)
        except BaseException:
            opened.close()
            raise
    return opened


def _get_parameters() -> dict[str, Any]:
    """Those in upper case (MAX_CONNS and others) are the pool's: libpq would reject them."""
    wrapper: Any = connections[DIRECT if DIRECT in connections else DEFAULT_DB_ALIAS]
    found: dict[str, Any] = wrapper.get_connection_params()
    return found


logger = logging.getLogger(__name__)

LINES_CHANNEL = "botbot_lines"
"""Payload: `<channel id> <last line id>`, or `<channel id> 0` when other people than before may read the channel.

The trigger in logs/sql/channel_audience.sql sends the second form: no line has the id 0."""

CODES_CHANNEL = "botbot_codes"
"""Payload: the primary key of a `Code` whose state has changed."""


def notify_lines(last_ids: Mapping[int, int]) -> None:
    """Announce, when the current transaction commits, the last line id of each channel (by channel id)."""
    payloads = [f"{channel_id} {last_id}" for channel_id, last_id in last_ids.items()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [LINES_CHANNEL, payloads])


def parse_lines_payload(payload: str) -> tuple[int, int] | None:
    """Return the channel id and the last line id of a payload; None, and a warning in the log, if it is malformed."""
    try:
        channel_id, last_id = payload.split()
        return int(channel_id), int(last_id)
    except ValueError:
        logger.warning("ignored a notification whose payload is not “channel id, line id”: %.80r", payload)
        return None


def notify_code(code_id: int) -> None:
    """Announce, when the current transaction commits, that a code's state has changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CODES_CHANNEL, str(code_id)])


def parse_code_payload(payload: str) -> int | None:
    """Return the primary key of the code; None if the payload is malformed."""
    return int(payload) if payload.isascii() and payload.isdecimal() else None


M = TypeVar("M", bound=models.Model)


class CompiledQuery(Generic[M]):
    """A queryset in which some values, the markers, stand for those that come with each run.

    `markers`: values of the conditions, each different from all others in them. Nothing else of the queryset may depend
    on the moment. `select_related` and annotations are kept; a `values_list` has rows only.
    """

    def __init__(self, queryset: models.QuerySet[M, Any], markers: Sequence[Any]) -> None:
        # Typed too narrowly by Django's stubs: the compiler's attributes are set by `as_sql`.
        compiler: Any = queryset.query.get_compiler(connection=connection)
        self._sql, parameters = compiler.as_sql()
        self._parameters = [(each, _find(each, markers)) for each in parameters]
        found = {place for _, place in self._parameters}
        if missing := [marker for place, marker in enumerate(markers) if place not in found]:
            raise ValueError(f"not in the query: {missing}")
        if compiler.get_converters([expression for expression, *_ in compiler.select]):
            raise ValueError("a column has to be converted, which only a queryset does")
        if not (info := compiler.klass_info):
            return
        self._model: type[M] = info["model"]
        self._columns = _columns(compiler, info)
        self._related = [
            (related["field"].name, related["model"], _columns(compiler, related))
            for related in info.get("related_klass_infos", ())
        ]
        self._annotations: dict[str, int] = compiler.annotation_col_map or {}

    def fetch_rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """Return the columns of each row; `values` take the places of the markers, in the same order."""
        parameters = [each if place is None else values[place] for each, place in self._parameters]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            return list(cursor.fetchall())

    def fetch(self, *values: Any) -> list[M]:
        """Return the same as instances of the model."""
        return [self._build(row) for row in self.fetch_rows(*values)]

    def _build(self, row: Sequence[Any]) -> M:
        built: M = _from_row(self._model, self._columns, row)
        for name, model, columns in self._related:
            setattr(built, name, _from_row(model, columns, row))
        for name, position in self._annotations.items():
            setattr(built, name, row[position])
        return built


def _find(parameter: Any, markers: Sequence[Any]) -> int | None:
    """Return the place of the marker that a parameter is. The type counts, too: True is no 1."""
    places = (place for place, marker in enumerate(markers) if type(marker) is type(parameter) and marker == parameter)
    return next(places, None)


Columns = tuple[list[str], list[int]]


def _columns(compiler: Any, info: Any) -> Columns:
    """Return the names of a model's fields and their positions in a row."""
    positions = list(info["select_fields"])
    return [compiler.select[position][0].target.attname for position in positions], positions


def _from_row(model: type[Any], columns: Columns, row: Sequence[Any]) -> Any:
    names, positions = columns
    return model.from_db(connection.alias, names, [row[position] for position in positions])
