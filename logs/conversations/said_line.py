"""One said line as the reply model sees it: its words, whom it addresses, what kind of sentence it is."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Container, Iterable, Mapping

from logs.conversations.feature_names import NUMBER_UNIT, line_bit, pair_bit

# What follows this many characters cannot change which line is answered, and costs time.
MAX_TEXT_CHARACTERS = 600
MAX_WORDS = 100
_LENGTHS = tuple(round(math.log2(1 + n) / 4 * NUMBER_UNIT) for n in range(MAX_WORDS + 1))

WORD = re.compile(r"[^\W_](?:[\w.+/'-]{0,30}[^\W_])?")
_PUNCTUATION = " :,;.!?<>()[]{}\"'`*@~=+-"
_NICK_DECORATION = "_`|^-[]{}\\"
# The shape of nicks that people give to bots; IRCv3's `bot` tag is not in old logs.
_BOT_NICK = re.compile(r"(ubot.*|lubotu\d*|ubottu|meetingology|mootbot.*|.*(?:bot\d*|bugs|serv|-wm))$")

GREETINGS = frozenset(
    """
    hi hello hey hiya morning evening greetings yo howdy hola sup heya hallo bonjour
    """.split()  # noqa: SIM905  (a table of words)
)
THANKS = frozenset(
    """
    thanks thank thx ty cheers thankyou tks thnx tnx danke merci gracias
    """.split()  # noqa: SIM905  (a table of words)
)
AGREEMENTS = frozenset(
    """
    yes yeah yep yup ok okay no nope sure right true oh ah k cool lol haha hmm nah indeed correct exactly i it that
    so but and then done great nice good heh hehe np yw well or because which
    """.split()  # noqa: SIM905  (a table of words)
)
QUESTION_WORDS = frozenset(
    """
    how what where why when who anyone anybody can is does do are has could would any someone somebody im i'm should
    did will
    """.split()  # noqa: SIM905  (a table of words)
)

# A word that is rarer than this (in nats, see WordTable) is taken for a nick where a nick of that spelling is known:
# at the beginning of a line a moderately rare one, within it only a rare one.
_NICK_RARITY_AT_START = 5.5
_NICK_RARITY_WITHIN = 7.5
_MISSPELT_RARITY_MARKED = 6.0
_MISSPELT_RARITY_PLAIN = 8.5
# Words more common than this say nothing about the subject.
_SUBJECT_RARITY = 2.5


class WordTable:
    """How rare words are, and what they say about a line beginning, continuing or receiving an answer.

    `rarity`: inverse document frequency of a stemmed word, in nats. `weights`: three logits for each text key.
    """

    def __init__(
        self,
        rarity: Mapping[str, float],
        default_rarity: float,
        weights: Mapping[str, tuple[float, ...]],
        bias: list[float],
    ) -> None:
        self._rarity, self.default_rarity = rarity, default_rarity
        self._weights, self._bias = weights, bias

    def rarity(self, word: str) -> float:
        return self._rarity.get(word, self.default_rarity)

    def known_rarity(self, word: str) -> float:
        """Like `rarity`, but infinite for a word that the table does not hold: it may well be a nick."""
        return self._rarity.get(word, math.inf)

    def text_scores(self, keys: Iterable[str]) -> tuple[int, int, int]:
        """How much the words look like a beginning, a continuation, and something that gets an answer.

        A quarter of the logits, from -1.5 to 1.5, in NUMBER_UNITs.
        """
        starts, continues, answered = self._bias
        weights = self._weights
        for key in keys:
            weight = weights.get(key)
            if weight is not None:
                starts += weight[0]
                continues += weight[1]
                answered += weight[2]
        return _clip(starts), _clip(continues), _clip(answered)


def _clip(logit: float) -> int:
    return round(NUMBER_UNIT / 4 * max(-6.0, min(logit, 6.0)))


def stem(word: str) -> str:
    """The word without a plural s: enough for comparing words of neighbouring lines."""
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word


def normalize_nick(nick: str) -> str:
    """The nick without case and the decoration of alternatives: `Bob_`, `bob|away` and `[bob]` resemble `bob`."""
    lowered = nick.lower()
    return lowered.strip(_NICK_DECORATION) or lowered


# Kinds of lines: (the flag of a new line, of a candidate, those of pairs as the candidate and as the new line).
_ADDRESSES_STRANGER = line_bit("addresses_stranger")
_MENTIONS = line_bit("mentions")
_QUESTION_WORD = line_bit("question_word"), 0, 0, 0
_AGREEMENT = line_bit("agreement"), 0, 0, pair_bit("agreement_to_question")
_QUESTION = (
    line_bit("question"),
    pair_bit("question", "open_question"),
    pair_bit("both_questions", "agreement_to_question"),
    pair_bit("both_questions"),
)
_GREETING = line_bit("greeting"), pair_bit("greeting"), pair_bit("both_greetings"), pair_bit("both_greetings")
_THANKS = line_bit("thanks"), pair_bit("thanks"), 0, 0
_URL = line_bit("url"), pair_bit("url"), 0, 0
_BOT = line_bit("bot"), pair_bit("bot"), 0, pair_bit("bot_for_command")
_COMMAND = line_bit("command"), pair_bit("command"), pair_bit("bot_for_command"), 0
_SHORT = line_bit("short"), pair_bit("short"), 0, 0
_PASTE = line_bit("paste"), 0, pair_bit("both_pastes"), pair_bit("both_pastes")


class Conversation:
    """Lines that are connected by answers, as far as the window saw them."""

    __slots__ = ("last", "minute", "nicks", "size", "words")
    MAX_WORDS = 400
    MAX_NICKS = 100

    def __init__(self) -> None:
        self.size = 0
        self.nicks: set[str] = set()
        self.words: set[str] = set()
        self.last: SaidLine | None = None
        self.minute = 0

    def add(self, line: SaidLine) -> None:
        self.size += 1
        if len(self.nicks) < self.MAX_NICKS:
            self.nicks.add(line.nick)
        if len(self.words) < self.MAX_WORDS:
            self.words.update(line.words)
        self.last, self.minute = line, line.minute


@dataclasses.dataclass(slots=True, eq=False)
class SaidLine:
    """A line read once. The fields from `number` on are set when it is added to a window."""

    key: int  # the caller's name of the line
    minute: int  # since any fixed moment; never decreases within a window
    nick: str
    address: str | None  # whom the line speaks to, normalised
    mentions: set[str]
    words: dict[str, float]  # stemmed words that say something about the subject, with their rarity
    norm: float  # length of the vector of `words`
    length: int  # this and the scores of its words in NUMBER_UNITs
    line_flags: int  # what is known of it as a new line, whatever was said before
    pair_flags: int  # what is known of it as a candidate, whatever the new line is
    matches: int  # flags of a pair that it may be the candidate of
    matched: int  # flags of a pair that it may be the new line of
    starts: int
    continues: int
    is_answered: int
    follows_own: bool = False
    number: int = -1
    turn: int = 0  # counts the speaker's lines
    place: int = 0  # counts the lines of the conversation
    parent: SaidLine | None = None
    conversation: Conversation = dataclasses.field(init=False)
    replied_by: set[str] = dataclasses.field(default_factory=set)


def read_line(
    key: int,
    minute: int,
    nick: str,
    text: str,
    *,
    table: WordTable,
    known_nicks: Container[str],
    window_nicks: Callable[[], Iterable[str]],
) -> SaidLine:
    """Read the words of one line. `known_nicks` and `window_nicks` (newest first) are normalised."""
    text = text[:MAX_TEXT_CHARACTERS]
    own_nick = normalize_nick(nick)
    lowered = text.lower()
    parts = lowered.split(None, MAX_WORDS)[:MAX_WORDS]
    address, mentions, addresses_stranger = _find_mentions(parts, own_nick, table, known_nicks, window_nicks)
    words = [stem(word) for word in WORD.findall(lowered)[:MAX_WORDS] if word not in mentions]
    subject = {}
    for word in words:
        if len(word) > 1 or word > "\x7f":
            rarity = table.rarity(word)
            if rarity > _SUBJECT_RARITY:
                subject[word] = rarity
    word_set = set(words)
    is_question = "?" in text or "？" in text
    has_url = "http" in lowered or "www." in lowered
    starts, continues, is_answered = table.text_scores(
        text_keys(words, word_set, text, is_question=is_question, has_url=has_url, has_address=address is not None)
    )
    kinds = _find_kinds(text, lowered, words, word_set, own_nick, is_question=is_question, has_url=has_url)
    line_flags = pair_flags = matches = matched = 0
    for of_line, of_candidate, as_candidate, as_line in kinds:
        line_flags |= of_line
        pair_flags |= of_candidate
        matches |= as_candidate
        matched |= as_line
    if addresses_stranger:
        line_flags |= _ADDRESSES_STRANGER
    if mentions:
        line_flags |= _MENTIONS
    return SaidLine(
        key=key,
        minute=minute,
        nick=own_nick,
        address=address,
        mentions=mentions,
        words=subject,
        norm=math.sqrt(sum([rarity * rarity for rarity in subject.values()])) or 1.0,
        length=_LENGTHS[len(words)],
        line_flags=line_flags,
        pair_flags=pair_flags,
        matches=matches,
        matched=matched,
        starts=starts,
        continues=continues,
        is_answered=is_answered,
    )


def _find_kinds(  # noqa: C901  (one rule for each kind)
    text: str, lowered: str, words: list[str], word_set: set[str], nick: str, *, is_question: bool, has_url: bool
) -> list[tuple[int, int, int, int]]:
    kinds = []
    if is_question:
        kinds.append(_QUESTION)
    if not GREETINGS.isdisjoint(words[:4]):
        kinds.append(_GREETING)
    if not THANKS.isdisjoint(word_set) or "thank" in lowered:
        kinds.append(_THANKS)
    if words and words[0] in AGREEMENTS:
        kinds.append(_AGREEMENT)
    if words and words[0] in QUESTION_WORDS:
        kinds.append(_QUESTION_WORD)
    if has_url:
        kinds.append(_URL)
    if _BOT_NICK.match(nick) is not None:
        kinds.append(_BOT)
    if (text[:1] in ("!", "@") and len(text) > 2) or " !" in text:
        kinds.append(_COMMAND)
    if len(words) <= 3:
        kinds.append(_SHORT)
    if "paste" in lowered:
        kinds.append(_PASTE)
    return kinds


def text_keys(
    words: list[str], word_set: set[str], text: str, *, is_question: bool, has_url: bool, has_address: bool
) -> set[str]:
    """What WordTable's weights are about: the words, the first one or two of them, the length, and a few marks."""
    keys = set(word_set)
    keys.add("^" + words[0] if words else "^")
    if len(words) > 1:
        keys.add(f"^{words[0]} {words[1]}")
    keys.add(f"#{min(len(words), 12)}")
    if is_question:
        keys.add("#?")
        if text.rstrip()[-1:] in ("?", "？"):
            keys.add("#?$")
    if has_address:
        keys.add("#address")
    if has_url:
        keys.add("#url")
    return keys


def _find_mentions(  # noqa: C901, PLR0912  (one rule for each way of naming somebody)
    parts: list[str],
    own_nick: str,
    table: WordTable,
    known_nicks: Container[str],
    window_nicks: Callable[[], Iterable[str]],
) -> tuple[str | None, set[str], bool]:
    """Which nicks the words name: (the addressee, all mentioned, whether it begins with an unknown `name:`)."""
    address: str | None = None
    addresses_stranger = False
    mentions: set[str] = set()
    for position, part in enumerate(parts):
        word = part.strip(_PUNCTUATION)
        if len(word) < 2 and position:
            continue
        nick = word.strip(_NICK_DECORATION) or word  # normalize_nick, of what is in lower case already
        if nick == own_nick or not nick:
            continue
        is_first = position == 0
        if nick in known_nicks:
            # A word that is common in the language counts as a nick only where it is marked as one.
            is_marked = (is_first and part[-1] in ":,;") or part[0] == "@"
            needed = _NICK_RARITY_AT_START if is_first else _NICK_RARITY_WITHIN
            if is_marked or (len(nick) > 2 and table.rarity(stem(nick)) > needed):
                mentions.add(nick)
                follows_interjection = position == 1 and parts[0][-1] not in ".,"
                if address is None and (is_first or follows_interjection or part[0] == "@"):
                    address = nick
        elif is_first:
            is_marked = part[-1] in ":," and len(word) > 2
            resembling = None
            if is_marked:
                resembling = next(
                    (other for other in window_nicks() if other != own_nick and other.startswith(nick)), None
                )
                if resembling is None and table.known_rarity(stem(word)) > _MISSPELT_RARITY_MARKED:
                    resembling = _find_misspelt(nick, own_nick, window_nicks())
                    addresses_stranger = resembling is None and part[-1] == ":"
            elif len(word) > 5 and len(parts) > 1 and table.known_rarity(stem(word)) > _MISSPELT_RARITY_PLAIN:
                resembling = _find_misspelt(nick, own_nick, window_nicks())
            if resembling is not None:
                address = resembling
                mentions.add(resembling)
    if address is None and len(parts) > 1:
        last = normalize_nick(parts[-1].strip(_PUNCTUATION))
        if last in mentions:  # "thanks, bob"
            address = last
    return address, mentions, addresses_stranger


def _find_misspelt(word: str, own_nick: str, window_nicks: Iterable[str]) -> str | None:
    """The newest speaker whose nick begins alike and differs from the word by one letter."""
    letters = sorted(word)
    for nick in window_nicks:
        if nick == own_nick or len(nick) < 5 or abs(len(nick) - len(word)) > 1 or nick[:2] != word[:2]:
            continue
        remaining = list(letters)
        missing = 0
        for letter in nick:
            if letter in remaining:
                remaining.remove(letter)
            else:
                missing += 1
        if missing + len(remaining) <= 1:
            return nick
    return None
