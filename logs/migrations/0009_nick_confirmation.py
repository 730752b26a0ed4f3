"""When the bot last confirmed a sign-in by nick alone. Existing rows get the time of the migration, from the catalogue."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("logs", "0008_erased_copies")]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="confirmed_at",
            field=models.DateTimeField(
                db_default=Now(), help_text="When the bot last saw a nick without an account with the same connection."
            ),
        ),
    ]
