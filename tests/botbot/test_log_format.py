"""LOG_FORMAT=json: each line of a process's log is a JSON object, gunicorn's own lines as well."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from botbot.logging_config import JsonFormatter
from tests.processes import Site


def test_a_record_is_one_line_with_its_traceback() -> None:
    try:
        int("grün\nand more")
    except ValueError:
        record = logging.LogRecord("logs.x", logging.ERROR, "x.py", 1, "failed: %s", ("a\nb",), sys.exc_info())
    line = JsonFormatter().format(record)
    assert "\n" not in line
    content = json.loads(line)
    assert (content["level"], content["logger"], content["message"]) == ("ERROR", "logs.x", "failed: a\nb")
    assert "ValueError: " in content["traceback"]
    assert content["time"].endswith("+00:00")


def test_all_lines_of_the_web_process_are_json(process_env: dict[str, str], tmp_path: Path) -> None:
    with Site(tmp_path, process_env | {"LOG_FORMAT": "json"}) as site:
        site.get("/healthz")
    lines = [json.loads(line) for line in site.output().splitlines()]
    assert any(" 200 GET /healthz " in line["message"] for line in lines)
    assert {line["logger"] for line in lines} >= {"gunicorn.error", "gunicorn.access"}
