#!/usr/bin/env python
"""The command line of the project."""

import botbot.green  # noqa: F401  (first: see its docstring)

import sys

from botbot.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
