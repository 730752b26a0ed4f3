"""Who asks: all that has to be known of a visitor to decide what may be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """`admin`: the site's own people. `identity`: whoever has proven an account or nick. `keys`: of secret links.

    `only`: all that counts in this channel alone, as with a token of the API.
    """

    admin: bool = False
    identity: int | None = None
    keys: frozenset[str] = frozenset()
    only: int | None = None

    @property
    def known(self) -> bool:
        """Whether this visitor may see more than everybody: such answers are for nobody else's cache."""
        return self != STRANGER


STRANGER = Visitor()
