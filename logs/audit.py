"""The list of acts that owners and administrators look at. It tells what was done, never what was removed."""

from __future__ import annotations

from logs.models import Act, Channel


def note(channel: Channel, by: str, what: str, removed: int | None = None) -> Act:
    """Adds an act, in the caller's transaction; `removed` tells of how many lines it took the words or the name."""
    return Act.objects.create(channel=channel, by=by[:250], what=what[:500], removed=removed)
