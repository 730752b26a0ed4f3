"""Reloads: how the processes of a site know how far one is."""

from __future__ import annotations

import os
from collections.abc import Callable

from botbot.reloads import Reloads


def in_process(reloads: Reloads, act: Callable[[], object]) -> None:
    """Do something in a forked process, as a new worker does."""
    if pid := os.fork():
        assert os.waitpid(pid, 0)[1] == 0
    else:
        reloads.enter()
        act()
        os._exit(0)


def test_an_old_process_waits_for_as_many_new_ones_as_there_will_be() -> None:
    reloads = Reloads()
    reloads.enter()
    assert not reloads.must_wait
    reloads.begin(2)
    assert reloads.must_wait
    in_process(reloads, reloads.note_ready)
    assert reloads.must_wait
    assert not reloads.is_replaced
    in_process(reloads, reloads.note_ready)
    assert not reloads.must_wait
    assert reloads.is_replaced
    reloads.wait()


def test_it_waits_no_longer_when_a_new_one_ends_before_it_was_ready() -> None:
    reloads = Reloads()
    reloads.begin(2)
    in_process(reloads, reloads.note_ready)
    in_process(reloads, reloads.note_end)
    assert not reloads.must_wait
    assert not reloads.is_replaced


def test_processes_of_an_earlier_reload_do_not_count() -> None:
    reloads = Reloads()
    reloads.begin(1)
    second = Reloads()
    in_process(second, second.note_end)  # of another site
    reloads.enter()
    reloads.begin(1)
    reloads.note_end()
    reloads.note_ready()
    assert reloads.must_wait
    in_process(reloads, reloads.note_ready)
    assert reloads.is_replaced
    # One that ends after it was ready changes nothing.
    in_process(reloads, lambda: (reloads.note_ready(), reloads.note_end()))
    assert reloads.is_replaced
