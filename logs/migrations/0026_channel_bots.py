"""Programs in a channel, as its owner names them or its server marks them, and the time zone of a channel."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0025_restricted_lines'),
    ]

    operations = [
        migrations.AddField(
            model_name='channel',
            name='bots',
            field=models.CharField(blank=True, db_default='', default='', help_text='Nicks of other programs, separated by blanks. Their lines are dimmed and can be hidden.', max_length=500),
        ),
        migrations.AddField(
            model_name='channel',
            name='seen_bots',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='channel',
            name='time_zone',
            field=models.CharField(blank=True, db_default='', default='', help_text='Readers can choose to see all times in it, for example Europe/Berlin.', max_length=64),
        ),
    ]
