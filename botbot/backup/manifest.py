"""What a backup contains, in a file beside it: compared with the database after a restore."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from botbot.backup import BackupError

OBJECTS = """
    SELECT 'table ' || relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    UNION ALL SELECT 'index ' || relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = current_schema()::regnamespace AND indisvalid
    UNION ALL SELECT 'key ' || conname || ' of ' || relname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = current_schema()::regnamespace AND convalidated AND contype IN ('p', 'u', 'f', 'c')
    UNION ALL SELECT 'function ' || proname || '(' || pg_get_function_identity_arguments(oid) || ')' FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace
    UNION ALL SELECT 'trigger ' || tgname || ' of ' || relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgenabled = 'O'"""
"""The name of each part of the schema that is there and valid."""


@dataclass(frozen=True)
class Manifest:
    """`made_at` is the moment that the backup shows; `rows` counts the rows of each table."""

    made_at: datetime
    server_version: int
    objects: list[str]
    rows: dict[str, int]

    @classmethod
    def read(cls, cursor: Any, server_version: int) -> Self:
        """Describe the database as a transaction sees it."""
        cursor.execute("SELECT now()")
        (made_at,) = cursor.fetchone()
        cursor.execute(OBJECTS)
        objects = sorted(name for (name,) in cursor.fetchall())
        rows = {}
        for table in [name.removeprefix("table ") for name in objects if name.startswith("table ")]:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  (a name from the catalogue)
            (rows[table],) = cursor.fetchone()
        return cls(made_at, server_version, objects, rows)

    def write(self, backup: Path) -> None:
        content = asdict(self) | {"made_at": self.made_at.isoformat()}
        path_of_manifest(backup).write_text(json.dumps(content, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, backup: Path) -> Self | None:
        """The manifest of a backup; None if it has none."""
        path = path_of_manifest(backup)
        if not path.exists():
            return None
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(**content | {"made_at": datetime.fromisoformat(content["made_at"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BackupError(f"{path} cannot be read: {error}.") from None


def path_of_manifest(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.json")
