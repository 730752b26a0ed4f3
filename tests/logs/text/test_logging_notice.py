"""Which topics announce a log, and which only seem to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.text.logging_notice import Announcement, read_announcement

SITE = "logs.example.org"
PATH = "/net/%C3%84rger.no/"
ADDRESS = f"https://{SITE}{PATH}"


def read(topic: str) -> Announcement:
    return read_announcement(topic, SITE, PATH).announcement


@pytest.mark.parametrize(
    "topic",
    [
        f"This channel is publicly logged: {ADDRESS}",
        f"\x02This channel is publicly logged:\x02 \x0304{ADDRESS}",
        f"No spam, don't flood | This channel is publicly logged: {ADDRESS} | Never paste here",
        f"Please don't flood. This channel is publicly logged: {ADDRESS}",
        f"Roses, see https://not.example/never/ | {ADDRESS}2026/",
        "https://logs.example.org/net/Ärger.no",
        "(https://logs.example.org/NET/%C3%A4rger.no/).",
        "logs.example.org.",
        "Logs:logs.example.org/",
        "http://LOGS.example.org:8000/",
        f"Logs:{ADDRESS}|Roses",
        f"Roses|{ADDRESS}",
        f"Welcome to #Ärger.no! \N{SCROLL} Öffentliche Logs unter {ADDRESS}",
        f"Les archives publiques de ce canal sont ici : {ADDRESS}",
        f"このチャンネルのログ：{ADDRESS}",
        f"Paste at https://paste.example/. Logs: {ADDRESS}",
        f"Everything you say here is logged by botbot: {ADDRESS}",
        "Logs of another channel https://logs.example.org/net/pond/, ours http://logs.example.org/net/Ärger.no/?x",
    ],
)
def test_the_address_of_the_log_is_a_notice(topic: str) -> None:
    assert read(topic) is Announcement.CLEAR


@pytest.mark.parametrize(
    "topic",
    [
        "Public logging of this channel is forbidden",
        "public logs prohibited here",
        "We stopped public logging",
        f"do NOT read {SITE}/ - we are not logged there any more",
        "Public logging is disabled",
        "No public logging",
        "this channel is NOT publicly logged",
        "public logging isn’t allowed here",
        f"{ADDRESS} is the former log",
        f"{ADDRESS}. Not any more!",
        f"We stopped logging. {ADDRESS}",
        f"Public logging is disabled | {ADDRESS}",
        f"_not_ logged at {ADDRESS}",
        f"🚫 {ADDRESS}",
        f"Nicht mehr auf {ADDRESS}",
        f"Kein Protokoll auf {ADDRESS}",
        f"Ce canal n'est plus archivé sur {ADDRESS}",
        f"Interdit: {ADDRESS}",
        f"Ya NO se registra en {ADDRESS}",
        f"Prohibido: {ADDRESS}",
        f"Canale non più registrato su {ADDRESS}",
        f"Vietato {ADDRESS}",
        f"Канал больше не пишется: {ADDRESS}",
        f"Запрещено: {ADDRESS}",
        f"N\N{ZERO WIDTH SPACE}OT logged at {ADDRESS}",
        f"ＮＯＴ logged at {ADDRESS}",
        f"Don´t read {ADDRESS}",
    ],
)
def test_a_negation_near_the_log_is_no_notice(topic: str) -> None:
    assert read(topic) is Announcement.NEGATED


@pytest.mark.parametrize(
    "topic",
    [
        "Roses | publicly logged",
        "Public logs at another place",
        "Ducks. LOGGING is PUBLIC",
        "https://logs.example.org/net/pond/",
        "https://logs.example.org/net/Ärger.no2/",
        f"{ADDRESS}../pond/",
        f"{ADDRESS} (cancelled)",
        f"We left {ADDRESS} in May",
        f"Boycott {ADDRESS}",
        f"n0t logged at {ADDRESS}",
        f"{ADDRESS} - this channel says farewell",
        f"{ADDRESS} ist abgeschafft",
        f"Hier wird nimmer geloggt: {ADDRESS}",
        f"{ADDRESS} : c'est terminé",
        f"Plus de logs sur {ADDRESS}",
        f"{ADDRESS} eliminado",
        f"{ADDRESS} のログは終了しました",
        f"公開ログは廃止 | {ADDRESS}",
        f"{ADDRESS} 已取消",
        f"로그 금지: {ADDRESS}",
        f"{ADDRESS} ללא",
        f"≠ {ADDRESS}",
        f"👎 {ADDRESS}",
    ],
)
def test_other_words_and_pages_ask_the_owner(topic: str) -> None:
    assert read(topic) is Announcement.UNCLEAR


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "Roses",
        "Public channel about catalogs",
        "Public garden | changelog: 1.2",
        "catalogs.example.org",
        "logs.example.org.evil.example",
        "https://evil.example/logs.example.org/",
        "https://evil.example/https://logs.example.org/",
        "ann@logs.example.org",
        "https://evil.example/#logs.example.org",
        "https://evil.example/a,logs.example.org/",
        "https://evil.example/|logs.example.org",
        "https://evil.example:logs.example.org/",
        "https://logs.example.org@evil.example/",
        "https://logs.example.org:secret@evil.example/",
        "https://logs.example.org\\@evil.example/",
        "logs.example.org\u200b.evil.example",
        "logs.example.org\u3002evil.example",
        "https://logs.example.org\u2024evil.example",
        "gopher://logs.example.org/",
        "No spam",
    ],
)
def test_other_topics_announce_no_log(topic: str) -> None:
    assert read(topic) is Announcement.NONE


@given(st.text(st.sampled_from("puliclogsnt |./:äN'\u0301") | st.characters(), max_size=80))
def test_without_the_address_nothing_is_a_notice(topic: str) -> None:
    assert read(topic.replace(SITE, "")) is not Announcement.CLEAR
