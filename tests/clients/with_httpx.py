"""Follows with httpx-sse and prints the id of every line; comes back as its documentation tells."""

import json
import sys
import time

import httpx
from httpx_sse import connect_sse

last, wait = "", 1.0
while True:
    try:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        with (
            httpx.Client(timeout=60, follow_redirects=True) as client,
            connect_sse(client, "GET", sys.argv[1], headers=headers) as source,
        ):
            for event in source.iter_sse():
                if event.retry is not None:
                    wait = event.retry / 1000
                if event.event == "line":
                    assert event.json()["id"] == int(event.id), event
                    last = event.id
                    print(json.loads(event.data)["id"], flush=True)
    except httpx.TransportError as error:
        print(f"comes back after {error!r}", file=sys.stderr)
    time.sleep(wait)
