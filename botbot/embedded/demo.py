"""`python -m botbot.embedded.demo PORT`: the demo network with its speakers, until it is stopped."""

import botbot.green  # noqa: F401  (first: see its docstring)

import signal
import sys

import gevent

from botbot.embedded.ircd import DemoServer
from botbot.embedded.speakers import chat


def main(port: int) -> int:
    try:
        server = DemoServer(port)
    except OSError as error:
        print(f"The demo network cannot listen on port {port}: {error.strerror}.", file=sys.stderr)
        return 1
    server.daemon_threads = True
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, sys.exit, 0)
    gevent.spawn(server.serve_forever)
    chat(port)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
