"""Which words a text has, and how it is folded before: the same here and in logs/sql/search_functions.sql.

Folding makes equal what readers take for the same: case, accents, width, ligatures, composed and decomposed letters. A
word is a run of characters none of which separates. Characters are spelt as code points and not by names of classes,
because those differ between Python, PostgreSQL and its locales; a test compares both over all of Unicode.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from unicodedata import normalize

CODES = (
    r"\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?"
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
"""A regular expression, of PostgreSQL and of Python alike, for one formatting code."""

# What stands inside the brackets of a regular expression:

IGNORED = (
    r"\xad\u034f\u061c\u0640\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    r"\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
)
"""Characters without a width of their own, tatweel and the skin colours of emoji: they vanish."""

ACCENTS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20e2\u20e4-\u20ff"
    r"\ufe20-\ufe2f"
)
"""Marks on letters of Latin, Greek, Cyrillic, Hebrew and Arabic. Those of other scripts are part of their letters."""

SYMBOLS = r"\u058f\u060b\u09f2\u09f3\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20cf\u20e3\u2190-\u2bff\U0001f000-\U0001fbff"
"""Currencies, keycaps (the sign behind the digit), arrows, mathematical signs, emoji: each is a word of its own."""

SEPARATORS = (
    r"\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u055a-\u055f\u0589\u058a\u058f"
    r"\u05be\u05c0\u05c3\u0609-\u060d\u061b\u061d-\u061f\u066a-\u066d\u06d4\u0700-\u070d\u0964\u0965\u0970\u09f2"
    r"\u09f3\u0af1\u0bf9\u0df4\u0e3f\u0e4f\u0e5a\u0e5b\u0f04-\u0f14\u0f3a-\u0f3d\u104a\u104b\u10fb\u1360-\u1368"
    r"\u166e\u16eb-\u16ed\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u2000-\u206f\u20a0-\u20cf\u20e3\u2190-\u2bff"
    r"\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ua4fe\ua4ff\ua60d-\ua60f\ue000-\uf8ff\ufd3e\ufd3f"
    r"\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff\U0001f000-\U0001fbff"
)
"""Blanks, punctuation and symbols."""

UNSEGMENTED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u109f\u1100-\u11ff\u1780-\u17d3"
    r"\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u30fa\u30fc-\u312f\u3130-\u318f\u31a0-\u31bf\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Myanmar, Khmer, Hangul, Kana, Bopomofo and Han, in which blanks do not show where words end."""

BLANKS = r"\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Python's `str.isspace` takes for blanks."""

# Letters that CLDR's root collation takes for letters of their own, not for others with an accent.
_KEPT = "йїўѓќ"
_PLACEHOLDERS = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4"
_PROTECT, _RESTORE = str.maketrans(_KEPT, _PLACEHOLDERS), str.maketrans(_PLACEHOLDERS, _KEPT)

# Letters that have no decomposition, and digits of other scripts; by CLDR they differ from these only as accents do.
_LETTERS = str.maketrans("ıøłđħŧƶǥɨʉȼɍɏƀ", "ioldhtzgiucryb")
_DIGITS = str.maketrans({chr(zero + n): str(n) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50) for n in range(10)})
_LIGATURES = {"ß": "ss", "æ": "ae", "œ": "oe"}
_APOSTROPHES = str.maketrans("’‘ʼʻ׳״", "'''''\"")

# Vowels of Hangul that stand alone (`ㅠㅠ`) become letters that do not join the consonant before them, as NFKC would
# have it: in `ㅋㅋㅠㅠ` there is no `큐`. An acute accent alone becomes the apostrophe for which it is typed, and ™ no
# letters, so that it ends a word.
_BEFORE_NFKC = {0x314F + n: 0xD7B0 + n for n in range(21)} | {ord("´"): "'", ord("™"): "®"}

_CODES, _IGNORED, _ACCENTS = re.compile(CODES), re.compile(f"[{IGNORED}]"), re.compile(f"(?!\u0338)[{ACCENTS}]")
# A stroke through a relation or an arrow negates it: ≠ is not =. Through a letter it is an accent.
_STROKE, _STROKE_ACCENT = "\u0338", re.compile(r"(?<![<=>\u2190-\u2bff])\u0338")
_RUN = re.compile(rf"[{SYMBOLS}]|[^{SEPARATORS}]+(?:'[^{SEPARATORS}]+)*")
_WORD = re.compile(rf"[{UNSEGMENTED}]+|[^{UNSEGMENTED}]+")
_BORDER = re.compile(f"[{SEPARATORS}{UNSEGMENTED}]")
_SEPARATOR, _UNSEGMENTED = re.compile(f"[{SEPARATORS}]"), re.compile(f"[{UNSEGMENTED}]")
UNCHANGED = (
    r"\t -~\xa0-\xa7\xa9\xab\xac\xb0\xb1\xb6\xb7\xbb\xbf\xd7\xf7\u0430-\u044f\u05d0-\u05ea\u0627-\u063f\u0641-\u064a"
    r"\u2010\u2012-\u2016\u2018-\u2023\u20ac\u2190-\u222b\u2231-\u2328\u232b-\u2426\u2500-\u27bf\u3000-\u3029"
    r"\u3041-\u3096\u30a0-\u30fe\u3400-\u9fff\uac00-\ud7a3\U0001f300-\U0001f3fa\U0001f400-\U0001f64f"
    r"\U0001f680-\U0001f6d8\U0001f900-\U0001f9ff"
)
"""Characters that folding leaves as they are, but for the case of ASCII, curly apostrophes and the kind of a blank,
whatever of these stands beside them: those of most lines."""

_MARKS = rf"[{IGNORED}{ACCENTS}\u1160-\u11ff\u3099\u309a\uff9e\uff9f]"
_CLUSTER = re.compile(rf"(?P<unchanged>[\x00-\x7f{UNCHANGED}]+(?!{_MARKS}))|.{_MARKS}*", re.DOTALL)
"""What can be folded alone: characters that stay, or one with the marks that belong to it."""

_VERSION, _HEXADECIMAL = re.compile("v[0-9]"), re.compile("0x[0-9a-f]")

MAX_WORD_CHARACTERS = 500
"""Longer words are not in the index: PostgreSQL takes 2,046 bytes."""


def strip_codes(text: str) -> str:
    """The text without its formatting codes."""
    return _CODES.sub("", text)


def fold_exactly(text: str) -> str:
    """The text without formatting codes, in lower case and one width, with all accents: what quotes compare."""
    text = strip_codes(text)
    if text.isascii():
        return text.lower()
    text = normalize("NFKC", _IGNORED.sub("", text).translate(_BEFORE_NFKC)).replace("İ", "i").lower()
    return text.replace("ς", "σ").translate(_APOSTROPHES)


def fold(text: str) -> str:
    """The same without accents: what everything else compares."""
    text = fold_exactly(text)
    if text.isascii():
        return text
    text = _ACCENTS.sub("", normalize("NFKD", text.translate(_PROTECT)))
    if _STROKE in text:
        text = _STROKE_ACCENT.sub("", text)
    text = text.translate(_LETTERS).translate(_DIGITS)
    for ligature, letters in _LIGATURES.items():
        text = text.replace(ligature, letters)
    return normalize("NFKC", text).translate(_RESTORE)


def fold_with_positions(text: str, folding: Callable[[str], str] = fold) -> tuple[str, Sequence[int]]:
    """The folded text, and the place in `text` where each of its characters and its end come from."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    folded: list[str] = []
    places: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = cluster[0].lower() if cluster[0].isascii() else folding(cluster[0])
        folded.append(part)
        # Each character that stays is one of the folded text.
        places += range(*cluster.span()) if cluster["unchanged"] else [cluster.start()] * len(part)
    return "".join(folded), [*places, len(text)]


def is_word_character(character: str) -> bool:
    return _SEPARATOR.match(character) is None


def is_segmented(character: str) -> bool:
    """Whether a character belongs to a word that ends where the next character does not."""
    return _BORDER.match(character) is None


def is_unsegmented(character: str) -> bool:
    return _UNSEGMENTED.match(character) is not None


def split_words(text: str) -> list[str]:
    """The words of a text, folded, in order: apostrophes inside vanish; a run of a script without blanks is one."""
    return [word for run in _RUN.findall(fold(text)) for word in _WORD.findall(run.replace("'", ""))]


def lexemes(text: str) -> set[str]:
    """What the index has of a text.

    Beside each word these are: the parts of a word with apostrophes (`don` and `t`); a number without the `v` or `0x`
    before it; and instead of a run without blanks each two neighbours in it, and its last character.
    """
    found: set[str] = set()
    for run in _RUN.findall(fold(text)):
        wholes = {*run.split("'"), run.replace("'", "")}
        wholes |= {whole[1:] for whole in wholes if _VERSION.match(whole)}
        wholes |= {whole[2:] for whole in wholes if _HEXADECIMAL.match(whole)}
        for word in (word for whole in wholes for word in _WORD.findall(whole)):
            found |= {*neighbours(word), word[-1]} if is_unsegmented(word[0]) else {word}
    return {word for word in found if len(word) <= MAX_WORD_CHARACTERS}


def neighbours(run: str) -> list[str]:
    """Each two neighbouring characters."""
    return [first + second for first, second in pairwise(run)]


@cache
def common_words() -> frozenset[str]:
    """Return the 2,000 most common English words, in lower case.

    The list was made with wordfreq 3 (`top_n_list("en", ...)`, words of letters only), whose data is by Robyn Speer
    under CC BY-SA 4.0, <https://github.com/rspeer/wordfreq>.
    """
    return frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
