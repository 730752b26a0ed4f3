"""Follows with sseclient-py on requests and prints the id of every line; comes back with the last id."""

import json
import sys
import time

import requests
import sseclient
import urllib3

last, wait = "", 1.0
while True:
    try:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        with requests.get(sys.argv[1], stream=True, headers=headers, timeout=60) as response:
            pieces = iter(response.raw.read1, b"")  # what has come, without waiting for a piece to be full
            for event in sseclient.SSEClient(pieces).events():
                if event.retry is not None:
                    wait = int(event.retry) / 1000
                if event.event == "line":
                    assert json.loads(event.data)["id"] == int(event.id), event
                    last = event.id
                    print(event.id, flush=True)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        print(f"comes back after {error!r}", file=sys.stderr)
    time.sleep(wait)
