"""A channel and who may read it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Concat, Now
from django.urls import reverse

from logs.models.network import Network
from logs.models.visitor import Visitor
from logs.text.names import CASEMAPPINGS, channel_to_segment, fold, is_channel


def validate_channel(name: str) -> None:
    if not is_channel(name):
        raise ValidationError("A channel starts with # & + or ! and has no blank, comma or control character.")


class Visibility(models.TextChoices):
    PUBLIC = "public", "public"
    UNLISTED = "unlisted", "unlisted: only with the secret link"
    MEMBERS = "members", "members only"


class LoggingNotice(models.TextChoices):
    UNNEEDED = "unneeded", "an administrator vouches for it"
    MISSING = "missing", "missing: owners only until it is there"
    GIVEN = "given", "given"


class OptedOutLines(models.TextChoices):
    PLACEHOLDER = "placeholder", "a nameless placeholder for each message"
    NOTHING = "nothing", "nothing at all"


class ReplyMode(models.TextChoices):
    NOBODY = "nobody", "nobody"
    PRIVATE = "private", "in private only"
    CHANNEL = "channel", "in the channel too"


DEFAULT_OFF_RECORD_PREFIXES = "[off] !-"
"""What begins a line that nobody keeps, unless the channel's owners choose otherwise."""


def split_bridge_nicks(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


def new_link_key() -> str:
    return secrets.token_urlsafe(18)


def match_names(names: Iterable[str]) -> Q:
    """Channels of these names in whatever case they are written, each as the server of its network compares them."""
    wanted, names = Q(), list(names)
    for mapping in CASEMAPPINGS:
        wanted |= Q(network__casemapping=mapping, folded__in=[fold(name, mapping) for name in names])
    return wanted


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, visitor: Visitor) -> ChannelQuerySet:
        """The channels whose logs this visitor may read: the one place where that is decided.

        Lines need no such rule: one that is held back, delayed or not wanted by its speaker is not in the archive.
        """
        if visitor.only_channel is not None:
            opened = Channel.objects.filter(pk=visitor.only_channel).visible_to(replace(visitor, only_channel=None))
            return self.filter(Q(audience=Visibility.PUBLIC) | Q(pk__in=opened.values("pk")))
        if visitor.is_admin:
            return self
        allowed = Q(audience=Visibility.PUBLIC)
        if visitor.keys:
            allowed |= Q(audience__startswith=Visibility.UNLISTED, link_key__in=visitor.keys)
        if visitor.identity is not None:
            allowed |= Q(pk__in=self._of(visitor.identity).exclude(audience__startswith="owners"))
            allowed |= Q(pk__in=self._of(visitor.identity, memberships__role="owner"))
        return self.filter(allowed)

    def managed_by(self, visitor: Visitor) -> ChannelQuerySet:
        """The channels that this visitor may manage."""
        if visitor.only_channel is not None:  # a token reads
            return self.none()
        if visitor.is_admin:
            return self
        return self.filter(pk__in=self._of(visitor.identity or 0, memberships__role="owner"))

    def named(self, network: Network, name: str) -> ChannelQuerySet:
        """The channel of this name, in whatever case it is written."""
        return self.filter(network=network, folded=fold(name, network.casemapping))

    def _of(self, identity: int, **role: str) -> models.QuerySet[Channel, int]:
        return Channel.objects.filter(memberships__identity=identity, **role).values_list("pk", flat=True)


class Channel(models.Model):
    """One channel of a network; `folded` is the name as its server compares it.

    `audience` follows from the settings: "public", or else "unlisted", "members" or "owners", a colon and `access`.
    Whenever it changes, what was granted before (a live stream, a cached page) no longer counts.
    """

    network = models.ForeignKey(Network, models.PROTECT, related_name="channels")
    name = models.CharField(max_length=200, validators=[validate_channel])
    folded = models.CharField(max_length=200, editable=False)
    key = models.CharField(max_length=100, blank=True, help_text="What the server asks for on joining (mode +k).")
    wanted = models.BooleanField(default=False, help_text="Whether the bot should sit in the channel.")
    stopped = models.CharField(
        max_length=300, blank=True, help_text="Why the bot stays away: it was kicked or banned. Empty it to try again."
    )
    paused = models.BooleanField(default=False, help_text="The bot stays in the channel and keeps nothing.")
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PUBLIC)
    hidden = models.BooleanField(default=False, help_text="Only owners may read, whatever the visibility.")
    notice = models.CharField(
        max_length=10,
        choices=LoggingNotice,
        default=LoggingNotice.UNNEEDED,
        help_text="Whether topic or entry message tells that the channel is publicly logged.",
    )
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
    indexed = models.BooleanField("search engines", default=True, help_text="May they list the pages?")
    ai = models.BooleanField("AI crawlers", default=False, help_text="May they collect the pages?")
    keeps_joins = models.BooleanField("joins and parts", default=True, help_text="Are they kept?")
    off_record = models.CharField(
        "off the record",
        max_length=100,
        default=DEFAULT_OFF_RECORD_PREFIXES,
        blank=True,
        help_text="Lines that begin with one of these are kept nowhere. Write blanks between them.",
    )
    delay = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(525600)], help_text="Minutes after which a line is published."
    )
    retention = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(36500)],
        help_text="Days after which lines are deleted. Empty: never.",
    )
    opted_out = models.CharField(
        "of people who opted out", max_length=11, choices=OptedOutLines, default=OptedOutLines.PLACEHOLDER
    )
    holds_spam = models.BooleanField("floods and spam", default=True, help_text="Are they held back until released?")
    bridges = models.CharField(
        max_length=300,
        blank=True,
        help_text="Nicks of bots that repeat what is said elsewhere. Write blanks between them.",
    )
    stemming = models.BooleanField(
        "forms of words", default=False, help_text="Does a search for run find runs and running? In English only."
    )
    answers = models.CharField("whom the bot answers", max_length=10, choices=ReplyMode, default=ReplyMode.PRIVATE)
    topic = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

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
        """The name as it stands in addresses, before percent-encoding."""
        return channel_to_segment(self.name)

    @property
    def is_public(self) -> bool:
        return bool(self.audience == Visibility.PUBLIC)

    @property
    def bridge_nicks(self) -> frozenset[str]:
        """Folded as `logs.render` compares them."""
        return split_bridge_nicks(self.bridges)

    def get_absolute_url(self) -> str:
        return reverse("channel", args=[self.network.name, self.name])


class LineCounter(models.Model):
    """The last line id given out in a channel.

    Its row is locked from the moment ids are taken until the rows are committed; that is what makes ids increase in
    commit order per channel. A table of its own, so that saving a channel's form can never set the counter back.
    """

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="counter")
    last_id = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.last_id}"
