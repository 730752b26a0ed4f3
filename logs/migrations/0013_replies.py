"""Tables for the lines that lines answer, and a switch for each channel. No line is read: `findreplies` fills them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("logs", "0012_message_identity")]

    operations = [
        migrations.AddField(
            "Channel",
            "conversations",
            models.BooleanField(
                default=True, help_text="Pages show which line a line answers, as far as it can be told."
            ),
        ),
        migrations.CreateModel(
            name="ReplyBlock",
            fields=[
                ("pk", models.CompositePrimaryKey("channel_id", "block", blank=True, editable=False, primary_key=True, serialize=False)),
                ("block", models.IntegerField()),
                ("reply_to", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(null=True), size=None)),
                ("confidence", django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(null=True), size=None)),
                ("channel", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="reply_blocks", to="logs.channel")),
            ],
        ),
        migrations.CreateModel(
            name="ReplyProgress",
            fields=[
                ("channel", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="reply_progress", serialize=False, to="logs.channel")),
                ("through", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ReplyOverride",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.IntegerField()),
                ("reply_to", models.IntegerField(null=True)),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField(db_default=Now())),
                ("channel", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="reply_overrides", to="logs.channel")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("channel", "line"), name="reply_override_once")]},
        ),
    ]
