"""Digests by which copies of erased lines without an account are recognised. A new table: no row is read or written."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("logs", "0007_account_folding")]

    operations = [
        migrations.CreateModel(
            name="ErasedCopy",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="erased_copies",
                        to="logs.channel",
                    ),
                ),
                ("digest", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("pseudonym", models.CharField(blank=True, max_length=20)),
            ],
            options={
                "verbose_name_plural": "erased copies",
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "digest", "at"), name="erased_copy_once"),
                ],
            },
        ),
    ]
