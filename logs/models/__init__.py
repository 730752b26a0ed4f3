"""The records. Importing a model from here is importing it from its own file."""

from logs.models.audit import Act, Redaction, Request
from logs.models.channel import Channel, LineCounter
from logs.models.counts import EVER, DayCount, HourCount, NickCount
from logs.models.gap import Gap
from logs.models.held import HeldLine
from logs.models.line import Kind, Line
from logs.models.network import Network
from logs.models.people import Code, Forgotten, Identity, Membership, OptOut
from logs.models.provenance import Fill, OldNumber, Unfinished
from logs.models.removal import Removal
from logs.models.status import BotStatus, JournalPosition
from logs.models.token import ApiToken
from logs.models.upload import Upload
from logs.models.visitor import STRANGER, Visitor

__all__ = [
    "EVER",
    "STRANGER",
    "Act",
    "ApiToken",
    "BotStatus",
    "Channel",
    "Code",
    "DayCount",
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
