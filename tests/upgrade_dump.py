"""Writes a database of this version with rows in every table, for tests/logs/test_upgrade.py of later versions.

`python -m tests.upgrade_dump > tests/data/upgrade/main-0030.sql`, for example when a version is released; the file is
named after the last migration of `logs`.
"""

from __future__ import annotations

import botbot.green  # noqa: F401  (first: see its docstring)

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

HEAD = """\
-- A database of this version, with rows in every table of logs. Written by tests/upgrade_dump.py.

"""
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "BinaryField": b"x",
    "BooleanField": False,
    "CharField": "x",
    "DateField": date(2026, 3, 1),
    "DateTimeField": AT,
    "JSONField": {},
    "TextField": "x",
}


def main() -> None:
    from botbot.embedded import location
    from botbot.embedded.postgres_server import Postgres

    with tempfile.TemporaryDirectory(prefix="botbot-dump-") as folder:
        Path(folder).chmod(0o711)
        server = Postgres(location.find(Path(folder)), durable=False)
        server.hold()
        os.environ |= {"DATABASE_URL": server.url, "SECRET_KEY": "x" * 50, "DJANGO_SETTINGS_MODULE": "botbot.settings"}
        try:
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)
            _fill()
            sys.stdout.write(HEAD + _dump())
        finally:
            server.release()


def _fill() -> None:
    """Say something in an open and in a closed channel, and give every table that is still empty a row."""
    from django.apps import apps
    from django.db import transaction

    from logs.ingest.entry import Entry
    from logs.ingest.store import store_lines
    from logs.models import Channel, Kind, Network

    network = Network.objects.create(name="testnet", host="irc.example.org")
    for name, visibility in (("#garden", "public"), ("#pond", "members")):
        channel = Channel.objects.create(network=network, name=name, visibility=visibility)
        entries = [
            Entry(channel.pk, AT + timedelta(minutes=number), kind, "ann", f"line {number}", account="ann")
            for number, kind in enumerate((Kind.JOIN, Kind.MESSAGE, Kind.ACTION, Kind.TOPIC, Kind.QUIT))
        ]
        with transaction.atomic():
            store_lines(entries)
    waiting = [model for model in apps.get_app_config("logs").get_models() if not model._default_manager.exists()]
    while waiting:
        model = waiting.pop(0)
        values = dict(_find_values(model, waiting))
        if None in values.values():  # a row that it refers to is still to come
            waiting.append(model)
        else:
            model._default_manager.create(**values)


def _find_values(model: Any, waiting: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield a value for each field that a row needs; None for one that refers to a table which is still empty."""
    for field in model._meta.concrete_fields:
        if field.auto_created or field.generated or field.get_internal_type() in {"AutoField", "BigAutoField"}:
            continue
        if field.is_relation:
            if not field.null:
                yield field.name, None if field.related_model in waiting else field.related_model.objects.first()
        elif field.choices:
            yield field.name, field.choices[0][0]
        elif not (field.null or field.has_default() or field.has_db_default()):
            is_array = field.get_internal_type() == "ArrayField"
            value = VALUES.get((field.base_field if is_array else field).get_internal_type(), 1)
            yield field.name, [value] if is_array else value


def _dump() -> str:
    from botbot.backup.dump import find_programs, get_server_version, make_connection_arguments

    address, environment = make_connection_arguments("dump")
    options = ["--no-owner", "--no-privileges", "--no-comments", "--column-inserts", "-d", address]
    program = find_programs(get_server_version()).folder / "pg_dump"
    done = subprocess.run([str(program), *options], env=environment, check=True, capture_output=True, text=True)
    # Without comments, settings of the session, and what is for psql.
    left_out = re.compile(r"--|SET |SELECT pg_catalog\.set_config|\\")
    lines = [line for line in done.stdout.split("\n") if not left_out.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


if __name__ == "__main__":
    main()
