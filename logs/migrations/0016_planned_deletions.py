"""A table of deletions that can be undone for a day. No other table is read or changed."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("logs", "0015_search_normalisation")]

    operations = [
        migrations.CreateModel(
            name="PlannedDeletion",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("purge", "the whole log"), ("retention", "lines that are older than the new limit")], max_length=10)),
                ("by", models.CharField(max_length=250)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("due_at", models.DateTimeField(db_index=True)),
                ("was_hidden", models.BooleanField(default=False)),
                ("was_wanted", models.BooleanField(default=False)),
                ("former_retention", models.PositiveIntegerField(null=True)),
                ("channel", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="planned_deletions", to="logs.channel")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("channel", "kind"), name="planned_deletion_once")],
            },
        ),
    ]
