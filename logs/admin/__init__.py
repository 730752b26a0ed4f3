"""The administration. Django imports this package at start; importing the modules registers their pages."""

from logs.admin import channels, people, redactions

__all__ = ["channels", "people", "redactions"]
