"""axe-core, the checker of accessibility, run in the page."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.npm import node_modules


@cache
def source() -> str:
    return (node_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


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
