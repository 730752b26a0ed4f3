"""The app of the site itself: its system checks."""

from django.apps import AppConfig, apps


class SiteConfig(AppConfig):
    name = "botbot"
    verbose_name = "Site"

    def ready(self) -> None:
        from botbot import checks  # noqa: F401  (registers the system checks)

        if apps.is_installed("logs"):  # not in a realtime process, which has no database
            from botbot import deploy_checks  # noqa: F401
