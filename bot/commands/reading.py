"""The former name of bot.commands.log_access, for plugins written before it was renamed."""

from bot.commands.log_access import ago, clock, day_address, excerpt, line_address, readable, unreadable, visitor

__all__ = ["ago", "clock", "day_address", "excerpt", "line_address", "readable", "unreadable", "visitor"]
