"""The administration. Django imports this package at start; importing the modules registers their pages."""

from logs.admin import channels, moderation, people

__all__ = ["channels", "moderation", "people"]
