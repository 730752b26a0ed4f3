"""Whether every key, index, function and trigger of the schema is in the database, and valid.

Without some of them nothing fails at once: a table without its primary key takes rows twice, one without a trigger
counts wrong. A restore that failed in part, or an index whose building was interrupted, leaves such a database behind.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import Error, connection
from django.db.models import CheckConstraint, Index, Model, UniqueConstraint
from django.db.models.constraints import BaseConstraint

from logs.sql import FOLDER, load_sql

logger = logging.getLogger(__name__)

INDEXES = """
    SELECT owner.relname, own.relname, entry.indisprimary, entry.indisunique,
        entry.indpred IS NOT NULL OR 0 = ANY (entry.indkey::smallint[]),
        array(SELECT attname::text FROM unnest(entry.indkey::smallint[]) WITH ORDINALITY AS key(number, place)
            JOIN pg_attribute ON attrelid = entry.indrelid AND attnum = key.number ORDER BY key.place)
    FROM pg_index entry
    JOIN pg_class own ON own.oid = entry.indexrelid
    JOIN pg_class owner ON owner.oid = entry.indrelid
    WHERE own.relnamespace = current_schema()::regnamespace AND entry.indisvalid AND entry.indisready"""
CONSTRAINTS = """
    SELECT owner.relname, entry.conname, entry.contype::text, coalesce(other.relname, ''),
        array(SELECT attname::text FROM unnest(entry.conkey) AS number
            JOIN pg_attribute ON attrelid = entry.conrelid AND attnum = number)
    FROM pg_constraint entry JOIN pg_class owner ON owner.oid = entry.conrelid
    LEFT JOIN pg_class other ON other.oid = entry.confrelid
    WHERE entry.connamespace = current_schema()::regnamespace AND entry.convalidated"""
FUNCTIONS = "SELECT DISTINCT proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
TRIGGERS = """
    SELECT owner.relname, entry.tgname FROM pg_trigger entry JOIN pg_class owner ON owner.oid = entry.tgrelid
    WHERE owner.relnamespace = current_schema()::regnamespace AND NOT entry.tgisinternal AND entry.tgenabled = 'O'"""


class FoundIndex(NamedTuple):
    table: str
    name: str
    is_primary: bool
    is_unique: bool
    is_special: bool
    """It has expressions or a condition, so that its columns do not describe it."""
    columns: list[str]


class FoundConstraint(NamedTuple):
    table: str
    name: str
    type: str
    """`f` foreign key, `c` check; pg_constraint has more."""
    refers_to: str
    columns: list[str]


class Schema(NamedTuple):
    """What is in the database and valid."""

    indexes: list[FoundIndex]
    constraints: list[FoundConstraint]
    functions: set[str]
    triggers: set[tuple[str, str]]


def find_problems() -> list[str]:
    """Return a sentence for each thing that is missing or invalid."""
    schema = _read_schema()
    problems = list(_find_missing_sql(schema))
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            problems += _find_missing_of_model(model, schema)
    return problems


def log_problems() -> None:
    """Log each problem, at the start of a process. It starts nevertheless: reading an archive may still be possible."""
    try:
        problems = find_problems()
    except Error as error:
        logger.warning("the schema of the database is not checked: %s", " ".join(str(error).split()))
        return
    finally:
        connection.close()
    for problem in problems:
        logger.critical("the database is damaged or not migrated (manage.py check --database default): %s", problem)


def _read_schema() -> Schema:
    with connection.cursor() as cursor:

        def rows(query: str) -> list[Any]:
            cursor.execute(query)
            return list(cursor.fetchall())

        return Schema(
            [FoundIndex(*row) for row in rows(INDEXES)],
            [FoundConstraint(*row) for row in rows(CONSTRAINTS)],
            {name for (name,) in rows(FUNCTIONS)},
            {(table, name) for table, name in rows(TRIGGERS)},
        )


def _find_missing_of_model(model: type[Model], schema: Schema) -> Iterator[str]:
    meta: Any = model._meta  # django-stubs lacks some of its attributes
    table = meta.db_table
    indexes = [index for index in schema.indexes if index.table == table]
    constraints = [constraint for constraint in schema.constraints if constraint.table == table]
    names = {index.name for index in indexes} | {constraint.name for constraint in constraints}
    primary = [field.column for field in meta.pk_fields]
    if not any(index.is_primary and index.columns == primary for index in indexes):
        yield f"{table} has no primary key ({', '.join(primary)})"
    for columns in _list_unique_columns(model):
        if not any(index.is_unique and not index.is_special and set(index.columns) == columns for index in indexes):
            yield f"{table} has no unique index on ({', '.join(sorted(columns))})"
    for named in (*meta.indexes, *meta.constraints):
        if _is_identified_by_name(named) and named.name not in names:
            yield f"{table} has no valid {named.name}"
    # Django makes a second index for `LIKE` on indexed texts, which is of no use for `=`.
    plain = [index.columns for index in indexes if not index.is_special and not index.name.endswith("_like")]
    for field in meta.local_concrete_fields:
        if field.db_index and not field.unique and [field.column] not in plain:
            yield f"{table} has no index on {field.column}"
        yield from _find_missing_of_field(field, table, constraints)


def _find_missing_of_field(field: Any, table: str, constraints: list[FoundConstraint]) -> Iterator[str]:
    own = [constraint for constraint in constraints if constraint.columns == [field.column]]
    if field.db_check(connection) and not any(constraint.type == "c" for constraint in own):
        yield f"{table}.{field.column} has no check of its values"
    if field.remote_field and field.db_constraint:
        target = field.related_model._meta.db_table
        if not any((constraint.type, constraint.refers_to) == ("f", target) for constraint in own):
            yield f"{table}.{field.column} has no foreign key to {target}"


def _list_unique_columns(model: type[Model]) -> Iterator[set[str]]:
    """Sets of columns that must be unique without a condition."""
    meta: Any = model._meta
    column = {field.name: field.column for field in meta.local_concrete_fields}
    for field in meta.local_concrete_fields:
        if field.unique and not field.primary_key:
            yield {field.column}
    for names in meta.unique_together:
        yield {column[name] for name in names}
    for constraint in meta.constraints:
        if isinstance(constraint, UniqueConstraint) and not _is_identified_by_name(constraint):
            yield {column[name] for name in constraint.fields}


def _is_identified_by_name(named: Index | BaseConstraint) -> bool:
    """Whether it is known by its name; a simple unique constraint may have an older one."""
    is_simple = isinstance(named, UniqueConstraint) and not named.condition and not named.expressions
    return isinstance(named, Index | CheckConstraint | UniqueConstraint) and not is_simple


def _find_missing_sql(schema: Schema) -> Iterator[str]:
    """What logs/sql/ creates by hand."""
    sql = "\n".join(load_sql(path.stem) for path in sorted(FOLDER.glob("*.sql")))
    for name in sorted(set(re.findall(r"^CREATE OR REPLACE FUNCTION (\w+)", sql, re.MULTILINE)) - schema.functions):
        yield f"the function {name} is missing"
    for name, table in re.findall(r"^CREATE OR REPLACE TRIGGER (\w+)[^;]*? ON (\w+)", sql, re.MULTILINE):
        if (table, name) not in schema.triggers:
            yield f"the trigger {name} of {table} is missing or disabled"
    indexes = {index.name for index in schema.indexes}
    for name, table in re.findall(r"^CREATE INDEX IF NOT EXISTS (\w+) ON (\w+)", sql, re.MULTILINE):
        if name not in indexes:
            yield f"{table} has no valid {name}"
