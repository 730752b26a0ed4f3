"""The counts of a nick are found however it was written, so that they are summed without looking at all nicks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("logs", "0012_entry_notice")]

    operations = [
        migrations.AddField(
            "NickCount",
            "folded",
            models.GeneratedField(
                expression=models.Func("nick", function="logs_nick"), output_field=models.TextField(), db_persist=True
            ),
        ),
        migrations.AddIndex(
            "NickCount", models.Index(fields=["channel", "year", "folded"], name="nick_count_by_folded")
        ),
    ]
