"""Log files that other programs write and `watchlogs` follows: how far each one is stored.

A file's row moves in the transaction of the lines that were read from it, so that the file itself is their journal.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models

from logs.models.channel import Channel

WATCH_SILENT_AFTER = timedelta(seconds=30)
"""A running `watchlogs` notes every 10 seconds that it is there; without news for this long it counts as dead."""


class WatchState(models.TextChoices):
    """What is done with a file."""

    FOLLOWED = "followed", "followed"
    WAITING = "waiting", "its format is not certain yet"
    REFUSED = "refused", "refused"
    GONE = "gone", "not there any more"


class WatchedPath(models.Model):
    """A file or folder that was given to `watchlogs`. `name` tells apart machines whose paths are the same.

    Files whose path has a day before `closed_before` are not followed: they do not grow any more. None: the path has
    never been followed. `imports_old`: the old lines of the first start have still to be imported.
    """

    name = models.CharField(max_length=100, blank=True)
    path = models.TextField()
    closed_before = models.DateField(null=True)
    began_at = models.DateTimeField(null=True, help_text="When the path was followed first.")
    imports_old = models.BooleanField(default=False)
    polls = models.BooleanField(default=False, help_text="Whether the files are looked at again and again.")
    ignored = models.IntegerField(default=0, help_text="Files that are no log of a channel, or are packed.")
    lines = models.BigIntegerField(default=0, help_text="Lines of files whose rows were deleted.")
    unparsed = models.BigIntegerField(default=0, help_text="The same of those that were reported and not stored.")
    problem = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, help_text="When a watchlogs process was last known to follow the path.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["path", "name"], name="watched_path_once")]

    def __str__(self) -> str:
        return self.path


class WatchedFile(models.Model):
    """One file and how far it is stored: `offset` bytes.

    `identity` is its device and inode; `head` is the digest of its first `head_length` bytes, by which a copy, or the
    same file with another inode, is recognised. Parsing begins again at `context_offset`, on `context_day`, so that
    lines behind `offset` are understood; `context_digest` is that of the bytes between the two. `lines` counts those
    that were read, `unparsed` those that were reported and not stored; `detail` is what was reported last.
    """

    root = models.ForeignKey(WatchedPath, models.CASCADE, related_name="files")
    path = models.TextField()
    folder = models.TextField(help_text="The folder of the channel's logs.")
    day = models.DateField(null=True, help_text="The day in its path.")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="watched_files")
    format = models.CharField(max_length=20, blank=True)
    identity = models.CharField(max_length=60)
    head = models.CharField(max_length=64, blank=True)
    head_length = models.IntegerField(default=0)
    offset = models.BigIntegerField(default=0)
    context_offset = models.BigIntegerField(default=0)
    context_day = models.DateField(null=True)
    is_day_lost = models.BooleanField(default=False)
    context_digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=WatchState, default=WatchState.WAITING)
    detail = models.TextField(blank=True)
    lines = models.BigIntegerField(default=0)
    unparsed = models.BigIntegerField(default=0)
    last_line_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.path

    def is_closed(self, before: date) -> bool:
        """Whether the file is of a day that is over for certain."""
        return self.day is not None and self.day < before
