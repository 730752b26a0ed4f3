"""Labels, help texts and choices in plain words; nothing in the database changes."""

from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0017_former_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='channel',
            name='ai',
            field=models.BooleanField(default=False, help_text='For example to train language models.', verbose_name='let AI crawlers collect the log'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='answers',
            field=models.CharField(choices=[('nobody', 'nobody'), ('private', 'in private only'), ('channel', 'in the channel too')], default='private', max_length=10, verbose_name='where the bot answers'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='conversations',
            field=models.BooleanField(default=True, help_text='Pages show which line a line answers, as far as it can be told.', verbose_name='show conversations'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='delay',
            field=models.PositiveIntegerField(default=0, help_text='Until then nobody sees them. 0: at once.', validators=[django.core.validators.MaxValueValidator(525600)], verbose_name='publish lines later, in minutes'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='hidden',
            field=models.BooleanField(default=False, help_text='Only owners can read it, whoever is chosen as its readers.', verbose_name='hide the log for now'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='holds_spam',
            field=models.BooleanField(default=True, help_text='Nobody sees them until an owner releases them under “Lines”.', verbose_name='hold back floods and spam'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='indexed',
            field=models.BooleanField(default=True, help_text='Such as Google. Only logs that everybody may read.', verbose_name='let search engines list the log'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='keeps_joins',
            field=models.BooleanField(default=True, help_text='Who came and went, as far as the server tells the bot.', verbose_name='store joins and parts'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='notice',
            field=models.CharField(choices=[('unneeded', 'not needed: confirmed by an administrator'), ('confirmed', 'confirmed by an owner'), ('missing', 'missing: only owners can read until it is given'), ('given', 'given')], default='unneeded', help_text='Whether people in the channel are told that it is publicly logged.', max_length=10, verbose_name='notice of the log'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='off_record',
            field=models.CharField(blank=True, default='[off] !-', help_text='Lines that begin with one of these prefixes are not stored. Separate prefixes by blanks.', max_length=100, verbose_name='signs for “off the record”'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='opted_out',
            field=models.CharField(choices=[('placeholder', 'a nameless placeholder for each message'), ('nothing', 'nothing at all')], default='placeholder', max_length=11, verbose_name='stored of people who opted out'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='paused',
            field=models.BooleanField(default=False, help_text='The bot stays in the channel and stores nothing.', verbose_name='pause logging'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='retention',
            field=models.PositiveIntegerField(blank=True, help_text='Empty: never.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36500)], verbose_name='delete lines after how many days'),
        ),
        migrations.AlterField(
            model_name='channel',
            name='visibility',
            field=models.CharField(choices=[('public', 'everybody'), ('unlisted', 'only people with the secret link'), ('members', 'only owners and members')], default='public', max_length=10, verbose_name='who may read the log'),
        ),
    ]
