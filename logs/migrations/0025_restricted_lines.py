"""Whether a channel stores what is said to its operators alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0024_moderators'),
    ]

    operations = [
        migrations.AddField(
            model_name='channel',
            name='keeps_restricted',
            field=models.BooleanField(db_default=False, default=False, help_text='Some servers let people write to the operators of a channel only (/msg @#channel). If this is on, all who read the log can read that, too; it is marked “to operators”.', verbose_name='store what is said to operators alone'),
        ),
    ]
