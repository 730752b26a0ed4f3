"""System checks of `manage.py check --deploy`: what a new site still lacks (logs/site_checklist.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register
from django.core.checks import Tags as DjangoTags
from django.core.checks import Warning as Caution

from logs.site_checklist import Item, check_site

Apps = Sequence[AppConfig] | None


@register(deploy=True)
def site_checklist(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """What the front page shows to administrators, without what needs the tables."""
    return _as_cautions(check_site(with_database=False))


@register(DjangoTags.database, deploy=True)
def first_channel(app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if not databases:
        return []
    known = {item.name for item in check_site(with_database=False)}
    return _as_cautions([item for item in check_site() if item.name not in known])


def _as_cautions(items: list[Item]) -> list[CheckMessage]:
    return [
        Caution(f"{item.title}: not done.", hint=item.problem, id=f"botbot.todo.{item.name}")
        for item in items
        if not item.is_done
    ]
