"""Tables of the log files that `watchlogs` follows, and a trigger that notes pauses of their channels."""

import django.db.models.deletion
from django.db import migrations, models

from logs.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0029_problem_counts'),
    ]

    operations = [
        migrations.CreateModel(
            name='WatchedPath',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=100)),
                ('path', models.TextField()),
                ('closed_before', models.DateField(null=True)),
                ('began_at', models.DateTimeField(help_text='When the path was followed first.', null=True)),
                ('imports_old', models.BooleanField(default=False)),
                ('polls', models.BooleanField(default=False, help_text='Whether the files are looked at again and again.')),
                ('ignored', models.IntegerField(default=0, help_text='Files that are no log of a channel, or are packed.')),
                ('lines', models.BigIntegerField(default=0, help_text='Lines of files whose rows were deleted.')),
                ('unparsed', models.BigIntegerField(default=0, help_text='The same of those that were reported and not stored.')),
                ('problem', models.TextField(blank=True)),
                ('seen_at', models.DateTimeField(help_text='When a watchlogs process was last known to follow the path.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('path', 'name'), name='watched_path_once')],
            },
        ),
        migrations.CreateModel(
            name='WatchedFile',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.TextField()),
                ('folder', models.TextField(help_text="The folder of the channel's logs.")),
                ('day', models.DateField(help_text='The day in its path.', null=True)),
                ('format', models.CharField(blank=True, max_length=20)),
                ('identity', models.CharField(max_length=60)),
                ('head', models.CharField(blank=True, max_length=64)),
                ('head_length', models.IntegerField(default=0)),
                ('offset', models.BigIntegerField(default=0)),
                ('context_offset', models.BigIntegerField(default=0)),
                ('context_day', models.DateField(null=True)),
                ('is_day_lost', models.BooleanField(default=False)),
                ('context_digest', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('followed', 'followed'), ('waiting', 'its format is not certain yet'), ('refused', 'refused'), ('gone', 'not there any more')], default='waiting', max_length=10)),
                ('detail', models.TextField(blank=True)),
                ('lines', models.BigIntegerField(default=0)),
                ('unparsed', models.BigIntegerField(default=0)),
                ('last_line_at', models.DateTimeField(null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='watched_files', to='logs.channel')),
                ('root', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='logs.watchedpath')),
            ],
        ),
        run_sql("watched_pauses"),
    ]
