"""Payloads of notifications: those that are sent are parsed, others are ignored."""

from __future__ import annotations

from contextlib import closing

import pytest
from django.db import transaction

from logs.models import Channel
from logs.models.postgres import (
    CODES_CHANNEL,
    LINES_CHANNEL,
    notify_code,
    notify_lines,
    open_direct_connection,
    parse_code_payload,
    parse_lines_payload,
)


def test_what_is_sent_is_parsed_after_the_commit(transactional_db: None) -> None:
    with closing(open_direct_connection("test")) as listener, listener.cursor() as cursor:
        cursor.execute(f"LISTEN {LINES_CHANNEL}; LISTEN {CODES_CHANNEL}")
        with transaction.atomic():
            notify_lines({3: 70, 5: 1})
            notify_code(9)
            cursor.execute("SELECT 1")
            assert listener.notifies == []
        cursor.execute("SELECT 1")
        notifications = [(notification.channel, notification.payload) for notification in listener.notifies]
    lines = [parse_lines_payload(payload) for name, payload in notifications if name == LINES_CHANNEL]
    codes = [parse_code_payload(payload) for name, payload in notifications if name == CODES_CHANNEL]
    assert (lines, codes) == ([(3, 70), (5, 1)], [9])


def test_other_readers_and_a_deleted_channel_are_announced_with_the_id_0(
    transactional_db: None, channel: Channel
) -> None:
    channel_id = channel.pk
    with closing(open_direct_connection("test")) as listener, listener.cursor() as cursor:
        cursor.execute(f"LISTEN {LINES_CHANNEL}")
        channel.topic = "no news for listeners"
        channel.save()
        cursor.execute("SELECT 1")
        assert listener.notifies == []
        channel.hidden = True
        channel.save()
        channel.delete()
        cursor.execute("SELECT 1")
        assert [parse_lines_payload(n.payload) for n in listener.notifies] == [(channel_id, 0)] * 2


@pytest.mark.parametrize("payload", ["", "1", "1 2 3", "a b", "1;2"])
def test_a_malformed_payload_is_ignored(payload: str, caplog: pytest.LogCaptureFixture) -> None:
    assert parse_lines_payload(payload) is None
    assert "ignored a notification" in caplog.text


@pytest.mark.parametrize("payload", ["", "-1", "1 2", "²", "x"])
def test_a_malformed_code_payload_is_ignored(payload: str) -> None:
    assert parse_code_payload(payload) is None
