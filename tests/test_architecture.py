"""Imports point down the floors of docs/architecture.md, modules and functions stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("botbot", "logs", "bot")
LONGEST_MODULE = 300
LONGEST_FUNCTION = 50

# The longest prefix counts.
FLOORS = {
    "logs.text": 0,
    "logs.formats": 0,
    "bot.irc": 0,
    "logs.models": 1,
    "logs.migrations": 1,
    "logs": 2,
    "logs.views": 3,
    "logs.admin": 3,
    "logs.urls": 3,
    "logs.management": 3,
    "bot": 4,
    "botbot": 5,
}
BOT_MAY = (
    *("logs.models", "logs.ingest", "logs.text", "logs.search"),
    *("logs.ownership", "logs.proving", "logs.codes", "logs.privacy", "logs.holding", "logs.retention"),
)
GROUND_MUST_NOT = ("django", "gevent", "psycopg2", "socket", "ssl", "requests", "urllib.request", "http.client")


def floor(module: str) -> int | None:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (found := FLOORS.get(".".join(parts[:length]))) is not None:
            return found
    return None


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            relative = path.relative_to(root).with_suffix("")
            parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
            yield ".".join(parts), path


def imports(path: Path, root: Path) -> Iterator[str]:
    """The modules that a file imports; those under TYPE_CHECKING are for reading types only and count as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            for alias in node.names:
                inner = root.joinpath(*node.module.split("."), alias.name)
                is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
                yield f"{node.module}.{alias.name}" if is_module else node.module


def under(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def wrong(importer: str, imported: str) -> str:
    """Why one module may not import another; "" if it may."""
    here, there = floor(importer), floor(imported)
    assert here is not None
    if here == 0 and under(imported, *GROUND_MUST_NOT):
        return "the ground knows neither Django nor sockets"
    if there is None:
        return ""
    if under(imported, "botbot") and not under(importer, "botbot"):
        return "nobody imports botbot"
    if under(imported, "bot") and under(importer, "logs"):
        return "logs never imports bot"
    if here == 4 and under(imported, "logs") and not under(imported, *BOT_MAY):
        return f"bot imports only {', '.join(BOT_MAY)} of logs"
    return "imports point down" if there > here else ""


def offences(root: Path) -> list[str]:
    return [
        f"{importer} imports {imported}: {why}"
        for importer, path in modules(root)
        for imported in imports(path, root)
        if (why := wrong(importer, imported))
    ]


def test_imports_point_down() -> None:
    assert offences(ROOT) == []


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("logs/text/mirc.py", "import django.utils.html"),
        ("logs/text/mirc.py", "from logs.models import Line"),
        ("bot/irc/message.py", "import socket"),
        ("logs/models/line.py", "from logs.archive import day_lines"),
        ("logs/archive.py", "from logs.views import day"),
        ("logs/archive.py", "from bot import session"),
        ("logs/archive.py", "from botbot import settings"),
        ("bot/session.py", "from logs.views import day"),
        ("bot/session.py", "from botbot import settings"),
    ],
)
def test_an_import_that_points_up_is_found(tmp_path: Path, importer: str, line: str) -> None:
    path = tmp_path / importer
    path.parent.mkdir(parents=True)
    path.write_text(f"def inner() -> None:\n    {line}\n")
    assert len(offences(tmp_path)) == 1


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("logs/text/mirc.py", "import re"),
        ("logs/models/line.py", "from django.db import models"),
        ("bot/session.py", "from logs.models import Kind"),
        ("bot/session.py", "import bot.irc.message"),
        ("botbot/urls.py", "import logs.urls"),
    ],
)
def test_an_import_that_points_down_is_let_pass(tmp_path: Path, importer: str, line: str) -> None:
    path = tmp_path / importer
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert offences(tmp_path) == []


def test_every_module_has_a_floor() -> None:
    assert [module for module, _ in modules(ROOT) if floor(module) is None] == []


def test_modules_are_short() -> None:
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in modules(ROOT)}
    written = {module: length for module, length in lengths.items() if not under(module, "logs.migrations")}
    assert {module: length for module, length in written.items() if length > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    long = [
        f"{module}.{node.name}"
        for module, path in modules(ROOT)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []
