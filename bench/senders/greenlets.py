"""A greenlet and a queue for each reader under gunicorn: as django-sse works, without Django. Blocks: PORT + 1."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from gevent.queue import Queue
from gevent.server import StreamServer

queues: set[Queue[bytes]] = set()


def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
    return read()


def read() -> Iterator[bytes]:
    queue: Queue[bytes] = Queue()
    queues.add(queue)
    try:
        yield b"retry: 2000\n\n"
        while True:
            yield queue.get()
    finally:
        queues.discard(queue)


def publish(connection: Any, _address: object) -> None:
    kept = b""
    while block := connection.recv(65536):
        kept += block
        if kept.endswith(b"\n\n"):
            for queue in queues:
                queue.put(kept)
            kept = b""


StreamServer(("127.0.0.1", int(os.environ["PORT"]) + 1), publish).start()
