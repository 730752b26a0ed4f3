"""The app of the site itself: its system checks."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "botbot"
    verbose_name = "Site"

    def ready(self) -> None:
        from botbot import checks  # noqa: F401  (registers the system checks)
