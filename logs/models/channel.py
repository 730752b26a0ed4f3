"""A channel, its settings, and the rule of who may read it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import Case, F, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Concat, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from logs.models.channel_choices import STRANGER, LoggingNotice, OptedOutLines, ReplyMode, Visibility, Visitor
from logs.models.closed_period import ClosedPeriod, Readers
from logs.models.network import Network
from logs.text.names import CASEMAPPINGS, channel_to_segment, fold, is_channel
from logs.text.privacy_rules import is_off_record_sign


def validate_channel(name: str) -> None:
    """Reject names that IRC does not allow for channels."""
    if not is_channel(name):
        raise ValidationError(_("A channel starts with # & + or ! and has no blank, comma or control character."))


def validate_off_record_signs(signs: str) -> None:
    """Reject signs with which ordinary lines begin: the bot would silently store none of these."""
    for sign in signs.split():
        if not is_off_record_sign(sign):
            raise ValidationError(
                _(
                    "“%(sign)s” could begin any line, which would then not be stored: a sign needs at least two "
                    "characters, and one that is neither a letter nor a digit. For example [off] or !-"
                ),
                params={"sign": sign},
            )


DEFAULT_OFF_RECORD_PREFIXES = "[off] !-"
"""Lines with one of these prefixes are not stored, unless the channel's owners choose other prefixes."""


def split_nicks(text: str) -> frozenset[str]:
    """Parse `Channel.bridges` or `Channel.bots`: the nicks, folded as `logs.render` compares them."""
    return frozenset(fold(text).split())


def new_link_key() -> str:
    """Return a new random key for a secret link."""
    return secrets.token_urlsafe(18)


def match_names(names: Iterable[str]) -> Q:
    """Return a condition for channels with these names, in any spelling that their server takes for equal."""
    condition, names = Q(), list(names)
    # Servers fold names differently: each spelling is folded once for every case mapping that a network can have.
    for mapping in CASEMAPPINGS:
        condition |= Q(network__casemapping=mapping, folded__in=[fold(name, mapping) for name in names])
    return condition


OPEN_AUDIENCE = Visibility.PUBLIC.value
"""The audience of channels that everybody may read, and the only one that a stranger belongs to.

Live streams compare it with the audience that the hub knows, without the database.
"""


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, visitor: Visitor) -> ChannelQuerySet:
        """Return the channels whose logs this visitor may read: the only definition of that rule.

        Each has `hidden_periods`: the closed periods (logs/models/closed_period.py) whose lines the visitor may not
        read. Other lines need no rule: those that are held, delayed or by people who opted out are not in logs_line.
        `OPEN_AUDIENCE`, `stranger_condition` and logs_readers (logs/sql/closed_periods.sql) are the forms of this rule
        for code that cannot use a queryset.
        """
        channels = self._readable_by(visitor)
        if visitor.is_admin and visitor.only_channel is None:
            return channels
        # An unpublished period stays hidden from everybody but those who could read the channel in that time.
        hidden = ClosedPeriod.objects.filter(channel=OuterRef("pk"), published_at=None)
        hidden = hidden.exclude(self._periods_readable_by(visitor))
        return channels.annotate(  # type: ignore[no-redef]
            hidden_periods=ArraySubquery(hidden.order_by("pk").values("pk"))
        )

    def _readable_by(self, visitor: Visitor) -> ChannelQuerySet:
        if visitor.only_channel is not None:
            # The other rights of the visitor apply to this channel alone.
            granted = Channel.objects.filter(pk=visitor.only_channel)._readable_by(replace(visitor, only_channel=None))
            return self.filter(Q(audience=OPEN_AUDIENCE) | Q(pk__in=granted.values("pk")))
        if visitor.is_admin:
            return self
        # `audience` and not `visibility`: a hidden channel, or one whose notice is missing, is for its owners only.
        condition = Q(audience=OPEN_AUDIENCE)
        if visitor.keys:
            condition |= Q(audience__startswith=Visibility.UNLISTED, link_key__in=visitor.keys)
        if visitor.identity is not None:
            condition |= Q(pk__in=self._ids_of(visitor.identity).exclude(audience__startswith="owners"))
            condition |= Q(pk__in=self._ids_of(visitor.identity, memberships__role="owner"))
        return self.filter(condition)

    def _periods_readable_by(self, visitor: Visitor) -> Q:
        """Return the condition for the closed periods whose lines this visitor may read."""
        if visitor.only_channel is not None:
            return Q(channel=visitor.only_channel) & self._periods_readable_by(replace(visitor, only_channel=None))
        if visitor.is_admin:
            return Q(pk__isnull=False)
        condition = Q(pk__in=())
        if visitor.keys:
            condition |= Q(readers=Readers.LINK_HOLDERS, channel__link_key__in=visitor.keys)
        if visitor.identity is not None:
            condition |= Q(readers__lte=Readers.MEMBERS, channel__in=self._ids_of(visitor.identity))
            condition |= Q(channel__in=self._ids_of(visitor.identity, memberships__role="owner"))
        return condition

    def managed_by(self, visitor: Visitor) -> ChannelQuerySet:
        """Return the channels that this visitor may manage."""
        if visitor.only_channel is not None:  # API tokens are for reading only
            return self.none()
        if visitor.is_admin:
            return self
        return self.filter(pk__in=self._ids_of(visitor.identity or 0, memberships__role="owner"))

    def moderated_by(self, visitor: Visitor) -> ChannelQuerySet:
        """Return the channels of which this visitor may remove and hold lines: the only definition of that rule.

        Owners and administrators of those that they manage, moderators of those that they may read.
        """
        managed = self.managed_by(visitor)
        if not visitor.is_moderator or visitor.is_admin or visitor.only_channel is not None:
            return managed
        return self.filter(Q(pk__in=managed.values("pk")) | Q(pk__in=self._readable_by(visitor).values("pk")))

    def named(self, network: Network, name: str) -> ChannelQuerySet:
        """Return the channel with this name, in any spelling that the network's server takes for equal."""
        return self.filter(network=network, folded=fold(name, network.casemapping))

    def _ids_of(self, identity: int, **role: str) -> models.QuerySet[Channel, int]:
        return Channel.objects.filter(memberships__identity=identity, **role).values_list("pk", flat=True)


class Channel(models.Model):
    """One channel of a network and its settings; `folded` is the name as its server compares it.

    `audience` is generated from the settings: "public", or "unlisted", "members" or "owners" with a colon and `access`,
    which increases whenever a person gains or loses the right to read. When `audience` changes, whatever was granted
    before (an open live stream, a cached page) is no longer valid.
    """

    network = models.ForeignKey(Network, models.PROTECT, related_name="channels")
    name = models.CharField(max_length=200, validators=[validate_channel])
    folded = models.CharField(max_length=200, editable=False)
    key = models.CharField(max_length=100, blank=True, help_text="The password to join the channel (mode +k).")
    wanted = models.BooleanField(default=False, help_text="Whether the bot should be in the channel.")
    stopped = models.CharField(
        max_length=300,
        blank=True,
        help_text="Why the bot stays away, for example after a kick or ban. Empty it to retry.",
    )
    paused = models.BooleanField(
        _("pause logging"), default=False, help_text=_("The bot stays in the channel and stores nothing.")
    )
    visibility = models.CharField(
        _("who may read the log"), max_length=10, choices=Visibility, default=Visibility.PUBLIC
    )
    hidden = models.BooleanField(
        _("hide the log for now"),
        default=False,
        help_text=_("Only owners can read it, whoever is chosen as its readers."),
    )
    notice = models.CharField(
        "notice of the log",
        max_length=10,
        choices=LoggingNotice,
        default=LoggingNotice.UNNEEDED,
        help_text="Whether people in the channel are told that it is publicly logged.",
    )
    # Set by earlier versions, which believed the entry message of services. Anybody can forge one.
    entry_notice = models.BooleanField(default=False, editable=False)
    link_key = models.CharField(max_length=40, unique=True, default=new_link_key, editable=False)
    access = models.IntegerField(default=0, editable=False)
    audience = models.GeneratedField(
        expression=Case(
            When(
                Q(hidden=True) | Q(notice="missing") & ~Q(visibility="members"),
                then=Concat(Value("owners:"), Cast("access", models.CharField())),
            ),
            When(visibility="public", then=F("visibility")),
            default=Concat(F("visibility"), Value(":"), Cast("access", models.CharField())),
        ),
        output_field=models.CharField(max_length=30),
        db_persist=True,
    )
    indexed = models.BooleanField(
        _("let search engines list the log"),
        default=True,
        help_text=_("Such as Google. Only logs that everybody may read."),
    )
    ai = models.BooleanField(
        _("let AI crawlers collect the log"), default=False, help_text=_("For example to train language models.")
    )
    keeps_joins = models.BooleanField(
        _("store joins and parts"), default=True, help_text=_("Who came and went, as far as the server tells the bot.")
    )
    keeps_restricted = models.BooleanField(
        _("store what is said to operators alone"),
        default=False,
        db_default=False,
        help_text=_(
            "Some servers let people write to the operators of a channel only (/msg @#channel). If this is on, "
            "all who read the log can read that, too; it is marked “to operators”."
        ),
    )
    off_record = models.CharField(
        _("signs for “off the record”"),
        max_length=100,
        default=DEFAULT_OFF_RECORD_PREFIXES,
        validators=[validate_off_record_signs],
        blank=True,
        help_text=_("Lines that begin with one of these prefixes are not stored. Separate prefixes by blanks."),
    )
    delay = models.PositiveIntegerField(
        _("publish lines later, in minutes"),
        default=0,
        validators=[MaxValueValidator(525600)],
        help_text=_("Until then nobody sees them. 0: at once."),
    )
    retention = models.PositiveIntegerField(
        _("delete lines after how many days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(36500)],
        help_text=_("Empty: never."),
    )
    opted_out = models.CharField(
        _("stored of people who opted out"), max_length=11, choices=OptedOutLines, default=OptedOutLines.PLACEHOLDER
    )
    holds_spam = models.BooleanField(
        _("hold back floods and spam"),
        default=True,
        help_text=_("Nobody sees them until an owner releases them under “Lines”."),
    )
    bridges = models.CharField(
        max_length=300,
        blank=True,
        help_text=_("Nicks of bots that relay messages from elsewhere. Separate nicks by blanks."),
    )
    bots = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("Nicks of other programs, separated by blanks. Their lines are dimmed and can be hidden."),
    )
    # Nicks that the server marked as bots, folded and separated by blanks.
    seen_bots = models.TextField(blank=True, default="", db_default="", editable=False)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text=_("Readers can choose to see all times in it, for example Europe/Berlin."),
    )
    stemming = models.BooleanField(
        "forms of words", default=False, help_text="A search for run also finds runs and running. English only."
    )
    conversations = models.BooleanField(
        _("show conversations"),
        default=True,
        help_text=_("Pages show which line a line answers, as far as it can be told."),
    )
    welcome = models.CharField(
        _("welcome"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("A sentence or two above the log, on all its pages. Addresses become links."),
    )
    description = models.TextField(
        _("what the channel is about"),
        max_length=1000,
        blank=True,
        default="",
        db_default="",
        help_text=_("For the page “About” and for search engines."),
    )
    rules = models.TextField(
        _("rules of the channel"),
        max_length=3000,
        blank=True,
        default="",
        db_default="",
        help_text=_("For the page “About”. One rule a line."),
    )
    links = models.TextField(
        max_length=1000,
        blank=True,
        default="",
        db_default="",
        help_text=_("For the page “About”. One a line, at most ten: a few words and an address."),
    )
    answers = models.CharField(_("where the bot answers"), max_length=10, choices=ReplyMode, default=ReplyMode.PRIVATE)
    notifies = models.BooleanField(
        _("send notices to the owners"),
        default=True,
        db_default=True,
        help_text=_(
            "When the bot is refused or kicked, lines are held back, a privacy request waits, or nothing was "
            "logged for a week. By memo, if the bot has an account, and by mail to owners who gave an address."
        ),
    )
    topic = models.TextField(blank=True, editable=False)
    # What the bot has still to say in the channel about who may read the log now.
    announcement = models.CharField(max_length=400, blank=True, default="", editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    hidden_periods: Sequence[int] = ()
    """The closed periods that the visitor may not read for whom `visible_to` fetched the channel.

    Nothing is hidden from code that serves no visitor, such as exports.
    """

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["network__name", "folded"]
        constraints = [models.UniqueConstraint(fields=["network", "folded"], name="channel_once_per_network")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not self.network_id:
            return
        self.folded = fold(self.name, self.network.casemapping)
        if Channel.objects.named(self.network, self.name).exclude(pk=self.pk).exists():
            raise ValidationError({"name": "The network has this channel already."})

    def save(self, *args: object, **kwargs: object) -> None:
        self.folded = fold(self.name, self.network.casemapping)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def segment(self) -> str:
        """The name as used in addresses, before percent-encoding."""
        return channel_to_segment(self.name)

    @property
    def is_public(self) -> bool:
        return bool(self.audience == OPEN_AUDIENCE)

    @property
    def bridge_nicks(self) -> frozenset[str]:
        """The nicks of `bridges`, folded as `logs.render` compares them."""
        return split_nicks(self.bridges)

    @property
    def bot_nicks(self) -> frozenset[str]:
        """The nicks of other programs that are known, folded as `logs.render` compares them."""
        return split_nicks(f"{self.bots} {self.seen_bots}")

    def get_absolute_url(self) -> str:
        return reverse("channel", args=[self.network.name, self.name])


@cache
def stranger_condition() -> tuple[str, dict[str, object]]:
    """Compile `visible_to` for strangers into an SQL condition on `logs_channel`, with its named parameters.

    For statements written in SQL, which must not alias the table.
    """
    query = Channel.objects.visible_to(STRANGER).query
    sql, values = query.where.as_sql(query.get_compiler(connection=connection), connection)
    parameters: dict[str, object] = {f"readable_{number}": value for number, value in enumerate(values)}
    return sql % tuple(f"%({name})s" for name in parameters), parameters
