"""Keeps a copy of a channel's lines and gaps in a file, as docs/api.md tells: the archive page by page, then live.

Usage: mirror.py ADDRESS-OF-THE-CHANNEL-IN-THE-API FILE
"""

import json
import sys
import time
from pathlib import Path

import httpx
from httpx_sse import connect_sse

address, file = sys.argv[1], Path(sys.argv[2])
lines: dict[int, dict[str, object]] = {}
gaps: dict[int, dict[str, object]] = {}
position = ""


def load(client: httpx.Client) -> str:
    """Loads everything; returns where live goes on, which is read before the lines so that none is missed."""
    channel = client.get(address).raise_for_status().json()
    lines.clear()
    gaps.clear()
    parameters: dict[str, object] = {"since": "1990-01-01T00:00:00Z", "limit": 1000}
    while True:
        page = client.get(f"{address}/lines", params=parameters).raise_for_status().json()
        lines.update({line["id"]: line for line in page["lines"]})
        gaps.update({gap["id"]: gap for gap in page["gaps"]})
        if page["later"] is None:
            return str(channel["position"])
        parameters = {"after": page["later"], "limit": 1000}


def save() -> None:
    ordered = sorted(lines.values(), key=lambda line: (line["at"], line["id"]))
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps({"lines": ordered, "gaps": [gaps[number] for number in sorted(gaps)]}))
    temporary.replace(file)


while True:
    try:
        with httpx.Client(timeout=60, follow_redirects=True) as client:
            position = position or load(client)
            save()
            headers = {"Last-Event-ID": position}
            with connect_sse(client, "GET", f"{address}/live", headers=headers) as source:
                source.response.raise_for_status()
                for event in source.iter_sse():
                    if event.event == "line":
                        lines[event.json()["id"]] = event.json()
                    elif event.event == "removal":
                        lines.pop(event.json()["line"], None)
                    elif event.event == "gap":
                        gap = event.json()
                        gap["id"] = gap.pop("gap")
                        gaps[gap["id"]] = gap
                    elif event.event == "gap-removal":
                        gaps.pop(event.json()["gap"], None)
                    elif event.event == "reload":
                        position = ""
                        break
                    elif event.event != "live":
                        continue
                    position = event.id
                    save()
    except httpx.HTTPError as error:
        print(f"comes back after {error!r}", file=sys.stderr, flush=True)
        time.sleep(0.5)
