"""Counts of lines by day, hour of the week and nick, and the triggers of logs_line that maintain them."""

from django.db import migrations, models
from django.db.models.functions import Now

from logs.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("logs", "0004_search_index")]
    replaces = [("logs", "0008_counts"), ("logs", "0013_folded_nicks"), ("logs", "0014_day_changed")]

    operations = [
        migrations.CreateModel(
            name="DayCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "channel_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False, on_delete=models.CASCADE, related_name="day_counts", to="logs.channel"
                    ),
                ),
                ("day", models.DateField()),
                ("lines", models.IntegerField()),
                ("said", models.IntegerField()),
                ("revision", models.IntegerField(default=1)),
                ("changed_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="HourCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "channel_id", "year", "hour", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False, on_delete=models.CASCADE, related_name="hour_counts", to="logs.channel"
                    ),
                ),
                ("year", models.SmallIntegerField()),
                ("hour", models.SmallIntegerField()),
                ("said", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="NickCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "channel_id", "year", "nick", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False, on_delete=models.CASCADE, related_name="nick_counts", to="logs.channel"
                    ),
                ),
                ("year", models.SmallIntegerField()),
                ("nick", models.TextField()),
                (
                    "folded",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func("nick", function="logs_nick"),
                        output_field=models.TextField(),
                    ),
                ),
                ("said", models.IntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["channel", "year", "folded"], name="nick_count_by_folded")],
            },
        ),
        run_sql("line_counts"),
    ]
