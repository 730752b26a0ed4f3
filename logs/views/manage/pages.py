"""The owner's pages of a channel: each has an address of its own and consists of sections.

The overview (logs/views/manage/owner_page.py) leads to all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from logs.views.manage import access_sections, channel_settings, export_section, line_sections
from logs.views.manage.section import Action, Section, Text


@dataclass(frozen=True, slots=True)
class ManagePage:
    """One page. `name` is the last part of its address; `summary` says on the overview what can be done there."""

    name: str
    title: Text
    summary: Text
    sections: tuple[Section, ...]
    is_dangerous: bool = False


# In the order of the navigation.
PAGES = (
    ManagePage(
        "readers",
        _("Who reads"),
        _("Who may read the log, how the channel learns of it, search engines and AI crawlers, the secret link."),
        (
            channel_settings.READERS,
            access_sections.NOTICE,
            access_sections.EARLIER_LINES,
            access_sections.SECRET_LINK,
        ),
    ),
    ManagePage(
        "welcome",
        _("Welcome and rules"),
        _("What the channel is about: words above the log, its description, rules and links."),
        (channel_settings.WELCOME,),
    ),
    ManagePage(
        "storage",
        _("What is kept"),
        _("Pause logging, joins and parts, words that are off the record, when lines are deleted."),
        (channel_settings.STORAGE,),
    ),
    ManagePage(
        "people", _("People"), _("Owners, who may do all this, and members, who may read."), (access_sections.MEMBERS,)
    ),
    ManagePage(
        "lines",
        _("Lines"),
        _("What is held back, and lines to remove."),
        (line_sections.HELD_LINES, line_sections.REMOVE_LINES),
    ),
    ManagePage(
        "import-export",
        _("Import and export"),
        _("Add older logs, download the whole log."),
        (Section("import", _("Import")), export_section.EXPORT),
    ),
    ManagePage(
        "programs",
        _("Programs"),
        _("Where the bot answers, which nicks are other bots and bridges, and tokens for programs that read the log."),
        (channel_settings.BOT, channel_settings.PROGRAMS, access_sections.TOKENS),
    ),
    ManagePage(
        "leave",
        _("Leaving"),
        _("Let the bot leave, delete the log, undo a deletion."),
        (channel_settings.LEAVE,),
        is_dangerous=True,
    ),
)

PAGES_BY_NAME = {page.name: page for page in PAGES}

ACTIONS: dict[str, tuple[Section, Action]] = {
    name: (section, act) for page in PAGES for section in page.sections for name, act in section.actions.items()
}

FORMER_ACTIONS: dict[str, tuple[Section, Action]] = {
    "change": (channel_settings.READERS, channel_settings.change_all_settings)
}
"""Actions that no page of today sends, but programs may."""


def find_action(name: str) -> tuple[ManagePage, Section, Action] | None:
    """Return the action that a form's field `act` names, with its section and page."""
    known = {**FORMER_ACTIONS, **ACTIONS}.get(name)
    if known is None:
        return None
    section, action = known
    page = next(page for page in PAGES if section in page.sections)
    return page, section, action
