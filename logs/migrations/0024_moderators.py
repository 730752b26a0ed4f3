"""A group “Moderators” with the few rights that a moderator needs (docs/privacy.md); nobody is in it yet."""

from __future__ import annotations

from typing import Any

from django.db import migrations

GROUP = "Moderators"
PERMISSIONS = {
    "redaction": ("view", "add"),
    "request": ("view", "change"),
    "heldline": ("view", "delete"),
    "optout": ("view", "add"),
    "block": ("view", "add", "change"),
}
NAMES = {"heldline": "held line", "optout": "opt out", "block": "blocked nick or text"}


def create_group(apps: Any, _schema_editor: Any) -> None:
    """Create the group, unless the site has one of this name already, whose rights are its own affair."""
    content_types, permissions = apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
    group, is_new = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    if not is_new:
        return
    for model, actions in PERMISSIONS.items():
        # On a new database these do not exist yet: Django makes them after all migrations, and keeps what is there.
        kind, _ = content_types.objects.get_or_create(app_label="logs", model=model)
        for action in actions:
            permission, _ = permissions.objects.get_or_create(
                content_type=kind,
                codename=f"{action}_{model}",
                defaults={"name": f"Can {action} {NAMES.get(model, model)}"},
            )
            group.permissions.add(permission)


def keep_group(_apps: Any, _schema_editor: Any) -> None:
    """Going back leaves the group: people may be in it."""


class Migration(migrations.Migration):
    dependencies = [
        ("logs", "0023_owner_notices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_group, keep_group)]
