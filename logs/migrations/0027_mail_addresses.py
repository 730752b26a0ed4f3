"""Mail addresses of owners, and names in the administration that say what they are."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0026_channel_bots'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='act',
            options={'ordering': ['-at', '-pk'], 'verbose_name': 'entry of the audit log', 'verbose_name_plural': 'audit log'},
        ),
        migrations.AlterModelOptions(
            name='membership',
            options={'verbose_name': 'owner or member', 'verbose_name_plural': 'owners and members'},
        ),
        migrations.AlterModelOptions(
            name='optout',
            options={'verbose_name': 'opt-out'},
        ),
        migrations.AlterModelOptions(
            name='redaction',
            options={'verbose_name': 'removal of lines', 'verbose_name_plural': 'removals of lines'},
        ),
        migrations.AlterModelOptions(
            name='request',
            options={'ordering': ['answered_at', 'due_at'], 'verbose_name': 'privacy request'},
        ),
        migrations.AlterField(
            model_name='channel',
            name='notifies',
            field=models.BooleanField(db_default=True, default=True, help_text="When the bot is refused or kicked, lines are held back, a privacy request waits, or nothing was logged for a week. By memo, if the bot has an account, and by mail to owners who gave an address.", verbose_name='send notices to the owners'),
        ),
        migrations.CreateModel(
            name='AskedAddress',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(db_index=True, max_length=64)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('is_refusal', models.BooleanField(default=False)),
                ('identity', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='logs.identity')),
            ],
            options={
                'verbose_name_plural': 'asked addresses',
            },
        ),
        migrations.CreateModel(
            name='MailAddress',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.EmailField(max_length=254)),
                ('with_memos', models.BooleanField(default=True)),
                ('given_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('nonce', models.CharField(blank=True, max_length=32)),
                ('is_asked', models.BooleanField(default=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('mailed_at', models.DateTimeField(help_text='When a notice was sent last.', null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('retry_at', models.DateTimeField(null=True)),
                ('problem', models.CharField(blank=True, help_text='What the mail server answered last.', max_length=200)),
                ('identity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mail_address', to='logs.identity')),
            ],
            options={
                'verbose_name_plural': 'mail addresses',
            },
        ),
        migrations.CreateModel(
            name='MailedNotice',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='logs.mailaddress')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='logs.ownernotice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('address', 'notice'), name='mailed_notice_once')],
            },
        ),
    ]
