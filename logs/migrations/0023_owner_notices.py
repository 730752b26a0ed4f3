"""Notices to owners, and whether a channel sends them."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0022_off_record_signs'),
    ]

    operations = [
        migrations.AddField(
            model_name='channel',
            name='notifies',
            field=models.BooleanField(db_default=True, default=True, help_text="When the bot is refused or kicked, lines are held back, or nothing was logged for a week. The network's services deliver it, if the bot has an account there.", verbose_name='send owners a memo'),
        ),
        migrations.CreateModel(
            name='OwnerNotice',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('refused', 'the bot is refused'), ('kicked', 'the bot was kicked or banned'), ('flood', 'lines are held back'), ('silent', 'nothing was logged for a week'), ('request', 'requests wait')], max_length=10)),
                ('text', models.CharField(max_length=350)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('memo_at', models.DateTimeField(null=True)),
                ('mailed_at', models.DateTimeField(null=True)),
                ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='owner_notices', to='logs.channel')),
                ('network', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='owner_notices', to='logs.network')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('network', 'channel', 'kind'), name='owner_notice_once', nulls_distinct=False)],
            },
        ),
    ]
