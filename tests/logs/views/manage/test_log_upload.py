"""The owner's page of imports: a look first, then the import; and the page that gives the log out again."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from logs.imports import upload
from logs.models import Act, Channel, Fill, Gap, Line, Upload
from tests.conftest import Say
from tests.logs.formats.reading import PIECES
from tests.logs.formats.test_chat_exports import lounge
from tests.logs.views.test_who_sees_what import visitor

pytestmark = pytest.mark.django_db

ZNC = "[12:00:00] <ada> hi\n[12:00:01] * ada waves\nnoise <b>\n" + "[12:01:00] <bob> ho\n" * 20
NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def owner(channel: Channel) -> Client:
    return visitor("owner", channel)


def send(client: Client, content: bytes | str = b"", name: str = "2020-01-02.log", **fields: object) -> HttpResponse:
    if content:
        fields["file"] = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
    return client.post("/testnet/garden/manage/import/", fields)  # type: ignore[return-value]


def body(response: HttpResponse) -> str:
    return response.content.decode()


def kept_upload() -> int:
    return int(Upload.objects.get().pk)


def test_an_upload_is_previewed_and_then_imported(owner: Client, channel: Channel) -> None:
    preview = send(owner, ZNC, timezone="UTC")
    assert preview.status_code == 200
    assert "2020-01-02.log: 22 lines, 22 would be stored, 0 known already, 1 not understood" in body(preview)
    assert "2020-01-02.log:3: not understood: &#39;noise &lt;b&gt;&#39;" in body(preview)
    assert "2020-01-02 12:00:01Z action ada waves" in body(preview)
    assert not Line.objects.exists()
    stored = send(owner, kept=kept_upload(), store="1", timezone="UTC")
    assert stored.status_code == 200
    assert "22 lines are stored" in body(stored)
    assert Line.objects.filter(channel=channel).count() == 22
    assert not Upload.objects.exists()
    assert "imported 22 lines from 2020-01-02.log" in Act.objects.latest("pk").what


@pytest.mark.parametrize("number", ["", ', "id": 5'])
def test_every_line_of_an_upload_names_its_source(owner: Client, channel: Channel, say: Say, number: str) -> None:
    """Also where the file gives ids, and an account that only the owner vouches for."""
    say(channel, "bob", "recorded by the bot", at=NOON)
    line = f'{{"at": "2020-01-02T13:00:00Z", "kind": "message", "nick": "ann", "text": "x", "account": "ann"{number}}}'
    send(owner, line + "\n", name="mine.jsonl")
    assert send(owner, kept=kept_upload(), store="1").status_code == 200
    page = body(owner.get("/testnet/garden/2020-01-02/"))
    assert page.count('data-source="mine.jsonl, uploaded by an owner"') == 1
    assert page.count("data-source=") == 1


def test_the_zone_is_asked_for_and_the_file_stays(owner: Client) -> None:
    response = send(owner, ZNC, fill="on")
    assert response.status_code == 400
    assert "ZNC or soju has no time zone: please enter it here." in body(response)
    assert "2020-01-02.log is uploaded" in body(response)
    assert 'name="fill" id="id_fill" checked' in body(response) or "checked" in body(response)
    assert send(owner, kept=kept_upload(), store="1").status_code == 400
    assert not Line.objects.exists()
    again = send(owner, kept=kept_upload(), timezone="Europe/Berlin")
    assert "22 would be stored" in body(again)
    assert "2020-01-02 11:00:00Z message ada hi" in body(again)


def test_a_wrong_zone_keeps_the_file_and_offers_the_right_one(owner: Client) -> None:
    wrong = send(owner, ZNC, timezone="Berlin", fill="on")
    assert wrong.status_code == 400
    assert "There is no time zone Berlin. Do you mean Europe/Berlin?" in body(wrong)
    assert '<option value="Europe/Berlin">' in body(wrong)
    assert "2020-01-02.log is uploaded" in body(wrong)
    assert "22 would be stored" in body(send(owner, kept=kept_upload(), timezone="Europe/Berlin"))


def test_only_what_the_bot_missed(owner: Client, channel: Channel, say: Say) -> None:
    say(channel, "ada", "hi", at=NOON)
    Gap.objects.create(channel=channel, from_at=NOON, to_at=NOON + timedelta(seconds=30), reason="stopped")
    send(owner, "[12:00:00] <ada> hi\n[12:00:10] <bob> missed\n[12:09:00] <bob> heard\n", timezone="UTC", fill="on")
    send(owner, kept=kept_upload(), store="1", timezone="UTC", fill="on")
    assert list(Line.objects.order_by("id").values_list("text", flat=True)) == ["hi", "missed"]
    assert Fill.objects.get().name == "2020-01-02.log"
    assert not Gap.objects.exists()


def test_packed_files_are_read(owner: Client) -> None:
    assert "22 would be stored" in body(send(owner, gzip.compress(ZNC.encode()), "2020-01-02.log.gz", timezone="UTC"))


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "me.png", "Of the formats known here it has none"),
        (gzip.compress(b"[12:00:00] <ada> hi\n" * 500)[:-9], "2020-01-02.gz", "It cannot be read to its end"),
        (
            gzip.compress(b"[12:00:00] <a> %b\n" % (b"x" * 600) * 35_000),
            "2020-01-02.gz",
            "It is too large when unpacked",
        ),
        (b"SQLite format 3\0" + b"junk" * 100, "logs.sqlite", "logs.sqlite: "),
        (b"[12:00:00] <ada> hi\n", "2099-01-02.log", "which cannot be: is the year wrong?"),
        (b"", "", "Choose a log file."),
        (b"x" * (upload.MAX_UPLOAD_BYTES + 1), "x", "The file is too large for this page"),
    ],
)
def test_what_cannot_be_imported_is_reported(owner: Client, content: bytes, name: str, sentence: str) -> None:
    response = send(owner, content, name, timezone="UTC")
    assert response.status_code == 400
    assert sentence in body(response)
    assert "/upload-" not in body(response)
    assert not Line.objects.exists()


def test_a_table_of_many_channels_gives_this_one_its_own(owner: Client, channel: Channel) -> None:
    table = "channel,timestamp,nick,text,command\n#garden,2014-03-01 12:00:00,ada,hi,PRIVMSG\n"
    table += "#pond,2014-03-01 12:00:00,eve,elsewhere,PRIVMSG\n"
    send(owner, table, "log.csv")
    send(owner, kept=kept_upload(), store="1")
    assert list(Line.objects.values_list("nick", "text")) == [("ada", "hi")]


@pytest.mark.parametrize("text", ["half of \\ud800", "\\udc00\\ud800"])
def test_half_a_surrogate_pair_is_a_question_mark(owner: Client, text: str) -> None:
    line = f'{{"at":"2020-01-02T12:00:00+00:00","kind":"message","nick":"ada\\ud800","text":"{text}"}}'
    filled = '{"kind":"filled","first":1,"last":1,"from":"\\ud800"}'
    preview = send(owner, f"{filled}\n{line}\n", "log.jsonl")
    assert preview.status_code == 200
    send(owner, kept=kept_upload(), store="1")
    assert Line.objects.get().nick == "ada?"
    assert Line.objects.get().text.count("?") == text.count("u")


def test_a_file_name_of_a_hundred_emoji_is_a_name(owner: Client) -> None:
    preview = send(owner, ZNC, "\U0001f600" * 100, timezone="UTC")
    assert preview.status_code == 400
    assert "\U0001f600 is uploaded" in body(preview)
    assert "the day" in body(preview)


def test_a_wrong_zone_is_reported_and_what_was_typed_stays(owner: Client) -> None:
    response = send(owner, ZNC, timezone="Mars/Olympus", format="znc")
    assert response.status_code == 400
    assert "There is no time zone Mars/Olympus." in body(response)
    assert 'value="Mars/Olympus"' in body(response)
    assert 'value="znc" selected' in body(response)


@pytest.mark.parametrize("number", ["", "0", "x", "9" * 30])
def test_a_file_that_is_not_there_any_more_is_asked_for(owner: Client, number: str) -> None:
    assert "Choose a log file." in body(send(owner, kept=number, store="1", timezone="UTC"))


def test_an_upload_belongs_to_the_one_who_sent_it(owner: Client, channel: Channel) -> None:
    send(owner, ZNC, timezone="UTC")
    admin = visitor("admin", channel)
    assert "Choose a log file" in body(send(admin, kept=kept_upload(), store="1", timezone="UTC"))


def test_uploads_that_are_not_imported_expire(owner: Client) -> None:
    send(owner, ZNC, timezone="UTC")
    Upload.objects.update(sent_at=timezone.now() - timedelta(minutes=59))
    assert upload.delete_expired_uploads() == 0
    Upload.objects.update(sent_at=timezone.now() - timedelta(minutes=61))
    assert upload.delete_expired_uploads() == 1


def export(client: Client, **fields: str) -> HttpResponse:
    return client.get("/testnet/garden/manage/export", fields)  # type: ignore[return-value]


def content(response: HttpResponse) -> bytes:
    return b"".join(response)


def test_an_owner_exports_everything(owner: Client, channel: Channel, say: Say) -> None:
    say(channel, "ann", "caf\u00e9\x02", account="ann", msgid="m1")
    response = export(owner)
    row = json.loads(content(response))
    assert (row["nick"], row["text"], row["kind"]) == ("ann", "caf\u00e9\x02", "message")
    assert (row["account"], row["msgid"], row["id"]) == ("ann", "m1", 1)
    assert response["Content-Disposition"] == 'attachment; filename="testnet-garden.jsonl"'
    assert Act.objects.latest("pk").what == "exported the log as jsonl"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("irssi", "--- Log opened Fri Jan 03 00:30:00 2020\n00:30 < ann> two\n"),
        ("weechat", "2020-01-02 23:30:00.000000Z\tann\ttwo\n"),
    ],
)
def test_an_owner_exports_a_day_of_a_zone_as_text(
    owner: Client, channel: Channel, say: Say, form: str, expected: str
) -> None:
    for text, hours in (("one", 10.9), ("two", 11.5), ("three", 35.5)):
        say(channel, "ann", text, at=NOON + timedelta(hours=hours))
    day = {"since": "2020-01-03", "until": "2020-01-03", "timezone": "Europe/Berlin"}
    assert content(export(owner, format=form, **day)).decode() == expected


def test_znc_comes_zipped_a_file_a_day(owner: Client, channel: Channel, say: Say) -> None:
    for text, hours in (("one", 0), ("two", 24)):
        say(channel, "ann", text, at=NOON + timedelta(hours=hours))
    archive = zipfile.ZipFile(io.BytesIO(content(export(owner, format="znc", timezone="UTC"))))
    assert {name: archive.read(name) for name in archive.namelist()} == {
        "testnet/#garden/2020-01-02.log": b"[12:00:00] <ann> one\n",
        "testnet/#garden/2020-01-03.log": b"[12:00:00] <ann> two\n",
    }


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"format": "hexchat", "timezone": "UTC"}, "Select a valid choice"),
        ({"format": "irssi", "timezone": "Mars"}, "There is no time zone Mars."),
        ({"format": "irssi", "timezone": "UTC", "since": "2020-02-30"}, "Enter a valid date"),
        (
            {"format": "irssi", "timezone": "UTC", "since": "2020-02-02", "until": "2020-02-01"},
            "The first day is after the last one.",
        ),
    ],
)
def test_an_impossible_export_is_reported(owner: Client, fields: dict[str, str], sentence: str) -> None:
    response = export(owner, **fields)
    assert response.status_code == 400
    assert sentence in body(response)


def test_an_export_of_another_chat_is_imported_into_the_channel(owner: Client) -> None:
    """Taken apart in the process with limits."""
    content = (PIECES / "discord" / "export.json").read_bytes()
    preview = body(send(owner, content, "export.json"))
    assert "export.json/#general.jsonl: 7 lines, 7 would be stored, 0 known already, 2 not understood" in preview
    assert "channel #general from its path" in preview
    send(owner, kept=kept_upload(), store="1")
    assert Line.objects.filter(nick="bridge", text="<carl> from IRC").exists()
    assert Line.objects.count() == 7


def test_a_database_of_a_client_gives_the_channel_its_own(owner: Client, tmp_path: Path) -> None:
    said = {"from": {"nick": "ada"}, "text": "hi"}
    network = "8c5f3a5e-1111-4222-8333-0123456789ab"
    rows = [(network, channel, "message", said) for channel in ("#garden", "#pond", "berta")]
    path = lounge(tmp_path / "ada.sqlite3", rows)
    send(owner, path.read_bytes(), "ada.sqlite3")
    send(owner, kept=kept_upload(), store="1")
    assert list(Line.objects.values_list("channel__name", "nick", "text")) == [("#garden", "ada", "hi")]


RUSSIAN = "".join(f"[12:00:{n:02}] <anna> Привет, как дела сегодня?\n" for n in range(30))


def test_an_encoding_in_doubt_is_asked_for_with_a_guess_and_a_preview(owner: Client) -> None:
    response = send(owner, RUSSIAN.encode("koi8-r"), timezone="UTC")
    assert response.status_code == 400
    assert "Its encoding is in doubt: in koi8_r it has" in body(response)
    assert "Please choose it here." in body(response)
    assert '<option value="koi8_r" selected>' in body(response)
    assert "--encoding" not in body(response)
    # Nothing is stored before the owner has looked.
    assert send(owner, kept=kept_upload(), store="1", timezone="UTC").status_code == 400
    assert not Line.objects.exists()
    wrong = send(owner, kept=kept_upload(), encoding="cp866", timezone="UTC")
    assert "Привет" not in body(wrong)
    right = send(owner, kept=kept_upload(), encoding="koi8_r", timezone="UTC")
    assert "30 lines, 30 would be stored" in body(right)
    assert "message anna Привет, как дела сегодня?" in body(right)
    send(owner, kept=kept_upload(), encoding="koi8_r", timezone="UTC", store="1")
    assert set(Line.objects.values_list("text", flat=True)) == {"Привет, как дела сегодня?"}


@pytest.mark.parametrize("encoding", ["utf-7", "x" * 100, "unicode_escape"])
def test_an_encoding_that_is_not_offered_is_refused(owner: Client, encoding: str) -> None:
    response = send(owner, ZNC, timezone="UTC", encoding=encoding)
    assert response.status_code == 400
    assert "Select a valid choice" in body(response)


def test_a_preview_shows_what_the_lines_became(owner: Client) -> None:
    page = body(send(owner, ZNC, timezone="Europe/Berlin"))
    assert "from 2020-01-02 to 2020-01-02 (UTC), most lines by bob 20, ada 2" in page
    assert "message: 21 lines" in page
    assert "[12:00:00] &lt;ada&gt; hi\n→ 2020-01-02 11:00:00Z message ada hi" in page
    assert "action: 1 line<" in page
    assert page.index("not understood: ") < page.index("What the lines became")
    done = body(send(owner, kept=kept_upload(), store="1", timezone="UTC"))
    assert "What the lines became" not in done


def test_what_a_file_says_of_its_channel_is_shown_and_another_one_warned_of(owner: Client) -> None:
    text = "Session Start: Thu Jan 02 12:00:00 2020\nSession Ident: #pond\n[12:00] <ada> hi\n"
    page = body(send(owner, text, name="#pond.Rizon.log", timezone="UTC"))
    assert "Its lines say that it is the log of #pond, not of #garden." in page
    assert "#pond.Rizon.log says: network Rizon from its name, channel #pond from its lines" in page
    page = body(send(owner, text.replace("pond", "garden"), name="x.log", timezone="UTC"))
    assert "x.log says: channel #garden from its lines" in page
    assert "Its lines say" not in page


def test_files_in_doubt_come_first_and_bridges_are_named(owner: Client, channel: Channel) -> None:
    archive = io.BytesIO()
    relayed = "".join(f"[12:00:{n:02}] <relay> <ann> hi {n}\n" for n in range(12))
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a/2020-01-02.log", relayed)
        packed.writestr("b/2020-01-03.log", relayed + "noise\n")
    page = body(send(owner, archive.getvalue(), name="logs.zip", timezone="UTC", format="znc"))
    assert 0 < page.index("b/2020-01-03.log: 12 lines") < page.index("a/2020-01-02.log: 12 lines")
    sentence = "relay is probably a bridge: 24 of its 24 messages begin with another name"
    assert sentence in page
    Channel.objects.filter(pk=channel.pk).update(bridges="Relay")
    assert sentence not in body(send(owner, kept=kept_upload(), timezone="UTC", format="znc"))
