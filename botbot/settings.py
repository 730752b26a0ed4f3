"""Django's settings; the only reader of botbot.env. docs/settings.md lists every variable."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.crypto import salted_hmac

from botbot import __version__, env, messages, pooler
from botbot.logging_config import LOGGING
from botbot.paths import BASE_DIR, RESOURCES, default_var_folder
from botbot.replica import REPLICA

__all__ = ["BASE_DIR", "LOGGING"]

VAR_DIR = env.folder("VAR_DIR", default_var_folder())

SECRET_KEY = env.required("SECRET_KEY", "a long random text that stays the same")
DEBUG = env.boolean("DEBUG", False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
SITE_NAME = env.text("SITE_NAME", "BotBot")
SITE_DESCRIPTION = env.text("SITE_DESCRIPTION")
SITE_ACCENT = env.accent("SITE_ACCENT")
SITE_LOGO = env.logo("SITE_LOGO")
BIND = env.bind_address("BIND", "127.0.0.1")
WEB_PROCESSES = env.integer("WEB_PROCESSES", env.count_cores(), minimum=1, maximum=100)
PORT = env.integer("PORT", 8000, minimum=1, maximum=65535)
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES", ["127.0.0.1", "::1"])
METRICS_NETWORKS = env.networks("METRICS_NETWORKS", env.PRIVATE_NETWORKS)
BEHIND_TLS = env.boolean("BEHIND_TLS", SITE_URL.startswith("https://"))

INSTALLED_APPS = [
    "botbot.admin_config.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "axes",
    "botbot",
    "logs",
    "bot",
]
MIDDLEWARE = [
    "botbot.middleware.apply_host_rules",
    "botbot.middleware.trace_requests",
    "logs.views.http.language.choose_language",
    "django.middleware.security.SecurityMiddleware",
    "logs.views.live.live_responses.answer_event_sources",
    "logs.views.live.live_view.admit_followers",
    "logs.views.http.http_cache.omit_length_of_304",
    "botbot.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "logs.views.api.middleware.api_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "logs.views.people.visitor.keep_responses_private",
    "axes.middleware.AxesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "botbot.replica.middleware.ReadFromReplica",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Failed logins are counted in memory: visitors' addresses are written to no table and no log.
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_CLIENT_IP_CALLABLE = "logs.views.http.client_address.get_client_ip"
AXES_CLIENT_STR_CALLABLE = "logs.views.http.client_address.describe_client"
AXES_LOCKOUT_PARAMETERS = ["ip_address"]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
SILENCED_SYSTEM_CHECKS = ["axes.W001"]  # every process counts on its own, which is enough
ROOT_URLCONF = "botbot.urls"
WSGI_APPLICATION = "botbot.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [RESOURCES / "templates"],
        "OPTIONS": {"environment": "botbot.jinja.environment", "extensions": ["jinja2.ext.i18n"]},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASE_POOL = env.integer("DATABASE_POOL", 8, minimum=2, maximum=1000)
DATABASE_POOLER = env.choice("DATABASE_POOLER", pooler.NONE, [*pooler.MODES])
_CONNECTIONS: dict[str, Any] = {
    "MAX_CONNS": DATABASE_POOL,
    "REUSE_CONNS": DATABASE_POOL,
    "MAX_WAIT": env.integer("DATABASE_WAIT", 10, minimum=1, maximum=300),
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # Milliseconds; limits a connection attempt, too: the host of a list that vanished does not hold up the others.
    "tcp_user_timeout": 10000,
    "application_name": "botbot",
}
_SERVER_SETTINGS = {
    "statement_timeout": f"{env.integer('STATEMENT_TIMEOUT', 30, minimum=1, maximum=3600)}s",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
DATABASES = pooler.read_databases(DATABASE_POOLER, _CONNECTIONS, _SERVER_SETTINGS)
DATABASE_REPLICA_LAG = env.integer("DATABASE_REPLICA_LAG", 10, minimum=1, maximum=3600)
if env.text("DATABASE_REPLICA_URL"):
    # Tests have no replica, and what they write to the database is there, too.
    _replica = pooler.make_database("DATABASE_REPLICA_URL", pooler.NONE, _CONNECTIONS, _SERVER_SETTINGS)
    DATABASES[REPLICA] = _replica | {"TEST": {"MIRROR": "default"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

LANGUAGES = list(messages.LANGUAGES.items())
LANGUAGE_CODE = "en"  # of everything outside of requests
SITE_LANGUAGE = env.choice("SITE_LANGUAGE", "en", list(messages.LANGUAGES))
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOCALE_PATHS = [RESOURCES / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [RESOURCES / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "botbot.static_storage.StaticStorage"},
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

JOURNAL_DIR = env.folder("JOURNAL_DIR", VAR_DIR / "journal")
SENTRY_DSN = env.sentry_dsn("SENTRY_DSN")
VERSION = __version__
SENTRY_RELEASE = env.text("SENTRY_RELEASE", f"botbot@{__version__}")
OTEL_EXPORTER_OTLP_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_ENDPOINT")
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
BOT_METRICS = env.listen_address("BOT_METRICS")
BLOCK_LIMIT = env.integer("BLOCK_LIMIT", 250, minimum=10, maximum=60000)
LIVE_BACKPLANE = "logs.live.backplane.postgres.PostgresBackplane"
REDIS_URL = env.text("REDIS_URL")
REALTIME_URL = env.text("REALTIME_URL").rstrip("/")
LIVE_KEY = env.text("LIVE_KEY") or salted_hmac("live", SECRET_KEY, SECRET_KEY, algorithm="sha256").hexdigest()
CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] += [REALTIME_URL] if REALTIME_URL else []
LIVE_PER_ADDRESS = env.integer("LIVE_PER_ADDRESS", 200, minimum=1, maximum=1000000)
API_PER_ADDRESS = env.integer("API_PER_ADDRESS", 300, minimum=1, maximum=1000000)
API_PER_TOKEN = env.integer("API_PER_TOKEN", 1200, minimum=1, maximum=1000000)
PAGE_CACHE_MB = env.integer("PAGE_CACHE_MB", 32, minimum=0, maximum=100000)
PAGES_AT_ONCE = env.integer("PAGES_AT_ONCE", min(4, DATABASE_POOL), minimum=1, maximum=DATABASE_POOL)
PAGES_PER_ADDRESS = env.integer("PAGES_PER_ADDRESS", 600, minimum=1, maximum=1000000)
PAGES_WAIT = env.integer("PAGES_WAIT", 3, minimum=1, maximum=60)
PAGES_WAITING = env.integer("PAGES_WAITING", 200, minimum=1, maximum=10000)
CONTACT = env.text("CONTACT", "")
PRIVACY_NOTICE = env.text("PRIVACY_NOTICE")
BACKUP_DIR = env.text("BACKUP_DIR")
# Not Django's ADMINS, to which it would mail the traceback of each error with all that a visitor has sent.
ADMIN_ADDRESSES = env.mail_addresses("ADMINS")
EMAIL_URL, _mail = env.mail("EMAIL_URL")
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.host, _mail.port, _mail.starttls, _mail.tls
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"botbot@{urlsplit(SITE_URL).hostname}")
FLOOD_LINES = env.integer("FLOOD_LINES", 15, maximum=10000)
FLOOD_SECONDS = env.integer("FLOOD_SECONDS", 10, minimum=1, maximum=3600)
QUIT_WAIT = env.integer("QUIT_WAIT", 2, minimum=0, maximum=2)
REPEAT_CHANNELS = env.integer("REPEAT_CHANNELS", 3, maximum=1000)
LIVE_STREAMS = env.integer("LIVE_STREAMS", 5000, minimum=1, maximum=1000000)
