"""When a day's lines have changed last, for feeds and crawlers; days that were there before have changed just now.

The column comes with a constant default, so that no row is written. Whoever changes a day holds the lock of its channel's
counter: the clock, other than the beginning of the transaction, grows in the order of commits.
"""

from django.db import migrations, models
from django.db.models.functions import Now

KEPT = """
CREATE FUNCTION logs_day_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at = clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER logs_day_changed BEFORE UPDATE ON logs_daycount FOR EACH ROW EXECUTE FUNCTION logs_day_changed();
"""

NOT_KEPT = """
DROP TRIGGER logs_day_changed ON logs_daycount;
DROP FUNCTION logs_day_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("logs", "0013_folded_nicks")]

    operations = [
        migrations.AddField("DayCount", "changed_at", models.DateTimeField(db_default=Now(), editable=False)),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
