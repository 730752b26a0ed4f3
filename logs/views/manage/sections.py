"""The sections of the owner's page in their order, and the actions of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logs.models import Channel
from logs.views.manage import channel_settings, export_section, lines, notice_section, owners_and_members, token_section
from logs.views.manage.section import Action, InvalidForm, Section

MAX_ENTRIES = 50


def _empty_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


def _audit_log_context(channel: Channel, invalid_form: InvalidForm | None) -> Mapping[str, Any]:  # noqa: ARG001
    return {"entries": channel.acts.all()[:MAX_ENTRIES]}


SECTIONS = (
    notice_section.NOTICE,
    channel_settings.SETTINGS,
    owners_and_members.SECRET_LINK,
    owners_and_members.MEMBERS,
    token_section.TOKENS,
    lines.HELD_LINES,
    lines.REMOVE_LINES,
    export_section.EXPORT,
    Section("import", "Import", _empty_context),
    channel_settings.LEAVE,
    Section("audit-log", "Audit log", _audit_log_context),
)

ACTIONS: dict[str, tuple[Section, Action]] = {
    name: (section, act) for section in SECTIONS for name, act in section.actions.items()
}
