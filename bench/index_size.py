"""How large the search index is beside one of whole words: `python -m bench.index_size [RAKU_FOLDER] [--lines N]`.

Fills a throwaway PostgreSQL twice, with real logs of the Raku community and with a made archive of Japanese
(`bench.made_archive`), and builds both indexes. The index of whole words is what BotBot had before it folded accents
and split text without blanks: `to_tsvector('simple', ...)` of the text with a blank for each separator, and the same
keys.
"""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

WHOLE_WORDS = r"""
CREATE OR REPLACE FUNCTION bench_words(text text, kind smallint) RETURNS text LANGUAGE sql IMMUTABLE RETURN
    CASE WHEN kind IN (1, 2, 3, 10) THEN regexp_replace(
        regexp_replace(text, '\x03(?:[0-9]{{1,2}}(?:,[0-9]{{1,2}})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]', '', 'g'),
        '[{separators}]', ' ', 'g')
    ELSE '' END;
CREATE INDEX whole_words ON logs_line USING gin (
    to_tsvector('simple', bench_words(text, kind)), logs_keys(channel_id, at, nick, kind, text)
);
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.index_size", description=__doc__)
    parser.add_argument("logs", nargs="?", type=Path, metavar="RAKU_FOLDER")
    parser.add_argument("--lines", type=int, default=200_000)
    options = parser.parse_args()
    from bench import archive, made_archive

    folder = Path(tempfile.mkdtemp(prefix="botbot-bench-"))
    try:
        with archive.database(folder) as url:
            logs = options.logs or archive.unpacked(folder / "logs")
            made = made_archive.write(folder / "made", options.lines).parent
            for name, source in (("Raku's archive", logs), ("made Japanese", made)):
                _measure(archive.connect(url), name, source, options.lines)
    finally:
        shutil.rmtree(folder)


def _measure(connection: Any, name: str, logs: Path, lines: int) -> None:
    from bench import archive
    from logs.text.words import SEPARATORS

    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE logs_line, logs_linecounter CASCADE")
    archive.load(connection, logs, lines)
    with connection, connection.cursor() as cursor:
        cursor.execute(WHOLE_WORDS.format(separators=SEPARATORS))
        cursor.execute(
            "SELECT count(*), sum(octet_length(text)), pg_relation_size('logs_line'), pg_relation_size('line_search'),"
            " pg_relation_size('whole_words') FROM logs_line"
        )
        count, text, table, search, whole = cursor.fetchone()
        cursor.execute("DROP INDEX whole_words")
    print(
        f"{name}: {count:,} lines, text {text / 1e6:.1f} MB, table {table / 1e6:.1f} MB,"
        f" search index {search / 1e6:.2f} MB, index of whole words {whole / 1e6:.2f} MB: {search / whole:.3f} times"
    )


if __name__ == "__main__":
    main()
