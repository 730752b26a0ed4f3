"""Reads whether a topic announces that a channel is publicly logged: by an address of the log among known words.

Words alone, such as "public logs", never announce a log. Nor does the address among words that are not known here: no
list of words tells "we left SITE", in every language, from "we are at SITE". The owner is asked then.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple
from unicodedata import category, normalize
from urllib.parse import unquote

from logs.text.irc_formatting import strip_formatting


class Announcement(Enum):
    """What a topic says about a public log."""

    NONE = "none"
    CLEAR = "clear"
    """It has the address of the site or of the channel's log, and what it says of logs has only known words."""
    UNCLEAR = "unclear"
    """It mentions public logs, links to another page of the site, or says of the log what is not known here."""
    NEGATED = "negated"
    """It mentions the log or its address beside a negation."""


_PUBLIC = re.compile(r"\bpublic(ly)?\b", re.IGNORECASE)
_LOGGED = re.compile(r"\blog(s|ged|ging)?\b", re.IGNORECASE)
_ABOUT_LOGS = re.compile(
    r"(?<!\w)(?:(?:un)?(?:log(?:s|ged|ging|g?er)?|protokol\w*|gelogg?[td]|logg\w*|logu\w*|logow\w*|journal\w*|archi[vw]\w*"
    r"|record\w*|registr\w*|enregistr\w*|aufgezeichn\w*|aufzeichn\w*|mitgeschn\w*|лог\w*|запис\w*|журнал\w*|архив\w*"
    r"|logbot|kayıt\w*|günlük\w*))(?!\w)|ログ|記録|로그|기록|日志|日誌|记录|記錄"
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
_NEGATED = re.compile(rf"(?<![^\W_])(?:{_ANY_NEGATION}|[^\W_]+n't)(?![^\W_])|[不没沒無无非未🚫⛔❌✗✘]|禁止|停止|ない")

# What a notice is made of. None of these words can take it back, alone or with others.
_KNOWN = """
    a all also an and another archive archived archives are at available be being bot botbot by channel channels chat
    chats complete conversation conversations daily discussion discussions everyone everybody everything find for found
    full here history in irc is it its link live log logbot logged logging logs message messages of on online our ours
    page public publicly read recorded records room said say search searchable see site that the them they this to
    transcript transcripts under url us via view visit we web website welcome what with you your
    alle alles am auf aufgezeichnet bei chatlog chatlogs das den der des die dieser dieses diesem es für geloggt hier im
    ist kanal kanals lesen mitgeloggt nachlesen nachzulesen öffentlich öffentliche protokoll protokolle protokolliert
    siehe und unser unsere unter verlauf von wird werden zum
    à archivé archivée archivés au aux canal ce ces cet consultable consultables dans de disponible disponibles du
    enregistré enregistrée enregistrés est et historique ici journaux journal la le les lire nos notre publics publique
    publiquement publiques salon sont sur voir
    aquí archivo archivos del disponibles el en es está están este historial las leer los nuestro nuestros público
    públicamente públicos registra registrado registrados registro registros se ver y
    è archivio canale disponibili di i il leggi nostro pubblicamente pubblici pubblico qui questo registrato registri si
    sono su vedi
    ao aqui do dos e histórico ler nosso o os publicamente são
    deze dit gelogd het kanaal onze op openbaar publieke te vinden wordt zie
    är denna denne dette er finns hos kanalen kanal loggad loggar loggas loggene logges och offentlig offentligt på
    här her
    jest kanał kanału logi logowany na publicznie są ten tu tutaj
    архив веб все для журнал здесь и история канал канала лог логи логируется логов на наш наши по публично публичные
    публичный смотрите тут читать чат чата этого этот
    このチャンネル このチャンネルのログ のログ は ログ ログはこちら チャンネルログ チャットログ 公開 公開ログ 過去ログ
    このチャンネルは公開ログされています 本频道有公开日志
    공개 로그 채널 채널로그 公开 公开日志 日志 聊天记录 聊天日志 记录 頻道 频道 频道日志
"""
_KNOWN_WORDS = frozenset(_KNOWN.split())
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# Other signs may mean anything, as "≠" and "👎" do.
_KNOWN_SIGNS = frozenset(".,:;!()[]{}<>\"'*_-–—=+&/@#→➜➡⇒»«“”„📜📝📚📖📋📄📃🔗👉🤖ℹ✅✔🗒🗃🗄💬👀🔍🔎、。「」『』【】")

_SEPARATORS = "|¦│┃•·‖"
_PARTS = re.compile(rf"[{_SEPARATORS}\n]")
_CLAUSE_ENDS = re.compile(r"(?<=[.!?;。])\s+|\s(?=(?:[-–—~]+|//|::)\s)")
_BLANKS = re.compile(r"(\s+)")
_ADDRESS_MARK = "\ufffc"
# What may stand before and behind an address without a blank: "(Logs:SITE)."
_OPENING = re.compile(r"[(\[{<\"'«„“「『【*_]*(?:[^\W\d_]+:(?!//))?[<\"'(\[]?")
_CLOSING = "/.,:;!?)]}>\"'»”」』】*_、。"
_APOSTROPHES = str.maketrans("’‘ʼʻ´`", "''''''")


class Notice(NamedTuple):
    """What a topic says about a public log, and the words and signs beside the address that are not known here."""

    announcement: Announcement
    unknown: frozenset[str] = frozenset()


def read_announcement(text: str, site: str, path: str) -> Notice:
    """Read a topic. `site` is the host of the site, with its port if it has one; `path` that of the channel's log."""
    path = _normalise(unquote(path))
    address = re.compile(rf"(?:https?://)?{re.escape(_normalise(site))}(?::\d+)?([/?#].*)?[{re.escape(_CLOSING)}]*")
    linked_paths: list[str] = []
    parts = _PARTS.split(
        "".join(_mark_address(word, address, linked_paths) for word in _BLANKS.split(_normalise(text)))
    )
    beside_address, beside_logs = set[str](), set[str]()
    for part in parts:
        follows_address = False
        # "SITE. Not any more": all that follows the address in its part may be about it.
        for clause in _CLAUSE_ENDS.split(part):
            follows_address = follows_address or _ADDRESS_MARK in clause
            if follows_address or _ABOUT_LOGS.search(clause):
                if _NEGATED.search(clause):
                    return Notice(Announcement.NEGATED)
                (beside_address if follows_address else beside_logs).update(_find_unknown(clause, path))
    is_linked = any(_leads_to(linked, path) for linked in linked_paths)
    if is_linked and not beside_address and not beside_logs:
        return Notice(Announcement.CLEAR)
    if linked_paths or any(_PUBLIC.search(part) and _LOGGED.search(part) for part in parts):
        return Notice(Announcement.UNCLEAR, frozenset(beside_address))
    return Notice(Announcement.NONE)


def _normalise(text: str) -> str:
    """Return a text in one case and width, without formatting and what cannot be seen."""
    plain = normalize("NFKC", strip_formatting(text).translate(_APOSTROPHES).casefold())
    return "".join(char for char in plain if category(char) != "Cf" and not "\ufe00" <= char <= "\ufe0f")


def _mark_address(word: str, address: re.Pattern[str], linked_paths: list[str]) -> str:
    """Return what is between two blanks with a mark in place of the site's address, and without other addresses."""
    # A sign that separates parts of a topic may also be a part of an address.
    start = max(map(word.partition("://")[0].rfind, _SEPARATORS)) + 1
    opening = _OPENING.match(word, start)
    end = opening.end() if opening else start
    if found := address.fullmatch(word, end):
        linked_paths.append(found[1] or "/")
        return word[:end] + _ADDRESS_MARK
    # What ends a sentence behind another address stays.
    return word[:start] + word[len(word.rstrip(".!?;")) :] if "://" in word else word


def _find_unknown(clause: str, path: str) -> set[str]:
    """Return the words and signs of a clause that are not known here; numbers and the channel's name are."""
    words = {word for word in _WORD.findall(clause) if not word.isdecimal()}
    signs = {char for char in clause if not (char.isalnum() or char.isspace() or char == _ADDRESS_MARK)}
    return (words - _KNOWN_WORDS - set(_WORD.findall(path))) | (signs - _KNOWN_SIGNS)


def _leads_to(linked: str, path: str) -> bool:
    """Whether the path of a link is the site's first page or belongs to the channel's log (both are normalised)."""
    linked, path = _normalise(unquote(linked)), path.rstrip("/")
    if "\\" in linked or ".." in linked.split("/"):
        return False
    if linked.rstrip(_CLOSING) in {"", path.rstrip(_CLOSING)}:
        return True
    return linked.startswith((f"{path}/", f"{path}?", f"{path}#"))
