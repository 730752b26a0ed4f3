"""One table of lines or one for each quarter: `python -m bench.table [RAKU_FOLDER] [--lines N]`.

Fills a throwaway PostgreSQL, copies its lines into a second table that is partitioned by quarters and has the same
indexes, and asks both the same. Times are those that pass, best of nine; docs/performance.md keeps what was found.
"""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TABLES = ("logs_line", "quarters")
WORDS = "logs_lexemes(text, kind)"
INDEXES = (
    "ALTER TABLE quarters ADD PRIMARY KEY (channel_id, id, at)",
    "CREATE INDEX ON quarters (channel_id, at)",
    f"CREATE INDEX ON quarters USING gin ({WORDS}, logs_keys(channel_id, at, nick, kind, text))",
)
QUARTERS = """
    SELECT first::date, (first + interval '3 months')::date FROM (SELECT DISTINCT date_trunc('quarter', at) AS first
    FROM logs_line UNION SELECT date_trunc('quarter', max(at)) + interval '3 months' FROM logs_line) AS quarter
"""
QUESTIONS = {
    "a day of a channel": "SELECT * FROM {} WHERE channel_id = %(channel)s AND at >= %(day)s"
    " AND at < %(day)s + interval '1 day' ORDER BY at, id",
    "a permalink, by channel and number": "SELECT * FROM {} WHERE channel_id = %(channel)s AND id = %(id)s",
    "what is newer than a number (live)": "SELECT * FROM {} WHERE channel_id = %(channel)s AND id > %(last)s"
    " ORDER BY id",
    "two lines before a line": "SELECT * FROM {} WHERE channel_id = %(channel)s AND (at, id) < (%(day)s, %(id)s)"
    " AND at <= %(day)s ORDER BY at DESC, id DESC LIMIT 2",
    "a rare word": f"SELECT * FROM {{}} WHERE {WORDS} @@ 'qast' ORDER BY at DESC LIMIT 51",
    "a rare word in a channel": f"SELECT * FROM {{}} WHERE {WORDS} @@ 'qast'"
    " AND logs_keys(channel_id, at, nick, kind, text) && ARRAY[%(channel)s] ORDER BY at DESC LIMIT 51",
}
STORE = (
    "INSERT INTO {} SELECT now(), %(last)s + n, %(channel)s, 1, 'ann', 'some words of ' || n"
    " FROM generate_series(1, %(n)s) AS n"
)
REMOVE = {
    "a year of a channel": "DELETE FROM {} WHERE channel_id = %(channel)s AND at < %(first)s + interval '1 year'",
    "and VACUUM": "VACUUM {}",
    "a year of all channels": "DELETE FROM {} WHERE at < %(first)s + interval '2 years'",
    "and VACUUM again": "VACUUM {}",
}


def main() -> None:
    from bench import archive

    parser = argparse.ArgumentParser(prog="python -m bench.table", description=__doc__)
    parser.add_argument("logs", nargs="?", type=Path, metavar="RAKU_FOLDER")
    parser.add_argument("--lines", type=int, default=1_200_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="botbot-bench-"))
    try:
        with archive.database(folder) as url:
            connection = archive.connect(url)
            archive.load(connection, options.logs or archive.unpacked(folder / "logs"), options.lines)
            connection.autocommit = True
            with connection.cursor() as cursor:
                number = _copied(cursor)
                print(f"{number} quarters\n\n| ms | one table | quarters |\n|---|---|---|")
                for name, seconds in _measured(cursor).items():
                    print(f"| {name} | {' | '.join(f'{ms:,.2f}' if ms < 10 else f'{ms:,.0f}' for ms in seconds)} |")
    finally:
        shutil.rmtree(folder)


def _copied(cursor: Any) -> int:
    """Copy the lines into partitions by quarter; return how many."""
    cursor.execute("SET maintenance_work_mem = '512MB'; DROP TRIGGER logs_count_2_deleted ON logs_line")
    cursor.execute("DROP TRIGGER logs_count_1_inserted ON logs_line")  # counting costs the same for both
    cursor.execute("CREATE TABLE quarters (LIKE logs_line INCLUDING DEFAULTS) PARTITION BY RANGE (at)")
    cursor.execute(QUARTERS)
    quarters = cursor.fetchall()
    for first, end in quarters:
        name = f"quarter_{first:%Y_%m}"
        cursor.execute(f"CREATE TABLE {name} PARTITION OF quarters FOR VALUES FROM (%s) TO (%s)", [first, end])
    cursor.execute("CREATE TABLE quarter_now PARTITION OF quarters DEFAULT")
    cursor.execute("INSERT INTO quarters SELECT * FROM logs_line")
    for statement in INDEXES:
        cursor.execute(statement)
    cursor.execute("VACUUM (ANALYZE) quarters")
    return len(quarters)


def _measured(cursor: Any) -> dict[str, list[float]]:
    cursor.execute("SELECT channel_id, max(id), min(at) FROM logs_line GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    channel, last, first = cursor.fetchone()
    cursor.execute("SELECT at FROM logs_line WHERE channel_id = %s AND id = %s", [channel, last // 2])
    values = {"channel": channel, "id": last // 2, "last": last - 5, "day": cursor.fetchone()[0], "first": first}
    found = {name: [_best(cursor, sql.format(table), values) for table in TABLES] for name, sql in QUESTIONS.items()}
    values |= {"last": last, "n": 2000}
    found["storing 2,000 lines"] = [_once(cursor, STORE.format(table), values) for table in TABLES]
    for name, sql in REMOVE.items():
        found[name] = [_once(cursor, sql.format(table), values) for table in TABLES]
    cursor.execute("SELECT min(relname) FROM pg_class WHERE relname ~ '^quarter_[0-9_]+$'")
    found["dropping a quarter"] = [float("nan"), _once(cursor, f"DROP TABLE {cursor.fetchone()[0]}", values)]
    return found


def _best(cursor: Any, sql: str, values: dict[str, object]) -> float:
    return min(_once(cursor, sql, values, cursor.fetchall) for _ in range(9))


def _once(cursor: Any, sql: str, values: dict[str, object], read: Callable[[], object] = list) -> float:
    started = time.perf_counter()
    cursor.execute(sql, values)
    read()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
