"""Rate limits for one client address, counted in memory: no table and no log contains addresses."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.http import HttpRequest

from logs.views.http.client_ip import get_client_ip

logger = logging.getLogger(__name__)


def exceeds_rate(request: HttpRequest, action: str, limit: int, seconds: int) -> bool:
    """Count one more `action` of this client; return whether it made more than `limit` within `seconds`."""
    key = f"rate:{action}:{get_client_ip(request)}"
    cache.add(key, 0, seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # the key expired between the two calls
        return False
    if count == limit + 1:  # once for each client and window, not for each request
        logger.warning("One address exceeded the limit of %d %s within %d s and is refused", limit, action, seconds)
    return count > limit
