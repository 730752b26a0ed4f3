"""Django's settings in a realtime process: no database and no apps, so that using one fails at once."""

from __future__ import annotations

from typing import Any

from botbot import __version__, env
from botbot.logging_config import LOGGING

__all__ = ["LOGGING"]

LIVE_KEY = env.required("LIVE_KEY", "the long random text that the web process has under the same name")
REDIS_URL = env.required("REDIS_URL", "the Redis to which the web process relays, as redis://host:6379/0")
LIVE_BACKPLANE = "logs.live.backplane.redis.RedisBackplane"
LIVE_STREAMS = env.integer("LIVE_STREAMS", 5000, minimum=1, maximum=1000000)
LIVE_PER_ADDRESS = env.integer("LIVE_PER_ADDRESS", 200, minimum=1, maximum=1000000)
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES", ["127.0.0.1", "::1"])
METRICS_NETWORKS = env.networks("METRICS_NETWORKS", env.PRIVATE_NETWORKS)
SENTRY_DSN = env.sentry_dsn("SENTRY_DSN")
SENTRY_RELEASE = env.text("SENTRY_RELEASE", f"botbot@{__version__}")
BLOCK_LIMIT = env.integer("BLOCK_LIMIT", 250, minimum=10, maximum=60000)
BIND = env.bind_address("BIND", "127.0.0.1")
PORT = env.integer("PORT", 8001, minimum=1, maximum=65535)
REALTIME_URL = ""

SECRET_KEY = LIVE_KEY
ALLOWED_HOSTS = ["*"]  # nothing here depends on the name
DATABASES: dict[str, Any] = {}
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["logs.views.live.live_responses.answer_event_sources"]
ROOT_URLCONF = "botbot.realtime_urls"
USE_TZ = True
TIME_ZONE = "UTC"
