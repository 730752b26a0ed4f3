"""A line: one thing said or done in a channel."""

from __future__ import annotations

from django.db import models

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
