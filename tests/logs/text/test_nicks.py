from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from logs.text.colours import NICK_HUES
from logs.text.names import core_nick, nick_class


def test_a_person_keeps_the_colour_under_all_their_nicks() -> None:
    classes = {nick_class(nick) for nick in ["ann", "Ann", "ann_", "ann__", "ann`", "ann2", "ann|away", "ANN_afk"]}
    assert len(classes) == 1


def test_brackets_are_folded_as_servers_do() -> None:
    assert core_nick("{ann}x") == core_nick("[Ann]X")


def test_a_name_that_only_ends_like_an_absence_is_kept() -> None:
    assert core_nick("faraway") == "faraway"


def test_a_nick_of_nothing_but_tail_keeps_its_name() -> None:
    assert core_nick("_123") == "_123"


def test_the_colour_is_the_same_in_another_process() -> None:
    code = "from logs.text.names import nick_class; print(nick_class('ann'), nick_class('日本'))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {f"{nick_class('ann')} {nick_class('日本')}\n".encode()}


def test_colours_are_spread_over_people() -> None:
    used = {nick_class(first + second) for first in "abcdefghij" for second in "klmnopqrst"}
    assert len(used) == len(NICK_HUES)


@given(st.text(min_size=1))
def test_every_nick_has_one_of_the_colours(nick: str) -> None:
    assert nick_class(nick) in {f"n{number}" for number in range(len(NICK_HUES))}
    assert core_nick(nick)
