"""The API: what the pages show, for programs. docs/api.md; every answer of it passes gate.py."""
