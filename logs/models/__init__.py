"""The records. Importing a model from here is importing it from its own file."""

from logs.models.channel import Channel, LineCounter
from logs.models.gap import Gap
from logs.models.line import Kind, Line
from logs.models.network import Network
from logs.models.removal import Removal
from logs.models.status import BotStatus, JournalPosition

__all__ = ["BotStatus", "Channel", "Gap", "JournalPosition", "Kind", "Line", "LineCounter", "Network", "Removal"]
