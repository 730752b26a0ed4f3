"""`python -m botbot.embedded.set_up PORT`: create tables, static files and the demo's channel.

One process for the three commands, because each start of Django takes a second in which a person waits.
"""

import botbot.green  # noqa: F401  (first: see its docstring)

import sys

from botbot.command_line import main


def set_up(demo_port: str) -> int:
    for command in (
        ["migrate", "--verbosity=0"],
        ["collectstatic", "--noinput", "--verbosity=0"],
        [
            "addchannel",
            f"irc://127.0.0.1:{demo_port}/#demo",
            *("--network=demo", "--move", "--public=a demonstration on this machine", "--verbosity=0"),
        ],
    ):
        if code := main([sys.argv[0], *command]):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(set_up(sys.argv[1]))
