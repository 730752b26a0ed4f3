"""Each line that a program writes to its log is stored once, whatever becomes of the file."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from botbot.monitoring import MetricsCollector
from logs.formats.plan import ImportOptions
from logs.models import Channel, Gap, HeldLine, Kind, Line, Network, OptOut, WatchedFile, WatchedPath
from logs.models.watched import WatchState, read_paths
from logs.watching.first_start import StartError
from logs.watching.watcher import LogWatcher, WatchedElsewhereError
from tests.logs.watching.conftest import Folder

pytestmark = pytest.mark.django_db


def test_what_a_file_holds_already_is_left_alone_and_what_it_gains_is_stored(followed: Folder) -> None:
    assert followed.texts() == []
    followed.write("one", "two")
    followed.look()
    assert followed.texts() == ["one", "two"]
    followed.look()
    assert followed.texts() == ["one", "two"]
    line = Line.objects.earliest("id")
    assert (line.nick, line.kind, line.channel.name) == ("ann", Kind.MESSAGE, "#garden")
    assert any("is not stored: importlogs does that" in sentence for sentence in followed.said)


def test_another_process_goes_on_where_the_first_one_ended(followed: Folder) -> None:
    followed.write("one")
    followed.look()
    followed.restart()
    followed.write("two")
    followed.look()
    assert followed.texts() == ["one", "two"]


def test_a_half_line_is_stored_when_it_is_whole(followed: Folder) -> None:
    followed.write("one")
    data = followed.log.read_bytes()
    followed.log.write_bytes(data[:-3])
    followed.look()
    assert followed.texts() == []
    followed.restart()
    followed.log.write_bytes(data)
    followed.look()
    assert followed.texts() == ["one"]


def test_a_file_that_is_renamed_is_read_to_its_end_and_a_new_one_from_its_beginning(followed: Folder) -> None:
    followed.write("one")
    followed.look()
    followed.write("two")
    followed.log.rename(followed.log.with_suffix(".weechatlog.1"))
    followed.write("three")
    followed.look()
    assert followed.texts() == ["one", "two", "three"]
    # A program may write on to the renamed file until it opens a new one.
    followed.write("four", log=followed.log.with_suffix(".weechatlog.1"))
    followed.write("five")
    followed.look()
    assert sorted(followed.texts()) == sorted(["one", "two", "three", "four", "five"])


def test_several_rotations_between_two_looks(followed: Folder) -> None:
    followed.write("one")
    followed.look()
    followed.restart()
    followed.write("two")
    followed.log.rename(followed.log.with_suffix(".weechatlog.1"))
    followed.write("three")
    followed.log.with_suffix(".weechatlog.1").rename(followed.log.with_suffix(".weechatlog.2"))
    followed.look()
    assert followed.texts() == ["one", "two", "three"]


def test_a_file_rotated_between_two_looks_is_read(folder: Folder) -> None:
    old = folder.log.with_suffix(".weechatlog.1")
    folder.write("old", log=old, at=timezone.now() - timedelta(hours=3))
    folder.write("old", at=timezone.now() - timedelta(hours=2))
    folder.look()
    folder.write("one")
    folder.look()
    folder.restart()
    folder.write("two")
    for number, text in enumerate(("three", "four", "five")):
        for older in (3, 2, 1):
            path = Path(f"{folder.log}.{older}")
            if path.exists():
                path.rename(f"{folder.log}.{older + 1}")
        folder.log.rename(f"{folder.log}.1")
        os.utime(f"{folder.log}.1", (number, number))
        folder.write(text)
    folder.look()
    assert folder.texts() == ["one", "two", "three", "four", "five"]
    folder.restart()
    folder.look()
    assert len(folder.texts()) == 5


def test_a_file_that_is_copied_and_emptied_is_read_to_its_end_in_the_copy(followed: Folder) -> None:
    followed.write("one")
    followed.look()
    followed.write("two")
    copy = followed.log.with_suffix(".weechatlog.1")
    shutil.copyfile(followed.log, copy)
    followed.look()
    assert followed.texts() == ["one", "two"], "the copy is no log of its own"
    followed.write("three")
    shutil.copyfile(followed.log, copy)
    os.truncate(followed.log, 0)
    followed.write("four")
    followed.look()
    assert followed.texts() == ["one", "two", "three", "four"]


def test_a_file_that_is_emptied_is_read_from_its_beginning(followed: Folder) -> None:
    followed.write("one")
    followed.look()
    os.truncate(followed.log, 0)
    followed.look()
    followed.write("two")
    followed.look()
    assert followed.texts() == ["one", "two"]


def test_a_file_that_is_deleted_at_once_is_read_to_its_end_if_it_is_open(followed: Folder) -> None:
    followed.write("one")
    followed.look()
    followed.write("two")
    followed.log.unlink()
    followed.write("three")
    followed.look()
    assert sorted(followed.texts()) == ["one", "three", "two"]


def test_a_file_that_is_replaced_by_a_longer_copy_of_itself_is_read_on(followed: Folder) -> None:
    """As rsync does it."""
    followed.write("one")
    followed.look()
    followed.restart()
    copy = followed.path / ".copy"
    shutil.copyfile(followed.log, copy)
    followed.write("two", log=copy)
    copy.rename(followed.log)
    followed.look()
    assert followed.texts() == ["one", "two"]


@pytest.mark.parametrize("change", ["edited", "cut"])
def test_a_file_whose_past_was_changed_is_read_on_from_its_end_and_says_so(followed: Folder, change: str) -> None:
    followed.write(*(f"line {number}" for number in range(100)))
    followed.look()
    data = followed.log.read_bytes()
    lines = data.splitlines(keepends=True)
    followed.log.write_bytes(data.replace(b"line 95", b"word 95") if change == "edited" else b"".join(lines[:-5]))
    if change == "edited":
        followed.write("nobody knows whether it is new")
    followed.look()
    assert len(followed.texts()) == 100
    assert "It was changed" in followed.row().detail
    followed.write("again")
    followed.look()
    assert followed.texts()[-1] == "again"
    assert len(followed.texts()) == 101


def test_files_of_a_new_day_and_new_folders_are_read_from_their_beginning(folder: Folder) -> None:
    today = timezone.now()
    first = folder.path / "testnet" / "#garden"
    first.mkdir(parents=True)
    yesterday = today - timedelta(days=1)
    (first / f"{yesterday:%Y-%m-%d}.log").write_text("[00:00:01] <ann> old\n")
    (first / "2020-01-01.log").write_text("[00:00:01] <ann> very old\n")
    folder.look()
    with (first / f"{yesterday:%Y-%m-%d}.log").open("a") as file:
        file.write("[00:00:02] <ann> one\n")
    (first / f"{today:%Y-%m-%d}.log").write_text(f"[{today:%H:%M:%S}] <ann> two\n")
    second = folder.path / "testnet" / "#pond"
    second.mkdir()
    (second / f"{today:%Y-%m-%d}.log").write_text(f"[{today:%H:%M:%S}] <bob> three\n")
    # Old logs that somebody copies there are no news.
    (second / "2020-01-01.log").write_text("[00:00:01] <ann> very old\n")
    folder.look()
    assert folder.texts() == ["one", "two", "three"]


def test_rows_of_days_that_are_over_are_deleted_and_their_files_not_read_again(folder: Folder) -> None:
    place = folder.path / "testnet" / "#garden"
    place.mkdir(parents=True)
    today = timezone.now()
    (place / f"{today:%Y-%m-%d}.log").write_text("[00:00:00] <ann> old\n")
    folder.look()
    long_ago = today - timedelta(days=20)
    WatchedPath.objects.update(closed_before=long_ago.date())
    folder.restart()
    for days in range(1, 20):
        day = today - timedelta(days=days)
        (place / f"{day:%Y-%m-%d}.log").write_text(f"[00:00:00] <ann> {days} days ago\n")
    folder.look()
    assert folder.texts() == [f"{days} days ago" for days in range(19, 0, -1)], "the watcher was away for so long"
    folder.look()
    assert not WatchedFile.objects.filter(day__lt=(today - timedelta(days=8)).date()).exists()
    folder.restart()
    folder.look()
    assert len(folder.texts()) == 19


def test_old_lines_are_imported_first_where_that_is_wished(folder: Folder) -> None:
    folder.write("one", "two")
    folder.restart(from_start=True)
    folder.look()
    folder.write("three")
    folder.look()
    assert folder.texts() == ["one", "two", "three"]
    # Killed before that was noted, and lines came meanwhile.
    WatchedPath.objects.update(imports_old=True)
    folder.restart(from_start=True)
    folder.write("four")
    folder.look()
    assert folder.texts() == ["one", "two", "three", "four"]


def test_new_channels_are_hidden_unless_they_are_to_be_shown(folder: Folder) -> None:
    folder.write("old")
    folder.restart(shows_new=False)
    folder.look()
    assert Channel.objects.get().hidden
    assert "Hidden until an administrator shows them: #garden on testnet." in folder.said
    folder.restart(shows_new=False)
    folder.write("x", log=folder.path / "irc.testnet.#pond.weechatlog")
    folder.look()
    assert Channel.objects.get(name="#pond").hidden


def test_conversations_with_people_and_packed_files_are_no_logs(followed: Folder) -> None:
    followed.write("private", log=followed.path / "irc.testnet.bob.weechatlog")
    (followed.path / "irc.testnet.#packed.weechatlog.gz").write_bytes(b"\x1f\x8b" + b"x" * 100)
    followed.look()
    assert followed.texts() == []
    assert WatchedFile.objects.count() == 1
    assert WatchedPath.objects.get().ignored == 2


def test_a_line_that_is_not_understood_is_counted_and_not_stored(followed: Folder) -> None:
    with followed.log.open("a") as file:
        file.write("Segmentation fault\there\n")
    followed.write("one")
    followed.write("tomorrow", at=timezone.now() + timedelta(hours=1))
    followed.look()
    assert followed.texts() == ["one"]
    row = followed.row()
    assert (row.lines, row.unparsed) == (1, 2)
    assert "the future" in row.detail


def test_local_times_without_a_zone_are_a_question(folder: Folder) -> None:
    folder.log.write_text("2026-01-01 10:00:00\tann\told\n")
    folder.restart(files=ImportOptions())
    with pytest.raises(StartError, match="say --timezone"):
        folder.look()
    assert not WatchedFile.objects.exists()


def test_a_wrong_zone_is_noticed_before_its_first_line_is_stored(folder: Folder) -> None:
    def write(text: str, hours: int) -> None:
        at = datetime.now(UTC) - timedelta(hours=hours)
        with folder.log.open("a") as file:
            file.write(f"{at:%Y-%m-%d %H:%M:%S}\tann\t{text}\n")

    folder.log.touch()
    folder.look()
    write("one", hours=2)
    folder.look()
    assert folder.texts() == []
    assert "is --timezone right?" in folder.row().detail
    write("two", hours=0)
    folder.look()
    assert folder.texts() == ["one", "two"], "the zone is right, and the last line was old"


def test_a_channel_that_the_bot_logs_is_refused_until_the_bot_has_left(followed: Folder) -> None:
    followed.write("one")
    followed.look()
    Network.objects.update(host="irc.example.org", wanted=True)
    Channel.objects.update(wanted=True)
    followed.write("two, which the bot has, too")
    followed.look()
    assert followed.texts() == ["one"]
    assert "The bot logs #garden on testnet" in followed.row().detail
    assert followed.row().state == WatchState.REFUSED
    Gap.objects.create(channel=Channel.objects.get(), from_at=timezone.now(), reason="left")
    Channel.objects.update(wanted=False)
    followed.restart()
    followed.look()
    followed.write("three")
    followed.look()
    assert followed.texts() == ["one", "three"]
    assert not Gap.objects.filter(to_at=None).exists()


def test_a_start_is_refused_where_the_bot_logs_everything(folder: Folder, channel: Channel) -> None:
    Network.objects.update(host="irc.example.org", wanted=True)
    Channel.objects.update(wanted=True)
    folder.write("old")
    with pytest.raises(StartError, match="The bot logs #garden on testnet: each line would be there twice"):
        folder.look()
    Channel.objects.update(wanted=False)
    folder.restart()
    folder.look()
    assert folder.row().state == WatchState.FOLLOWED


def test_a_second_log_of_a_channel_is_refused(followed: Folder) -> None:
    other = followed.path / "testnet" / "#garden"
    other.mkdir(parents=True)
    (other / f"{timezone.now():%Y-%m-%d}.log").write_text("[00:00:00] <ann> one\n")
    followed.write("one")
    followed.look()
    assert followed.texts() == ["one"]
    refused = WatchedFile.objects.get(state=WatchState.REFUSED)
    assert "is followed in" in refused.detail


@pytest.mark.parametrize("where", ["the same", "above", "below"])
def test_two_watchers_do_not_follow_one_file(followed: Folder, where: str) -> None:
    path = {"the same": followed.path, "above": followed.path.parent, "below": followed.log}[where]
    second = LogWatcher([path], followed.options)
    with pytest.raises(WatchedElsewhereError, match=r"Another watchlogs follows .*/logs"):
        second.follow_now()
    second.close()
    elsewhere = LogWatcher([path.parent.parent / "elsewhere"], followed.options)
    elsewhere.follow_now()
    elsewhere.close()


def test_a_single_file_is_followed_with_what_it_is_renamed_to(folder: Folder) -> None:
    folder.write("old")
    folder.write("other", log=folder.path / "irc.testnet.#pond.weechatlog")
    folder.watcher(folder.log)
    folder.look()
    folder.write("one")
    folder.look()
    folder.write("two")
    folder.log.rename(f"{folder.log}.1")
    folder.write("three")
    folder.write("other", log=folder.path / "irc.testnet.#pond.weechatlog")
    folder.look()
    assert folder.texts() == ["one", "two", "three"]


def test_a_deleted_channel_does_not_come_back(followed: Folder) -> None:
    Channel.objects.all().delete()
    followed.write("one")
    followed.look()
    followed.restart()
    followed.look()
    assert not Channel.objects.exists()
    assert followed.row().detail == "Its channel was deleted."


def test_the_settings_of_the_channel_apply(followed: Folder) -> None:
    Channel.objects.update(keeps_joins=False)
    OptOut.objects.create(network=Network.objects.get(), nick="carl")
    with followed.log.open("a") as file:
        file.write(f"{timezone.now():%Y-%m-%d %H:%M:%S}Z\t-->\tbob (b@host.example) has joined #garden\n")
    followed.write("[off] secret", "one")
    with followed.log.open("a") as file:
        file.write("a second line of it\n")
    followed.write("[off] again")
    followed.look()
    with followed.log.open("a") as file:
        file.write("and its second line\n")
    followed.write("nothing", nick="carl")
    followed.look()
    lines = Line.objects.order_by("id").values_list("kind", "nick", "text")
    said = [(Kind.MESSAGE, "ann", "one"), (Kind.MESSAGE, "ann", "a second line of it"), (Kind.UNLOGGED, "", "")]
    assert list(lines) == said


def test_what_is_said_in_a_pause_is_not_stored_also_if_it_is_read_later(followed: Folder) -> None:
    now = timezone.now()
    followed.write("one", at=now - timedelta(minutes=3))
    followed.look()
    Channel.objects.update(paused=True)
    followed.write("two")
    followed.look()
    Channel.objects.update(paused=False)
    gap = Gap.objects.get()
    assert gap.reason == "paused"
    assert gap.to_at is not None
    # The pause was an hour long, and nobody read the file in it.
    Gap.objects.update(from_at=now - timedelta(minutes=2), to_at=now - timedelta(minutes=1))
    followed.write("three", at=now - timedelta(seconds=90))
    followed.write("four", at=now - timedelta(seconds=30))
    followed.look()
    assert followed.texts() == ["one", "four"]


def test_delayed_and_flooding_lines_are_held(followed: Folder, settings: object) -> None:
    settings.FLOOD_LINES, settings.FLOOD_SECONDS = 3, 10  # type: ignore[attr-defined]
    followed.write(*(f"flood {number}" for number in range(6)), nick="eve")
    followed.write("calm")
    followed.look()
    assert followed.texts() == ["calm"]
    assert HeldLine.objects.filter(nick="eve").count() == 6
    Channel.objects.update(delay=60)
    followed.write("later")
    followed.look()
    assert followed.texts() == ["calm"]
    assert HeldLine.objects.filter(text="later").exists()


def test_a_topic_becomes_that_of_the_channel(followed: Folder) -> None:
    with followed.log.open("a") as file:
        now = f"{timezone.now():%Y-%m-%d %H:%M:%S}Z"
        file.write(f'{now}\t--\tann has changed topic for #garden from "a" to "bees"\n')
    followed.look()
    assert Channel.objects.get().topic == "bees"


def test_a_hundred_thousand_bytes_of_one_line_and_many_files_are_bounded(
    followed: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with followed.log.open("a") as file:
        file.write("x" * 400_000)
    followed.look()
    with followed.log.open("a") as file:
        file.write("x\n")
    followed.write("one")
    followed.look()
    assert followed.texts() == ["one"]
    monkeypatch.setattr("logs.watching.table.MAX_FILES", 1)
    followed.write("x", log=followed.path / "irc.testnet.#pond.weechatlog")
    followed.look()
    assert WatchedPath.objects.get().problem == "It has 2 files, of which 1 are looked at."
    monkeypatch.setattr("logs.watching.files.MAX_OPEN_FILES", 1)
    monkeypatch.setattr("logs.watching.table.MAX_FILES", 100)
    followed.look()
    followed.write("y", log=followed.path / "irc.testnet.#pond.weechatlog")
    followed.write("two")
    followed.look()
    assert followed.texts() == ["one", "two", "x", "y"]


def test_the_lines_of_deleted_rows_stay_counted(followed: Folder) -> None:
    place = followed.path / "testnet" / "#pond"
    place.mkdir(parents=True)
    day = timezone.now() - timedelta(days=10)
    WatchedPath.objects.update(closed_before=day.date())
    followed.restart()
    for number in range(2):
        name = f"{day + timedelta(days=number):%Y-%m-%d}.log"
        (place / name).write_text("[00:00:00] <ann> one\n" * 20 + "[00:00:01 nothing\n")
    followed.look()
    followed.look()
    (status,) = read_paths()
    assert (status.lines, status.unparsed) == (40, 2)
    assert WatchedFile.objects.filter(day__isnull=False).count() == 1


def test_metrics_count_what_is_followed_and_what_is_not_stored(followed: Folder) -> None:
    with followed.log.open("a") as file:
        file.write("no line\tat all\n")
    followed.write("one")
    followed.look()
    samples = [sample for family in MetricsCollector().collect() for sample in family.samples]
    values = {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}
    assert values["botbot_watch_silent"] == 0
    assert values["botbot_watch_files followed"] == 1
    assert values["botbot_watch_lines_total"] == 1
    assert values["botbot_watch_unparsed_total"] == 1
    WatchedPath.objects.update(seen_at=None)
    (silent,) = [one for family in MetricsCollector().collect() for one in family.samples if "silent" in one.name]
    assert silent.value == 1
