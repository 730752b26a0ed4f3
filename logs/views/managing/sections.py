"""The sections of the owner's page, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logs.models import Channel
from logs.views.managing import exporting, held, leaving, people, removing, settings, tokens
from logs.views.managing.section import Act, Section, Wrong

ACTS_SHOWN = 50


def _nothing(channel: Channel, wrong: Wrong | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


def _acts(channel: Channel, wrong: Wrong | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"acts": channel.acts.all()[:ACTS_SHOWN]}


SECTIONS = (
    settings.SECTION,
    people.LINK,
    people.SECTION,
    tokens.SECTION,
    held.SECTION,
    removing.SECTION,
    exporting.SECTION,
    Section("import", "Import", _nothing),
    leaving.SECTION,
    Section("acts", "What was done", _acts),
)

ACTS: dict[str, tuple[Section, Act]] = {
    name: (section, act) for section in SECTIONS for name, act in section.acts.items()
}
