"""Misconfiguration as system checks, each with an id and a hint that says what to do."""

from __future__ import annotations
