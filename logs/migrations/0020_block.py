"""A table of blocked nicks and texts."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0019_hold_reason'),
    ]

    operations = [
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('nick', 'nick'), ('text', 'text')], default='nick', max_length=4, verbose_name='what is blocked')),
                ('pattern', models.CharField(help_text='A nick as a whole; or a text, wherever it stands in a line and in whatever case.', max_length=200, validators=[django.core.validators.MinLengthValidator(2)], verbose_name='nick or text')),
                ('reason', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('expires_at', models.DateTimeField(blank=True, help_text='Empty: for good.', null=True, verbose_name='until')),
                ('by', models.CharField(editable=False, max_length=250)),
                ('refused', models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name='lines refused')),
                ('refused_at', models.DateTimeField(editable=False, null=True, verbose_name='last refused')),
                ('network', models.ForeignKey(blank=True, help_text='Empty: all networks.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='logs.network')),
            ],
            options={
                'verbose_name': 'blocked nick or text',
                'verbose_name_plural': 'blocked nicks and texts',
                'constraints': [models.UniqueConstraint(fields=('kind', 'pattern', 'network'), name='block_once', nulls_distinct=False)],
            },
        ),
    ]
