"""The encoding of text that is not UTF-8, for each network."""

from django.db import migrations, models

import logs.models.network


class Migration(migrations.Migration):
    dependencies = [("logs", "0013_replies")]

    operations = [
        migrations.AddField(
            "Network",
            "encoding",
            models.CharField(
                blank=True,
                default="",
                help_text="Of text that is not UTF-8, for example koi8-r or gbk. Empty: Windows-1252.",
                max_length=30,
                validators=[logs.models.network.validate_encoding],
            ),
            preserve_default=False,
        ),
    ]
