"""The languages of the pages, and their names in themselves."""

from __future__ import annotations

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ja": "日本語",
    "ar": "العربية",
}
"""Those of the folder `locale`, by their codes; English is that of the source. docs/translations.md: how to add one."""
