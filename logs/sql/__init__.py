"""The current text of every SQL function, trigger and hand-written index; one file a topic, loaded by migrations.

A file has two sections: `-- migrate:up` creates, `-- migrate:down` drops. Functions and triggers are written with
CREATE OR REPLACE: an edit reaches existing databases by a new migration with `rerun_sql(topic)` and nothing else.
"""

from __future__ import annotations

from pathlib import Path

from django.db.migrations.operations import RunSQL

FOLDER = Path(__file__).resolve().parent
UP, DOWN = "-- migrate:up\n", "-- migrate:down\n"


def load_sql(topic: str) -> str:
    """Return the SQL that creates what `<topic>.sql` describes."""
    return _sections(topic)[0]


def run_sql(topic: str) -> RunSQL:
    """Return the migration operation that runs `<topic>.sql`, and its second section in reverse."""
    return RunSQL(*_sections(topic))


def rerun_sql(topic: str) -> RunSQL:
    """Return the operation that brings existing databases to the text of `<topic>.sql`; its reverse is empty."""
    return RunSQL(load_sql(topic), RunSQL.noop)


def rebuild_index(topic: str, name: str) -> list[RunSQL]:
    """Return operations that replace an index by one that `<topic>.sql` creates first of all; their reverse is empty.

    The new one is built under another name while lines are stored and searches use the old one. The migration must not
    be atomic: an index cannot be built concurrently in a transaction.
    """
    new = f"{name}_new"
    create, *others = load_sql(topic).replace(name, new).partition(UP)[2].split(";")
    statements = [
        # A build that was interrupted leaves an invalid index behind.
        f"DROP INDEX CONCURRENTLY IF EXISTS {new}",
        create.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY"),
        *(statement for statement in others if statement.strip()),
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"ALTER INDEX {new} RENAME TO {name}",
    ]
    return [RunSQL(statement, RunSQL.noop) for statement in statements]


def _sections(topic: str) -> tuple[str, str]:
    up, separator, down = (FOLDER / f"{topic}.sql").read_text(encoding="utf-8").partition(DOWN)
    if UP not in up or not separator:
        raise ValueError(f"{topic}.sql lacks one of its two sections")
    return up, down
