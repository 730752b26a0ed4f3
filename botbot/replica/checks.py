"""Whether DATABASE_REPLICA_URL leads to a standby of the database of DATABASE_URL."""

from __future__ import annotations

from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connection

from botbot.replica.state import fetch_from_replica

_IDENTITY = "SELECT system_identifier, current_database(), pg_is_in_recovery() FROM pg_control_system()"


class Problem(NamedTuple):
    id: str
    sentence: str
    hint: str


def find_problem() -> Problem | None:
    """Return what is wrong. The site works nevertheless, by the primary alone."""
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITY)
        *database, _ = cursor.fetchone()
    try:
        *other_database, is_standby = fetch_from_replica(_IDENTITY)
    except (DatabaseError, InterfaceError) as error:
        hint = "Pages are read from the primary until it answers."
        return Problem("botbot.W005", f"The replica cannot be reached: {' '.join(str(error).split())}.", hint)
    if database != other_database:
        hint = "Give it the address of a streaming standby of the server of DATABASE_URL, and the same database."
        return Problem("botbot.E015", "DATABASE_REPLICA_URL leads to another database than DATABASE_URL.", hint)
    if not is_standby:
        hint = "It is not used: give it the address of a standby, or take it out."
        return Problem("botbot.W006", "DATABASE_REPLICA_URL leads to a server that is no standby.", hint)
    return None
