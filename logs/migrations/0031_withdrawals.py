"""Marks of what was taken away from readers, for sites that read from a replica."""

from django.db import migrations, models

from logs.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0030_watched_files'),
    ]

    operations = [
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ],
        ),
        run_sql("withdrawals"),
    ]
