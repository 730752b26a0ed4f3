"""The database models; each can be imported from here or from its own module."""

from logs.models.audit_log import Act, Redaction, Request
from logs.models.bot_status import BotStatus, JournalPosition
from logs.models.channel import Channel
from logs.models.imported import Fill, OldNumber, Unfinished, Upload
from logs.models.line import Gap, HeldLine, Kind, Line, Removal
from logs.models.line_counter import LineCounter
from logs.models.line_counts import ALL_YEARS, DayCount, HourCount, NickCount
from logs.models.network import Network
from logs.models.people import ApiToken, Code, ErasedCopy, Forgotten, Identity, Membership, OptOut
from logs.models.visitor import STRANGER, Visitor

__all__ = [
    "ALL_YEARS",
    "STRANGER",
    "Act",
    "ApiToken",
    "BotStatus",
    "Channel",
    "Code",
    "DayCount",
    "ErasedCopy",
    "Fill",
    "Forgotten",
    "Gap",
    "HeldLine",
    "HourCount",
    "Identity",
    "JournalPosition",
    "Kind",
    "Line",
    "LineCounter",
    "Membership",
    "Network",
    "NickCount",
    "OldNumber",
    "OptOut",
    "Redaction",
    "Removal",
    "Request",
    "Unfinished",
    "Upload",
    "Visitor",
]
