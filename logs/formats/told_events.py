"""Recognise an event that a client tells as it tells an action: `* anna heißt jetzt berta`, in any language known here.

Clients whose translations a format does not have write such sentences, too. What people do is hardly told in these
words: `anna is now happy` is an action, `anna is now known as berta` and `anna has left (bye)` are not.
"""

from __future__ import annotations

import re
from functools import cache

from logs.formats.log_items import JOIN, KICK, MODE, NICK, PART, QUIT, TOPIC
from logs.formats.sentences import Template, load_all_templates

MAX_CHARACTERS = 600
"""Only the beginning of a longer text is compared."""

_CAME_OR_WENT = (
    *("has joined", "have joined", "joined", "joined the channel", "entered the room", "has left", "left"),
    *("has quit", "quit", "has quit IRC", "left IRC", "left the channel", "left the room", "has left IRC"),
    *("has parted", "ist beigetreten", "hat den Raum betreten", "hat den Kanal betreten", "hat den Channel betreten"),
    *("betritt", "ist dem Kanal beigetreten", "ist dem Channel beigetreten", "hat den Chat verlassen"),
    *("hat den Kanal verlassen", "hat den Channel verlassen", "hat den Raum verlassen", "hat IRC verlassen"),
    *("hat das IRC verlassen", "hat die Verbindung getrennt", "hat sich abgemeldet", "verlässt"),
    *("verlässt den Kanal", "hat verlassen", "a rejoint", "a rejoint le canal", "a rejoint le salon", "est entré"),
    *("est entrée", "est entré sur", "a quitté", "a quitté le canal", "a quitté le salon", "a quitté IRC"),
    *("s'est déconnecté", "s'est déconnectée", "est parti", "se ha unido", "se ha unido a", "ha entrado"),
    *("ha entrado en", "ha entrado al canal", "entró", "entró en", "ha salido", "ha salido de", "ha abandonado"),
    *("ha abandonado el canal", "ha dejado", "salió", "è entrato", "è entrata", "è entrato in", "è entrata in"),
    *("è entrato nel canale", "si è unito a", "è uscito", "è uscita", "è uscito da", "ha abbandonato"),
    *("ha abbandonato il canale", "ha lasciato", "si è disconnesso", "entrou", "entrou em", "entrou no canal"),
    *("entrou na sala", "saiu", "saiu de", "saiu do canal", "deixou", "is binnengekomen", "is toegetreden tot"),
    *("komt binnen", "heeft verlaten", "heeft het kanaal verlaten", "heeft de chat verlaten", "is vertrokken"),
    *("heeft IRC verlaten", "har gått med", "har gått med i", "har lämnat", "har lämnat kanalen", "har avslutat"),
    *("har kommet inn", "har forlatt", "har forladt", "liittyi", "liittyi kanavalle", "poistui", "poistui kanavalta"),
    *("lopetti", "on poistunut", "on liittynyt", "wszedł", "wszedł na", "weszła na", "wszedł na kanał"),
    *("dołączył do", "dołączyła do", "dołączył", "wyszedł", "wyszedł z", "wyszła z", "opuścił", "opuściła"),
    *("opuścił kanał", "zakończył", "rozłączył się", "se připojil", "vstoupil", "vstoupil na", "vstoupil do"),
    *("přišel na", "odešel", "odešel z", "opustil", "belépett", "csatlakozott", "kilépett", "elhagyta", "távozott"),
    *("katıldı", "ayrıldı", "çıktı", "girdi", "вошёл", "вошел", "вошла", "вошёл на", "вошел на", "зашёл на"),
    *("зашел на", "зашла на", "зашёл в", "зашел в", "присоединился", "присоединился к", "присоединилась к"),
    *("покинул", "покинула", "покинул канал", "вышел", "вышла", "вышел из", "вышла из", "вышел из IRC", "отключился"),
    *("отключилась", "приєднався", "приєднався до", "залишив", "покинув", "покинув канал", "вийшов", "вийшов з"),
    *("a intrat", "a intrat pe", "a ieșit", "a părăsit", "se alătură"),
)  # fmt: skip
_RENAMED = (
    *("is now known as", "is now called", "changed nick to", "changes nick to", "has changed nick to"),
    *("changed his nick to", "changed her nick to", "changed their nick to", "changed nickname to"),
    *("ist jetzt bekannt als", "ist nun bekannt als", "heißt jetzt", "heißt nun", "heisst jetzt", "nennt sich jetzt"),
    *("nennt sich nun", "hat den Nick geändert in", "hat seinen Nick geändert in"),
    *("est maintenant connu sous le nom de", "est maintenant connu sous le nom"),
    *("est maintenant connue sous le nom de", "est maintenant connu comme", "est désormais connu sous le nom de"),
    *("est désormais connu comme", "s'appelle maintenant", "se nomme maintenant", "s'appelle désormais"),
    *("se nomme désormais", "est à présent connu sous le nom de", "ahora es conocido como", "es ahora conocido como"),
    *("ahora se llama", "se conoce ahora como", "ahora se conoce como", "es conocido ahora como"),
    *("è ora conosciuto come", "ora è conosciuto come", "è adesso conosciuto come", "è ora noto come"),
    *("ora si chiama", "si chiama ora", "agora é conhecido como", "é agora conhecido como", "é agora conhecido por"),
    *("mudou o nick para", "agora se chama", "is nu bekend als", "staat nu bekend als", "heet nu", "är nu känd som"),
    *("heter nu", "er nu kendt som", "er nå kjent som", "hedder nu", "heter nå", "tunnetaan nyt nimellä"),
    *("on nyt nimeltään", "vaihtoi nimekseen", "jest teraz znany jako", "jest teraz znana jako"),
    *("znany jest teraz jako", "zmienił nick na", "zmieniła nick na", "zmienił(a) nick na", "zmienił nicka na"),
    *("je nyní znám jako", "je teď znám jako", "je nyní známý jako", "si změnil přezdívku na", "se přejmenoval na"),
    *("mostantól", "új neve", "neve mostantól", "теперь известен как", "теперь известна как", "сменил ник на"),
    *("сменила ник на", "изменил ник на", "поменял ник на", "тепер відомий як", "тепер відома як", "змінив нік на"),
    *("este acum cunoscut ca", "este cunoscut acum ca", "yeni adı"),
)  # fmt: skip
_RENAMED_IN_TURKISH = re.compile(r"artık [^ ]+ (?:olarak|adıyla|diye) .{1,40}")
_KICKED = re.compile(
    r"(?:was|has been|is) (?:kicked|booted|removed) (?:by|from|off|out of) [#&]?[^ ]+"
    r"(?: (?:by|from|[(\[]|for ).*|[.:]?)"
    r"|(?:has )?(?:kicked|kicks|booted|kickt) [^ ]+ (?:from|off|out of|aus|von) [#&].*"
    r"|(?:wurde|a été|fue|ha sido|è stato|è stata|foi|werd|is|blev|ble|został|została|byl|byla|был|была|був|була) "
    r".{0,120}?"
    r"(?:gekickt|kické|hinausgeworfen|rausgeworfen|rausgeschmissen|éjecté|expuls|espuls|cacciat|kickad|sparket|"
    r"sparkad|uitgeschopt|wyrzucon|wykopan|skopan|kopnut|vyhozen|vyhoden|выгнан|кикнут|вышвырнут|вигнан|исключ).*",
    re.DOTALL,
)
"""How a client tells that somebody was removed, in the passive or with the channel."""

_TOLD_MODE = re.compile(r"(?:[^\W\d_]{1,20}:? ){1,4}[+-][A-Za-z]{1,20}(?: [^\s]{1,200}){0,12} ?", re.DOTALL)
"""A change of modes in any language, as `setzt Modus: +o carl`."""

_TOLD_TOPIC = re.compile(
    r"(?:(?:has )?chang(?:es|ed)|(?:has )?set|sets) (?:the )?(?:channel )?topic "
    r"(?:to\b|of [#&]|on [#&]|for [#&]|[:'\"“]).*",
    re.DOTALL,
)
_LIST_ENTRY = re.compile(
    r"(?:is|was|ist|est|è|jest) (?:listed|(?:on|in|auf|dans|su) (?:the|der|la|le) (?:ban|except|invite|exempt|quiet)"
    r"|banned (?:on|from|by)|(?:exempt|invited) (?:on|from|by|in)|gelistet)\b"
    r"|(?:ban|except|exempt|invite|quiet)(?:ion)? ?list\b"
    r"|(?:mode|modus|modo|tryb|режим)s? (?:is|are|ist|est|es|è|é|jest)\b",
    re.IGNORECASE,
)
"""An entry of a channel's lists, or its modes."""

_OWN_WORDS = re.compile(r"[^\W\d_].{2,}", re.DOTALL)
_AFTER_DEPARTURE = r"[.!]?(?:$| *[(\[:]| (?:\"|[#&+!][^\s]+ ?(?:$|[(\[:.])))"
_AFTER_NICK = r" ?:? [^\s]{1,60}[.!]?\s*"


@cache
def _departures() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns for the beginning of a sentence about coming and going, and for a whole one about a new nick."""
    came, renamed = set(_CAME_OR_WENT), set(_RENAMED)
    for template in load_all_templates():
        if template.kind in {JOIN, PART, QUIT, NICK} and (words := _words_behind_name(template)):
            (renamed if template.kind == NICK else came).add(words)
    return (
        re.compile(rf"({_any_of(came)})(?={_AFTER_DEPARTURE})", re.DOTALL),
        re.compile(rf"(?:{_any_of(renamed)}){_AFTER_NICK}", re.DOTALL),
    )


def _any_of(words: set[str]) -> str:
    return "|".join(re.escape(each) for each in sorted(words, key=lambda each: (-len(each), each)))


def _words_behind_name(template: Template) -> str:
    """The fixed words behind the nick and the host of a sentence; nothing where it begins with other words."""
    if template.literals[0] or template.places[0] not in {"nick", "who"}:
        return ""
    behind = 2 if template.literals[1].strip() in {"(", "["} and len(template.literals) > 2 else 1
    words = template.literals[behind].strip(" ()[]:.,\"'“”„«»")
    return words if template.literals[behind][:1] in " )]" and _OWN_WORDS.fullmatch(words) else ""


@cache
def _templates_by_word() -> dict[str, list[Template]]:
    """The sentences about kicks, modes and topics that begin with a nick, by the first word behind it."""
    found: dict[str, list[Template]] = {}
    for template in load_all_templates():
        behind = template.literals[1] if template.places and not template.literals[0] else ""
        word = behind[1:].partition(" ")[0]
        if template.kind in {KICK, MODE, TOPIC} and behind[:1] == " " and word and " " in behind[1:]:
            found.setdefault(word, []).append(template)
    return found


def is_told_event(text: str) -> bool:
    """Whether the text behind `* nick ` is the rest of an event's sentence, in any client and language known here."""
    text = text[:MAX_CHARACTERS].strip()
    if not text:
        return False
    came, renamed = _departures()
    # One word alone, as `saiu`, may be what somebody does; clients write the channel or a reason in brackets behind it.
    if (match := came.match(text)) and (" " in match[1] or text[match.end() :].lstrip()[:1] in {*"([#&+!"}):
        return True
    return (
        renamed.fullmatch(text) is not None
        or _RENAMED_IN_TURKISH.fullmatch(text) is not None
        or _KICKED.fullmatch(text) is not None
        or _TOLD_MODE.fullmatch(text) is not None
        or _TOLD_TOPIC.fullmatch(text) is not None
        or _LIST_ENTRY.match(text) is not None
        or any(_is_whole(template, text) for template in _templates_by_word().get(text.partition(" ")[0], ()))
    )


def _is_whole(template: Template, text: str) -> bool:
    found = template.match(f"x {text}")
    # A mode told in words is given to somebody: a place of several words is what somebody does to something.
    return found is not None and (found.kind != MODE or found.text.count(" ") < 2)
