"""Counts the lines of many channels over one stream, and prints the counts after each. Usage: dashboard.py ADDRESS"""

import json
import sys
import time
from collections import Counter

import httpx
from httpx_sse import connect_sse

counts: Counter[str] = Counter()
position = ""
while True:
    try:
        headers = {"Last-Event-ID": position} if position else {}
        with (
            httpx.Client(timeout=60) as client,
            connect_sse(client, "GET", sys.argv[1], headers=headers) as source,
        ):
            source.response.raise_for_status()
            for event in source.iter_sse():
                position = event.id or position
                if event.event == "line":
                    counts[event.json()["channel"]] += 1
                    print(json.dumps(counts), flush=True)
                if event.event == "live":
                    print("live", flush=True)
    except httpx.HTTPError as error:
        print(f"comes back after {error!r}", file=sys.stderr, flush=True)
        time.sleep(0.5)
