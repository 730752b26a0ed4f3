"""What the shipped model makes of conversations, and that no text makes it slow or fail."""

from __future__ import annotations

import gzip
import itertools
import json
import math
from operator import mul
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs import conversations
from logs.conversations.description import describe
from logs.conversations.feature_names import LINE_FLAGS, LINE_NUMBERS, NUMBER_UNIT, PAIR_FLAGS, PAIR_NUMBERS
from logs.conversations.model import Model, load_model
from logs.conversations.said_line import MAX_TEXT_CHARACTERS
from logs.conversations.window import MAX_KNOWN_NICKS, WINDOW_LINES, Window
from tests.examples import count


def link(*messages: tuple[str, str], minutes: list[int] | None = None) -> list[int | None]:
    """Return for each line the place of the line that it answers."""
    model, table = load_model()
    window = Window(table)
    lines = []
    answers: list[int | None] = []
    for index, ((nick, text), minute) in enumerate(zip(messages, minutes or itertools.count(), strict=False)):
        line = window.read(index, minute, nick, text)
        description = describe(window, line)
        choice = model.choose(description)
        assert 0 < choice.confidence <= 1
        parent = None if choice.place is None else description.candidates[choice.place].line
        window.add(line, parent)
        lines.append(line)
        answers.append(parent.key if parent else None)
    return answers


def test_two_interleaved_conversations_are_distinguished() -> None:
    answers = link(
        ("ann", "hello, how do I install nvidia drivers on ubuntu?"),
        ("carl", "anyone know why apache gives a 403 for every directory?"),
        ("bob", "ann: use the restricted drivers manager"),
        ("dora", "carl: check the permissions of the directory"),
        ("ann", "bob: thanks, where do I find that?"),
        ("carl", "dora: they are 755"),
        ("bob", "ann: in the system menu"),
    )
    assert answers == [None, None, 0, 1, 2, 3, 4]


def test_a_misspelt_or_decorated_nick_is_recognised() -> None:
    answers = link(
        ("margaret", "does anybody have a working printer?"),
        ("zed", "what a day"),
        ("bob", "maragret: mine works"),
        ("margaret_", "bob: which one is it?"),
    )
    assert answers[2] == 0
    assert answers[3] == 2


def test_words_of_the_language_that_are_nicks_do_not_confuse_it() -> None:
    """Somebody is called `the`: lines with that word do not all answer them."""
    answers = link(
        ("the", "good evening everybody"),
        ("ann", "how do I mount the disk of the old server?"),
        ("bob", "ann: with mount and the name of the device"),
        ("ann", "bob: the device has the name sdb1?"),
    )
    assert answers[2:] == [1, 2]


def test_a_flood_of_one_speaker_is_one_conversation_or_none() -> None:
    answers = link(*[("ann", "spam spam spam")] * 120, minutes=[5] * 120)
    assert all(answer is None or answer >= index - WINDOW_LINES for index, answer in enumerate(answers))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "@",
        ":",
        "?" * 5000,
        "ann: " * 2000,
        "\u202e\u0000",
        "ann" * 3000,
        "www." * 200,
        "ア" * 9000,
        "´`" * 4000,
    ],
)
def test_no_text_makes_it_fail(text: str) -> None:
    assert len(link(("ann", "hello"), ("bob", text), ("ann", text))) == 3


@given(
    st.lists(
        st.tuples(st.sampled_from(["ann", "bob", "the", "[]", "x" * 400, "é"]), st.text(max_size=60)), max_size=60
    ),
    st.lists(st.integers(min_value=0, max_value=2**31), min_size=60, max_size=60),
)
@settings(max_examples=count(20, nightly=1000))
def test_any_lines_have_an_answer_within_the_window(messages: list[tuple[str, str]], minutes: list[int]) -> None:
    for index, answer in enumerate(link(*messages, minutes=minutes)):
        assert answer is None or index - WINDOW_LINES <= answer < index


def test_what_one_line_can_cost_is_bounded() -> None:
    """Ten thousand nicks in a line, and as many different speakers: neither text nor memory grows with them."""
    _, table = load_model()
    window = Window(table)
    for number in range(MAX_KNOWN_NICKS + 500):
        window.add_nick(f"person{number}")
    line = window.read(0, 0, "ann", " ".join(f"person{number}" for number in range(10_000)))
    assert len(line.mentions) <= MAX_TEXT_CHARACTERS / len("person1")
    for number in range(500):
        window.add(window.read(number, 0, f"speaker{number}", "a word"), None)
    assert len(window.lines) == WINDOW_LINES
    assert len(describe(window, window.read(500, 0, "ann", "a word")).candidates) <= WINDOW_LINES


def test_lines_that_left_the_window_are_not_kept_alive() -> None:
    _, table = load_model()
    window = Window(table)
    parent = None
    for number in range(300):
        line = window.read(number, number, f"n{number % 3}", "word")
        window.add(line, parent)
        parent = line
    oldest = line
    length = 0
    while oldest.parent is not None:
        oldest, length = oldest.parent, length + 1
    assert length <= WINDOW_LINES


def test_a_model_for_other_features_is_refused() -> None:
    with pytest.raises(ValueError, match="other features"):
        Model({"features": ["weather"]})


def test_packed_weights_give_the_probability_that_plain_ones_give() -> None:
    values = json.loads((Path(conversations.__file__).parent / "model.json").read_text())
    model, table = load_model()
    window = Window(table)
    window.add(window.read(0, 0, "ann", "how do I mount a disk?"), None)
    window.add(window.read(1, 1, "bob", "hello"), None)
    description = describe(window, window.read(2, 3, "carl", "bob: how do you do?"))
    hidden = values["hidden"]
    of_line, of_pair = hidden[: len(LINE_FLAGS) + len(LINE_NUMBERS)], hidden[len(LINE_FLAGS) + len(LINE_NUMBERS) :]

    def inputs(flags: int, names: list[str], numbers: tuple[int, ...]) -> list[float]:
        return [float(flags >> k & 1) for k in range(len(names))] + [number / NUMBER_UNIT for number in numbers]

    def output(sums: list[list[float]]) -> float:
        units = [max(0.0, sum(column)) for column in zip(*sums, strict=True)]
        return sum(map(mul, units, values["output"])) / values["scale"] ** 2

    line = inputs(description.flags, LINE_FLAGS, description.numbers)
    base = [values["bias"], *([w * value for w in row] for value, row in zip(line, of_line, strict=True))]
    scores = [output([*base, values["begins"]]) + values["begins_bonus"]]
    for candidate in description.candidates:
        pair = inputs(candidate.flags, PAIR_FLAGS, candidate.numbers)
        scores.append(output([*base, *([w * value for w in row] for value, row in zip(pair, of_pair, strict=True))]))
    choice = model.choose(description)
    assert choice.place is not None
    assert description.candidates[choice.place].line.key == 1
    expected = math.exp(max(scores)) / sum(map(math.exp, scores))
    assert choice.confidence == pytest.approx(expected)


def test_weights_that_do_not_fit_their_bits_are_refused() -> None:
    values = json.loads((Path(conversations.__file__).parent / "model.json").read_text())
    values["hidden"][0][0] = 2**24
    with pytest.raises(ValueError, match="too large"):
        Model(values)


def test_the_tables_fit_the_features_and_are_small() -> None:
    folder = Path(conversations.__file__).parent
    files = [folder / "model.json", folder / "words.json"]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 60_000
    assert len({*LINE_FLAGS}) == len(LINE_FLAGS)
    assert len({*PAIR_FLAGS}) == len(PAIR_FLAGS)
    model, table = load_model()
    window = Window(table)
    window.add(window.read(0, 0, "ann", "hello"), None)
    description = describe(window, window.read(1, 0, "bob", "ann: hello"))
    assert len(description.numbers) == len(LINE_NUMBERS)
    assert len(description.candidates[0].numbers) == len(PAIR_NUMBERS)
    assert model.choose(description).place == 0


def test_the_indexes_of_a_window_hold_its_lines_and_no_others() -> None:
    _, table = load_model()
    window = Window(table)
    parent = None
    for number in range(3 * WINDOW_LINES):
        text = f"n{number % 7}: kernel module {number}"
        line = window.read(number, number, f"n{number % 5}", text)
        window.add(line, parent if number % 3 else None)
        parent = line
    for index in (window.lines_by, window.lines_mentioning, window.lines_with, window.answers_to):
        assert all(index.values())
        assert {line.key for lines in index.values() for line in lines} <= {line.key for line in window.lines}
    assert sum(map(len, window.lines_by.values())) == WINDOW_LINES
