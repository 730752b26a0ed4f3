"""The tables of networks and channels.

The first five migrations replace the twenty-one of earlier versions: a database that has all of those is taken to have
these (docs/installing.md, "Upgrades").
"""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import migrations, models
from django.db.models.functions import Cast, Concat, Now

from logs.models import channel, network
from logs.sql import run_sql


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    replaces = [
        ("logs", "0001_initial"),
        ("logs", "0003_bot_identity"),
        ("logs", "0007_scrubs"),
        ("logs", "0010_bridges"),
        ("logs", "0011_stemming"),
        ("logs", "0012_entry_notice"),
        ("logs", "0015_audience_told"),
    ]

    operations = [
        migrations.CreateModel(
            name="Network",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        help_text="The first part of every address of this network, for example libera.",
                        max_length=50,
                        unique=True,
                        validators=[
                            RegexValidator(
                                "\\A[A-Za-z0-9][A-Za-z0-9._-]*\\Z",
                                "Write letters, digits, dots, hyphens and underscores.",
                            ),
                            network.validate_not_reserved,
                        ],
                    ),
                ),
                (
                    "host",
                    models.CharField(
                        blank=True, help_text="Empty: an archive that the bot never connects to.", max_length=255
                    ),
                ),
                ("port", models.PositiveIntegerField(default=6697)),
                (
                    "tls",
                    models.BooleanField(
                        default=True,
                        help_text="With a verified certificate; never falls back to an unencrypted connection.",
                        verbose_name="TLS",
                    ),
                ),
                ("nick", models.CharField(default="botbot", max_length=50)),
                ("username", models.CharField(default="botbot", max_length=20)),
                (
                    "realname",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the site's address. Write how operators can reach a person.",
                        max_length=200,
                    ),
                ),
                ("password", models.CharField(blank=True, max_length=300, verbose_name="server password")),
                (
                    "fingerprints",
                    models.TextField(
                        blank=True,
                        help_text="SHA-256 fingerprints of the server's certificate. If set, no other certificate is trusted.",
                        validators=[network.validate_fingerprints],
                    ),
                ),
                (
                    "certificate",
                    models.CharField(
                        blank=True,
                        help_text="A PEM file on the bot's machine: the bot's own certificate and its key.",
                        max_length=300,
                    ),
                ),
                (
                    "account",
                    models.CharField(blank=True, help_text="The bot's account on this network (SASL).", max_length=100),
                ),
                ("account_password", models.CharField(blank=True, max_length=1000)),
                (
                    "account_key",
                    models.CharField(
                        blank=True,
                        help_text="A PEM file on the bot's machine: a P-256 key for the account.",
                        max_length=300,
                    ),
                ),
                (
                    "mechanisms",
                    models.CharField(
                        blank=True,
                        help_text="For example SCRAM-SHA-256 PLAIN, in order of preference. Empty: the strongest one.",
                        max_length=200,
                        validators=[
                            RegexValidator("\\A[A-Za-z0-9_, -]*\\Z", "Write names of mechanisms, separated by blanks.")
                        ],
                        verbose_name="SASL mechanisms",
                    ),
                ),
                (
                    "account_required",
                    models.BooleanField(
                        default=True, help_text="Stay away from the network while the bot cannot log in to its account."
                    ),
                ),
                ("wanted", models.BooleanField(default=True, help_text="Whether the bot should be connected.")),
                (
                    "inviting",
                    models.BooleanField(
                        default=True,
                        help_text="Whether channel operators can invite the bot without an administrator.",
                        verbose_name="open to operators",
                    ),
                ),
                ("scrubs", models.IntegerField(default=0, editable=False)),
                (
                    "wrong_codes",
                    models.BigIntegerField(default=0, editable=False, help_text="Codes that matched none of ours."),
                ),
                (
                    "casemapping",
                    models.CharField(
                        choices=[("ascii", "ascii"), ("rfc1459", "rfc1459"), ("rfc1459-strict", "rfc1459-strict")],
                        default="rfc1459",
                        help_text="As the server announces it; the bot updates it.",
                        max_length=20,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.ForeignKey(on_delete=models.PROTECT, related_name="channels", to="logs.network")),
                ("name", models.CharField(max_length=200, validators=[channel.validate_channel])),
                ("folded", models.CharField(editable=False, max_length=200)),
                (
                    "key",
                    models.CharField(
                        blank=True, help_text="The password to join the channel (mode +k).", max_length=100
                    ),
                ),
                ("wanted", models.BooleanField(default=False, help_text="Whether the bot should be in the channel.")),
                (
                    "stopped",
                    models.CharField(
                        blank=True,
                        help_text="Why the bot stays away, for example after a kick or ban. Empty it to retry.",
                        max_length=300,
                    ),
                ),
                (
                    "paused",
                    models.BooleanField(default=False, help_text="The bot stays in the channel and logs nothing."),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "public"),
                            ("unlisted", "unlisted: only with the secret link"),
                            ("members", "members only"),
                        ],
                        default="public",
                        max_length=10,
                    ),
                ),
                (
                    "hidden",
                    models.BooleanField(
                        default=False, help_text="Only owners can read the log, whatever the visibility."
                    ),
                ),
                (
                    "notice",
                    models.CharField(
                        choices=[
                            ("unneeded", "not needed: confirmed by an administrator"),
                            ("missing", "missing: only owners can read until it is given"),
                            ("given", "given"),
                        ],
                        default="unneeded",
                        help_text="Whether topic or entry message says that the channel is logged.",
                        max_length=10,
                    ),
                ),
                ("entry_notice", models.BooleanField(default=False, editable=False)),
                (
                    "link_key",
                    models.CharField(default=channel.new_link_key, editable=False, max_length=40, unique=True),
                ),
                ("access", models.IntegerField(default=0, editable=False)),
                (
                    "audience",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                models.Q(
                                    ("hidden", True),
                                    models.Q(("notice", "missing"), models.Q(("visibility", "members"), _negated=True)),
                                    _connector="OR",
                                ),
                                then=Concat(models.Value("owners:"), Cast("access", models.CharField())),
                            ),
                            models.When(then=models.F("visibility"), visibility="public"),
                            default=Concat(
                                models.F("visibility"), models.Value(":"), Cast("access", models.CharField())
                            ),
                        ),
                        output_field=models.CharField(max_length=30),
                    ),
                ),
                (
                    "indexed",
                    models.BooleanField(
                        default=True, help_text="Search engines may list the pages.", verbose_name="search engines"
                    ),
                ),
                (
                    "ai",
                    models.BooleanField(
                        default=False, help_text="AI crawlers may collect the pages.", verbose_name="AI crawlers"
                    ),
                ),
                (
                    "keeps_joins",
                    models.BooleanField(
                        default=True, help_text="Joins, parts and quits are logged.", verbose_name="joins and parts"
                    ),
                ),
                (
                    "off_record",
                    models.CharField(
                        blank=True,
                        default="[off] !-",
                        help_text="Lines that begin with one of these prefixes are not stored. Separate prefixes by blanks.",
                        max_length=100,
                        verbose_name="off the record",
                    ),
                ),
                (
                    "delay",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Lines are published after this many minutes.",
                        validators=[MaxValueValidator(525600)],
                    ),
                ),
                (
                    "retention",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Lines are deleted after this many days. Empty: never.",
                        null=True,
                        validators=[MinValueValidator(1), MaxValueValidator(36500)],
                    ),
                ),
                (
                    "opted_out",
                    models.CharField(
                        choices=[
                            ("placeholder", "a nameless placeholder for each message"),
                            ("nothing", "nothing at all"),
                        ],
                        default="placeholder",
                        max_length=11,
                        verbose_name="messages of people who opted out",
                    ),
                ),
                (
                    "holds_spam",
                    models.BooleanField(
                        default=True,
                        help_text="They are held until an owner releases them.",
                        verbose_name="floods and spam",
                    ),
                ),
                (
                    "bridges",
                    models.CharField(
                        blank=True,
                        help_text="Nicks of bots that relay messages from elsewhere. Separate nicks by blanks.",
                        max_length=300,
                    ),
                ),
                (
                    "stemming",
                    models.BooleanField(
                        default=False,
                        help_text="A search for run also finds runs and running. English only.",
                        verbose_name="forms of words",
                    ),
                ),
                (
                    "answers",
                    models.CharField(
                        choices=[
                            ("nobody", "nobody"),
                            ("private", "in private only"),
                            ("channel", "in the channel too"),
                        ],
                        default="private",
                        max_length=10,
                        verbose_name="answers of the bot",
                    ),
                ),
                ("topic", models.TextField(blank=True, editable=False)),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "ordering": ["network__name", "folded"],
                "constraints": [models.UniqueConstraint(fields=("network", "folded"), name="channel_once_per_network")],
            },
        ),
        run_sql("channel_audience"),
    ]
