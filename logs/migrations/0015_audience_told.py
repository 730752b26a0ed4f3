"""Whoever follows a channel live hears at once that others may read it now, or that it is gone.

The announcement is that of new lines (logs/ingest/store.py) with the id 0, which no line has.
"""

from django.db import migrations

TOLD = """
CREATE FUNCTION logs_audience_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('botbot_lines', OLD.id || ' 0');
    RETURN NULL;
END $$;
CREATE TRIGGER logs_audience_told AFTER UPDATE ON logs_channel
    FOR EACH ROW WHEN (OLD.audience IS DISTINCT FROM NEW.audience) EXECUTE FUNCTION logs_audience_told();
CREATE TRIGGER logs_channel_gone AFTER DELETE ON logs_channel FOR EACH ROW EXECUTE FUNCTION logs_audience_told();
"""

NOT_TOLD = """
DROP TRIGGER logs_channel_gone ON logs_channel;
DROP TRIGGER logs_audience_told ON logs_channel;
DROP FUNCTION logs_audience_told();
"""


class Migration(migrations.Migration):
    dependencies = [("logs", "0014_day_changed")]

    operations = [migrations.RunSQL(TOLD, NOT_TOLD)]
