"""How hits rise with the lines looked at: evenly, or from place to place of a sample."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.search.hit_estimate import FEWEST, MISSED, Course

OUT_OF_USE = [800.0, 810, 820, 840, 860, 880, 900, 910, 920, 950]


def test_without_a_sample_hits_rise_evenly() -> None:
    course = Course(1000, 50)
    assert not course.told
    assert (course.hits(200), course.lines(10), course.between(100, 200)) == (10, 200, 10)
    assert (course.lines(51), course.hits(1001)) == (1000, 50)


def test_a_word_that_is_out_of_use_is_expected_where_the_sample_has_it() -> None:
    course = Course(1000, 3000, OUT_OF_USE, 300)
    assert course.told
    assert course.hits(800) == MISSED
    assert course.lines(MISSED) == 800
    assert 800 < course.lines(MISSED + 30) < 810
    assert course.lines(MISSED + 600) == 820


def test_what_is_said_all_the_time_rises_evenly_until_a_window_disappoints() -> None:
    course = Course(1000, 3000, [place - 700 for place in OUT_OF_USE], 300)
    assert not course.told
    assert course.lines(300) == 100
    course.follow()
    assert course.told
    assert course.lines(MISSED + 300) == 110


def test_a_few_of_a_sample_tell_nothing() -> None:
    course = Course(1000, 1200, OUT_OF_USE[: FEWEST - 1], 300)
    course.follow()
    assert not course.told
    assert course.hits(500) == 600


@st.composite
def courses(draw: st.DrawFn) -> Course:
    places, each = draw(st.lists(st.floats(0, 2000), max_size=30).map(sorted)), draw(st.floats(0.1, 1e6))
    course = Course(1000, each * max(len(places), draw(st.floats(0.5, 100))), places, each)
    if draw(st.booleans()):
        course.follow()
    return course


@given(course=courses(), looked=st.floats(0, 1000), more=st.floats(0, 1e9))
def test_more_lines_never_hold_fewer_hits(course: Course, looked: float, more: float) -> None:
    assert 0 <= course.hits(looked) <= course.hits(1000)
    assert course.lines(course.hits(looked) + more) >= looked * (1 - 1e-9)
    assert course.between(looked, 1) >= 0
    assert course.lines(1e12) == pytest.approx(1000)
