"""What many networks and channels cost the bot, and how long a received line waits: `python -m bench.bot`.

The real bot logs channels of a server of our own into a throwaway PostgreSQL. `--sizes 20x50` is 20 networks with 50
channels each. For the waits one speaker talks in one channel; a line bears the moment at which the server wrote it, its
journal record the moment at which the bot took it. What a bot takes while people talk is measured with 100 lines a
second over 50 channels of one network. docs/performance.md keeps what was found.
"""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import gevent
import psutil
from gevent import socket
from gevent.server import StreamServer

ROOT = Path(__file__).resolve().parent.parent
IDLE_SECONDS = 20
WARM_UP_SECONDS, TALKING_CHANNELS = 5, 50
TALK = "how do i install the module that you wrote yesterday so it works with the new release"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.bot", description=__doc__)
    parser.add_argument("--sizes", default="20x50,200x50")
    parser.add_argument("--rate", type=int, default=1000, help="lines per second; 0 measures no waits")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--talk", type=int, default=100, help="lines per second over 50 channels; 0 measures no share")
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="botbot-bench-") as name, database(Path(name)):
        if options.rate:
            print_waits(Path(name, "waits"), options.rate, options.seconds)
        if options.talk:
            print_share(Path(name, "talk"), options.talk, options.seconds)
        print("| networks | channels | joined s | one more s | memory MB | CPU % idle |\n|---|---|---|---|---|---|")
        for size in filter(None, options.sizes.split(",")):
            networks, channels = map(int, size.split("x"))
            print_costs(Path(name, size), networks, channels)


def print_waits(folder: Path, rate: int, seconds: int) -> None:
    """Print how long lines waited between the server's writing and the bot's taking them."""
    from logs.ingest.entry import Entry, decode

    with IrcServer() as server, running_bot(folder, server, 1, 1):
        server.wait_for_joins(1)
        gevent.sleep(2)
        (client,) = server.clients
        start = time.monotonic()
        for number in range(rate * seconds):
            gevent.sleep(max(0.0, start + number / rate - time.monotonic()))
            client.sendall(f":ann{number % 9}!a@h PRIVMSG #c0 :sent {time.time():.6f} and some words\r\n".encode())
        gevent.sleep(2)
        waits = []
        for segment in sorted((folder / "journal").glob("*/*.log")):
            for line in segment.read_bytes().splitlines():
                record = decode(line.partition(b" ")[2])
                if isinstance(record, Entry) and record.text.startswith("sent "):
                    waits.append(1000 * (record.at.timestamp() - float(record.text.split(" ")[1])))
    waits.sort()
    p50, p99, worst = (waits[int(part * (len(waits) - 1))] for part in (0.5, 0.99, 1))
    figures = f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {worst:.0f} ms"
    print(f"{len(waits)} of {rate * seconds} lines at {rate}/s waited: {figures}\n")


def print_share(folder: Path, rate: int, seconds: int) -> None:
    """Print the share of a core that a bot takes while people talk."""
    words = [
        "how",
        "do",
        "i",
        "install",
        "the",
        "module",
        "that",
        "you",
        "wrote",
        "yesterday",
        "so",
        "it",
        "works",
        "with",
        "the",
        "new",
        "release",
    ]
    with IrcServer() as server, running_bot(folder, server, 1, TALKING_CHANNELS) as bot:
        server.wait_for_joins(TALKING_CHANNELS)
        gevent.sleep(2)
        (client,) = server.clients
        before, start = 0.0, time.monotonic()
        for number in range(rate * (WARM_UP_SECONDS + seconds)):
            gevent.sleep(max(0.0, start + number / rate - time.monotonic()))
            if number == rate * WARM_UP_SECONDS:
                before = sum(bot.cpu_times()[:2])
            text = " ".join(random.sample(words, 7))
            _say(client, f":person{random.randrange(20)}!a@h PRIVMSG #c{number % TALKING_CHANNELS} :{text}")
        share = (sum(bot.cpu_times()[:2]) - before) / seconds
    print(f"{rate} lines/s over {TALKING_CHANNELS} channels: {100 * share:.1f} % of a core\n", flush=True)


def print_costs(folder: Path, networks: int, channels: int) -> None:
    """Print what an idle bot in many channels takes."""
    from logs.models import Channel, Network

    with IrcServer() as server, running_bot(folder, server, networks, channels) as bot:
        start = time.monotonic()
        server.wait_for_joins(networks * channels)
        joined = time.monotonic() - start
        gevent.sleep(10)
        before = sum(bot.cpu_times()[:2])
        gevent.sleep(IDLE_SECONDS)
        share = (sum(bot.cpu_times()[:2]) - before) / IDLE_SECONDS
        memory = bot.memory_info().rss / 1e6
        requested_at = time.monotonic()
        Channel.objects.create(network=Network.objects.latest("id"), name="#one-more", wanted=True)
        server.wait_for_joins(networks * channels + 1)
        noticed = time.monotonic() - requested_at
    print(f"| {networks} | {networks * channels:,} | {joined:.0f} | {noticed:.1f} | {memory:.0f} | {100 * share:.1f} |")


class IrcServer:
    """The part of an IRC server that the bot needs; every connection is a network of its own."""

    def __init__(self) -> None:
        self.clients: list[socket.socket] = []
        self.join_count = 0
        self._server = StreamServer(("127.0.0.1", 0), self._serve_until_reset)

    def __enter__(self) -> "IrcServer":
        self._server.start()
        self.port: int = self._server.server_port
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.stop()

    def wait_for_joins(self, count: int, seconds: int = 280) -> None:
        with gevent.Timeout(seconds, AssertionError(f"{self.join_count} of {count} channels joined")):
            while self.join_count < count:
                gevent.sleep(0.05)

    def _serve_until_reset(self, client: socket.socket, address: object) -> None:
        # The bot has gone, with lines that it had not read.
        with suppress(ConnectionResetError, BrokenPipeError):
            self._serve(client, address)

    def _serve(self, client: socket.socket, _address: object) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        nick = "botbot"
        for line in client.makefile("r", encoding="utf-8", newline="\r\n"):
            command, _, rest = line.strip().partition(" ")
            if command == "CAP" and rest.startswith("LS"):
                _say(client, "CAP * LS :")
            elif command == "NICK":
                nick = rest.removeprefix(":")
            elif command == "CAP" and rest == "END":
                _say(client, f":s 001 {nick} :Welcome", f":s 005 {nick} TARGMAX=JOIN: :are supported")
                _say(client, f":s 422 {nick} :no message")
                self.clients.append(client)
            elif command == "PING":
                _say(client, f":s PONG s {rest}")
            elif command == "JOIN":
                for name in rest.split(" ")[0].split(","):
                    people = " ".join(f"person{number}" for number in range(20))
                    _say(
                        client,
                        f":{nick}!b@h JOIN {name}",
                        f":s 353 {nick} = {name} :{nick} {people}",
                        f":s 366 {nick} {name} :end",
                    )
                    self.join_count += 1


def _say(client: socket.socket, *lines: str) -> None:
    client.sendall("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """A PostgreSQL with the product's tables."""
    from botbot.embedded import location
    from botbot.embedded.postgres_server import Postgres

    folder.chmod(0o755)
    os.environ |= {"VAR_DIR": str(folder / "var"), "SECRET_KEY": "bench", "DJANGO_SETTINGS_MODULE": "botbot.settings"}
    os.environ["FLOOD_LINES"] = "0"
    postgres = Postgres(location.find(folder), durable=True)
    postgres.hold()
    os.environ["DATABASE_URL"] = postgres.url
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
    finally:
        postgres.release()


@contextmanager
def running_bot(folder: Path, server: IrcServer, networks: int, channels: int) -> Iterator[psutil.Process]:
    """The bot, with this number of channels on each network."""
    from logs.models import Channel, Network

    Channel.objects.update(wanted=False)
    for number in range(networks):
        network = Network.objects.create(name=f"{folder.name}-{number}", host="127.0.0.1", port=server.port, tls=False)
        Channel.objects.bulk_create(
            Channel(network=network, name=f"#c{index}", folded=f"#c{index}", wanted=True) for index in range(channels)
        )
    folder.mkdir()
    with (folder / "bot.log").open("wb") as log:
        bot = subprocess.Popen(
            [sys.executable, "manage.py", "runbot"],
            cwd=ROOT,
            env=os.environ | {"JOURNAL_DIR": str(folder / "journal")},
            stdout=log,
            stderr=log,
        )
    try:
        yield psutil.Process(bot.pid)
    finally:
        bot.terminate()
        bot.wait(60)


if __name__ == "__main__":
    main()
