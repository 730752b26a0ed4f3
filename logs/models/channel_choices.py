"""Who may read a channel, and what else its owners choose from in its settings."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Visitor:
    """The rights of one request.

    `is_moderator`: may remove lines of all channels that they can read, and reads what a stranger does.
    `identity` is the primary key of a proven identity, `keys` are those of secret links. `only_channel` limits these
    rights to one channel (by primary key), as an API token does; public channels can always be read.
    """

    is_admin: bool = False
    is_moderator: bool = False
    identity: int | None = None
    keys: frozenset[str] = frozenset()
    only_channel: int | None = None

    @property
    def is_privileged(self) -> bool:
        """Whether this visitor may see more than a stranger; such responses must not be shared by caches."""
        return self != STRANGER


STRANGER = Visitor()
"""A visitor without any rights: reads public channels."""


class Visibility(models.TextChoices):
    """Who may read a channel, as its owners choose."""

    PUBLIC = "public", _("everybody")
    UNLISTED = "unlisted", _("only people with the secret link")
    MEMBERS = "members", _("only owners and members")


class LoggingNotice(models.TextChoices):
    """Whether people in a channel are informed that it is publicly logged."""

    UNNEEDED = "unneeded", "not needed: confirmed by an administrator"
    CONFIRMED = "confirmed", "confirmed by an owner"
    MISSING = "missing", "missing: only owners can read until it is given"
    GIVEN = "given", "given"


class OptedOutLines(models.TextChoices):
    """What is stored of messages by people who opted out."""

    PLACEHOLDER = "placeholder", _("a nameless placeholder for each message")
    NOTHING = "nothing", _("nothing at all")


class ReplyMode(models.TextChoices):
    """Where the bot answers commands."""

    NOBODY = "nobody", _("nobody")
    PRIVATE = "private", _("in private only")
    CHANNEL = "channel", _("in the channel too")
