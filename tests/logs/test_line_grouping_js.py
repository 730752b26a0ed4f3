"""The rules of static/js/line_grouping.js give the same results as those of logs/line_grouping.py."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from logs.line_grouping import HIDEABLE, group_lines
from logs.models import Kind

SCRIPT = Path(__file__).parents[2] / "static/js/line_grouping.js"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NETSPLIT_REASON = "hub.example.net leaf.example.net"
SAMPLES = 200

# The module is piped in before this code, because node takes a .js file outside of a package for CommonJS.
COMPARE = """
const results = input.map(lines => ({
  folded: lines.map(line => isFolded(line)),
  continues: lines.map((line, index) => continuesRun(line, lines[index - 1])),
  ordered: lines.slice(1).every((line, index) => isBefore(lines[index], line) && !isBefore(line, lines[index])),
}));
console.log(JSON.stringify(results));
"""
HIDEABLE_GROUPS = "console.log(JSON.stringify(HIDEABLE));"
SUMMARISE = "console.log(JSON.stringify(input.map(kinds => foldSummary(kinds))));"


@dataclass
class Line:
    id: int
    at: datetime
    kind: int
    nick: str
    text: str
    target: str | None


def run_script(code: str, argument: object) -> Any:
    node = shutil.which("node")
    if node is None:
        assert not os.environ.get("CI"), "this test needs node"
        pytest.skip("node is not installed")
    source = f"{SCRIPT.read_text()}\nconst input = {json.dumps(argument)};\n{code}"
    finished = subprocess.run(
        [node, "--input-type=module", "-"], input=source, capture_output=True, text=True, check=True
    )
    return json.loads(finished.stdout)


def make_lines(chance: random.Random) -> list[Line]:
    """Lines of all kinds by few nicks within one day, some of them at the same moment."""
    lines, at = [], START
    for number in range(1, chance.randint(2, 25)):
        at += timedelta(microseconds=chance.choice([0, 1, 10**6]))
        kind = chance.choice([Kind.MESSAGE, Kind.MESSAGE, Kind.JOIN, *Kind])
        reason = chance.choice(["bye", NETSPLIT_REASON]) if kind == Kind.QUIT else "text"
        lines.append(Line(number, at, kind.value, chance.choice(["ann", "bob"]), reason, "eve"))
    return lines


def test_lines_are_grouped_alike_in_pages_and_live() -> None:
    chance = random.Random(7)
    pages = [group_lines(make_lines(chance)) for _ in range(SAMPLES)]
    rows = [[(drawn, same, block.kind) for block in page for drawn, same in block.rows] for page in pages]
    samples = [
        [{"id": str(drawn.id), "at": drawn.at, "kind": drawn.kind, "nick": drawn.nick} for drawn, *_ in page]
        for page in rows
    ]
    assert {line["kind"] for sample in samples for line in sample} >= {
        *(kind.name.lower() for kind in Kind),
        "netsplit",
    }
    expected = [
        {
            "folded": [sort == "fold" for *_, sort in page],
            "continues": [same for _, same, _ in page],
            "ordered": True,
        }
        for page in rows
    ]
    assert run_script(COMPARE, samples) == expected


def test_folds_have_the_same_summary_in_pages_and_live() -> None:
    chance = random.Random(7)
    folds = [block for _ in range(SAMPLES) for block in group_lines(make_lines(chance)) if block.kind == "fold"]
    assert any(len(list(groupby(drawn.kind for drawn, _ in fold.rows))) > 2 for fold in folds)
    kinds = [[drawn.kind for drawn, _ in fold.rows] for fold in folds]
    assert run_script(SUMMARISE, kinds) == [fold.label for fold in folds]


def test_readers_can_hide_the_same_kinds_with_and_without_javascript() -> None:
    groups = {name: set(kinds) for name, kinds in run_script(HIDEABLE_GROUPS, None).items()}
    assert groups == {name: set(kinds) for name, kinds in HIDEABLE.items()}
