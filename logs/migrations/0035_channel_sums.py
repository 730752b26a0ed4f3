"""Sums of each channel beside its last id, filled from the counts by day.

Writers of lines wait for the counters until all of this has been committed: with ten years of 300 channels a second.
"""

from django.db import migrations, models

from logs.sql import rerun_sql

FILL = """
    UPDATE logs_linecounter AS counter SET
        lines = coalesce(counted.lines, 0), said = coalesce(counted.said, 0),
        last_at = (SELECT at FROM logs_line WHERE logs_line.channel_id = channel.id ORDER BY at DESC LIMIT 1)
    FROM logs_channel AS channel LEFT JOIN (
        SELECT channel_id, sum(lines)::integer AS lines, sum(said)::integer AS said
        FROM logs_daycount GROUP BY channel_id
    ) AS counted ON counted.channel_id = channel.id
    WHERE counter.channel_id = channel.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0034_gap_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='linecounter',
            name='last_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='linecounter',
            name='lines',
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='linecounter',
            name='said',
            field=models.IntegerField(db_default=0, default=0),
        ),
        rerun_sql("line_counts"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
