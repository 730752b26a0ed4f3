"""Bytes of any encoding: decoded right, or in doubt with a guess."""

from __future__ import annotations

import io

import pytest

from logs.formats.encodings import LineDecoder
from logs.formats.numbered_lines import TOO_LONG, numbered_lines
from logs.text.encodings import find_encoding

WESTERN = [
    "schöne Grüße aus München, das wäre natürlich größer für die Tür; äh, können wir das später machen?",
    "j'ai essayé hier soir, ça marche très bien déjà, où est le problème? français être à côté",
    "não sei, você já viu a configuração? então é só isso, amanhã será",
    "¿alguien sabe cómo compilar el núcleo? mañana será otro día, pequeño señor",
    "hej på er, är det någon här som vet hur man gör? så är det bara",
    "perché non c'è più la città? così è però più facile, già fatto",
    "góðan daginn, ég veit ekki hvað þú átt við með því",
    "“it’s” — 25 °C … © ™",
]
OTHERS = [
    ("koi8_r", "Привет"),
    ("koi8_r", "Привет всем, кто-нибудь знает как собрать ядро? да, вчера смотрел"),
    ("cp1251", "Привет всем, кто-нибудь знает как собрать ядро? да, вчера смотрел"),
    ("cp1251", "Привет"),
    ("cp866", "Привет всем, кто-нибудь знает как собрать ядро? да, вчера смотрел"),
    ("shift_jis", "こんにちは、テストです。今日はいい天気ですね。"),
    ("euc_jp", "こんにちは、テストです。今日はいい天気ですね。"),
    ("iso2022_jp", "こんにちは、テストです。"),
    ("gbk", "大家好，有人知道怎么编译内核吗？昨天看了一下，很简单"),
    ("euc_kr", "안녕하세요 여러분, 커널을 어떻게 빌드하나요? 오늘 날씨 좋네요"),
    ("cp1253", "Καλημέρα σε όλους, πώς είστε σήμερα; δεν ξέρω τι γίνεται"),
    ("cp1254", "merhaba arkadaşlar, bugün çok güzel bir gün, şimdi ne yapıyorsunuz? ığdır için değişik"),
    ("iso8859_2", "cześć, ktoś może wie jak się włącza światło? dziękuję bardzo, jeszcze raz spróbuję później"),
    ("cp1250", "příště už to nebude tak těžké, včera jsem měl špatný den, děkuji že jsi přišel"),
    ("cp1250", "příliš žluťoučký kůň úpěl ódy"),
    ("cp1250", "cześć wszystkim, gdzieś coś wiesz"),
    ("iso8859_15", "das kostet 5 €"),
]


SHORT_WESTERN = [
    *("café", "naïve", "señor", "où", "più", "è vero", "perché", "così", "già", "größer", "smörgåsbord", "æøå"),
    *("åäö", "öö", "blåbærsyltetøy", "coração", "você", "três", "não", "pão", "põe", "œuvre", "cœur", "français"),
    *("forêt", "août", "sûr", "dû", "crème brûlée", "¿qué?", "¡hola!", "m³", "cm³", "½", "±5", "»Wort«", "«mot»"),
    *("góðan dag", "halló þú", "õpetaja", "mõõtja", "català", "història", ":þ", "xÞ", "20°C", "©", "ÿ", "dobrý den"),
    *("année", "Ærø", "île", "maître", "hâte", "où êtes-vous", "tête-à-tête", "€5", "naïf", "Øl", "på", "går", "für"),
    *("Öl", "straße", "läuft", "l'été", "ação", "São", "él", "í", "niño", "pingüino", "ñu", "Ñandú"),
]
SHORT_OTHERS = [
    *(("cp1250", text) for text in ("cześć", "dzień dobry", "őrült jó", "był", "może", "robić", "gyűrű")),
    *(("iso8859_2", text) for text in ("cześć, jak się masz", "šťastný nový rok", "gęś", "měl jsem žízeň", "nůž")),
    *(("cp1251", text) for text in ("да", "нет, спасибо", "ок, иду")),
    *(("koi8_r", text) for text in ("да", "привет", "ну ладно")),
    *(("cp1253", text) for text in ("ναι", "ναι όχι", "καλά")),
    *(("cp1254", text) for text in ("teşekkür", "günaydın", "İyi akşamlar", "kız", "ışık", "şu an", "sağol")),
    *(
        ("cp1257", text)
        for text in ("ačiū labas", "labdien, kā iet", "šeštadienį", "paldies, jā", "kas tas ir, vai šī")
    ),
]


def read(content: bytes, encoding: str | None = None) -> tuple[list[str], LineDecoder]:
    decoder = LineDecoder(encoding)
    return [text for _, text in numbered_lines(io.BytesIO(content), decoder=decoder)], decoder


@pytest.mark.parametrize("text", WESTERN)
def test_western_text_is_not_in_doubt(text: str) -> None:
    read_lines, decoder = read(f"[12:00] <a> {text}".encode("cp1252"))
    assert (read_lines, decoder.doubt()) == ([f"[12:00] <a> {text}"], None)


@pytest.mark.parametrize(("encoding", "text"), OTHERS)
def test_other_text_is_in_doubt_and_the_guess_is_right(encoding: str, text: str) -> None:
    content = f"[12:00] <a> {text}".encode(encoding)
    guess = read(content)[1].doubt()
    assert guess
    assert guess.encoding == encoding
    assert guess.sample[:3] in text
    lines, decoder = read(content, find_encoding(encoding))
    assert (lines, decoder.doubt()) == ([f"[12:00] <a> {text}"], None)


@pytest.mark.parametrize("text", SHORT_WESTERN)
def test_a_western_word_is_not_in_doubt(text: str) -> None:
    assert read(f"[12:00] <a> {text}\nyes".encode("cp1252"))[1].doubt() is None


@pytest.mark.parametrize(("encoding", "text"), SHORT_OTHERS)
def test_a_word_of_another_encoding_is_in_doubt(encoding: str, text: str) -> None:
    assert read(f"[12:00] <a> {text}\nyes".encode(encoding))[1].doubt() is not None


def test_a_byte_that_windows_1252_does_not_define_changes_no_other() -> None:
    assert read(b"\x80 \x81 caf\xe9")[0] == ["€ \x81 café"]


@pytest.mark.parametrize("encoding", [None, "koi8-r", "gbk"])
def test_files_are_mixed_line_by_line(encoding: str | None) -> None:
    legacy = {None: ("café", "cp1252"), "koi8-r": ("Привет", "koi8-r"), "gbk": ("你好", "gbk")}[encoding]
    content = "naïve, Grüße, 你好吗\n".encode() + legacy[0].encode(legacy[1]) + b"\nASCII"
    assert read(content, encoding)[0] == ["naïve, Grüße, 你好吗", legacy[0], "ASCII"]


def test_what_the_named_encoding_does_not_have_is_no_line() -> None:
    (text,) = read(b"[12:00] <a> \xff\xff", "shift_jis")[0]
    assert text.startswith(TOO_LONG)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32", "utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r", "\n\r"])
def test_marks_and_line_ends(encoding: str, end: str) -> None:
    content = end.join(["Session Start", "[12:00] <ä> b", "c", ""]).encode(encoding)
    assert [text for text in read(content)[0] if text] == ["Session Start", "[12:00] <ä> b", "c"]


def test_returns_at_the_end_of_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"a\r\r\nb\rc\r\n\r\nd"
    for size in range(1, len(content)):
        monkeypatch.setattr("logs.formats.numbered_lines.CHUNK_BYTES", size)
        assert [text for text in read(content)[0] if text] == ["a", "b", "c", "d"]


def test_nul_bytes_are_removed() -> None:
    assert read(b"\0\0\0[12:00] <a> b\0")[0] == ["[12:00] <a> b"]


@pytest.mark.parametrize("name", ["koi8-r", "KOI8-R", "sjis", "latin1", "windows-1251", "utf-8"])
def test_encodings_have_names(name: str) -> None:
    assert "x".encode(find_encoding(name)) == b"x"


@pytest.mark.parametrize("name", ["nonsense", "rot13", "hex", "idna", "", "utf-7", "a\0b", "ü"])
def test_what_is_no_encoding_is_reported(name: str) -> None:
    with pytest.raises(ValueError, match="There is no text encoding"):
        find_encoding(name)
