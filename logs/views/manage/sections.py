"""The sections of the owner's page, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logs.models import Channel
from logs.views.manage import (
    channel_settings,
    export_section,
    held_lines,
    leaving,
    line_removal,
    owners_and_members,
    token_section,
)
from logs.views.manage.section import Act, Section, Wrong

ACTS_SHOWN = 50


def _nothing(channel: Channel, wrong: Wrong | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


def _acts(channel: Channel, wrong: Wrong | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"acts": channel.acts.all()[:ACTS_SHOWN]}


SECTIONS = (
    channel_settings.SECTION,
    owners_and_members.LINK,
    owners_and_members.SECTION,
    token_section.SECTION,
    held_lines.SECTION,
    line_removal.SECTION,
    export_section.SECTION,
    Section("import", "Import", _nothing),
    leaving.SECTION,
    Section("audit-log", "Audit log", _acts),
)

ACTS: dict[str, tuple[Section, Act]] = {
    name: (section, act) for section in SECTIONS for name, act in section.acts.items()
}
