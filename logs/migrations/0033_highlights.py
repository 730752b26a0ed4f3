import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logs', '0032_site_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Highlights',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.TextField(blank=True, max_length=1000)),
                ('feed_nonce', models.CharField(blank=True, max_length=32)),
                ('feed_made_at', models.DateTimeField(null=True)),
                ('identity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='highlights', to='logs.identity')),
            ],
            options={
                'verbose_name_plural': 'highlights',
            },
        ),
    ]
