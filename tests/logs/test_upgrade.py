"""Databases of earlier versions become the same as a new one, without loss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from logs.apps import find_stopped_at
from logs.models.postgres import open_direct_connection

FOLDER = Path(__file__).resolve().parent.parent / "data" / "upgrade"
DUMP = FOLDER / "main-before-squash.sql"
"""Of the version before the migrations were squashed."""
DUMPS = [DUMP, *sorted(FOLDER.glob("main-0*.sql"))]
"""The later ones are of the versions whose last migration they are named after (tests/upgrade_dump.py)."""
ALIAS = "upgraded"

# What the schema consists of, one query a kind of object. Positions of columns are left out: nothing depends on them.
CATALOGUE = {
    "relations": """
        SELECT relname, relkind, relpersistence, reloptions::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace""",
    "columns": """
        SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstattarget,
            attstorage, attcompression, attoptions::text, attcollation::regcollation::text, pg_get_expr(adbin, adrelid)
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            LEFT JOIN pg_attrdef ON adrelid = pg_class.oid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace""",
    "triggers": "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "sequences": """
        SELECT sequencename, data_type::text, start_value, increment_by, cycle FROM pg_sequences
        WHERE schemaname = 'public'""",
}


def schema(alias: str) -> dict[str, list[tuple[Any, ...]]]:
    with connections[alias].cursor() as cursor:
        described = {}
        for kind, query in CATALOGUE.items():
            cursor.execute(query)
            described[kind] = sorted(cursor.fetchall(), key=repr)
        return described


def columns(alias: str) -> dict[str, list[str]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text ORDER BY column_name) FROM information_schema.columns"
            " WHERE table_schema = 'public' GROUP BY table_name"
        )
        return dict(cursor.fetchall())


def rows(alias: str, tables: dict[str, list[str]]) -> dict[str, set[str]]:
    """The rows of each table as texts, of the given columns only."""
    contents = {}
    with connections[alias].cursor() as cursor:
        for table, names in tables.items():
            quoted = ", ".join(f'"{name}"' for name in names)
            cursor.execute(f"SELECT ROW({quoted})::text FROM {table}")  # noqa: S608 (names from the catalogue)
            contents[table] = {text for (text,) in cursor.fetchall()}
    return contents


@pytest.fixture
def old_database(db: None, request: pytest.FixtureRequest) -> Iterator[str]:
    """The alias of a database that was restored from a dump, by default from the oldest."""
    old = connection.copy(ALIAS)
    old.settings_dict["NAME"] = name = f"{connection.settings_dict['NAME']}_upgraded"
    with closing(open_direct_connection("test")) as server, server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        connections[ALIAS] = old
        try:
            with old.cursor() as restoring:
                restoring.execute(getattr(request, "param", DUMP).read_text(encoding="utf-8"))
            yield ALIAS
        finally:
            old.close()
            old.closeall()
            del connections[ALIAS]
            cursor.execute(f'DROP DATABASE "{name}"')


def migrate(alias: str) -> None:
    call_command("migrate", database=alias, verbosity=0, skip_checks=False)


def forget_migrations_after(alias: str, name: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'logs' AND name > %s", [name])


@pytest.mark.parametrize("old_database", DUMPS, ids=lambda path: path.stem, indirect=True)
def test_an_old_database_gets_the_schema_of_a_new_one_and_keeps_its_rows(old_database: str) -> None:
    old_columns = columns(old_database)
    before = rows(old_database, old_columns)
    assert [table for table in before if table.startswith("logs_") and not before[table]] == []
    migrate(old_database)
    assert schema(old_database) == schema("default")
    after = rows(old_database, old_columns)
    for table, old_rows in before.items():
        # Django itself adds rows to its own tables: migrations, content types and permissions.
        assert after[table] >= old_rows if table.startswith(("django_", "auth_")) else after[table] == old_rows, table


def test_the_new_migrations_go_back_and_forth(old_database: str) -> None:
    migrate(old_database)
    call_command("migrate", "logs", "zero", database=old_database, verbosity=0)
    described = schema(old_database)
    assert not [row for kind in described.values() for row in kind if str(row[0]).startswith(("logs_", "line_"))]
    migrate(old_database)
    assert schema(old_database) == schema("default")


def test_an_old_database_that_stopped_halfway_is_refused_with_advice(old_database: str) -> None:
    forget_migrations_after(old_database, "0010_bridges")
    with pytest.raises(CommandError) as refused:
        migrate(old_database)
    text = str(refused.value)
    assert "stopped at the migration 0010_bridges of an earlier version" in text
    assert "Check out revision 9d05bd4, run its manage.py migrate" in text


def test_every_partial_state_of_the_old_migrations_is_noticed() -> None:
    names = re.findall(r"'logs', '(\d{4}_\w+)'", DUMP.read_text(encoding="utf-8"))
    assert len(names) == 21
    for count in range(1, len(names)):
        assert find_stopped_at({("logs", name) for name in names[:count]}) == names[count - 1]
    assert find_stopped_at({("logs", name) for name in names}) == ""
    assert find_stopped_at(set()) == ""
