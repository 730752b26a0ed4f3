"""The administration. Django imports this package at start; importing the modules registers their pages."""

from logs.admin import blocks, channels, people, redactions, watched

__all__ = ["blocks", "channels", "people", "redactions", "watched"]
