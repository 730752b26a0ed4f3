"""Imports point down the floors of docs/architecture.md and never run in a circle; modules stay readable."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("botbot", "logs", "bot")
MODULE_LIMIT_LINES = 400
LONGER_MODULES: dict[str, str] = {}
"""Modules of up to 600 lines, each with the reason why it is not split."""

# Floors from the bottom up. The longest prefix of a module's name decides.
FLOORS: dict[str, float] = {
    "logs.text": 0,
    "logs.formats": 0,
    "bot.irc": 0,
    "logs.models": 1,
    "logs.migrations": 1,
    "logs.sql": 1,
    # 2a reading
    "logs": 2.0,  # the package itself
    "logs.apps": 2.0,
    "logs.active_language": 2.0,
    "logs.greenlets": 2.0,
    "logs.archive": 2.0,
    "logs.pagination": 2.0,
    "logs.render": 2.0,
    "logs.line_grouping": 2.0,
    "logs.line_texts": 2.0,
    "logs.localize": 2.0,
    "logs.counts": 2.0,
    "logs.picture": 2.0,
    "logs.logging_state": 2.0,
    "logs.sharing": 2.0,
    "logs.tracing": 2.0,
    # 2b flows
    "logs.ingest": 2.1,
    "logs.imports": 2.1,
    "logs.live": 2.1,
    "logs.search": 2.1,
    "logs.conversations": 2.1,
    "logs.export": 2.1,
    # 2c policies
    "logs.extent": 2.2,
    "logs.highlights": 2.2,
    "logs.line_selection": 2.2,
    "logs.mail_addresses": 2.2,
    "logs.notice_mail": 2.2,
    "logs.owner_notices": 2.2,
    "logs.planned_deletions": 2.2,
    "logs.privacy": 2.2,
    "logs.publication": 2.2,
    "logs.retention": 2.2,
    "logs.site_notices": 2.2,
    "logs.site_checklist": 2.2,
    "logs.moderation": 2.2,
    "logs.accounts": 2.2,
    # 2d recording
    "logs.recording": 2.3,
    "logs.watching": 2.4,
    "logs.views": 3,
    "logs.admin": 3,
    "logs.admin_site": 3,
    "logs.urls": 3,
    "logs.management": 3,
    "bot": 4,
    "botbot": 5,
}
BOT_MAY = (
    *("logs.models", "logs.ingest", "logs.imports", "logs.recording", "logs.text", "logs.search"),
    *("logs.accounts", "logs.privacy", "logs.moderation", "logs.publication", "logs.retention", "logs.conversations"),
    *("logs.greenlets", "logs.planned_deletions", "logs.owner_notices", "logs.mail_addresses", "logs.notice_mail"),
    "logs.site_notices",
)
IMPORTED_WHERE_SET_UP = ("redis", "opentelemetry", "sentry_sdk")
"""Libraries for what most sites do not set up: they would take each process memory and time to start."""
GROUND_MUST_NOT = ("django", "gevent", "psycopg2", "socket", "ssl", "requests", "urllib.request", "http.client")

# Violations that are accepted for now, each with the import that it excuses; a test finds those no longer needed.
EXCEPTIONS: set[tuple[str, str]] = set()
CIRCLES: set[str] = set()


def floor(module: str) -> float | None:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        # The entry of the package `logs` itself is no default for what stands in it: each module there has its own.
        if name in FLOORS and (name != "logs" or module == "logs"):
            return FLOORS[name]
    return None


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            relative = path.relative_to(root).with_suffix("")
            parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
            yield ".".join(parts), path


def import_nodes(node: ast.AST, *, at_start: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif isinstance(child, ast.expr):
            continue  # no statement stands inside an expression
        elif not (at_start and isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))):
            yield from import_nodes(child, at_start=at_start)


@cache
def imports(path: Path, root: Path, *, at_start: bool = False) -> list[str]:
    """The modules that a file imports, also inside functions and under TYPE_CHECKING.

    `at_start`: without those inside functions, which run later.
    """
    found: list[str] = []
    for node in import_nodes(ast.parse(path.read_text(encoding="utf-8")), at_start=at_start):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif node.module:
            assert node.level == 0, f"{path}: a relative import"
            for alias in node.names:
                inner = root.joinpath(*node.module.split("."), alias.name)
                is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
                found.append(f"{node.module}.{alias.name}" if is_module else node.module)
    return found


def under(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def wrong(importer: str, imported: str) -> str:  # noqa: PLR0911 (one rule a line)
    """Why one module may not import another; "" if it may."""
    importer_floor, imported_floor = floor(importer), floor(imported)
    if importer_floor is None:
        return "the importer stands on no floor"
    if importer_floor == 0 and under(imported, *GROUND_MUST_NOT):
        return "the ground knows neither Django nor sockets"
    if imported_floor is None:
        return ""
    if under(imported, "botbot") and not under(importer, "botbot"):
        return "nobody imports botbot"
    if under(imported, "bot") and under(importer, "logs"):
        return "logs never imports bot"
    if importer_floor == 4 and under(imported, "logs") and not under(imported, *BOT_MAY):
        return f"bot imports only {', '.join(BOT_MAY)} of logs"
    return "imports point down" if imported_floor > importer_floor else ""


def violations(root: Path) -> list[tuple[str, str, str]]:
    """Importer, imported module, reason."""
    return [
        (importer, imported, reason)
        for importer, path in modules(root)
        for imported in imports(path, root)
        if (reason := wrong(importer, imported))
    ]


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def import_graph(root: Path) -> dict[str, list[str]]:
    names = dict(modules(root))
    return {
        name: [other for other in imports(path, root, at_start=True) if other in names and other != name]
        for name, path in names.items()
        if not path.read_text(encoding="utf-8").startswith('"""Package facade')
    }


def test_imports_point_down() -> None:
    assert [violation for violation in violations(ROOT) if violation[:2] not in EXCEPTIONS] == []


def test_every_exception_is_still_needed() -> None:
    assert {violation[:2] for violation in violations(ROOT)} >= EXCEPTIONS


def test_imports_form_no_cycle() -> None:
    assert {module for circle in circles(import_graph(ROOT)) for module in circle} <= CIRCLES


def test_an_import_cycle_is_found() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a", "e"], "e": []}
    assert circles(graph) == [["a", "b", "c"]]


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("logs/text/irc_formatting.py", "import django.utils.html"),
        ("logs/text/irc_formatting.py", "from logs.models import Line"),
        ("bot/irc/message.py", "import socket"),
        ("logs/models/line.py", "from logs.archive import day_lines"),
        ("logs/archive.py", "from logs.views.reading import day"),
        ("logs/archive.py", "from logs.search import results"),
        ("logs/ingest/store.py", "from logs.privacy import erase"),
        ("logs/privacy.py", "from logs.recording.writer import Writer"),
        ("logs/archive.py", "from bot import session"),
        ("logs/archive.py", "from botbot import settings"),
        ("bot/session.py", "from logs.views.reading import day"),
        ("bot/session.py", "from botbot import settings"),
    ],
)
@pytest.mark.parametrize("place", ["def inner() -> None:\n    {}\n", "if TYPE_CHECKING:\n    {}\n", "{}\n"])
def test_an_import_that_points_up_is_found(tmp_path: Path, importer: str, line: str, place: str) -> None:
    path = tmp_path / importer
    path.parent.mkdir(parents=True)
    path.write_text(place.format(line))
    assert len(violations(tmp_path)) == 1


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("logs/text/irc_formatting.py", "import re"),
        ("logs/models/line.py", "from django.db import models"),
        ("logs/recording/apply.py", "from logs import privacy"),
        ("bot/session.py", "from logs.models import Kind"),
        ("bot/session.py", "import bot.irc.message"),
        ("botbot/urls.py", "import logs.urls"),
    ],
)
def test_an_import_that_points_down_is_let_pass(tmp_path: Path, importer: str, line: str) -> None:
    path = tmp_path / importer
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert violations(tmp_path) == []


def test_libraries_of_optional_services_are_imported_by_functions_only() -> None:
    found = {
        (module, name)
        for module, path in modules(ROOT)
        for name in imports(path, ROOT, at_start=True)
        if under(name, *IMPORTED_WHERE_SET_UP)
    }
    # This one imports types for the type checker alone.
    assert {module for module, _ in found} == {"logs.tracing"}


def test_every_module_has_a_floor() -> None:
    assert [module for module, _ in modules(ROOT) if floor(module) is None] == []


def test_modules_are_readable_in_one_go() -> None:
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in modules(ROOT)}
    written = {module: length for module, length in lengths.items() if not under(module, "logs.migrations")}
    limits = {module: 600 if module in LONGER_MODULES else MODULE_LIMIT_LINES for module in written}
    assert {module: length for module, length in written.items() if length > limits[module]} == {}
