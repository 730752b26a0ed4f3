"""Every text is a valid query, and each operator means what the page says it means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logs.search.query_parser import MAX_QUERY_CHARACTERS, MAX_QUERY_TERMS, Term, compose_query_text, parse


def words(text: str) -> list[list[tuple[str, ...]]]:
    return [[term.words for term in group] for group in parse(text).groups]


def test_all_words_are_required() -> None:
    assert words("Foo bar") == [[("foo",)], [("bar",)]]


def test_a_phrase_keeps_its_words_together() -> None:
    assert words('say "hello there" now') == [[("say",)], [("hello", "there")], [("now",)]]


def test_an_unclosed_quote_runs_to_the_end() -> None:
    assert words('say "hello there') == [[("say",)], [("hello", "there")]]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Foo::Bar", ("foo", "bar")),
        ("--flag", ("flag",)),
        ("$var", ("var",)),
        ("foo.bar()", ("foo", "bar")),
        ("https://raku.org/a_b", ("https", "raku", "org", "a", "b")),
        ("snake_case", ("snake", "case")),
        *[
            ("C++", ("c",)),
            ("->", ()),
            ("::", ()),
            ("🎉", ("🎉",)),
            ("???", ()),
            ("-=", ()),
            ("foo(", ("foo",)),
            (":)", ()),
        ],
        *[("#123", ("123",)), ("@name", ("name",)), ("v2.10.4", ("v2", "10", "4")), ("std:vector", ("std", "vector"))],
    ],
)
def test_code_is_text_and_its_words(code: str, words: tuple[str, ...]) -> None:
    query = parse(code)
    assert [(term.text, term.words) for term in query.marked] == [(code, words)]
    assert not query.without
    assert not query.notes


@pytest.mark.parametrize(
    "typed",
    [
        *["garden,", "garden.", "(garden", "garden)", "garden).", "text: garden", "garden;"],
        *[
            "'garden'",
            "’garden",
            "garden’",
            "garden”",
            "garden”,",
            'garden"',
            'garden",',
            "«garden",
            "garden»",
            "「garden",
        ],
    ],
)
def test_marks_of_the_sentence_around_a_word_do_not_count(typed: str) -> None:
    assert parse(typed).marked == [Term("garden")]


@pytest.mark.parametrize("typed", ['17"', 'x="y"', "«garden»", "f('x')", "'", "garden?"])
def test_other_marks_are_characters(typed: str) -> None:
    assert parse(typed).marked == [Term(typed)]


def test_a_comma_after_quotes_is_no_term() -> None:
    assert parse('"red roses", “garden”. "a",b').marked == [
        *[Term("red roses", quoted=True), Term("garden", quoted=True)],
        *[Term("a", quoted=True), Term(",b")],
    ]


def test_what_only_leaves_words_out_is_searched_as_text_and_says_so() -> None:
    query = parse("-Wall -O2*")
    assert query.groups == [[Term("-Wall")], [Term("-O2", prefix=True)]]
    assert not query.without
    assert query.notes == [
        "-Wall -O2* was searched as text, because a search that only leaves words out finds nothing."
    ]
    assert (query.words, parse("-Wall in:#gcc").without) == ("-Wall -O2*", [Term("Wall")])
    assert not parse('-"red roses"')


@pytest.mark.parametrize("text", ["in:/foo", "from:/x", "ON:/2026"])
def test_an_operator_before_a_slash_is_text_and_says_so(text: str) -> None:
    query = parse(text)
    assert query.marked == [Term(text)]
    assert query.notes == [f"{text.partition(':')[0]}: before a slash was searched as text."]


@pytest.mark.parametrize("text", ["from:@ann", "from:<ann>", "from:<+ann>,", "nick:ann,", 'from:"ann"'])
def test_nicks_may_be_copied_with_what_stands_around_them(text: str) -> None:
    assert parse(text).nicks == ["ann"]


def test_a_comma_may_follow_an_operator() -> None:
    query = parse("in:#garden, on:2026-03; site://github.com, HAS:Link")
    assert (query.channels, query.sites, query.link) == (["#garden"], ["github.com"], True)
    assert (query.after, query.notes) == (date(2026, 3, 1), [])


def test_typographic_quotes_are_quotes() -> None:
    assert parse("“garden tools” „and more“").marked == [
        Term("garden tools", quoted=True),
        Term("and more", quoted=True),
    ]


@pytest.mark.parametrize("text", ["from: yuki", "from:yuki", "nick:  yuki", "FROM: yuki"])
def test_a_blank_may_follow_the_colon_of_an_operator(text: str) -> None:
    query = parse(f"{text} garden on: 2026")
    assert (query.nicks, query.after) == (["yuki"], date(2026, 1, 1))
    assert query.marked == [Term("garden")]
    assert parse("std: vector").marked == [Term("std:"), Term("vector")]


def test_minus_excludes() -> None:
    query = parse('cat -dog -"big fish"')
    assert [term.words for term in query.without] == [("dog",), ("big", "fish")]
    assert words("cat -dog") == [[("cat",)]]


def test_or_joins_its_neighbours_only() -> None:
    assert words("a b OR c OR d e") == [[("a",)], [("b",), ("c",), ("d",)], [("e",)]]


@pytest.mark.parametrize("text", ["OR a", "a OR", "OR OR a OR"])
def test_or_without_operands_is_ignored(text: str) -> None:
    assert words(text) == [[("a",)]]


@pytest.mark.parametrize("text", ["OR", " OR OR "])
def test_or_alone_is_a_word(text: str) -> None:
    assert words(text) == [[("or",)]]
    assert not parse("nick:ann OR").groups


def test_a_star_ends_a_prefix() -> None:
    assert parse("comp*").groups == [[Term("comp", prefix=True)]]
    assert parse('"comp*"').groups == [[Term("comp*", quoted=True)]]


def test_nick_and_its_alias() -> None:
    query = parse("nick:ann from:Bob -nick:eve")
    assert (query.nicks, query.without_nicks) == (["ann", "Bob"], ["eve"])


def test_dates_bound_the_search() -> None:
    query = parse("after:2024 before:2025-03")
    assert (query.after, query.before) == (date(2024, 1, 1), date(2025, 3, 1))
    query = parse("on:2024-02")
    assert (query.after, query.before) == (date(2024, 2, 1), date(2024, 3, 1))
    query = parse("on:2024-12-31")
    assert (query.after, query.before) == (date(2024, 12, 31), date(2025, 1, 1))


@pytest.mark.parametrize("value", ["2024-13", "2024-02-30", "0000", "9999", "yesterday", "2024-1-1-1"])
def test_an_impossible_date_is_said_and_searched_as_words(value: str) -> None:
    query = parse(f"before:{value}")
    assert query.before is None or query.before.year == 9999
    assert query.before or query.notes


def test_text_that_begins_with_a_slash_or_two_colons_can_follow_its_operator() -> None:
    terms = {typed: parse(typed).marked[0].text for typed in ["text:/usr", "text: /usr", "text:::", "text::csv"]}
    assert terms == {"text:/usr": "/usr", "text: /usr": "/usr", "text:::": "::", "text::csv": "text::csv"}
    assert parse("text:::").words == "text:::"


def test_a_term_that_is_repeated_counts_once() -> None:
    assert [[term.text for term in group] for group in parse("foo bar foo OR bar foo").groups] == [
        ["foo"],
        ["bar"],
        ["foo", "bar"],
    ]


def test_kinds_and_links() -> None:
    query = parse("kind:action kind:JOIN has:link")
    assert (query.kinds, query.link) == (["action", "join"], True)
    assert parse("kind:shout").notes
    assert parse("has:image").notes == ["has:image is unknown; there are has:link and has:reply."]
    assert parse("foo -in:garden -has:link").notes == [
        "-in: was searched as text; only text and nicks can be left out.",
        "-has: was searched as text; only text and nicks can be left out.",
    ]
    assert not parse("foo -nick:ann -std:vector").notes


def test_an_unknown_operator_is_words() -> None:
    assert words("std:vector") == [[("std", "vector")]]


def test_a_long_query_is_cut_and_says_so() -> None:
    query = parse("x " * 6000)
    assert len(query.groups) <= MAX_QUERY_TERMS
    assert len(query.notes) == 2


@given(st.text(max_size=MAX_QUERY_CHARACTERS + 50))
def test_every_text_is_a_query(text: str) -> None:
    query = parse(text)
    for term in query.marked + query.without:
        assert term.text
        assert all(word and not word.isspace() for word in term.words)


@given(st.text(alphabet='-:"*OR nick:in:on:2024-0 ()', max_size=80))
def test_every_mixture_of_operators_is_a_query(text: str) -> None:
    parse(text)


def test_the_operators_of_draft_search_are_understood() -> None:
    query = parse(
        'from:ann in:#garden after:2026-11-23T10:00:00.123Z before:2026-11-24T00:00Z text:"red roses" text:bees'
    )
    assert (query.nicks, query.channels) == (["ann"], ["#garden"])
    assert query.since == datetime(2026, 11, 23, 10, 0, 0, 123000, UTC)
    assert query.until == datetime(2026, 11, 24, tzinfo=UTC)
    assert (query.after, query.before) == (date(2026, 11, 23), date(2026, 11, 24))
    assert [term.words for term in query.marked] == [("red", "roses"), ("bees",)]
    assert query.notes == []


@pytest.mark.parametrize("words", ["bees", '"red roses"', "be*", "-bees", '-"red roses"', "Foo::Bar", "a OR text:b"])
def test_text_means_the_same_as_words(words: str) -> None:
    minus, rest = ("-", words[1:]) if words.startswith("-") else ("", words)
    assert parse(f"{minus}TEXT:{rest}") == parse(words.replace("text:", ""))


def test_a_time_is_utc_unless_it_says_otherwise_and_the_narrowest_counts() -> None:
    ten = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert parse("after:2026-11-23T10:00").since == ten
    assert parse("after:2026-11-23T12:00+02:00").since == ten.astimezone(timezone(timedelta(hours=2)))
    query = parse("before:2026-11-23T10:00 before:2026-12 before:2026-11-23T11:00Z")
    assert (query.until, query.before) == (ten, date(2026, 11, 24))
    assert parse("after:2026-11-23T10:00 after:2026-11").after == date(2026, 11, 23)


@pytest.mark.parametrize(
    "value",
    ["2026-11-23T25:00", "2026-02-30T10:00", "2026-11-23T10", "T10:00", "9999-12-31T10:00Z", "0001-01-01T00:00+14:00"],
)
def test_what_is_no_time_is_searched_as_words_with_a_note(value: str) -> None:
    query = parse(f"after:{value}")
    assert (query.since, query.after) == (None, None)
    assert value in query.notes[0]


@pytest.mark.parametrize(
    ("text", "words", "filters"),
    [
        ("seed nick:ann", "seed", ["nick:ann"]),
        ("from: yuki seed  on: 2026", "seed", ["from:yuki", "on:2026"]),
        ('a OR b nick:"x y" -from:bob c', "a OR b c", ['nick:"x y"', "-from:bob"]),
        ("a OR nick:x b", "a b", ["nick:x"]),
        ('has:link "hello there', '"hello there"', ["has:link"]),
        ("on:2026-02-30 std:vector text:a", "on:2026-02-30 std:vector text:a", []),
    ],
)
def test_operators_are_distinguished_from_words(text: str, words: str, filters: list[str]) -> None:
    query = parse(text)
    assert (query.words, query.filters) == (words, filters)


PARTS = st.sampled_from(
    ["seed", "OR", "nick:ann", "from:", '"a b', '"a b"', "-x", "-nick:bob", "in: #c", "on:2026", "on:x", ":", "text:y"]
)


@example("seed nick:ann OR")
@example("nick:ann OR")
@given(st.lists(PARTS, max_size=8).map(" ".join) | st.text(max_size=30))
def test_words_and_operators_together_are_the_same_query(text: str) -> None:
    query = parse(text)
    reparsed = parse(compose_query_text(query, query.filters))
    assert (reparsed.filters, reparsed.words) == (query.filters, query.words)
    assert reparsed == query


def test_a_text_that_is_too_long_is_shown_as_it_is() -> None:
    text = "nick:ann " + "word " * MAX_QUERY_TERMS
    assert (parse(text).words, parse(text).filters) == (text, [])


@pytest.mark.parametrize("value", ["-", '"x y"', "...", "#x"])
def test_a_site_has_to_be_a_host(value: str) -> None:
    query = parse(f"seed site:{value}")
    assert not query.sites
    assert len(query.notes) == 1


def test_answers_are_operators() -> None:
    query = parse("why in-conversation-with:ann in-conversation-with: bob has:reply")
    assert (query.conversation_with, query.answered, query.words) == (["ann", "bob"], True, "why")
    assert query.filters == ["in-conversation-with:ann", "in-conversation-with:bob", "has:reply"]
    assert parse("-in-conversation-with:ann").notes == [
        "-in-conversation-with: was searched as text; only text and nicks can be left out."
    ]
    # Ordinary text with hyphens and colons is searched as it stands.
    assert not parse("well-known:thing").conversation_with
    assert parse("in:garden why").channels == ["garden"]
