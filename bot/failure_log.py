"""Logs failures of our own code on a message, without anything that somebody said, perhaps in private."""

from __future__ import annotations

import logging

from bot.irc.message import Message

logger = logging.getLogger(__name__)

LOGGABLE = frozenset({"CAP", "JOIN", "NICK", "PING", "BATCH", "ACCOUNT", "INVITE", "001", "005", "353", "366"})
"""Commands whose parameters may appear in the error log: nobody's words, and no keys."""


def log_failure(network: str, message: Message, error: Exception) -> None:
    """Log the exception's type, where it was raised, and parameters of a few harmless commands only.

    Not only parameters may contain words, but also tags (reactions) and the text of the exception.
    """
    shown = " ".join([message.command, *message.params] if message.command in LOGGABLE else [message.command])
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename}:{traceback.tb_lineno} in {code.co_qualname}")
        traceback = traceback.tb_next
    logger.error("%s: failed on %r: %s\n  %s", network, shown[:500], type(error).__name__, "\n  ".join(frames))
