"""Decode the lines of a log: UTF-8 first, then the encoding of older clients, and notice when that is improbable.

Channels were read by people with different clients, so that one file has lines in several encodings. Without
`--encoding`, what is not UTF-8 is taken for Windows-1252; where that is improbable (Cyrillic, Greek, East Asian ...)
the file is not stored, and a guess is shown together with a sample.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from charset_normalizer import from_bytes

UNDECODABLE = "\0"
"""The start of what replaces a line that cannot be decoded or is too long; it keeps formats from parsing the rest."""

ENCODING_ADVICE = " Say --encoding."
"""The end of a sentence about a doubtful encoding."""

SAMPLE_BYTES = 8_000
"""How much of the lines that are not UTF-8 is kept for a guess."""

MIN_HIGH_BYTES = 4
"""From fewer bytes nothing can be concluded."""

SHORT_SAMPLE_BYTES = 40
"""So few bytes are of almost any encoding."""

_GUESSED_ENCODINGS = [
    *("cp1252", "cp1250", "iso8859_2", "iso8859_15", "cp1254", "cp1257"),
    *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "cp1253", "iso8859_7", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "euc_kr"),
]
_NAMES = {"cp932": "shift_jis", "gb18030": "gbk"}
_EAST_ASIAN = {"cp932", "euc_jp", "gb18030", "big5", "euc_kr"}
_CASED_ENCODINGS = ("koi8_r", "cp1251", "cp866", "iso8859_5", "cp1253")
_CASED_WORD = re.compile(r"[^\W\d_]?[^\W\d_A-ZА-ЯΑ-Ω]*")
_OTHER_LETTERS = (
    # Letters of Windows-1252 that one Western language does not have together, those that exclude the conclusion, and
    # what the letters are instead: ě and ř, č and ć, ł and ę, ő and ű, ı and ş.
    (b"\xec\xf8", b"", "cp1250"),
    (b"\xe8\xe6", b"", "cp1250"),
    (b"\xb3\xea", b"", "cp1250"),
    (b"\xf5\xfb", b"\xe3", "cp1250"),
    (b"\xfd\xfe", b"\xe1\xed\xf3", "cp1254"),
)
MIN_LETTER_SHARE = 0.12

_HIGH_RUN = re.compile(rb"[\x80-\xff]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]")
# Apostrophes, degrees and middle dots stand inside Western words, too.
_SYMBOL_IN_WORD = re.compile(
    rb"(?<=[A-Za-z\xc0-\xff])[\xa1-\xa6\xa8\xa9\xac-\xaf\xb1-\xb3\xb5\xb6\xb8\xb9\xbc-\xbf](?=[a-z])"
)
_RARE = re.compile(rb"[\x81-\x83\x86-\x8b\x8d\x8f\x90\x98\x9b\x9d]")
_NO_LETTER_HERE = re.compile(rb"(?<=[a-z])[\x81\x8d\x8f\x90\x9d](?=[a-z\xe0-\xff])|[aeiouy]\x9c")
"""What Windows-1252 does not define is no letter of a word in it; in other encodings it is, such as the Czech ť. Its œ
never follows a vowel, as the Polish ś does."""

_START, _END = rb"(?<![0-9A-Za-z\x80-\xff])", rb"(?![A-Za-z\xc0-\xff])"
_SHORT_SIGNS: tuple[tuple[re.Pattern[bytes], re.Pattern[bytes] | None, str], ...] = tuple(
    (re.compile(sign), re.compile(excluding) if excluding else None, encoding)
    for sign, excluding, encoding in (
        # Signs where the letters ś ą ź ť ž of one Central European encoding are, and ł ą ż of the other.
        (rb"[a-z\xe0-\xff](?:[\xb1\xb6\xbb\xbc\xbe](?=[a-z\xe0-\xff])|[\xb1\xb6\xbc\xbe]" + _END + rb")",
         b"", "iso8859_2"),
        (_START + rb"[\xb6\xb9\xbc\xbe]\xbb?[a-z\xe0-\xff]{2}", b"", "iso8859_2"),
        (rb"[a-z\xe0-\xff][\xb9\xb3\xbf](?=[a-z\xe0-\xff])|[a-z]\xb9" + _END
         + rb"|[a-z](?:[a-ln-z]|(?<![cdkmn])m)\xb3" + _END,
         b"", "cp1250"),
        # No western word ends in ñ or iæ (ń, ić), has è before a vowel (č) or ì and ù before a letter (ě, ů).
        (rb"\xe8[aiouy\xfb]", rb"^[^\xfb\xeb\xf0\xfe]*$", "cp1257"),
        (rb"[a-z]\xf1" + _END + rb"|[eiy]\xe6" + _END + rb"|\xe8[aiouy\xe1\xed]|\xec[a-z]|\xf9[a-z\xe0-\xff]",
         b"", "cp1250"),
        (rb"\xf8[\xe1\xec\xed\xfd]", b"", "cp1250"),
        # õ is Portuguese before an e, or Estonian; with an accent elsewhere it is the Hungarian ő. No û ends a word.
        (rb"\xf5(?!e)(?=.*[\xe1\xe9\xed\xf3\xfa])|[\xe1\xe9\xed\xf3\xfa].*\xf5(?!e)", rb"\xe3", "cp1250"),
        (rb"[a-z\xfb][a-z]\xfb" + _END, b"", "cp1250"),
        # š begins words, ð does not. Latvian words end in ā and ī, which are â and î.
        (_START + rb"\xf0[a-z]|[a-z]\xe2" + _END + rb"|[a-z]\xee" + _END, b"", "cp1257"),
        # þ, ð and ý are Icelandic with accents beside them, and Turkish (ş, ğ, ı) with ü, ç or nothing.
        (rb"(?:[a-z\xe0-\xff]|^|(?<= ))[\xf0\xfe][a-z]|[a-z][\xf0\xfe]|[\xd0\xdd\xde][a-z]",
         rb"[\xe1\xe6\xe9\xed\xf3\xfa]|^[^\xfc\xe7]*\xf6[^\xfc\xe7]*$", "cp1254"),
        (rb"(?s:[\xe7\xfc\xfe\xf0].*\xfd|\xfd.*[\xe7\xfc\xfe\xf0])|[a-z]\xfd[a-z]",
         rb"[\xe1\xe9\xed\xf3\xfa\xe8\xec]", "cp1254"),
    )
)  # fmt: skip
"""Places in a short text that no western word has, what excludes the conclusion, and the encoding that is probable.

Of a longer text the counts of its letters tell more.
"""

_WHOLE_WORD = re.compile(_START + rb"[\xc0-\xff]{2,30}(?![0-9A-Za-z\x80-\xff])")
_INTERJECTION = re.compile(
    rb"([\xc0-\xff])\1*|[\xde\xfe][\xe1\xe9\xed\xf3\xfa]|[\xc4\xc5\xc6\xd6\xd8\xe4\xe5\xe6\xf6\xf8]*"
)
"""Western words without any letter of ASCII: `öö`, the end of an alphabet, and the Icelandic `þú`."""

_EURO_SIGN = re.compile(rb"\d ?\xa4|\xa4 ?\d")
_FROM_HIGH_WORD = re.compile(rb"[^\s<>]{0,20}[\x80-\xff].*", re.DOTALL)
_ISO_2022_JP = re.compile(r"\x1b\$[@B].{2,200}?\x1b\([BJ]")


def _keep_undefined(error: UnicodeError) -> tuple[str, int]:
    """Read a byte that Windows-1252 does not define as the control character of its number, as browsers do."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(error.object[error.start]), error.start + 1


codecs.register_error("botbot-keep-undefined", _keep_undefined)


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """An encoding that a file probably has, and some of its words in it."""

    encoding: str
    sample: str

    def describe(self) -> str:
        """A sentence for the person who has the file."""
        return f"Its encoding is in doubt: in {self.encoding} it has {self.sample!r}.{ENCODING_ADVICE}"


@dataclass(slots=True)
class LineDecoder:
    """Decodes the lines of one file and counts what suggests another encoding.

    With `encoding` the lines have that encoding, or are UTF-8; without, they are UTF-8 or Windows-1252.
    """

    encoding: str | None = None
    _high_count: int = 0
    _doubtful_count: int = 0
    _has_euro_sign: bool = False
    _has_other_letter: bool = False
    _sample: bytearray = field(default_factory=bytearray)
    _iso_2022: str = ""

    def decode(self, line: bytes) -> str:
        """The text of a line; never fails."""
        if self.encoding:
            return self._decode_as_configured(line, self.encoding)
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._count(line)
            return line.decode("cp1252", "botbot-keep-undefined")
        if "\x1b$" in text and not self._iso_2022 and (match := _ISO_2022_JP.search(text)):
            self._iso_2022 = match[0]
        return text

    @staticmethod
    def _decode_as_configured(line: bytes, encoding: str) -> str:
        if line.isascii() and encoding not in {"iso2022_jp", "iso2022_kr", "hz"}:
            return line.decode("ascii")
        try:
            text = line.decode()
        except UnicodeDecodeError:
            pass
        else:
            # Two bytes of an East Asian encoding can be one character of UTF-8 by chance, but not several times.
            if sum(char > "\x7f" for char in text) >= 3 or encoding == "utf-8":
                return text
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            try:
                return line.decode()
            except UnicodeDecodeError:
                return UNDECODABLE + line[:80].decode("ascii", "backslashreplace")

    def _count(self, line: bytes) -> None:
        high = len(_HIGH.findall(line))
        in_runs = sum(map(len, _HIGH_RUN.findall(line)))
        self._high_count += high
        self._doubtful_count += max(in_runs, 3 * len(_SYMBOL_IN_WORD.findall(line)), 2 * len(_RARE.findall(line)))
        self._has_euro_sign = self._has_euro_sign or _EURO_SIGN.search(line) is not None
        self._has_other_letter = self._has_other_letter or _NO_LETTER_HERE.search(line) is not None
        if len(self._sample) < SAMPLE_BYTES:
            self._sample += (_FROM_HIGH_WORD.findall(line) or [b""])[0][:500] + b"\n"

    def doubt(self) -> EncodingGuess | None:
        """The probable encoding, if the lines so far are improbable as they were decoded."""
        guess = self._doubt_by_counts()
        if guess is None and not self.encoding and 0 < self._high_count < SHORT_SAMPLE_BYTES:
            encoding = self._find_sign()
            guess = self._describe(encoding) if encoding else None
        return guess

    def _find_sign(self) -> str | None:
        """The encoding that single letters of a short text suggest."""
        sample = bytes(self._sample)
        words: list[bytes] = _WHOLE_WORD.findall(sample)
        if any(_INTERJECTION.fullmatch(word) is None for word in words):
            return self._find_cased() or "cp1251"
        for sign, excluding, encoding in _SHORT_SIGNS:
            if sign.search(sample) and not (excluding and excluding.search(sample)):
                return encoding
        return "cp1250" if self._has_other_letter else None

    def _doubt_by_counts(self) -> EncodingGuess | None:
        if self._iso_2022:
            return EncodingGuess("iso2022_jp", self._iso_2022.encode().decode("iso2022_jp", "replace")[:60])
        if self._has_euro_sign and not self._doubtful_count:
            return self._describe("iso8859_15")
        if self.encoding or self._high_count < MIN_HIGH_BYTES:
            return None
        if self._doubtful_count <= self._high_count / 2 and not self._has_other_letter:
            other = self._find_other_letters()
            return self._describe(other) if other else None
        matches = from_bytes(bytes(self._sample), cp_isolation=_GUESSED_ENCODINGS)
        names = [match.encoding for match in matches if match.encoding != "cp1252"]
        cased = self._find_cased()
        # Of a few words anything can be made: a reading whose capitals stand where they belong is the better one.
        if cased and self._high_count < SHORT_SAMPLE_BYTES and (not names or names[0] in _EAST_ASIAN):
            return self._describe(cased)
        return self._describe(names[0] if names else "")

    def _find_other_letters(self) -> str | None:
        """The encoding in which letters that do not stand together in Windows-1252 are of one language."""
        sample = bytes(self._sample)
        high = len(_HIGH.findall(sample))
        for letters, excluding, encoding in _OTHER_LETTERS:
            counts = [sample.count(letters[at : at + 1]) for at in range(len(letters))]
            is_excluded = any(sample.count(excluding[at : at + 1]) for at in range(len(excluding)))
            if high >= 10 and min(counts) > 1 and sum(counts) > MIN_LETTER_SHARE * high and not is_excluded:
                return encoding
        return None

    def _find_cased(self) -> str | None:
        """The first encoding in which every word has capitals at its beginning only."""
        words = re.findall(rb"[\x80-\xff]{2,50}", bytes(self._sample))[:100]
        for encoding in _CASED_ENCODINGS:
            decoded = [word.decode(encoding, "replace") for word in words]
            fitting = sum(word.isalpha() and _CASED_WORD.fullmatch(word) is not None for word in decoded)
            if words and fitting > len(words) * 0.8:
                return encoding
        return None

    def _describe(self, encoding: str) -> EncodingGuess:
        sample = bytes(self._sample).decode(encoding or "latin-1", "replace").split("\n")[0][:60].rstrip("\ufffd")
        return EncodingGuess(_NAMES.get(encoding, encoding) or "an encoding that is not known", sample)


def find_wide_encoding(start: bytes) -> str | None:
    """UTF-16 or UTF-32 if the first bytes of a file show it, by its mark or by zeros; None for any other encoding."""
    for mark, encoding in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            return encoding
    sample = start[:1000]
    even_count, odd_count = sample[::2].count(0), sample[1::2].count(0)
    # Latin letters have a zero on one side; a file of zeros on both sides is no text.
    if odd_count > len(sample) / 5 and even_count < odd_count / 10:
        return "utf-16-le"
    return "utf-16-be" if even_count > len(sample) / 5 and odd_count < even_count / 10 else None
