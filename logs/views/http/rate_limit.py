"""How often one address may ask for what costs us something. Counted in memory: no table and no log has addresses."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.http import HttpRequest

from logs.views.http.client_ip import address_of

logger = logging.getLogger(__name__)


def too_fast(request: HttpRequest, what: str, most: int, seconds: int) -> bool:
    """Whether this address has asked for it more often than so many times within so many seconds; counts this time."""
    key = f"pace:{what}:{address_of(request)}"
    cache.add(key, 0, seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # the seconds are over in this very moment
        return False
    if count == most + 1:
        logger.warning("one address asked for %s more than %d times within %d s and is refused", what, most, seconds)
    return count > most
