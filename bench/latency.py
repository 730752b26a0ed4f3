"""From an IRC server's socket into an open page: `python -m bench.latency`.

A server of our own says lines at a steady pace; the real bot stores them in a throwaway PostgreSQL (with `fsync`), the
real site shows them, and Chromium looks at the page. Each line bears the moment at which the server wrote it; the page
notes when it was there. Both clocks are this machine's. docs/performance.md keeps what was found.
"""

import botbot.green  # noqa: F401, I001  (first: see its docstring)

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent
from gevent import socket

ROOT = Path(__file__).resolve().parent.parent
NOTE_ARRIVALS = """() => {
    window.took = [];
    new MutationObserver(changes => {
        const now = performance.timeOrigin + performance.now();
        for (const change of changes)
            for (const node of change.addedNodes) {
                const said = /sent ([0-9.]+)/.exec(node.textContent || '');
                if (said && node.matches?.('.line')) window.took.push(now - 1000 * parseFloat(said[1]));
            }
    }).observe(document.querySelector('#lines'), {childList: true, subtree: true});
}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--rates", type=lambda text: [int(rate) for rate in text.split(",")], default=[10, 200])
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    print("| lines/s | lines seen | p50 ms | p99 ms | worst ms |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="botbot-bench-") as name, product(Path(name)) as (server, address):
        for rate in options.rates:
            latencies = sorted(watch(server, address, rate, options.seconds))
            share = [latencies[int(part * (len(latencies) - 1))] for part in (0.5, 0.99, 1)]
            print(
                f"| {rate} | {len(latencies)} of {rate * options.seconds} | "
                + " | ".join(f"{ms:.0f}" for ms in share)
                + " |"
            )


def watch(server: "Server", address: str, rate: int, seconds: int) -> list[float]:
    """The latency of each line in milliseconds."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("bench: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(address)
        page.evaluate(NOTE_ARRIVALS)
        gevent.sleep(2)
        server.talk(rate, seconds)
        gevent.sleep(2)
        latencies: list[float] = page.evaluate("window.took")
        browser.close()
    return latencies


class Server:
    """The part of an IRC server that the bot needs, with one speaker."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def accept_bot(self) -> None:
        """Accept the bot's connection and let it join the channel."""
        self.bot, _ = self.listener.accept()
        self.bot.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        commands = self.bot.makefile("r", encoding="utf-8", newline="\r\n")
        self._say("CAP * LS :", ":s 001 botbot :Welcome", ":s 422 botbot :no message")
        channel = next(line for line in commands if line.startswith("JOIN ")).split()[1]
        self._say(
            f":botbot!b@h JOIN {channel}", f":s 353 botbot = {channel} :botbot ann", f":s 366 botbot {channel} :end"
        )

    def talk(self, rate: int, seconds: int) -> None:
        start = time.monotonic()
        for number in range(rate * seconds):
            gevent.sleep(max(0.0, start + number / rate - time.monotonic()))
            self._say(f":ann{number % 9}!a@h PRIVMSG #live :sent {time.time():.6f} line {number} of some usual length")

    def _say(self, *lines: str) -> None:
        self.bot.sendall("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def product(folder: Path) -> Iterator[tuple[Server, str]]:
    """Site and bot as in production, the bot in `#live` of the server; the address of that channel's page."""
    from botbot.embedded import location
    from botbot.embedded.postgres_server import Postgres

    folder.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    os.environ |= {"VAR_DIR": str(folder / "var"), "SECRET_KEY": "bench", "DJANGO_SETTINGS_MODULE": "botbot.settings"}
    os.environ |= {"JOURNAL_DIR": str(folder / "journal"), "PORT": str(port), "FLOOD_LINES": "0", "WEB_PROCESSES": "1"}
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    postgres = Postgres(location.find(folder), durable=True)
    postgres.hold()
    os.environ["DATABASE_URL"] = postgres.url
    processes: list[subprocess.Popen[bytes]] = []
    try:
        server, path = prepare()
        for command in (
            ["-m", "gunicorn", "-c", "gunicorn.conf.py", "-b", f"127.0.0.1:{port}", "botbot.wsgi"],
            ["manage.py", "runbot"],
        ):
            with (folder / f"{command[-1]}.log").open("wb") as log:
                processes.append(subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=log, stderr=log))
        server.accept_bot()
        wait_for_port(port)
        yield server, f"http://127.0.0.1:{port}{path}"
    finally:
        for process in processes:
            process.terminate()
            process.wait(30)
        postgres.release()


def prepare() -> tuple[Server, str]:
    """Create the tables and a channel to be joined; return its path."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from logs.models import Channel, Network

    server = Server()
    network = Network.objects.create(name="bench", host="127.0.0.1", port=server.port, tls=False)
    return server, Channel.objects.create(network=network, name="#live", wanted=True).get_absolute_url()


def wait_for_port(port: int) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        gevent.sleep(0.1)


if __name__ == "__main__":
    main()
