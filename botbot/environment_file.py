"""The file that ENVIRONMENT_FILE names: settings for commands typed in a terminal, as the services have them.

It is read as systemd reads it (EnvironmentFile= in systemd.exec(5)), not as a shell does: nothing is expanded, and
blanks, `&` and `#` inside a value stand for themselves. What systemd would ignore or read in a surprising way is an
error. The libraries for such files read backslashes, quotes, `#` or `$` in other ways.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from botbot import env
from botbot.env import SettingError

ENTRY = re.compile(
    r"""[^\S\n]*(?:
        (?P<comment>[#;][^\n]*)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)[^\S\n]*=[^\S\n]*
        (?: '(?P<single>[^']*)'[^\S\n]*
          | "(?P<double>(?:[^"\\]|\\.)*)"[^\S\n]*
          | (?P<plain>(?!['"])(?:[^\\\n]|\\.)*)
        )
    )?(?:\n|\Z)""",
    re.VERBOSE | re.DOTALL,
)
"""An empty line, a comment, or one assignment, which may go on over several lines."""
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def load() -> None:
    """Set the variables of the file that are not set already. An empty variable counts as unset.

    SettingError if the file cannot be read as a whole; its text never contains a value, which may be a secret.
    """
    path = env.text("ENVIRONMENT_FILE")
    if not path:
        return
    try:
        content = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"ENVIRONMENT_FILE={path} cannot be read: {error}.") from None
    for name, value in parse(content, path).items():
        # SECRET_KEY in the environment replaces SECRET_KEY_FILE in the file, and the other way round.
        other = name.removesuffix("_FILE") if name.endswith("_FILE") else f"{name}_FILE"
        if not os.environ.get(name) and not os.environ.get(other):
            os.environ[name] = value


def parse(content: str, path: str = "the environment file") -> dict[str, str]:
    """The variables of a file's content; of two assignments to a name the later one counts."""
    variables: dict[str, str] = {}
    place = 0
    while place < len(content):
        entry = ENTRY.match(content, place)
        value = _read_value(entry) if entry else ""
        # A comment that ends in a backslash goes on in some versions of systemd and not in others.
        if not entry or (entry["comment"] or "").endswith("\\") or CONTROL_CHARACTERS.search(value):
            line = content.count("\n", 0, place) + 1
            raise SettingError(
                f"{path}, line {line}, is not understood: write NAME=value, with quotes around all of the value or none"
                ' (in "...", write \\" and \\\\), without `export`, or # before a comment.'
            )
        if entry["name"]:
            variables[entry["name"]] = value
        place = entry.end()
    return variables


def _read_value(entry: re.Match[str]) -> str:
    if entry["single"] is not None:
        return entry["single"]
    if entry["double"] is not None:
        # A backslash stands for itself, except before these characters.
        return re.sub(r"\\(?:\n|([\"\\`$]))", lambda escaped: escaped[1] or "", entry["double"])
    parts = re.findall(r"\\.|[^\\]", entry["plain"] or "", re.DOTALL)
    while parts and parts[-1].isspace():
        parts.pop()
    return "".join(part.removeprefix("\\").removeprefix("\n") if len(part) > 1 else part for part in parts)
