"""The app of the site itself: its system checks, and its messages in other languages."""

from django.apps import AppConfig, apps


class SiteConfig(AppConfig):
    name = "botbot"
    verbose_name = "Site"

    def ready(self) -> None:
        from botbot import checks  # noqa: F401  (registers the system checks)
        from botbot.messages import ensure_compiled

        ensure_compiled()
        if apps.is_installed("logs"):  # not in a realtime process, which has no database
            from botbot import deploy_checks  # noqa: F401
