"""Who asks: all that has to be known of a visitor to decide what may be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """`is_admin`: the site's own people. `identity`: whoever has proven an account or nick. `keys`: of secret links.

    `only_channel`: all that counts in this channel alone, as with a token of the API.
    """

    is_admin: bool = False
    identity: int | None = None
    keys: frozenset[str] = frozenset()
    only_channel: int | None = None

    @property
    def is_privileged(self) -> bool:
        """Whether this visitor may see more than everybody: such answers are for nobody else's cache."""
        return self != STRANGER


STRANGER = Visitor()
