"""The command `botbot`: what `manage.py` does in a checkout, and the web's processes."""

import botbot.green  # noqa: F401  (first: see its docstring)

import os
import sys

from botbot import __version__, command_line
from botbot.paths import RESOURCES

SERVERS = {"web": ("gunicorn.conf.py", "botbot.wsgi"), "realtime": ("realtime.conf.py", "botbot.realtime")}


def main() -> int:
    """Run one command and return its exit code. `web` and `realtime` become gunicorn, which gets further arguments."""
    arguments = sys.argv[1:]
    if arguments in (["version"], ["--version"]):
        print(f"botbot {__version__}")
        return 0
    if arguments and arguments[0] in SERVERS:
        config, application = SERVERS[arguments[0]]
        command = [sys.executable, "-m", "gunicorn", "-c", str(RESOURCES / config), *arguments[1:], application]
        os.execv(sys.executable, command)  # noqa: S606  (arguments of the person at the terminal)
    return command_line.main(["botbot", *arguments])


if __name__ == "__main__":
    sys.exit(main())
