"""Check the signs for “off the record” in forms; nothing in the database changes."""

from __future__ import annotations

import logs.models.channel
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0021_channel_introduction'),
    ]

    operations = [
        migrations.AlterField(
            model_name='channel',
            name='off_record',
            field=models.CharField(blank=True, default='[off] !-', help_text='Lines that begin with one of these prefixes are not stored. Separate prefixes by blanks.', max_length=100, validators=[logs.models.channel.validate_off_record_signs], verbose_name='signs for “off the record”'),
        ),
    ]
