from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.text.names import channel_to_segment, fold, fold_account, is_channel, segment_to_channel

CHANNELS = st.text(
    st.sampled_from("#&+!%/.25EFef?é😀a") | st.characters(exclude_categories=["Cs"]), max_size=20
).flatmap(lambda rest: st.sampled_from("#&+!").map(lambda prefix: prefix + rest))


@given(CHANNELS.filter(is_channel))
def test_every_channel_has_an_address_of_its_own(name: str) -> None:
    segment = channel_to_segment(name)
    assert segment_to_channel(segment) == name
    assert segment_to_channel(unquote(quote(segment, safe=""))) == name
    assert segment not in {"", ".", ".."}
    assert "/" not in segment


@given(CHANNELS.filter(is_channel), CHANNELS.filter(is_channel))
def test_two_channels_never_share_an_address(one: str, other: str) -> None:
    assert (channel_to_segment(one) == channel_to_segment(other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "segment"),
    [("#c", "c"), ("##c", "#c"), ("&c", "&c"), ("#&c", "#&c"), ("#", "#"), ("#a/b", "a%2Fb"), ("#..", "%2E%2E")],
)
def test_addresses_are_short_where_nothing_else_could_be_meant(name: str, segment: str) -> None:
    assert channel_to_segment(name) == segment


@pytest.mark.parametrize("name", ["", "c", "#a b", "#a,b", "#a\x00", "#a\x07", "#a\n", "#" + "a" * 200])
def test_what_no_server_could_have_is_no_channel(name: str) -> None:
    assert not is_channel(name)


def test_folding_depends_on_the_server() -> None:
    assert fold("#A[]~", "ascii") == "#a[]~"
    assert fold("#A[]~", "rfc1459-strict") == "#a{}~"
    assert fold("#A[]~", "rfc1459") == "#a{}^"


def test_accounts_fold_as_services_do() -> None:
    assert fold_account("Victim[") == "victim["
    assert fold_account("Victim[") != fold_account("victim{")
    assert fold_account("ÄRGER") == "Ärger", "only ASCII letters"
