"""The reason of lines that a moderator holds back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("logs", "0018_channel_labels")]

    operations = [
        migrations.AlterField(
            model_name="heldline",
            name="why",
            field=models.CharField(
                choices=[
                    ("delay", "published later"),
                    ("flood", "many lines at once"),
                    ("repeat", "the same text repeatedly"),
                    ("moderation", "held by a moderator"),
                ],
                max_length=10,
                verbose_name="reason",
            ),
        ),
    ]
