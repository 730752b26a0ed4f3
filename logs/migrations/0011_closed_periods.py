"""Keep closed what was said while a log was closed, also when it is opened later.

A channel that is closed now gets a period that covers all of its lines so far: nobody knows since when it is closed.
What strangers can read today stays readable. Tables are created and counts of closed channels copied; no line is read.
"""

from django.db import migrations, models
from django.db.models import CASCADE

from logs.sql import run_sql

BACKFILL = """
    INSERT INTO logs_closedperiod (channel_id, readers)
        SELECT id, logs_readers(audience) FROM logs_channel WHERE audience <> 'public' ORDER BY id;
    INSERT INTO logs_closedrange (period_id, channel_id, first) SELECT id, channel_id, 1 FROM logs_closedperiod;
    INSERT INTO logs_closeddaycount (channel_id, period_id, day, lines, said)
        SELECT channel_id, period.id, day, lines, said
        FROM logs_daycount JOIN logs_closedperiod AS period USING (channel_id) WHERE lines > 0;
    INSERT INTO logs_closedhourcount (channel_id, period_id, year, hour, said)
        SELECT channel_id, period.id, year, hour, said
        FROM logs_hourcount JOIN logs_closedperiod AS period USING (channel_id) WHERE said > 0;
    INSERT INTO logs_closednickcount (channel_id, period_id, year, nick, said)
        SELECT channel_id, period.id, year, nick, said
        FROM logs_nickcount JOIN logs_closedperiod AS period USING (channel_id);
"""


def of_channel(name: str) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(db_index=False, on_delete=CASCADE, related_name=name, to="logs.channel")


def of_period(name: str) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(on_delete=CASCADE, related_name=name, to="logs.closedperiod")


def key(*columns: str) -> models.CompositePrimaryKey:
    return models.CompositePrimaryKey(*columns, blank=True, editable=False, primary_key=True, serialize=False)


READERS = [(0, "Everybody"), (1, "holders of the secret link"), (2, "members"), (3, "owners")]


class Migration(migrations.Migration):
    dependencies = [("logs", "0010_notice_by_address")]

    operations = [
        migrations.CreateModel(
            "ClosedPeriod",
            [
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("readers", models.SmallIntegerField(choices=READERS)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("published_at", models.DateTimeField(null=True)),
                ("channel", of_channel("closed_periods")),
            ],
            options={
                "indexes": [models.Index(fields=["channel"], name="closed_period_by_channel")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["channel"], condition=models.Q(until__isnull=True), name="closed_period_open_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            "ClosedRange",
            [
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.IntegerField()),
                ("last", models.IntegerField(null=True)),
                ("channel", of_channel("closed_ranges")),
                ("period", of_period("ranges")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["channel", "first"], name="closed_range_once")]
            },
        ),
        migrations.CreateModel(
            "ClosedDayCount",
            [
                ("pk", key("channel_id", "period_id", "day")),
                ("day", models.DateField()),
                ("lines", models.IntegerField()),
                ("said", models.IntegerField()),
                ("channel", of_channel("closed_day_counts")),
                ("period", of_period("day_counts")),
            ],
        ),
        migrations.CreateModel(
            "ClosedHourCount",
            [
                ("pk", key("channel_id", "period_id", "year", "hour")),
                ("year", models.SmallIntegerField()),
                ("hour", models.SmallIntegerField()),
                ("said", models.IntegerField()),
                ("channel", of_channel("closed_hour_counts")),
                ("period", of_period("hour_counts")),
            ],
        ),
        migrations.CreateModel(
            "ClosedNickCount",
            [
                ("pk", key("channel_id", "period_id", "year", "nick")),
                ("year", models.SmallIntegerField()),
                ("nick", models.TextField()),
                ("said", models.IntegerField()),
                ("channel", of_channel("closed_nick_counts")),
                ("period", of_period("nick_counts")),
            ],
        ),
        run_sql("closed_periods"),
        migrations.AddField(
            "channel", "announcement", models.CharField(blank=True, default="", editable=False, max_length=400)
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
