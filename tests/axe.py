"""axe-core, the checker of accessibility: installed by npm once, run in the page."""

from __future__ import annotations

import fcntl
import subprocess
from functools import cache
from typing import Any

from django.conf import settings
from playwright.sync_api import Page

from tests.programs import require

VERSION = "4.14.1"


@cache
def source() -> str:
    npm = require("npm")
    folder = settings.BASE_DIR / "var" / "npm" / f"axe-core-{VERSION}"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that run at once share the folder
        if not script.exists():
            options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
            subprocess.run([npm, "install", *options, f"axe-core@{VERSION}"], check=True, capture_output=True)
        return script.read_text(encoding="utf-8")


OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""axe's rules that look at colours. All others find the same in light and in dark."""
RUN = """async rules => {
    const {violations} = await axe.run(rules ? {runOnly: {type: "rule", values: rules}} : {})
    return violations
}"""


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, in light and in dark; one sentence each."""
    page.emulate_media(color_scheme="light")
    page.evaluate(source())
    in_light = _run(page, None)
    page.emulate_media(color_scheme="dark")
    return in_light + _run(page, OF_COLOURS)


def _run(page: Page, rules: list[str] | None) -> list[str]:
    found: list[dict[str, Any]] = page.evaluate(RUN, rules)
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found
        for node in rule["nodes"][:3]
    ]
