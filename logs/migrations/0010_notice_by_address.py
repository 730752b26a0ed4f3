"""Let owners confirm the notice, and keep logs open that the entry message of services opened.

Entry messages are not believed any more, because anybody can send one. Where an earlier version believed one, the
owners' audit log says so, and the manage page lets them withdraw it. Logs that a topic without the log's address opened
need no migration: they stay open as long as the topic mentions public logs (logs.accounts.ownership).
"""

from typing import Any

from django.db import migrations, models

WHAT = "kept the log open: its notice, an entry message, was confirmed before the rule changed"


def confirm_entry_messages(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    channels = apps.get_model("logs", "Channel").objects.using(alias).filter(notice="given", entry_notice=True)
    acts = apps.get_model("logs", "Act").objects.using(alias)
    acts.bulk_create([acts.model(channel=channel, by="the upgrade", what=WHAT) for channel in channels])
    channels.update(notice="confirmed")


class Migration(migrations.Migration):
    dependencies = [("logs", "0009_nick_confirmation")]

    operations = [
        migrations.AlterField(
            "channel",
            "notice",
            models.CharField(
                choices=[
                    ("unneeded", "not needed: confirmed by an administrator"),
                    ("confirmed", "confirmed by an owner"),
                    ("missing", "missing: only owners can read until it is given"),
                    ("given", "given"),
                ],
                default="unneeded",
                help_text="Whether people in the channel are told that it is publicly logged.",
                max_length=10,
            ),
        ),
        migrations.RunPython(confirm_entry_messages, migrations.RunPython.noop),
    ]
