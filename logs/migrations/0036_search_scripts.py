"""Once built the search index anew; 0037 does, so that an upgrade over both builds it only once."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("logs", "0035_channel_sums")]

    operations: list[migrations.RunSQL] = []
