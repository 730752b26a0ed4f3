"""The database models; each can be imported from here or from its own module."""

from logs.models.audit_log import Act, Redaction, Request
from logs.models.bot_status import BotStatus, JournalPosition
from logs.models.channel import Channel
from logs.models.channel_choices import STRANGER, Visitor
from logs.models.closed_period import (
    ClosedDayCount,
    ClosedHourCount,
    ClosedNickCount,
    ClosedPeriod,
    ClosedRange,
    Readers,
)
from logs.models.former_name import FormerName
from logs.models.imported import Fill, OldNumber, Unfinished, Upload
from logs.models.line import (
    Gap,
    GapChange,
    HeldLine,
    Kind,
    Line,
    Removal,
    ReplyBlock,
    ReplyOverride,
    ReplyProgress,
    Withdrawal,
)
from logs.models.line_counts import ALL_YEARS, DayCount, HourCount, LineCounter, NickCount
from logs.models.network import Block, Network
from logs.models.notices import AskedAddress, MailAddress, MailedNotice, OwnerNotice
from logs.models.people import ApiToken, Code, ErasedCopy, Forgotten, Highlights, Identity, Membership, OptOut
from logs.models.planned_deletion import PlannedDeletion
from logs.models.watched import WatchedFile, WatchedPath

__all__ = [
    "ALL_YEARS",
    "STRANGER",
    "Act",
    "ApiToken",
    "AskedAddress",
    "Block",
    "BotStatus",
    "Channel",
    "ClosedDayCount",
    "ClosedHourCount",
    "ClosedNickCount",
    "ClosedPeriod",
    "ClosedRange",
    "Code",
    "DayCount",
    "ErasedCopy",
    "Fill",
    "Forgotten",
    "FormerName",
    "Gap",
    "GapChange",
    "HeldLine",
    "Highlights",
    "HourCount",
    "Identity",
    "JournalPosition",
    "Kind",
    "Line",
    "LineCounter",
    "MailAddress",
    "MailedNotice",
    "Membership",
    "Network",
    "NickCount",
    "OldNumber",
    "OptOut",
    "OwnerNotice",
    "PlannedDeletion",
    "Readers",
    "Redaction",
    "Removal",
    "ReplyBlock",
    "ReplyOverride",
    "ReplyProgress",
    "Request",
    "Unfinished",
    "Upload",
    "Visitor",
    "WatchedFile",
    "WatchedPath",
    "Withdrawal",
]
