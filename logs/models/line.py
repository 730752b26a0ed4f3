"""Lines of a channel and their absence: gaps, removed lines, held lines; and which line a line answers."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from logs.models.channel import Channel


class Kind(models.IntegerChoices):
    MESSAGE = 1
    ACTION = 2
    NOTICE = 3
    JOIN = 4
    PART = 5
    QUIT = 6
    NICK = 7
    KICK = 8
    MODE = 9
    TOPIC = 10
    REMOVED = 11
    UNLOGGED = 12


SAID = frozenset({Kind.MESSAGE, Kind.ACTION, Kind.NOTICE})
"""The kinds of lines that hold words of a person; all others are events."""

PRESENCE_KINDS = frozenset({Kind.JOIN, Kind.PART, Kind.QUIT})
"""The kinds of lines that a channel can leave out (`keeps_joins`)."""


PLACEHOLDER_KINDS = frozenset({Kind.REMOVED, Kind.UNLOGGED})
"""The kinds of lines that stand for others and say nothing of them."""


def _unique_per_msgid(name: str) -> models.UniqueConstraint:
    """Return the constraint that a channel has each message once.

    Servers give one message id to all that a command caused, for example to a kick and its mode, so the id alone is not
    unique. The index has a hash of target and text, because it takes keys of at most 2,704 bytes.
    """
    target_hash = models.Func(Coalesce("target", models.Value("")), models.Value(0), function="hashtextextended")
    return models.UniqueConstraint(
        "channel",
        "msgid",
        "kind",
        models.Func("text", target_hash, function="hashtextextended"),
        condition=models.Q(msgid__isnull=False),
        name=name,
    )


class Line(models.Model):
    """One message or event. `id` increases per channel in commit order (live resumes by it); pages order by (at, id).

    | kind                    | nick          | target      | text                |
    |-------------------------|---------------|-------------|---------------------|
    | message, action, notice | speaker       | see below   | message             |
    | join                    | joining nick  |             |                     |
    | part, quit              | leaving nick  |             | reason              |
    | nick                    | old nick      | new nick    |                     |
    | kick                    | operator      | kicked nick | reason              |
    | mode                    | operator      |             | modes and arguments |
    | topic                   | setter        |             | new topic           |
    | removed                 |               |             | number of lines     |
    | unlogged                |               |             |                     |

    What was said to some members of a channel only, such as its operators, has the symbols of their ranks as its target
    (logs.text.privacy_rules). `removed` is the placeholder of erased lines, `unlogged` that of a message by a
    person who opted out.

    Text keeps its mIRC formatting codes. Hosts, addresses and raw lines are never stored.
    """

    # Columns of fixed size come first, the widest first, so that no byte of a row is padding. The foreign key is not
    # checked for each row, since a bulk load would take several times as long: ids come only from the channel's
    # counter, whose foreign key is.

    pk = models.CompositePrimaryKey("channel_id", "id")
    at = models.DateTimeField()
    id = models.IntegerField()
    channel = models.ForeignKey(Channel, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="lines")
    kind = models.SmallIntegerField(choices=Kind)
    nick = models.TextField()
    text = models.TextField()
    account = models.TextField(null=True)
    msgid = models.TextField(null=True)
    target = models.TextField(null=True)

    class Meta:
        indexes = [models.Index(fields=["channel", "at"], name="line_by_time")]
        constraints = [_unique_per_msgid("line_once_per_message")]

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.id}"


class Reason(models.TextChoices):
    """Why a channel was not recorded."""

    CONNECTION = "connection", _("connection lost")
    STOPPED = "stopped", _("bot stopped")
    KICKED = "kicked", _("bot was kicked")
    LEFT = "left", _("bot left the channel")
    PAUSED = "paused", _("paused by the channel's owners")
    DISK = "disk", _("disk full or failing")
    RESTORED = "restored", _("lost before a backup was restored")


class Gap(models.Model):
    """An interval in which a channel was not recorded: `from_at` until `to_at`, null while it lasts."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="gaps")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, choices=Reason)

    class Meta:
        indexes = [models.Index(fields=["channel", "from_at"], name="gap_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["channel"], condition=models.Q(to_at=None), name="gap_open_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.from_at} to {self.to_at or 'now'}"


class GapChange(models.Model):
    """The newest change of a gap, maintained by triggers of logs_gap (logs/sql/gap_changes.sql).

    It has an `id` from the same counter as lines, so that live streams deliver both in one order. `gap` is the primary
    key of the gap, which is gone if nothing is missing any more.
    """

    pk = models.CompositePrimaryKey("channel_id", "id")
    channel = models.ForeignKey(
        Channel, models.CASCADE, db_index=False, db_constraint=False, related_name="gap_changes"
    )
    id = models.IntegerField()
    gap = models.IntegerField(unique=True)

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.id}: gap {self.gap}"


ALL_LINES = 0
"""The `line` of a removal that stands for more lines than are named one by one: no line has this id."""


class Removal(models.Model):
    """The removal of the line with the id `line`, by which open pages learn of it. ALL_LINES: they load again.

    A removal has an `id` from the same counter as lines, so that live streams deliver both in one order.
    """

    pk = models.CompositePrimaryKey("channel_id", "id")
    channel = models.ForeignKey(
        Channel, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="removals"
    )
    id = models.IntegerField()
    line = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.line}"


class HoldReason(models.TextChoices):
    """Why a line is not published yet."""

    DELAY = "delay", _("published later")
    FLOOD = "flood", _("many lines at once")
    REPEAT = "repeat", _("the same text repeatedly")
    MODERATION = "moderation", _("held by a moderator")


class HeldLine(models.Model):
    """A line that is not published yet. A table of its own: no page, search, stream or count can show it by mistake.

    It is published at `due_at`; if that is null, an owner has to release it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="held_lines")
    why = models.CharField("reason", max_length=10, choices=HoldReason)
    due_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(db_default=Now())
    at = models.DateTimeField()
    kind = models.SmallIntegerField(choices=Kind)
    nick = models.TextField()
    text = models.TextField()
    account = models.TextField(null=True)
    msgid = models.TextField(null=True)
    target = models.TextField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="held_by_due"),
            models.Index(fields=["channel", "at"], name="held_by_time"),
        ]
        constraints = [_unique_per_msgid("held_once_per_message")]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.nick} at {self.at}"


class Withdrawal(models.Model):
    """A transaction removed lines or closed a channel; triggers write these rows (logs/sql/withdrawals.sql).

    There are never many: older rows are deleted. A row says nothing about what was withdrawn.
    """

    id = models.BigAutoField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.pk}"


BLOCK_LINES = 128
"""Ids in a row of `ReplyBlock`."""


class ReplyBlock(models.Model):
    """The answers of the lines with the ids `block * BLOCK_LINES` to `(block + 1) * BLOCK_LINES - 1`, in this order.

    `reply_to` is the id of the answered line, 0 where the line begins a conversation, and null where there is no such
    line or nothing is known yet; `confidence` is in percent. One row for many lines, because the header of a row and
    its index entry are larger than an answer: this takes 7 bytes a line, a row for each line 60.

    Rows are changed under the lock of the channel's counter.
    """

    pk = models.CompositePrimaryKey("channel_id", "block")
    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="reply_blocks")
    block = models.IntegerField()
    reply_to = ArrayField(models.IntegerField(null=True))
    confidence = ArrayField(models.SmallIntegerField(null=True))

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.block * BLOCK_LINES}"


class ReplyProgress(models.Model):
    """The id up to which the answers of a channel's lines are known."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="reply_progress")
    through = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.channel_id} up to {self.through}"


class ReplyOverride(models.Model):
    """An owner's decision about a line, which wins over what was found; `reply_to` is null where it answers nothing.

    Where the sender's program named the answered line, that counts as a decision, too; an owner's replaces it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="reply_overrides")
    line = models.IntegerField()
    reply_to = models.IntegerField(null=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "line"], name="reply_override_once")]

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.line}"
