"""The tables of lines, gaps and held lines, of imported logs, and of the bot's status and journal."""

from django.db import migrations, models
from django.db.models.functions import Now

KINDS = [
    (1, "Message"),
    (2, "Action"),
    (3, "Notice"),
    (4, "Join"),
    (5, "Part"),
    (6, "Quit"),
    (7, "Nick"),
    (8, "Kick"),
    (9, "Mode"),
    (10, "Topic"),
    (11, "Removed"),
    (12, "Unlogged"),
]


class Migration(migrations.Migration):
    dependencies = [("logs", "0001_channels")]
    replaces = [
        ("logs", "0004_standby"),
        ("logs", "0005_removal"),
        ("logs", "0009_pausing"),
        ("logs", "0016_provenance"),
    ]

    operations = [
        migrations.CreateModel(
            name="LineCounter",
            fields=[
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="counter",
                        serialize=False,
                        to="logs.channel",
                    ),
                ),
                ("last_id", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "channel_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("id", models.IntegerField()),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="lines",
                        to="logs.channel",
                    ),
                ),
                ("kind", models.SmallIntegerField(choices=KINDS)),
                ("nick", models.TextField()),
                ("text", models.TextField()),
                ("account", models.TextField(null=True)),
                ("msgid", models.TextField(null=True)),
                ("target", models.TextField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["channel", "at"], name="line_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("msgid__isnull", False)),
                        fields=("channel", "msgid"),
                        name="line_once_per_msgid",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Removal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "channel_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="removals",
                        to="logs.channel",
                    ),
                ),
                ("id", models.IntegerField()),
                ("line", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Gap",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.ForeignKey(on_delete=models.CASCADE, related_name="gaps", to="logs.channel")),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField(null=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("connection", "connection lost"),
                            ("stopped", "bot stopped"),
                            ("kicked", "bot was kicked"),
                            ("left", "bot left the channel"),
                            ("paused", "paused by the channel's owners"),
                            ("disk", "disk full or failing"),
                        ],
                        max_length=20,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["channel", "from_at"], name="gap_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_at", None)), fields=("channel",), name="gap_open_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HeldLine",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.ForeignKey(on_delete=models.CASCADE, related_name="held_lines", to="logs.channel")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("delay", "published later"),
                            ("flood", "many lines at once"),
                            ("repeat", "the same text repeatedly"),
                        ],
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                ("due_at", models.DateTimeField(null=True)),
                ("held_at", models.DateTimeField(db_default=Now())),
                ("at", models.DateTimeField()),
                ("kind", models.SmallIntegerField(choices=KINDS)),
                ("nick", models.TextField()),
                ("text", models.TextField()),
                ("account", models.TextField(null=True)),
                ("msgid", models.TextField(null=True)),
                ("target", models.TextField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="held_by_due"),
                    models.Index(fields=["channel", "at"], name="held_by_time"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("msgid__isnull", False)),
                        fields=("channel", "msgid"),
                        name="held_once_per_msgid",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalPosition",
            fields=[
                ("journal", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("segment", models.BigIntegerField()),
                ("offset", models.BigIntegerField()),
                ("updated_at", models.DateTimeField()),
                (
                    "network",
                    models.ForeignKey(null=True, on_delete=models.CASCADE, related_name="journals", to="logs.network"),
                ),
                ("heard_until", models.DateTimeField(help_text="Every line received until then is stored.", null=True)),
            ],
        ),
        migrations.CreateModel(
            name="BotStatus",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.ForeignKey(on_delete=models.CASCADE, related_name="statuses", to="logs.network")),
                (
                    "channel",
                    models.OneToOneField(null=True, on_delete=models.CASCADE, related_name="status", to="logs.channel"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("off", "switched off"),
                            ("connecting", "connecting"),
                            ("waiting", "waiting to retry"),
                            ("connected", "connected"),
                            ("joining", "joining"),
                            ("joined", "joined"),
                            ("refused", "refused by the server"),
                        ],
                        max_length=20,
                    ),
                ),
                ("detail", models.TextField(blank=True, help_text="The reason, in one sentence.")),
                ("since", models.DateTimeField()),
                ("last_line_at", models.DateTimeField(null=True)),
                (
                    "journal_depth",
                    models.BigIntegerField(default=0, help_text="Bytes in the journal that are not stored yet."),
                ),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "bot status",
                "verbose_name_plural": "bot status",
                "constraints": [
                    models.UniqueConstraint(fields=("network", "channel"), name="status_once", nulls_distinct=False)
                ],
            },
        ),
        migrations.CreateModel(
            name="OldNumber",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False, on_delete=models.CASCADE, related_name="old_numbers", to="logs.channel"
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("line", models.IntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["channel", "line"], name="old_number_by_line")],
                "constraints": [models.UniqueConstraint(fields=("number", "channel"), name="old_number_once")],
            },
        ),
        migrations.CreateModel(
            name="Fill",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False, on_delete=models.CASCADE, related_name="fills", to="logs.channel"
                    ),
                ),
                ("first", models.IntegerField()),
                ("last", models.IntegerField()),
                ("name", models.CharField(max_length=200)),
            ],
            options={
                "indexes": [models.Index(fields=["channel", "first"], name="fill_by_line")],
            },
        ),
        migrations.CreateModel(
            name="Unfinished",
            fields=[
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="unfinished",
                        serialize=False,
                        to="logs.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.ForeignKey(on_delete=models.CASCADE, related_name="uploads", to="logs.channel")),
                ("by", models.CharField(max_length=250)),
                ("name", models.CharField(max_length=100)),
                ("content", models.BinaryField()),
                ("sent_at", models.DateTimeField(db_default=Now())),
            ],
        ),
    ]
