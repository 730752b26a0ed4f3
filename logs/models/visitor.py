"""A visitor: everything that decides which channels they may read."""

from __future__ import annotations

from dataclasses import dataclass


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
