"""Read a Quassel core's PostgreSQL database by its address, as a file for each channel. Only for administrators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg2

from logs.formats.channel_files import write_rows
from logs.formats.log_files import NO_LIMITS, LogFile, channels_below
from logs.formats.numbered_lines import UnreadableError
from logs.formats.quassel import QUERY, convert_rows

ROWS_PER_FETCH = 5000
CONNECT_SECONDS = 10

_ADDRESS = re.compile(r"postgres(?:ql)?://.*", re.DOTALL)


def is_database_address(text: str) -> bool:
    """Whether a text is the address of a PostgreSQL database."""
    return _ADDRESS.fullmatch(text) is not None


@contextmanager
def open_quassel_server(address: str) -> Iterator[list[LogFile]]:
    """The channels of the database at an address, read in one snapshot; nothing is written there.

    UnreadableError, without the password, when it cannot be read. The files are deleted when the context ends.
    """
    name = _name_without_secrets(address)
    with TemporaryDirectory(prefix="importlogs-") as scratch:
        try:
            with closing(psycopg2.connect(address, connect_timeout=CONNECT_SECONDS)) as connection:
                connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
                with connection, connection.cursor("quassel") as cursor:
                    cursor.itersize = ROWS_PER_FETCH
                    cursor.execute(QUERY)
                    write_rows(convert_rows(cursor), Path(scratch), NO_LIMITS.max_files)
        except psycopg2.Error as error:
            raise UnreadableError(f"{name}: {' '.join(str(error).split())[:200]}") from None
        except UnreadableError as error:
            raise UnreadableError(f"{name}: {error}") from None
        yield channels_below(Path(scratch), PurePath(name))


def _name_without_secrets(address: str) -> str:
    """What a report calls the database: its server and its name."""
    parts = urlsplit(address)
    return f"{parts.hostname or 'localhost'}:{parts.path.strip('/') or 'quassel'}.sql"
