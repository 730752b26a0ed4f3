"""A channel and who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from logs.models.network import Network
from logs.text.names import channel_to_segment, fold, is_channel

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def validate_channel(name: str) -> None:
    if not is_channel(name):
        raise ValidationError("A channel starts with # & + or ! and has no blank, comma or control character.")


class Visibility(models.TextChoices):
    PUBLIC = "public", "public"
    UNLISTED = "unlisted", "unlisted: only with the secret link"
    MEMBERS = "members", "members only"


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, visitor: AbstractBaseUser | AnonymousUser) -> ChannelQuerySet:
        """The channels whose logs this visitor may read: the one place where that is decided."""
        if getattr(visitor, "is_staff", False):
            return self
        return self.filter(visibility=Visibility.PUBLIC)

    def named(self, network: Network, name: str) -> ChannelQuerySet:
        """The channel of this name, in whatever case it is written."""
        return self.filter(network=network, folded=fold(name, network.casemapping))


class Channel(models.Model):
    """One channel of a network; `folded` is the name as its server compares it."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="channels")
    name = models.CharField(max_length=200, validators=[validate_channel])
    folded = models.CharField(max_length=200, editable=False)
    key = models.CharField(max_length=100, blank=True, help_text="What the server asks for on joining (mode +k).")
    wanted = models.BooleanField(default=False, help_text="Whether the bot should sit in the channel.")
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PUBLIC)
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
