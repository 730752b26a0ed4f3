"""Give databases that were migrated by the replaced migrations the very schema of new ones: names and function texts.

Without effect on a new database. No row is read or written; the locks on logs_line and logs_channel last milliseconds.
"""

from django.db import migrations

from logs.sql import rerun_sql

OLD_NAMES = """
DROP TRIGGER IF EXISTS logs_audience_told ON logs_channel;
DROP TRIGGER IF EXISTS logs_channel_gone ON logs_channel;
DROP FUNCTION IF EXISTS logs_audience_told();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE conname = 'logs_channel_link_key_7bd84d79_uniq') THEN
        ALTER TABLE logs_channel
            RENAME CONSTRAINT logs_channel_link_key_7bd84d79_uniq TO logs_channel_link_key_key;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("logs", "0005_counts")]

    operations = [
        migrations.RunSQL(OLD_NAMES, migrations.RunSQL.noop),
        rerun_sql("channel_audience"),
        rerun_sql("line_counts"),
    ]
