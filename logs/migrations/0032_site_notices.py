"""Notices about the site itself, for its administrators."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0031_withdrawals'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ownernotice',
            name='kind',
            field=models.CharField(choices=[('refused', 'the bot is refused'), ('kicked', 'the bot was kicked or banned'), ('flood', 'lines are held back'), ('silent', 'nothing was logged for a week'), ('request', 'requests wait'), ('overdue', 'requests are nearly due'), ('network', 'the bot is not in the network'), ('lost', 'lines went wrong'), ('backup', 'there is no recent backup'), ('bot', 'the bot does not run')], max_length=10),
        ),
        migrations.AlterField(
            model_name='ownernotice',
            name='network',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='owner_notices', to='logs.network'),
        ),
    ]
