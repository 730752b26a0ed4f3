"""What a live line costs, for BotBot and for servers that do nothing else, on this machine: `python -m bench.fanout`.

The server has CPU 0, everything else CPU 1: readers (readers.c), the publisher, PostgreSQL. CPU time is that of the
process that sends. Compare within one run only. docs/performance.md keeps what was found.
"""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import gevent

from bench.archive import database

ROOT = Path(__file__).resolve().parent.parent
SERVER_CPU, OTHER_CPU = 0, 1
PROBES_A_SECOND = 40
Row = dict[str, Any]


def main() -> None:
    options = parse()
    os.sched_setaffinity(0, {OTHER_CPU})
    with tempfile.TemporaryDirectory(prefix="botbot-bench-") as name, filled_database(Path(name)):
        folder = Path(name)
        folder.chmod(0o755)
        compile_senders(folder)
        from bench.contestants import CONTESTANTS

        rows: list[Row] = []
        for round_number in range(options.rounds):
            for key in options.only or CONTESTANTS:
                contestant = CONTESTANTS[key]
                if package := contestant.missing():
                    print(f"{contestant.name} is left out: apt-get install {package}", file=sys.stderr)
                    continue
                row = measure(contestant(folder, SERVER_CPU), options)
                print(f"round {round_number + 1}: {row}", file=sys.stderr)
                rows.append(row)
    print(table(rows, options))
    if any(row["lost"] or row["twice"] for row in rows if row["name"] == "BotBot"):
        sys.exit("bench: lines were lost or came twice")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fanout", description=__doc__)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--rates", type=lambda text: [int(rate) for rate in text.split(",")], default=[10, 20])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", type=lambda text: text.split(","), help="sender,botbot,node,nchan,greenlets")
    return parser.parse_args()


@contextmanager
def filled_database(folder: Path) -> Iterator[None]:
    """A throwaway PostgreSQL with a channel to follow and one to read, and Django set up for it."""
    with database(folder):
        fill()
        yield


def fill() -> None:
    from django.db import transaction
    from django.utils import timezone

    from logs.ingest.entry import Entry
    from logs.ingest.store import store_lines
    from logs.models import Channel, Kind, Network

    network = Network.objects.create(name="bench")
    Channel.objects.create(network=network, name="#live")
    page = Channel.objects.create(network=network, name="#page")
    with transaction.atomic():
        store_lines([Entry(page.pk, timezone.now(), Kind.MESSAGE, f"nick{n % 7}", f"line {n}") for n in range(100)])


def compile_senders(folder: Path) -> None:
    for source in (ROOT / "bench" / "readers.c", ROOT / "bench" / "senders" / "sender.c"):
        subprocess.run(["cc", "-O2", "-o", str(folder / source.stem), str(source)], check=True)


class Readers:
    """A running bench/readers.c."""

    def __init__(self, folder: Path, port: int, path: str, count: int) -> None:
        command = [str(folder / "readers"), "127.0.0.1", str(port), path, str(count)]
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.connected = self._answer()

    def reset(self) -> None:
        self._ask("reset")

    def report(self) -> Row:
        return self._ask("report")

    def close(self) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        self.popen.wait(30)

    def _ask(self, command: str) -> Row:
        assert self.popen.stdin is not None
        self.popen.stdin.write(f"{command}\n")
        self.popen.stdin.flush()
        return self._answer()

    def _answer(self) -> Row:
        assert self.popen.stdout is not None
        text = self.popen.stdout.readline()
        return json.loads(text) if text else sys.exit("bench: the readers ended")


def measure(contestant: Any, options: argparse.Namespace) -> Row:
    """Measure one contestant from its start to its end."""
    contestant.start()
    row: Row = {"name": contestant.name, "lost": 0, "twice": 0}
    has_pages = contestant.name == "BotBot"
    if has_pages:
        probe(contestant.port, 1)
        row["page idle"] = p99(probe(contestant.port, options.seconds))
    gevent.sleep(0.5)
    memory, began = contestant.memory(), contestant.cpu_seconds()
    readers = Readers(contestant.folder, contestant.port, contestant.path, options.clients)
    row["accept ms"] = (contestant.cpu_seconds() - began) / options.clients * 1000
    contestant.publish()
    gevent.sleep(1)
    row["KB a stream"] = (contestant.memory() - memory) / options.clients / 1024
    for rate in options.rates:
        note_rate(row, contestant, readers, rate, options.seconds)
    if has_pages:
        publishing = gevent.spawn(publish, contestant, options.rates[-1], options.seconds)
        row["page loaded"] = p99(probe(contestant.port, options.seconds))
        publishing.get()
        note_losses(row, settle(readers))
    row["TERM s"] = contestant.stop()
    readers.close()
    return row


def note_rate(row: Row, contestant: Any, readers: Readers, rate: int, seconds: float) -> None:
    publish(contestant, rate, 1)
    note_losses(row, settle(readers))
    readers.reset()
    began = contestant.cpu_seconds()
    publish(contestant, rate, seconds)
    report = settle(readers)
    row[f"us at {rate}"] = (contestant.cpu_seconds() - began) / max(1, report["deliveries"]) * 1e6
    row[f"p50 at {rate}"], row[f"p99 at {rate}"] = report["p50"], report["p99"]
    note_losses(row, report)
    readers.reset()


def note_losses(row: Row, report: Row) -> None:
    row["lost"] += report["lost"] + report["ended"] + (report["most"] - report["least"])
    row["twice"] += report["twice"]


def publish(contestant: Any, rate: int, seconds: float) -> None:
    """Publish lines at an even rate."""
    from django.db import connection

    began = time.monotonic()
    for number in range(int(rate * seconds)):
        gevent.sleep(max(0.0, began + number / rate - time.monotonic()))
        contestant.publish()
    connection.close()


def settle(readers: Readers) -> Row:
    """Wait until no more events arrive; return the counts."""
    report = readers.report()
    while True:
        gevent.sleep(0.4)
        before, report = report["deliveries"], readers.report()
        if report["deliveries"] == before:
            return report


def probe(port: int, seconds: float) -> list[float]:
    """Request a page again and again from a process of higher priority; milliseconds."""
    code = "from bench.fanout import ask; import sys; ask(int(sys.argv[1]), float(sys.argv[2]))"
    requests = subprocess.run(
        ["nice", "-n", "-10", sys.executable, "-c", code, str(port), str(seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return [float(value) for value in json.loads(requests.stdout)]


def ask(port: int, seconds: float) -> None:
    taken = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        http = HTTPConnection("127.0.0.1", port, timeout=60)
        http.request("GET", "/bench/page/")
        response = http.getresponse()
        response.read()
        http.close()
        assert response.status == 200, response.status
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(1 / PROBES_A_SECOND)
    print(json.dumps(taken))


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def table(rows: list[Row], options: argparse.Namespace) -> str:
    """Medians over the rounds, as Markdown; costs also as parts of the C sender's at the first rate."""
    columns = [f"{figure} at {rate}" for rate in options.rates for figure in ("us", "p50", "p99")]
    columns += ["accept ms", "KB a stream", "TERM s", "page idle", "page loaded"]
    medians: dict[str, Row] = {}
    for name in dict.fromkeys(row["name"] for row in rows):
        own = [row for row in rows if row["name"] == name]
        medians[name] = {
            column: statistics.median(row[column] for row in own) for column in columns if column in own[0]
        } | {count: sum(row[count] for row in own) for count in ("lost", "twice")}
    out = [f"{options.clients} readers, medians of {options.rounds}", ""]
    out += ["| server | " + " | ".join([*columns, "lost", "twice"]) + " |", "|---" * (len(columns) + 3) + "|"]
    for name, row in medians.items():
        cells = [f"{row[column]:.3g}" if column in row else "" for column in [*columns, "lost", "twice"]]
        out.append(f"| {name} | " + " | ".join(cells) + " |")
    if "BotBot" in medians:
        out.append("")
        for rate in options.rates:
            own = medians["BotBot"][f"us at {rate}"]
            parts = [f"{own / row[f'us at {rate}']:.2f} of {name}" for name, row in medians.items() if name != "BotBot"]
            out.append(f"CPU a delivery at {rate} lines/s: " + ", ".join(parts))
    return "\n".join(out)


if __name__ == "__main__":
    main()
