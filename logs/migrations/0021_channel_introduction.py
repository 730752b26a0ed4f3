"""What owners say about their channel: welcome, description, rules, links."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0020_block'),
    ]

    operations = [
        migrations.AddField(
            model_name='channel',
            name='description',
            field=models.TextField(blank=True, db_default='', default='', help_text='For the page “About” and for search engines.', max_length=1000, verbose_name='what the channel is about'),
        ),
        migrations.AddField(
            model_name='channel',
            name='links',
            field=models.TextField(blank=True, db_default='', default='', help_text='For the page “About”. One a line, at most ten: a few words and an address.', max_length=1000),
        ),
        migrations.AddField(
            model_name='channel',
            name='rules',
            field=models.TextField(blank=True, db_default='', default='', help_text='For the page “About”. One rule a line.', max_length=3000, verbose_name='rules of the channel'),
        ),
        migrations.AddField(
            model_name='channel',
            name='welcome',
            field=models.CharField(blank=True, db_default='', default='', help_text='A sentence or two above the log, on all its pages. Addresses become links.', max_length=300, verbose_name='welcome'),
        ),
    ]
