"""How fast search is, beside what else could search: `python -m bench.search [RAKU_FOLDER] [--lines N]`.

Fills a throwaway PostgreSQL with the logs of the Raku community (a folder `<channel>/<year>/<day>`; without one, the
sample in $BENCH_LOGS), repeated with shifted dates up to N lines; `--made N` adds a channel of made
Japanese (bench/made_archive.py); `--keep FOLDER` keeps it, and the queries that were drawn, for the next time. Each
query is run for its newest 50 lines: once to warm up, then timed, of which the minimum counts. Compare within
one run only; on a machine with other work compare CPU. docs/performance.md keeps what was found.
"""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import argparse
import pickle
import resource
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

Times = dict[tuple[str, str], list[float]]
ALL = "all"
SCOPES = ("all channels", "large channel", "small channel")
FILLED = "filled"
ROUNDS = 3


def main() -> None:
    from bench import archive

    options = _parse()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="botbot-bench-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with archive.database(folder) as url:
            _run(options, folder, url)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("logs", nargs="?", type=Path, metavar="RAKU_FOLDER")
    parser.add_argument("--lines", type=int, default=2_000_000, help="0: as many as there are")
    parser.add_argument("--made", type=int, default=0, metavar="N", help="N made lines of Japanese beside the logs")
    parser.add_argument("--queries", type=int, default=25, help="of each class and scope")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=["page", "plain", "grep", "sqlite", "tantivy"]
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="fill this folder once, then only ask")
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path, url: str) -> None:
    from bench import archive
    from bench.search_engines import CONTESTANTS, Plain, rows
    from bench.search_queries import OWN_CLASSES, questions

    logs = options.logs or archive.unpacked(folder / "logs")
    if options.made:
        logs = _with_made(logs, folder / "with-made", options.made)
    connection = archive.connect(url)
    if not (folder / FILLED).exists():
        archive.load(connection, logs, options.lines, _say)
        (folder / FILLED).touch()
    drawn = folder / f"queries-{options.queries}.pickle"
    if not drawn.exists():
        drawn.write_bytes(pickle.dumps(questions(logs, options.queries)))
    queries = pickle.loads(drawn.read_bytes())  # noqa: S301  (ours)
    _say(f"{len(queries)} queries")
    sizes = _sizes(connection)
    sample = queries[:: max(1, options.queries // 5)]  # for what is slow
    clocks = Clocks(_server(folder), queries)
    engine = BotBot()
    clocks.measure("BotBot", engine.search, queries)
    if "page" in options.only:
        clocks.measure("BotBot, the whole page", Pages().search, queries)
    # Only BotBot has these classes.
    queries = [question for question in queries if question.query_class not in OWN_CLASSES]
    found = [engine.search(question) for question in queries]
    for key, contestant_class in CONTESTANTS.items():
        if key in options.only:
            started = time.monotonic()
            contestant = contestant_class(folder, lambda: rows(connection))
            _say(f"{contestant.name}: {contestant.bytes / 1e6:,.0f} MB, built in {time.monotonic() - started:.0f} s")
            clocks.measure(contestant.name, contestant.search, sample if key == "grep" else queries)
            if key != "grep":
                lengths = [min(len(contestant.search(question)), 50) for question in queries]
                _say(f"{sum(map(_differs, found, lengths))} of {len(queries)} answers differ in length")
    if "plain" in options.only:
        plain = Plain(archive.connect(url, planner=False))
        _say(f"{plain.name}: {plain.bytes / 1e6:,.0f} MB")
        with plain.only_its_index():
            clocks.measure(plain.name, plain.search, queries[:: max(1, options.queries // 2)])
        wrong = sum(plain.expected_rows(question) != ids for question, ids in zip(queries, found, strict=True))
        _say(f"{wrong} of {len(queries)} answers differ from plain SQL")
    print(f"{sizes}\n\n{table(clocks.passed)}\n\nCPU alone:\n\n{table(clocks.cpu)}")


def _with_made(logs: Path, folder: Path, lines: int) -> Path:
    """The logs and a made channel of Japanese in one folder."""
    from bench import made_archive

    if not folder.exists():
        folder.mkdir()
        for channel in logs.iterdir():
            (folder / channel.name).symlink_to(channel.resolve(), target_is_directory=True)
        made_archive.write(folder, lines)
    return folder


def _server(folder: Path) -> int:
    """PostgreSQL's first process."""
    from botbot.embedded import location
    from botbot.embedded.postgres_server import Postgres

    return Postgres(location.find(folder)).pid() or 0


def _differs(ids: list[tuple[int, int]], length: int) -> bool:
    return len(ids) != length


class BotBot:
    """The search itself: from the typed text to the lines of the first page."""

    def __init__(self) -> None:
        from logs.models import Channel
        from logs.search.query_parser import parse
        from logs.search.results import search
        from logs.search.sample import read_sample, sample_cache

        started = time.monotonic()
        sample_cache.store(read_sample())
        _say(f"the sample of lines, which is read beside the searches once an hour: {time.monotonic() - started:.1f} s")
        self.parse, self.find = parse, search
        self.channels = dict(Channel.objects.values_list("name", "pk"))

    def search(self, question: Any) -> list[tuple[int, int]]:
        all_channels = question.channel is None
        channels = list(self.channels.values()) if all_channels else [self.channels[question.channel]]
        page = self.find(self.parse(question.text), channels, all_channels=all_channels)
        if page.too_slow:
            _say(f"stopped after two seconds: {question}")
        return [(line.channel_id, line.id) for line in page.lines]


class Pages:
    """The whole page as a visitor gets it: lines around the results, counts, HTML."""

    def __init__(self) -> None:
        from django.test import Client

        self.client = Client(SERVER_NAME="localhost")

    def search(self, question: Any) -> None:
        path = f"/raku/{question.channel.removeprefix('#')}/search/" if question.channel else "/search/"
        response = self.client.get(path, {"q": question.text})
        assert response.status_code == 200


class Clocks:
    """Milliseconds of each query, by class and scope: those that pass, and those of CPU.

    CPU is that of this process, of its children and of PostgreSQL's. On a machine with other work it is what can be
    compared from one run to the next.
    """

    def __init__(self, server: int, queries: list[Any]) -> None:
        self.server = server
        self.queries = queries
        self.passed: dict[str, Times] = {}
        self.cpu: dict[str, Times] = {}

    def measure(self, name: str, search: Callable[[Any], object], queries: list[Any]) -> None:
        passed, cpu = self.passed.setdefault(name, defaultdict(list)), self.cpu.setdefault(name, defaultdict(list))
        for question in queries:
            search(question)
            took, worked = min(self._rounds(search, question))
            scope = SCOPES[_scope(question, self.queries)]
            for key in ((question.query_class, scope), (question.query_class, ALL), (ALL, scope), (ALL, ALL)):
                passed[key].append(took)
                cpu[key].append(worked)

    def _rounds(self, search: Callable[[Any], object], question: Any) -> Iterator[tuple[float, float]]:
        """TURNS times, fewer of what is slow."""
        began = time.perf_counter()
        for round_number in range(ROUNDS):
            if round_number and time.perf_counter() - began > 1:
                return
            worked, started = self._worked(), time.perf_counter()
            search(question)
            yield (time.perf_counter() - started) * 1000, self._worked() - worked

    def _worked(self) -> float:
        children = Path(f"/proc/{self.server}/task/{self.server}/children").read_text(encoding="ascii").split()
        nanoseconds = 0
        for pid in children:
            with suppress(FileNotFoundError, ProcessLookupError):
                nanoseconds += int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])
        done = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (time.process_time() + done.ru_utime + done.ru_stime) * 1000 + nanoseconds / 1e6


def _scope(question: Any, queries: list[Any]) -> int:
    return list(dict.fromkeys(other.channel for other in queries)).index(question.channel)


def table(results: dict[str, Times]) -> str:
    """Rows: classes, then scopes; columns: who searched; p50 / p95 / max in milliseconds."""
    keys = list(dict.fromkeys(key for key in results["BotBot"] if ALL in key))
    keys.sort(key=lambda key: (key[0] == ALL, key == (ALL, ALL)))
    lines = [f"| ms: p50 / p95 / max | {' | '.join(results)} |", "|---" * (len(results) + 1) + "|"]
    for key in keys:
        cells = [_cell(sorted(times[key])) for times in results.values()]
        lines.append(f"| {key[0] if key[0] != ALL else key[1]} | {' | '.join(cells)} |")
    slow = [
        f"{key[0]}, {key[1]}: {_cell(sorted(times))}"
        for key, times in results["BotBot"].items()
        if ALL not in key and sorted(times)[int(len(times) * 0.95)] > 20
    ]
    return "\n".join(lines) + "\n\nOver 20 ms at p95: " + ("; ".join(slow) or "none")


def _cell(times: list[float]) -> str:
    if not times:
        return "–"
    picked = (times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.95))], times[-1])
    return " / ".join(f"{time:.1f}" if time < 10 else f"{time:.0f}" for time in picked)


def _sizes(connection: Any) -> str:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), pg_relation_size('logs_line'), pg_indexes_size('logs_line'),"
            " pg_relation_size('line_search'), sum(octet_length(text) + octet_length(nick) + 12) FROM logs_line"
        )
        lines, heap, indexes, search, text = cursor.fetchone()
    mega = [f"{number / 1e6:,.0f} MB" for number in (text, heap, indexes, search)]
    return f"{lines:,} lines: as text {mega[0]}, table {mega[1]}, all indexes {mega[2]}, the search index {mega[3]}"


def _say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
