"""How fast pages are: `python -m bench.pages [RAKU_FOLDER]`.

Fills a throwaway PostgreSQL with the logs of the Raku community (without a folder, the sample in $BENCH_LOGS) and asks
for pages in this process, through all middleware: CPU of this process, the least of several turns, and the time that
passes, the median. Before them the cost of an empty page, and what each middleware has of it. Beside them what one
would write first, a loop of Django's own templates over model instances, and nginx serving the same bytes from a file.
docs/performance.md keeps what was found.
"""

from __future__ import annotations

# isort: off
import botbot.green  # noqa: F401  (first: see its docstring)

# isort: on
import argparse
import gzip
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.urls import path as route

ROUNDS = 40

LOOP = """{% load static %}<!doctype html><html><head><title>{{ day }}</title></head><body><h1>{{ channel.name }}</h1>
<div id="lines">{% for line in lines %}
<div class="line" id="l{{ line.id }}"><a class="time" href="{% url 'line' channel.network.name channel.name line.id %}">
<time datetime="{{ line.at|date:'c' }}">{{ line.at|date:'H:i' }}</time></a>
<span class="nick">{{ line.nick }}</span> <span class="text">{{ line.text|urlize }}</span></div>{% endfor %}
</div></body></html>"""


urlpatterns = [route("<network>/<channel>/", lambda _request, **_names: HttpResponse())]
"""The URL configuration of `_empty_page_ms`."""


class Cost(NamedTuple):
    """One response: CPU and wall-clock milliseconds, and its size."""

    cpu: float
    passed: float
    content: bytes


def main() -> None:
    from bench import archive

    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("logs", nargs="?", type=Path, metavar="RAKU_FOLDER")
    parser.add_argument("--lines", type=int, default=0, help="0: as many as there are")
    parser.add_argument("--folder", type=Path, help="where to put the database")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="botbot-bench-", dir=options.folder))
    try:
        with archive.database(folder) as url:
            logs = options.logs or archive.unpacked(folder / "logs")
            archive.load(archive.connect(url), logs, options.lines, lambda text: print(text, file=sys.stderr))
            _compare(folder)
    finally:
        shutil.rmtree(folder)


def _compare(folder: Path) -> None:
    from django.db import connection
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    (network, big, day), (_, usual, usual_day) = _day(connection, 10**9), _day(connection, 500)
    biggest, ordinary = f"/{network}/{big[1:]}/{day}/", f"/{network}/{usual[1:]}/{usual_day}/"
    _print_middleware()
    print(f"| {'page':44} | CPU ms | time ms | KB | KB gzipped |\n|---|---|---|---|---|")
    pages = {"the biggest day": biggest, "a day of 500 lines": ordinary}
    pages |= {"its text": f"{biggest[:-1]}.txt", "its JSON": f"{biggest[:-1]}.json"}
    channel = f"/{network}/{usual[1:]}/"
    pages |= {"the index": "/", "a channel today": channel, "a year": f"{channel}{usual_day.year}/"}
    pages |= {"statistics of a channel": f"{channel}stats/", "statistics of the site": "/stats/"}
    feed = f"{channel}feed.atom"
    pages |= {"the feed of days": feed, "the feed of lines": f"{feed}?by=line", "the index of sitemaps": "/sitemap.xml"}
    for name, path in pages.items():
        _print_cost(f"{name} ({path})" if "day" in name else name, _cost(lambda path=path: _get(client, path)))
    for name, path in (("the biggest day", biggest), ("the feed of days", feed)):
        tag = client.get(path)["ETag"]
        _print_cost(f"{name}, unchanged (304)", _cost(lambda path=path, tag=tag: _get(client, path, tag)))
    for name, day_of_channel in (("the biggest day", (big, day)), ("500 lines", (usual, usual_day))):
        _print_cost(
            f"a plain loop of Django's templates, {name}",
            _cost(lambda day_of_channel=day_of_channel: _loop(*day_of_channel)),
        )
    _nginx(folder, _get(client, biggest))
    _add_channels(connection, 5_000)
    _print_cost("the index with 5,000 more channels", _cost(lambda: _get(client, "/")))


def _add_channels(connection: object, count: int) -> None:
    """As many channels on five networks, each with a topic and a line on each of the last 30 days."""
    from logs.models import Channel, Network

    networks = [Network.objects.create(name=f"network{number}", host="") for number in range(5)]
    for start in range(0, count, 1_000):
        keys = [
            Channel.objects.create(
                network=networks[number % 5], name=f"#channel{number}", wanted=False, topic=f"All about {number} " * 5
            ).pk
            for number in range(start, min(start + 1_000, count))
        ]
        with connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("INSERT INTO logs_linecounter (channel_id, last_id) SELECT unnest(%s), 30", [keys])
            cursor.execute(
                "INSERT INTO logs_line (channel_id, id, at, kind, nick, text)"
                " SELECT channel, day, date_trunc('hour', now()) - day * interval '1 day', 1, 'ann', 'good morning'"
                " FROM unnest(%s) channel, generate_series(1, 30) day",
                [keys],
            )


def _print_middleware() -> None:
    """The cost of an empty page through all middleware, and how much of it would be saved without each of them."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    middleware = list(settings.MIDDLEWARE)
    # What others build upon cannot be left out.
    names = [name for name in middleware if not name.endswith(("SessionMiddleware", "AuthenticationMiddleware"))]
    stacks = [middleware, [], *([other for other in middleware if other != name] for name in names)]
    with override_settings(ROOT_URLCONF=__name__):
        handlers = []
        for stack in stacks:
            with override_settings(MIDDLEWARE=stack):
                handlers.append(WSGIHandler())
        # In turns, because the speed of the machine changes.
        turns = [[_empty_page_ms(handler) for handler in handlers] for _ in range(ROUNDS)]
    whole, bare, *without = [min(costs) for costs in zip(*turns, strict=True)]
    print(f"an empty page: {whole:.3f} ms of CPU, without middleware {bare:.3f}; of it")
    for name, rest in zip(names, without, strict=True):
        print(f"    {name}: {whole - rest:.3f}")
    print(flush=True)


def _empty_page_ms(handler: Callable[..., Any], requests: int = 50) -> float:
    """CPU milliseconds of a request for an empty page."""
    from django.test import RequestFactory

    headers = {"User-Agent": "Mozilla/5.0", "Accept-Language": "en-US,en;q=0.9", "Accept-Encoding": "gzip, br"}
    factory, seconds = RequestFactory(SERVER_NAME="127.0.0.1"), 0.0
    for _ in range(requests):
        environ = factory.get("/network/channel/", headers=headers).environ
        worked = time.process_time()
        response = handler(environ, lambda *_: None)
        b"".join(response)
        response.close()
        seconds += time.process_time() - worked
    return seconds / requests * 1000


def _day(connection: object, max_lines: int) -> tuple[str, str, object]:
    """Network, channel and date of the day with the most lines, but not more than these."""
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(
            "SELECT network.name, channel.name, day FROM logs_daycount"
            " JOIN logs_channel channel ON channel.id = channel_id"
            " JOIN logs_network network ON network.id = network_id WHERE lines <= %s ORDER BY lines DESC LIMIT 1",
            [max_lines],
        )
        found: tuple[str, str, object] = cursor.fetchone()
        return found


def _get(client: object, path: str, tag: str = "") -> bytes:
    response = client.get(path, headers={"If-None-Match": tag} if tag else None)  # type: ignore[attr-defined]
    assert response.status_code == (304 if tag else 200), (path, response.status_code)
    return bytes(response.getvalue())


def _cost(act: Callable[[], bytes]) -> Cost:
    cpu, passed = [], []
    content = act()
    for _ in range(ROUNDS):
        began, worked = time.perf_counter(), time.process_time()
        act()
        cpu.append(time.process_time() - worked)
        passed.append(time.perf_counter() - began)
    return Cost(min(cpu) * 1000, statistics.median(passed) * 1000, content)


def _loop(channel_name: str, day: object) -> bytes:
    """The naive implementation."""
    from django.template import engines

    from logs.models import Channel, Line

    channel = Channel.objects.select_related("network").get(name=channel_name)
    lines = Line.objects.filter(channel=channel, at__date=day).order_by("at", "id")
    template = engines["django"].from_string(LOOP)
    return template.render({"channel": channel, "lines": lines, "day": day}).encode()


def _nginx(folder: Path, content: bytes) -> None:
    """The lower bound: the same bytes from a file. CPU is that of the worker process."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if nginx is None:
        print("nginx is not installed: apt-get install nginx", file=sys.stderr)
        return
    folder.chmod(0o755)
    (folder / "day.html").write_bytes(content)
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;"
        f" events {{}} http {{ access_log off; sendfile on;"
        f" server {{ listen 127.0.0.1:18431; root {folder}; etag on; keepalive_requests 100000; }} }}"
    )
    with subprocess.Popen([nginx, "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf"]) as server:
        try:
            time.sleep(1)
            worker = int(subprocess.check_output(["pgrep", "-P", str(server.pid)]).split()[0])
            connection = HTTPConnection("127.0.0.1", 18431)
            for name, headers in (("nginx, the same bytes", {}), ("nginx, unchanged (304)", {"If-None-Match": ""})):
                _print_cost(name, _measure_requests(connection, headers, worker))
        finally:
            server.terminate()


def _measure_requests(connection: HTTPConnection, headers: dict[str, str], worker: int, rounds: int = 300) -> Cost:
    def ask() -> tuple[bytes, str]:
        connection.request("GET", "/day.html", headers=headers)
        response = connection.getresponse()
        return response.read(), response.headers["ETag"]

    if headers:
        headers = {}
        headers["If-None-Match"] = ask()[1]
    passed = []
    worked = _worked(worker)
    for _ in range(rounds):
        began = time.perf_counter()
        content, _tag = ask()
        passed.append(time.perf_counter() - began)
    return Cost((_worked(worker) - worked) / rounds * 1000, statistics.median(passed) * 1000, content)


def _worked(pid: int) -> float:
    """Seconds of CPU of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _print_cost(name: str, cost: Cost) -> None:
    sizes = f"{len(cost.content) / 1000:,.1f} | {len(gzip.compress(cost.content, 6)) / 1000:,.1f}"
    print(f"| {name:44} | {cost.cpu:.2f} | {cost.passed:.2f} | {sizes} |", flush=True)


if __name__ == "__main__":
    main()
