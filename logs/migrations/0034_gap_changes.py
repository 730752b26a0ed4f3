"""A table of the newest change of each gap, with the triggers that fill it. Gaps that exist have none until they change.

The new table is empty, so that this takes a moment however many lines there are.
"""

import django.db.models.deletion
from django.db import migrations, models

from logs.sql import rerun_sql, run_sql


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0033_highlights'),
    ]

    operations = [
        migrations.CreateModel(
            name='GapChange',
            fields=[
                ('pk', models.CompositePrimaryKey('channel_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.IntegerField()),
                ('gap', models.IntegerField(unique=True)),
                ('channel', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='gap_changes', to='logs.channel')),
            ],
        ),
        run_sql("gap_changes"),
        rerun_sql("watched_pauses"),
    ]
