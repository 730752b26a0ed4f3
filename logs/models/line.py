"""A line: one thing said or done in a channel."""
# MERGED: A gap: an interval in which the bot did not hear a channel.
# MERGED: A removal: a line that is no longer there. Pages that are open have to learn of it.
# MERGED: A held line: said, but not in the archive yet.

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

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


class Line(models.Model):
    """One line. `id` counts up per channel in commit order (live resumes by it); pages are ordered by (at, id).

    | kind                    | nick          | target     | text                |
    |-------------------------|---------------|------------|---------------------|
    | message, action, notice | speaker       |            | what was said       |
    | join                    | who           |            |                     |
    | part, quit              | who           |            | reason              |
    | nick                    | old nick      | new nick   |                     |
    | kick                    | by whom       | who        | reason              |
    | mode                    | by whom       |            | modes and arguments |
    | topic                   | by whom       |            | the new topic       |
    | removed                 |               |            | how many lines      |
    | unlogged                |               |            |                     |

    `removed` stands where lines were erased, `unlogged` where somebody spoke who opted out.

    Text keeps its mIRC formatting codes. No host, no address, no raw line is ever stored. The columns of fixed
    size come first, widest first, so that no byte of a row is padding. The database does not check the channel of
    each row (a bulk load would take several times as long): ids come only from the channel's counter,
    which it does check.
    """

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
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "msgid"],
                condition=models.Q(msgid__isnull=False),
                name="line_once_per_msgid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.id}"


class Reason(models.TextChoices):
    CONNECTION = "connection", "connection lost"
    STOPPED = "stopped", "bot stopped"
    KICKED = "kicked", "bot was kicked"
    LEFT = "left", "bot left the channel"
    PAUSED = "paused", "paused by the channel's owners"
    DISK = "disk", "lines could not be kept"


class Gap(models.Model):
    """Not recorded from `from_at` until `to_at` (null: still going on)."""

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


class Removal(models.Model):
    """`line` was removed as the channel's event `id`; ids come from the same counter as those of lines."""

    pk = models.CompositePrimaryKey("channel_id", "id")
    channel = models.ForeignKey(
        Channel, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="removals"
    )
    id = models.IntegerField()
    line = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.line}"


class HoldReason(models.TextChoices):
    DELAY = "delay", "published later"
    FLOOD = "flood", "many lines at once"
    REPEAT = "repeat", "the same words again and again"


class HeldLine(models.Model):
    """A line outside the archive, so that no page, search, live stream or count can show it by mistake.

    `due_at` is when it becomes a line by itself; null: when an owner releases it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="held_lines")
    why = models.CharField(max_length=10, choices=HoldReason)
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
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "msgid"], condition=models.Q(msgid__isnull=False), name="held_once_per_msgid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.nick} at {self.at}"
