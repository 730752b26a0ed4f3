"""Statements that PostgreSQL plans once in each connection: planning takes longer than to look most words up.

https://www.postgresql.org/docs/18/sql-prepare.html
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

KEPT = 64
"""So many in a connection, those used last."""

_numbers = count(1)
_names: WeakKeyDictionary[Any, OrderedDict[str, str]] = WeakKeyDictionary()
"""By connection and statement."""


def prepared(database: Any, statement: str, parameters: int, send: Callable[[str], object]) -> str:
    """What to send, with the same parameters, instead of a statement with `%s` for each of so many.

    `database`: psycopg2's connection; `send` sends something through it. A statement of which PostgreSQL cannot tell
    the types of parameters needs casts. A pooler in between has to pool by session.
    """
    names = _names.setdefault(database, OrderedDict())
    if statement not in names:
        name, numbers = f"search_{next(_numbers)}", count(1)
        text = re.sub("%[s%]", lambda found: f"${next(numbers)}" if found[0] == "%s" else "%", statement)
        send(f"PREPARE {name} AS {text}")
        names[statement] = name
        if len(names) > KEPT:
            send(f"DEALLOCATE {names.popitem(last=False)[1]}")
    names.move_to_end(statement)
    return f"EXECUTE {names[statement]}" + (f" ({', '.join(['%s'] * parameters)})" if parameters else "")
