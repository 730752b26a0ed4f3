"""Builds the compiled messages of other languages into the wheel (pyproject.toml names this file to hatchling)."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MessagesHook(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  (hatchling's)
        sys.path.insert(0, self.root)
        from botbot.messages import compile_catalogues, compiled_files

        compile_catalogues()
        for path in compiled_files():
            place = path.relative_to(self.root).as_posix()
            build_data["force_include"][str(path)] = f"botbot/resources/{place}"


def get_build_hook() -> type[BuildHookInterface]:
    return MessagesHook
