"""The tables of people: identities, owners and members, codes, tokens, opt-outs, erasures, requests and the audit log."""

from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("logs", "0002_lines"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    replaces = [("logs", "0006_people"), ("logs", "0017_api_tokens"), ("logs", "0018_redactions")]

    operations = [
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.ForeignKey(on_delete=models.CASCADE, related_name="identities", to="logs.network")),
                (
                    "account",
                    models.CharField(
                        blank=True,
                        help_text="As the server folds it. Empty: a nick without an account.",
                        max_length=200,
                    ),
                ),
                ("nick", models.CharField(max_length=200)),
                ("proven_at", models.DateTimeField(db_default=Now())),
                ("signed_out_at", models.DateTimeField(help_text="Sessions that began before are invalid.", null=True)),
            ],
            options={
                "verbose_name_plural": "identities",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("account", ""), _negated=True),
                        fields=("network", "account"),
                        name="identity_once_per_account",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.ForeignKey(on_delete=models.CASCADE, related_name="memberships", to="logs.channel")),
                (
                    "identity",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="memberships", to="logs.identity"),
                ),
                ("role", models.CharField(choices=[("owner", "owner"), ("member", "member")], max_length=10)),
                ("evidence", models.TextField(help_text="Who proved it, when and how.")),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("channel", "identity"), name="membership_once")],
            },
        ),
        migrations.CreateModel(
            name="Code",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.ForeignKey(on_delete=models.CASCADE, related_name="codes", to="logs.network")),
                ("channel", models.CharField(blank=True, help_text="Folded; empty: a sign-in.", max_length=200)),
                ("selector", models.CharField(max_length=10, unique=True)),
                ("digest", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("wrong", models.PositiveSmallIntegerField(default=0)),
                (
                    "identity",
                    models.ForeignKey(null=True, on_delete=models.CASCADE, related_name="codes", to="logs.identity"),
                ),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.ForeignKey(on_delete=models.CASCADE, related_name="tokens", to="logs.channel")),
                (
                    "identity",
                    models.ForeignKey(null=True, on_delete=models.CASCADE, related_name="tokens", to="logs.identity"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True, on_delete=models.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("name", models.CharField(help_text="What the token is for.", max_length=100)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                ("last_used_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "API token",
            },
        ),
        migrations.CreateModel(
            name="OptOut",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.ForeignKey(on_delete=models.CASCADE, related_name="opt_outs", to="logs.network")),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.CASCADE, related_name="opt_outs", to="logs.channel"
                    ),
                ),
                ("account", models.CharField(blank=True, max_length=200)),
                ("nick", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("network", "channel", "account", "nick"), name="opt_out_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Forgotten",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.ForeignKey(on_delete=models.CASCADE, related_name="forgotten", to="logs.network")),
                (
                    "channel",
                    models.ForeignKey(null=True, on_delete=models.CASCADE, related_name="forgotten", to="logs.channel"),
                ),
                ("until", models.DateTimeField()),
                ("account", models.CharField(blank=True, max_length=200)),
                ("nick", models.CharField(blank=True, max_length=200)),
                ("msgid", models.CharField(blank=True, max_length=500)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("renamed", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("msgid", ""), _negated=True),
                        fields=["channel", "msgid"],
                        name="forgotten_by_msgid",
                    ),
                    models.Index(
                        condition=models.Q(("digest", ""), _negated=True),
                        fields=["channel", "digest"],
                        name="forgotten_by_digest",
                    ),
                    models.Index(
                        condition=models.Q(("digest", ""), ("msgid", "")),
                        fields=["network"],
                        name="forgotten_by_network",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Request",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.ForeignKey(on_delete=models.CASCADE, related_name="requests", to="logs.network")),
                ("nick", models.CharField(max_length=200)),
                (
                    "wish",
                    models.CharField(
                        choices=[
                            ("erase", "erase what I said"),
                            ("anonymise", "replace my nick with a pseudonym"),
                            ("opt-out", "stop logging me"),
                            ("access", "send me what is stored about me"),
                            ("other", "something else"),
                        ],
                        max_length=10,
                        verbose_name="request",
                    ),
                ),
                (
                    "words",
                    models.TextField(
                        help_text="Which channels and lines, and how we can verify that they are yours.",
                        max_length=5000,
                        verbose_name="details",
                    ),
                ),
                ("link_digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                ("due_at", models.DateTimeField(db_index=True)),
                ("answer", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["answered_at", "due_at"],
            },
        ),
        migrations.CreateModel(
            name="Act",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=Now(), db_index=True)),
                (
                    "channel",
                    models.ForeignKey(null=True, on_delete=models.SET_NULL, related_name="acts", to="logs.channel"),
                ),
                ("by", models.CharField(max_length=250)),
                ("what", models.CharField(max_length=500)),
                ("removed", models.PositiveIntegerField(editable=False, null=True, verbose_name="lines")),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["channel", "-at"], name="act_by_channel"),
                    models.Index(condition=models.Q(("removed__isnull", False)), fields=["-id"], name="act_redactions"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Redaction",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("logs.act",),
        ),
    ]
