"""The JSON API, described in docs/api.md; every response passes middleware.py."""
