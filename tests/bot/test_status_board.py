"""The bot's states in memory, and what of them is written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from bot import status
from bot.status import StatusBoard
from logs.models import BotStatus, Channel, Network
from logs.models.bot_status import State

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def board(channel: Channel) -> StatusBoard:
    board = StatusBoard()
    board.set(channel.network_id, None, State.CONNECTED, "as botbot")
    board.set(channel.network_id, channel.pk, State.JOINED, "")
    write_all(board)
    return board


def write_all(board: StatusBoard) -> None:
    board.write({network for network, _ in board.entries})


def written(channel: Channel | None) -> BotStatus:
    return BotStatus.objects.get(channel=channel)


def test_the_row_of_a_channel_is_written_when_it_changes(board: StatusBoard, channel: Channel) -> None:
    first, first_of_network = written(channel), written(None)
    write_all(board)
    assert written(channel).updated_at == first.updated_at
    assert written(None).updated_at > first_of_network.updated_at, "the network's row tells that the bot is alive"
    board.note_last_line(channel.network_id, channel.pk, AT)
    write_all(board)
    assert written(channel).last_line_at == AT
    board.set(channel.network_id, channel.pk, State.REFUSED, "banned")
    write_all(board)
    assert (written(channel).state, written(channel).detail, written(channel).last_line_at) == ("refused", "banned", AT)


def test_attempts_to_connect_are_one_absence(board: StatusBoard, network: Network) -> None:
    """Readers and administrators are told since when the bot is away, not when it tried last."""
    connected_since = board.entries[network.pk, None].since
    board.set(network.pk, None, State.WAITING, "connection refused")
    away_since = board.entries[network.pk, None].since
    for state in (State.CONNECTING, State.WAITING, State.CONNECTING):
        board.set(network.pk, None, state, "")
    assert board.entries[network.pk, None].since == away_since > connected_since
    board.set(network.pk, None, State.CONNECTED, "")
    assert board.entries[network.pk, None].since > away_since


def test_what_could_not_be_written_is_written_the_next_time(
    board: StatusBoard, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.set(channel.network_id, channel.pk, State.REFUSED, "banned")
    with monkeypatch.context() as patch:
        patch.setattr(status.BotStatus.objects, "bulk_create", _fail)
        with pytest.raises(OperationalError):
            write_all(board)
    write_all(board)
    assert written(channel).state == "refused"


def test_networks_that_another_bot_stores_are_written_once_this_one_stores_them(
    board: StatusBoard, channel: Channel
) -> None:
    other = Network.objects.create(name="other")
    board.set(other.pk, None, State.CONNECTED, "as botbot")
    board.set(channel.network_id, channel.pk, State.REFUSED, "banned")
    board.write({other.pk})
    assert BotStatus.objects.filter(network=other).count() == 1
    assert written(channel).state == "joined"
    board.write({channel.network_id})
    assert written(channel).state == "refused"


def _fail(*_: object, **__: object) -> None:
    raise OperationalError


def test_networks_and_channels_that_are_gone_are_left_out(board: StatusBoard, network: Network) -> None:
    board.set(network.pk, 4711, State.JOINED, "")
    board.set(4711, None, State.CONNECTED, "")
    write_all(board)
    assert BotStatus.objects.count() == 2


def test_many_rows_are_written_in_several_statements(
    board: StatusBoard, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "ROWS_PER_STATEMENT", 2)
    channels = [Channel.objects.create(network=network, name=f"#c{number}") for number in range(5)]
    for channel in channels:
        board.set(network.pk, channel.pk, State.JOINED, "")
    write_all(board)
    assert BotStatus.objects.filter(channel__in=channels, state=State.JOINED).count() == 5
