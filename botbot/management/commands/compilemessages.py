"""Compiles the catalogues of messages; processes that start do so as well."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from botbot.messages import compile_catalogues


class Command(BaseCommand):
    help = "Compile the messages in locale/ that have changed. Every process does so when it starts."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        compile_catalogues()
