"""HydraIRC: local time with its date; the sentences of its two themes, of which the second is coloured.

[2014-03-01 12:00:00] <nick> text
[2014-03-01 12:00:01] * nick does
[2014-03-01 12:00:02] *** nick (host) joined
[2014-03-01 12:00:02] ‹colour› JOIN  nick (host) joined

https://github.com/HydraIRC/hydrairc
"""

from __future__ import annotations

from logs.formats.line_patterns import IGNORED, EventPatterns, make_parser
from logs.formats.log_format import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC, Format

_CODE = r"(?:\x03\d{0,2}(?:,\d{1,2})?|[\x02\x0f\x16\x1d\x1f])"
_LINE = (
    r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] (?:"
    rf"{_CODE}?\* (?P<actor>[^ *]+?){_CODE}? (?P<did>.*)"
    r"|<(?P<nick>[^ >]+)> ?(?P<text>.*)"
    rf"|(?:{_CODE} NOTICE {_CODE}? )?-(?P<noticer>[^ !@(<>]+)- ?(?P<noticed>.*)"
    rf"|(?:\*\*\* |{_CODE} (?:JOIN|PART|QUIT|KICK|NICK|MODE|WHOIS|[#&+!][^ ]*) {_CODE}? |(?=[^ ]+ )(?!<|\* ))"
    r"(?P<event>.*))"
)
_EVENTS = EventPatterns(
    (JOIN, r"(?P<nick>[^ ]+) \([^ ()]*\) joined"),
    (PART, r"(?P<nick>[^ ]+) \([^ ()]*\) left \((?P<text>.*)\)"),
    (QUIT, r"(?P<nick>[^ ]+) quit \((?P<text>.*)\)"),
    (KICK, r"(?P<target>[^ ]+) was kicked from [^ ]+ by (?P<nick>[^ ]+) \((?P<text>.*)\)"),
    (NICK, r"(?P<nick>[^ ]+) changed nick to (?P<target>[^ ]+)"),
    (TOPIC, r"(?P<nick>[^ ]+) changed topic to (?P<text>.*)"),
    (MODE, r"(?P<nick>[^ ]+) sets channel [^ ]+ mode (?P<text>.*)"),
    (
        IGNORED,
        r"(?:now talking in|topic is|set by|(?:channel )?created at|[#&+!][^ ]+ mode is|Attempting).*",
    ),
    (IGNORED, r"(?:channel [^ ]+ )?mode is .*|you were kicked from .*|Disconnected.*|End of /NAMES list\."),
    # WHOIS, and what somebody says to the user alone.
    (IGNORED, r"[^ ]+ (?:is (?:[^ ]+@|away, reason: |connecting from )|using |idle .*, signed on |on [#&@+%]).*"),
    (IGNORED, r"[^ ]+ End of /WHOIS list\.|(?:-> )?\*[^ ]+\* .*"),
)
HYDRAIRC = Format("hydrairc", "HydraIRC", make_parser(_LINE, _EVENTS), zoned=False)
