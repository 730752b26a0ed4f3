"""What people type, the lines that it has to find, and those that it must not find."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Network
from logs.search.highlight import highlight, highlight_pattern
from logs.search.query_parser import parse
from logs.search.results import search
from logs.text.markup import text_html

pytestmark = pytest.mark.django_db

CODE = {
    "C++": (["I write C++ and C#", "use c++.", "(c++)"], ["c is old", "vitamin C", "a C64", "C+", "abc++"]),
    "c#": (["I write C++ and C#", "C#?"], ["c is old", "vitamin C", "C64", "#c"]),
    "--help": (["run it with --help", "git --help."], ["I need help", "-help", "--helpful"]),
    "foo.bar": (["foo.bar() and Foo::Bar", "see foo.bar"], ["foo and bar", "foo bar", "Foo::Bar", "foo.bars"]),
    "foo.bar()": (["foo.bar() and Foo::Bar", "FOO.BAR();"], ["foo.bar", "foo.bar(1)"]),
    "Foo::Bar": (["foo.bar() and Foo::Bar", "foo::bar->new"], ["foo.bar", "Foo Bar"]),
    "bar": (["foo.bar() and Foo::Bar", "bar!"], ["bars"]),
    "->": (["p->next = q", "a -> b"], ["p.next", "a - > b"]),
    "p->next": (["p->next = q"], ["p.next", "next p", "pp->next"]),
    "::": (["Foo::Bar"], ["a:b"]),
    "🎉": (["🎉 shipped", "done🎉"], ["shipped"]),
    "#123": (["see #123", "(#123)"], ["123", "#1234"]),
    "@name": (["hi @name!"], ["name", "@names"]),
    "v2.10.4": (["v2.10.4-rc1 at 0xDEADBEEF"], ["v2.1.4", "v2 10 4"]),
    "foo(": (["foo(1)"], ["foo (1)", "foo"]),
    "$x": (["my $x = 1"], ["x", "$xy"]),
    "???": (["what???"], ["what?"]),
    "'tis": (["'tis so", "tis", "’tis"], ["it is"]),
    "'bar": (["foo'bar", "'bar'", "bar"], ["foobar"]),
    "«foo bar»": (["foo, bar", "bar «foo"], ["foo"]),
    "1F+5": (["1f+5", "0x1F+5", "(0x1f+5)", "日1F+5"], ["11F+5", "日0x1F+5"]),
    "2.10*": (["v2.10", "日2.101"], ["日v2.10"]),
    "OR": (["this or that"], ["order"]),
    "text:/usr/bin": (["ls /usr/bin"], ["usr bin"]),
    "text:::": (["Foo::Bar"], ["a:b", "text"]),
    "text::csv": (["use Text::CSV"], ["CSV"]),
    "≠": (["a ≠ b", "a =\u0338 b", "x≠y"], ["a = b", "a ≈ b"]),
    "a=b": (["a=b"], ["a≠b"]),
    "casename": (["CaseName in snake_case"], ["CaseNames"]),
    "case": (["CaseName in snake_case"], ["CaseName"]),
    "tag@example.com": (["mail tag@example.com from 203.0.113.5"], ["tag example com"]),
    "example.com": (["mail tag@example.com from 203.0.113.5"], ["example com"]),
    "203.0.113.5": (["mail tag@example.com from 203.0.113.5"], ["203.0.113.55", "203 0 113 5"]),
    "203.0.113": (["mail tag@example.com from 203.0.113.5"], ["203.0.1135"]),
    '"foo -> bar"': (["Foo -> Bar"], ["foo bar", "foo->bar"]),
    '"green tools"': (["green tools", "Green, tools", "green::tools"], ["tools green", "green-ish tools"]),
    "-foo.bar apples": (["apples foo bar", "apples"], ["apples foo.bar"]),
    "(apples": (["apples"], ["apple"]),
    "\x02C++": (["C\x02+\x02+", "\x0304C++"], ["C"]),
}


JAPANESE, CHINESE = "今日は日本語で話す", "东京大学的具体情况"
MUELLER = "Wir treffen uns am Müller-Platz in der Großen Straße"
LANGUAGES = {
    **dict.fromkeys(["日本", "日本語", "話す", "今日*", '"日本語で"', "す"], ([JAPANESE], ["今年は本月"])),
    **dict.fromkeys(["东京", "大学", "具体情况", "情况", "学"], ([CHINESE], ["东西京"])),
    "日": ([JAPANESE, "本日"], ["月"]),
    "具体情况": ([CHINESE], ["具体 体情 情况"]),
    **dict.fromkeys(["서울", "서울에서", "만나요"], (["서울에서 만나요"], ["서 울"])),
    "서울": (["서울에서 만나요", "\u1109\u1165\u110b\u116e\u11af"], ["서 울"]),
    "ไทย": (["ภาษาไทยง่ายมาก"], ["ไท ทย"]),
    "日本go": (["日本goです"], ["日本 go"]),
    "go": (["日本goです", "go!"], ["日本gopher"]),
    **dict.fromkeys(["müller", "muller", "MÜLLER", "strasse", "straße", "STRASSE"], ([MUELLER], ["Mueller"])),
    **dict.fromkeys(
        ["café", "cafe", "cafe\u0301", "CAFÉ"], (["un café noir", "un cafe\u0301 noir", "un cafe noir"], ["caf"])
    ),
    '"café"': (["un café noir", "un cafe\u0301 noir", "un CAFÉ noir"], ["un cafe noir"]),
    '"cafe"': (["un Cafe noir"], ["un café noir"]),
    **dict.fromkeys(["елка", "ёлка", "ЁЛКА"], (["ёлка стоит", "елка"], ["ёлки"])),
    "мой": (["Мой дом", "мои\u0306"], ["мои дома"]),
    **dict.fromkeys(["İstanbul", "istanbul", "ISTANBUL"], (["İstanbul'da buluşalım", "istanbul"], ["istan"])),
    "İstanbul'da": (["İstanbul'da buluşalım", "istanbulda"], ["istanbul"]),
    **dict.fromkeys(["ΣΟΦΟΣ", "σοφος", "σοφός"], (["ο ΣΟΦΟΣ είπε", "σοφός"], ["σοφο"])),
    **dict.fromkeys(["ハンカク", "ﾊﾝｶｸ"], (["ﾊﾝｶｸｶﾅ ＦＵＬＬＷＩＤＴＨ"], ["ハン"])),
    **dict.fromkeys(["fullwidth", "ＦＵＬＬ*"], (["ﾊﾝｶｸｶﾅ ＦＵＬＬＷＩＤＴＨ"], ["width"])),
    **dict.fromkeys(["dont", "don't", "DON’T"], (["don't say O’Reilly", "dont"], ["don"])),
    **dict.fromkeys(["oreilly", "o'reilly", "O’Reilly"], (["don't say O’Reilly", "oreilly"], ["reillys"])),
    "eau": (["l’eau"], ["leau"]),
    **dict.fromkeys(["2.10.4", "v2.10.4", "10.4"], (["v2.10.4-rc1 at 0xDEADBEEF"], ["2.10.40"])),
    "2.10.4": (["v2.10.4-rc1", "2.10.4"], ["12.10.4", "xv2.10.4"]),
    **dict.fromkeys(["deadbeef", "0xdeadbeef", "DEADBEEF"], (["v2.10.4-rc1 at 0xDEADBEEF"], ["deadbee"])),
    "👩‍💻": (["hi 👩🏽‍💻!"], ["👩 💻"]),
    "€": (["5€"], ["5"]),
    "1️⃣": (["pick 1️⃣", "1️⃣2️⃣", "x 1\u20e3y"], ["1", "item 1", "2️⃣", "11️⃣"]),
    "#️⃣": (["tag #️⃣"], ["#", "#tag"]),
    "1": (["1️⃣", "1"], ["11"]),
    "x̸y": (["xy"], ["x y"]),
    "-café apples": (["apples"], ["apples cafe"]),
    "Łódź": (["lodz"], ["lod"]),
    "zero\u200bwidth": (["zerowidth"], ["zero width"]),
    **dict.fromkeys(["كتاب", "كِتَاب", "كتاب؟"], (["كتاب؟ نعم"], ["كتابة"])),
    "كتاب": (["كتاب، قلم", "قلم،كتاب", "كتـــاب؛"], ["كتابة"]),
    "پایان": (["پایان۔"], ["پایانی"]),
    "भारत": (["भारत।", "मेरा भारत॥"], ["भारतीय"]),
    "ספר": (["בית־ספר", "סֵפֶר׃"], ["ספרים"]),
    **dict.fromkeys(["צה״ל", 'צה"ל'], (["צה״ל", 'צה"ל'], ["צה ל"])),
    **dict.fromkeys(["ג׳ירפה", "ג'ירפה"], (["ג׳ירפה", "ג'ירפה"], ["ג"])),
    "բարև": (["Բարև։", "բարև՛"], ["բարևներ"]),
    "አማርኛ": (["አማርኛ።", "ሰላም፡አማርኛ"], ["አማርኛን"]),
    "བོད": (["བོད་ཡིག།"], ["བོདཔ"]),
    **dict.fromkeys(["ㅋㅋ", "ㅠㅠ", "ㅋㅋㅠㅠ"], (["웃겨ㅋㅋㅠㅠ"], ["큐", "ㅋㅠ"])),
    "ㅜ": (["ㅎㅜㅜ", "왜ㅜ"], ["후"]),
    "한": (["\u1112\u1161\u11ab", "대한"], ["하"]),
    **dict.fromkeys(["123", "١٢٣", "۱۲۳", "१२३"], (["رقم ١٢٣", "۱۲۳", "१२३।", "123"], ["1234"])),
    "500": (["฿500", "500฿", "500؋"], ["5000"]),
    "🇪🇸": (["go 🇪🇸!", "🇩🇪🇪🇸"], ["🇩🇪🇸🇪", "🇩🇪"]),
    "raku": (["Raku™ rocks", "Raku®"], ["rakutm"]),
    "dOn't": (["don´t", "dont"], ["don t"]),
}


SITES = {
    **dict.fromkeys(
        ["site:github.com", "site:GitHub.com.", "site:https://github.com/x", "site: .github.com"],
        (
            [
                "see https://github.com/a",
                "HTTP://Gist.GitHub.com?x",
                "(https://github.com:443)",
                "www.github.com",
                "https://ann@github.com",
                "https://github.com, and more",
                "at https://github.com.",
                "git https://git\x02hub.com",
                "<https://github.com>",
            ],
            [
                "github.com",
                "https://notgithub.com",
                "https://github.com.example.org",
                "https://github.com@example.org/",
                "https://github.com:443@example.org/",
                "https://example.org/?u=https://github.com",
                "https://example.org/github.com",
                "https://github.community",
                "https://github-com.org",
                "com https://example.org github",
                "https://github.com-x.org",
            ],
        ),
    ),
    "site:github.com site:example.org": (["https://github.com", "https://example.org"], ["https://example.com"]),
    "site:müller.de": (["https://müller.de/", "https://www.müller.de"], ["https://miller.de"]),
    "site:org nick:ann": (["https://a.example.org/"], ["https://orga.com"]),
}


@pytest.mark.parametrize("typed", SITES)
def test_lines_are_found_by_the_host_of_their_links(typed: str) -> None:
    check(typed, *SITES[typed], marked=False)


@pytest.mark.parametrize("typed", LANGUAGES)
def test_every_language_is_found_as_it_is_typed(typed: str) -> None:
    check(typed, *LANGUAGES[typed])


@pytest.mark.parametrize("typed", CODE)
def test_code_means_what_it_says(typed: str) -> None:
    check(typed, *CODE[typed])


def check(typed: str, found: list[str], missed: list[str], *, marked: bool = True) -> None:
    channel = Channel.objects.create(network=Network.objects.create(name="libera"), name="#garden")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with transaction.atomic():
        store_lines([Entry(channel.pk, at, Kind.MESSAGE, "ann", text) for text in [*found, *missed]])
    query = parse(typed)
    assert not query.notes
    page = search(query, [channel.pk], all_channels=False)
    assert {line.text for line in page.lines} == set(found)
    pattern = highlight_pattern(query.marked)
    assert not marked or all("<mark>" in highlight(text_html(line.text), pattern) for line in page.lines)
