"""The former name of bot.commands.base, for plugins written before it was renamed."""

from bot.commands.base import API, MOST_LINES, Command, Heard, Listener, Request

__all__ = ["API", "MOST_LINES", "Command", "Heard", "Listener", "Request"]
