"""Reads whether a topic announces that a channel is publicly logged: by an address of the log, and nothing else.

Words alone, such as "public logs", never announce a log, since no list of words tells "public logs are forbidden here"
from "public logs" in every language. A negation near the address asks the owner instead.
"""

from __future__ import annotations

import re
from enum import Enum
from urllib.parse import unquote

from logs.text.irc_formatting import strip_formatting


class Announcement(Enum):
    """What a topic says about a public log."""

    NONE = "none"
    CLEAR = "clear"
    """It has the address of the site or of the channel's log, and no negation near it."""
    UNCLEAR = "unclear"
    """It mentions public logs, or links to another page of the site."""
    NEGATED = "negated"
    """It mentions the log or its address beside a negation."""


_PUBLIC = re.compile(r"\bpublic(ly)?\b", re.IGNORECASE)
_LOGGED = re.compile(r"\blog(s|ged|ging)?\b", re.IGNORECASE)
_ABOUT_LOGS = re.compile(
    r"(?<!\w)(un)?(log(s|ged|ging|g?er)?|protokoll\w*|geloggt|journal\w*|archiv\w*|record\w*|registr\w*|лог\w*)(?!\w)"
)

# Whole words; a trailing asterisk stands for any ending. A wrong guess costs a question to the owner, no more.
_NEGATIONS = """
    no not non never none without neither nor cannot cant dont doesnt didnt isnt arent wasnt werent wont shouldnt mustnt
    stop* forbid* forbad* prohibit* disabl* disallow* deactivat* discontinu* suspend* paus* ceas* end ended ends
    remov* delet* refus* den(?:y|ied|ies) ban bann* block* former* previous* old ex anymore unlog* illegal
    unauthori[sz]ed until was were gone closed off fake false wrong against avoid retired obsolete outdated defunct
    nicht nichts kein* nie niemals nirgends ohne weder verboten* untersag* gestoppt* beendet* eingestellt*
    abgeschaltet* deaktiviert* ehemal* früher* unerlaubt*
    ne n pas jamais sans aucun* ni interdit* arrêt* désactiv* cess* ancien* suspendu* défendu*
    nunca jamás sin ningun* ningún* tampoco prohibid* desactivad* detenid* suspendid* antigu* dej[óa]*
    mai senza nessun* niente vietat* proibit* disattivat* disabilitat* fermat* sospes* smess*
    não nao nem sem proibid* desativad* niet geen nooit zonder verbod* nigdy bez zakazan*
    inte ikke aldrig utan uden ej förbjud* forbudt ei
    не нет ни никогда без нельзя запрещ* запрет* отключ* прекращ* остановл* приостановл* бывш*
"""
_ANY_NEGATION = "|".join(_NEGATIONS.split()).replace("*", r"\w*")
# An underscore separates words, as in `_not_`.
_NEGATED = re.compile(rf"(?<![^\W_])(?:{_ANY_NEGATION}|\w+n['’]t)(?![^\W_])|[不没沒無无非未]|禁止|停止|ない|[🚫⛔❌✗✘]")

_PARTS = re.compile(r"[|•·‖\n]")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;])\s+")
_OTHER_LINKS = re.compile(r"\w+://\S+")
_ADDRESS_MARK = "\ufffc"


def read_announcement(text: str, site: str, path: str) -> Announcement:
    """Read a topic. `site` is the host of the site, with its port if it has one; `path` that of the channel's log."""
    plain = strip_formatting(text).casefold()
    address = re.compile(rf"(?<![\w.\-/@=?&%])(?:https?://)?{re.escape(site.casefold())}(?![\w-]|\.\w)(?::\d+)?(/\S*)?")
    linked_paths = [match[1] or "/" for match in address.finditer(plain)]
    # Links may contain any word, for example a channel's name.
    parts = _PARTS.split(_OTHER_LINKS.sub(" ", address.sub(_ADDRESS_MARK, plain)))
    if any(_is_negated(part) for part in parts):
        return Announcement.NEGATED
    if any(_leads_to(linked, path) for linked in linked_paths):
        return Announcement.CLEAR
    if linked_paths or any(_PUBLIC.search(part) and _LOGGED.search(part) for part in parts):
        return Announcement.UNCLEAR
    return Announcement.NONE


def _is_negated(part: str) -> bool:
    """Whether a negation stands near the address, or in a sentence about logs.

    Near is the address's own sentence and all that follow it, as in "SITE. Not any more".
    """
    sentences = _SENTENCE_ENDS.split(part)
    has_address = False
    for sentence in sentences:
        has_address = has_address or _ADDRESS_MARK in sentence
        if (has_address or _ABOUT_LOGS.search(sentence)) and _NEGATED.search(sentence):
            return True
    return False


def _leads_to(linked: str, path: str) -> bool:
    """Whether the path of a link is the site's first page or belongs to the channel's log."""
    linked = unquote(linked.rstrip("/.,;:!?)]>\"'")).casefold()
    path = unquote(path).casefold().rstrip("/")
    return not linked or linked == path or linked.startswith((f"{path}/", f"{path}?", f"{path}#"))
