"""Every right, and every place where a word could stay behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from time import monotonic

import gevent
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from gevent.event import Event

from logs import moderation, privacy, retention
from logs.counts.verification import find_mismatches
from logs.export import WRITERS, Export, snapshot
from logs.formats.log_format import LogLine as Imported
from logs.imports.bulk_load import load_files
from logs.ingest.entry import Entry, FloodDetected, Record, Redacted
from logs.ingest.journal import Journal
from logs.ingest.store import store_lines
from logs.live.backplane import FollowedChannel, database
from logs.models import Act, Channel, Gap, HeldLine, Identity, Kind, Line, Network, OptOut
from logs.models.line import Reason
from logs.privacy import Speaker
from logs.recording.apply import JournalStep, commit_batch, stored_position
from tests.conftest import Say
from tests.logs.views.test_who_sees_what import ADDRESSES
from tests.processes import is_waiting_for_a_lock

pytestmark = pytest.mark.django_db
LIVE = {"live", "api:live", "api:combined_live"}
WORD = "zanzibar7"
ANN = Speaker(account="ann")


def store(entry: Entry) -> None:
    with transaction.atomic():
        store_lines([entry])


def texts(channel: Channel) -> list[tuple[str, str]]:
    return list(Line.objects.filter(channel=channel).order_by("at", "id").values_list("nick", "text"))


def test_a_redacted_line_leaves_a_tombstone_in_its_place(channel: Channel, say: Say) -> None:
    now = timezone.now()
    say(channel, "ann", "before", at=now - timedelta(seconds=2))
    line = say(channel, "ann", WORD, at=now - timedelta(seconds=1))
    say(channel, "ann", "after", at=now)
    assert privacy.redact(channel, [line.id], "root", "a password") == 1
    assert texts(channel) == [("ann", "before"), ("", ""), ("ann", "after")]
    assert Line.objects.get(channel=channel, text="", nick="").kind == Kind.REMOVED
    assert [act.what for act in Act.objects.all()] == ["removed 1 line: a password"]


def test_what_was_redacted_does_not_come_back(channel: Channel, say: Say) -> None:
    at = timezone.now()
    with_id = say(channel, "ann", WORD, at=at, msgid="m1")
    without_account = say(channel, "ann", f"{WORD} again", at=at)
    privacy.redact(channel, [with_id.id, without_account.id], "root")
    store(Entry(channel.pk, at, Kind.MESSAGE, "ann", WORD, msgid="m1"))
    store(Entry(channel.pk, at + timedelta(seconds=1), Kind.MESSAGE, "ann", f"{WORD} again"))
    assert WORD not in str(texts(channel))
    store(Entry(channel.pk, at + timedelta(hours=1), Kind.MESSAGE, "ann", f"{WORD} again"))
    assert texts(channel)[-1] == ("ann", f"{WORD} again"), "said anew, it is another line"


def test_an_import_brings_nothing_back(channel: Channel, say: Say) -> None:
    at = timezone.now() - timedelta(days=2)
    removed = [say(channel, "bob", WORD, at=at), say(channel, "bob", f"{WORD} 2", at=at, msgid="m2")]
    say(channel, "ann", "mine", at=at, account="ann")
    privacy.redact(channel, [line.id for line in removed], "root")
    privacy.erase(channel.network, ANN, "ann")
    privacy.opt_out(channel.network, Speaker("eve", "eve"), "eve")
    now = timezone.now()
    loaded = load_files(
        channel.pk,
        [
            [
                Imported(at, Kind.MESSAGE, "bob", WORD),
                Imported(at, Kind.MESSAGE, "bob", f"{WORD} 2", msgid="m2"),
                Imported(at, Kind.MESSAGE, "ann", "mine", account="Ann"),
                Imported(at, Kind.MESSAGE, "ann", "of a stranger with her nick"),
                Imported(now, Kind.MESSAGE, "eve", "opted out"),
            ]
        ],
    )
    assert loaded[0].lines == 5
    assert [text for _, text in texts(channel) if text] == ["of a stranger with her nick"]


def test_erasing_takes_an_accounts_lines_and_nobody_elses(channel: Channel, say: Say) -> None:
    say(channel, "ann", "mine", account="Ann")
    say(channel, "ann_", "mine under another nick", account="ann")
    say(channel, "ann", "of somebody without an account")
    say(channel, "bob", "ann: yes", account="bob")
    assert privacy.erase(channel.network, ANN, "ann") == 2
    assert sorted(texts(channel)) == [
        ("", ""),
        ("", ""),
        ("ann", "of somebody without an account"),
        ("bob", "ann: yes"),
    ]


@pytest.mark.parametrize("speaker", [Speaker(account="ann["), Speaker(nick="ANN[")])
def test_erasing_compares_names_as_the_network_does(channel: Channel, say: Say, speaker: Speaker) -> None:
    Network.objects.update(casemapping="ascii")
    for name in ("Ann[", "ann{", "ann"):
        say(channel, name, "hi", account=name)
    assert privacy.erase(Network.objects.get(), speaker, "root") == 1
    assert {nick for nick, _ in texts(channel) if nick} == {"ann{", "ann"}


def test_what_was_erased_is_not_stored_from_a_journal_that_was_behind(channel: Channel) -> None:
    said = timezone.now()
    privacy.erase(channel.network, ANN, "ann")
    store(Entry(channel.pk, said, Kind.MESSAGE, "ann", WORD, account="ann"))
    assert texts(channel) == []
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", "later", account="ann"))
    assert texts(channel) == [("ann", "later")]


def test_a_pseudonym_is_stable_in_a_channel_and_another_one_in_the_next(network: Network, say: Say) -> None:
    garden, pond = (Channel.objects.create(network=network, name=name) for name in ("#garden", "#pond"))
    old = timezone.now() - timedelta(days=30)
    say(garden, "ann", "one", at=old, account="ann")
    say(garden, "ann", "two", account="ann")
    say(garden, "bob", "three", account="bob")
    say(pond, "ann", "four", account="ann")
    assert privacy.anonymise(network, ANN, "ann") == 3
    (first, one), (second, two), bob = texts(garden)
    assert (one, two, bob) == ("one", "two", ("bob", "three"))
    assert first == second != texts(pond)[0][0]
    assert "ann" not in first.removeprefix("anon-")
    assert not Line.objects.filter(account="ann").exists()


def test_a_pseudonym_stays_whatever_brings_the_line_again(channel: Channel, say: Say) -> None:
    at = timezone.now() - timedelta(hours=1)
    say(channel, "ann", "one", at=at, account="ann")
    privacy.anonymise(channel.network, ANN, "ann")
    [(name, _)] = texts(channel)
    store(Entry(channel.pk, at + timedelta(minutes=1), Kind.MESSAGE, "ann", "behind in the journal", account="ann"))
    renaming = Imported(at + timedelta(minutes=2), Kind.NICK, "ann", target="annie", account="ann")
    load_files(
        channel.pk, [[Imported(at + timedelta(minutes=2), Kind.MESSAGE, "ann", "imported", account="Ann"), renaming]]
    )
    store(Entry(channel.pk, timezone.now() + timedelta(minutes=1), Kind.MESSAGE, "ann", "later", account="ann"))
    assert texts(channel) == [
        (name, "one"),
        (name, "behind in the journal"),
        (name, "imported"),
        (name, ""),
        (name, "later"),
    ]
    assert Line.objects.get(kind=Kind.NICK).target == name
    assert not Line.objects.filter(account="ann").exists()


def test_new_lines_get_the_pseudonym_until_the_account_uses_its_name_again(channel: Channel, say: Say) -> None:
    identity = Identity.objects.create(network=channel.network, account="ann", nick="ann")
    say(channel, "ann", "one", account="ann")
    privacy.anonymise(channel.network, ANN, "ann")
    new = Channel.objects.create(network=channel.network, name="#new")
    for each_channel in (channel, new):
        store(Entry(each_channel.pk, timezone.now(), Kind.MESSAGE, "ann", "two", account="Ann"))
        assert "ann" not in str(texts(each_channel)).replace("anon-", "")
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", "of a stranger with that nick"))
    assert texts(channel)[-1][0] == "ann"
    assert privacy.find_pseudonyms(identity) == [None, channel]
    privacy.use_name(identity)
    assert privacy.find_pseudonyms(identity) == []
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", "three", account="ann"))
    (pseudonym, _), (same, _), _, (nick, _) = texts(channel)
    assert (pseudonym, nick) == (same, "ann")


def test_lines_under_a_pseudonym_are_still_their_authors_to_erase(channel: Channel, say: Say) -> None:
    at = timezone.now() - timedelta(hours=1)
    say(channel, "ann", WORD, at=at, account="ann")
    say(channel, "bob", "not mine", at=at, account="bob")
    privacy.anonymise(channel.network, ANN, "ann")
    assert privacy.erase(channel.network, ANN, "ann") == 1
    load_files(channel.pk, [[Imported(at, Kind.MESSAGE, "ann", WORD)]])
    assert [text for _, text in texts(channel) if text] == ["not mine"]


def test_an_account_ends_what_a_stranger_has_chosen_for_its_nick(channel: Channel) -> None:
    network = channel.network
    privacy.opt_out(network, Speaker(nick="ann"), "a stranger with a free nick")
    OptOut.objects.create(network=network, nick="ANN", channel=channel)
    OptOut.objects.create(network=network, nick="ann", account="other")
    OptOut.objects.create(network=network, nick="bob")
    identity = Identity.objects.create(network=network, account="ann", nick="Ann")
    applied = [(one.row.account, one.row.nick, one.is_removable) for one in privacy.find_opt_outs(identity)]
    assert applied == [("", "ann", True), ("", "ANN", True), ("other", "ann", False)]
    assert privacy.opt_in(identity) == 2
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", "hello", account="ann"))
    assert texts(channel) == [("ann", "hello")]


def test_an_account_ends_no_opt_out_of_a_nick_that_it_may_not_use_any_more(channel: Channel) -> None:
    identity = Identity.objects.create(network=channel.network, account="ann", nick="ann")
    privacy.opt_out(channel.network, Speaker(nick="ann"), "whoever has the nick now")
    # Rows of one transaction have one time.
    Identity.objects.update(proven_at=timezone.now() - timedelta(minutes=1))
    identity.refresh_from_db()
    assert [one.is_removable for one in privacy.find_opt_outs(identity)] == [False]
    assert privacy.opt_in(identity) == 0
    Identity.objects.update(proven_at=timezone.now())
    identity.refresh_from_db()
    assert privacy.opt_in(identity) == 1


@pytest.mark.parametrize("owner", ["", "ann_of_old"])
def test_the_usual_owner_of_a_nick_ends_what_a_borrower_has_chosen_for_it(
    channel: Channel, say: Say, owner: str
) -> None:
    """The borrower has an account of another name; it stays opted out itself."""
    network = channel.network
    for number in range(3):
        say(channel, "Ann", f"mine {number}", account=owner or None)
    say(channel, "ann", "borrowed", account="mallory")
    say(channel, "bob", "has an account", account="bob")
    privacy.opt_out(network, Speaker("mallory", "ann"), "mallory")
    identity = Identity.objects.create(network=network, account=owner, nick="ann")
    assert [one.is_removable for one in privacy.find_opt_outs(identity)] == [True]
    assert privacy.opt_in(identity) == 1
    assert list(OptOut.objects.values_list("account", "nick")) == [("mallory", "")]
    assert privacy.find_opt_outs(identity) == []
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", "heard again", account=owner or None))
    assert texts(channel)[-1] == ("ann", "heard again")
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", WORD, account="mallory"))
    assert WORD not in str(texts(channel))


def test_a_borrower_does_not_end_what_the_usual_owner_has_chosen(channel: Channel, say: Say) -> None:
    network = channel.network
    guest = Identity.objects.create(network=network, nick="bobby")
    for number in range(3):
        say(channel, "bobby", f"robert's {number}", account="robert")
    say(channel, "bobby", "a guest's")
    privacy.opt_out(network, Speaker("robert", "bobby"), "robert")
    assert privacy.opt_in(guest) == 0
    # Where nobody's account is known, nothing tells whose the nick is; and an account's own name is its own.
    Line.objects.update(account=None)
    assert privacy.opt_in(guest) == 0
    say(channel, "eve", "has one", account="eve")
    assert privacy.opt_in(Identity.objects.create(network=network, nick="robert")) == 0
    OptOut.objects.update(account="Bobby_")
    assert privacy.opt_in(guest) == 0


def test_a_nick_alone_ends_its_own_opt_out_and_no_accounts(channel: Channel) -> None:
    identity = Identity.objects.create(network=channel.network, nick="ann")
    privacy.opt_out(channel.network, Speaker("ann", "ann"), "ann")
    privacy.opt_out(channel.network, Speaker(nick="ann"), "ann")
    assert privacy.opt_in(identity) == 1
    assert OptOut.objects.get().account == "ann"


def test_whoever_opted_out_is_not_stored(channel: Channel) -> None:
    privacy.opt_out(channel.network, Speaker("ann", "ann"), "ann")
    now = timezone.now()
    store(Entry(channel.pk, now, Kind.MESSAGE, "ann_away", WORD, account="Ann"))
    store(Entry(channel.pk, now, Kind.MESSAGE, "ANN", WORD))
    store(Entry(channel.pk, now, Kind.JOIN, "ann", account="ann"))
    store(Entry(channel.pk, now, Kind.KICK, "bob", "out", target="ann"))
    store(Entry(channel.pk, now, Kind.MESSAGE, "ann", "of another account", account="guest"))
    rows = Line.objects.filter(channel=channel).order_by("id").values_list("kind", "nick", "text", "account")
    assert list(rows) == [
        (Kind.UNLOGGED, "", "", None),
        (Kind.UNLOGGED, "", "", None),
        (Kind.MESSAGE, "ann", "of another account", "guest"),
    ]


def test_a_channel_may_keep_no_placeholder_either(channel: Channel) -> None:
    Channel.objects.update(opted_out="nothing")
    privacy.opt_out(channel.network, Speaker("ann"), "ann", channel)
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", WORD, account="ann"))
    assert texts(channel) == []


def test_opting_in_ends_it(channel: Channel) -> None:
    identity = Identity.objects.create(network=channel.network, account="ann", nick="ann")
    privacy.opt_out(channel.network, Speaker("ann"), "ann")
    assert privacy.opt_in(identity) == 1
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", "hello", account="ann"))
    assert texts(channel) == [("ann", "hello")]


def test_a_delayed_line_is_published_when_it_is_due_and_not_before(channel: Channel) -> None:
    Channel.objects.update(delay=10)
    now = timezone.now()
    store(Entry(channel.pk, now, Kind.MESSAGE, "ann", "later"))
    store(Entry(channel.pk, now - timedelta(minutes=11), Kind.MESSAGE, "ann", "old"))
    assert texts(channel) == [("ann", "old")]
    assert moderation.release_due(now + timedelta(minutes=9)) == 0
    assert moderation.release_due(now + timedelta(minutes=11)) == 1
    assert texts(channel) == [("ann", "old"), ("ann", "later")]
    assert not HeldLine.objects.exists()


def test_a_delayed_line_is_redacted_before_anybody_saw_it(channel: Channel) -> None:
    Channel.objects.update(delay=10)
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "ann", WORD, msgid="m1"))
    assert privacy.redact_message(channel, "m1", "the server") == 1
    moderation.release_due(timezone.now() + timedelta(days=1))
    assert texts(channel) == []


def test_what_was_said_during_a_pause_does_not_come_with_a_servers_history(channel: Channel) -> None:
    now = timezone.now()
    start, end = now - timedelta(hours=2), now - timedelta(hours=1)
    Gap.objects.create(channel=channel, from_at=start, to_at=end, reason=Reason.PAUSED)
    for minutes, text in ((130, "before"), (90, WORD), (50, "after")):
        store(Entry(channel.pk, now - timedelta(minutes=minutes), Kind.MESSAGE, "ann", text, replayed=True))
    assert texts(channel) == [("ann", "before"), ("ann", "after")]


def test_spam_waits_for_the_owner(channel: Channel, say: Say) -> None:
    now = timezone.now()
    say(channel, "eve", "buy 1", at=now)
    store(Entry(channel.pk, now + timedelta(seconds=1), Kind.MESSAGE, "eve", "buy 2", held="flood"))
    with transaction.atomic():
        moderation.hold_back(FloodDetected(channel.pk, now, "eve", "flood"))
    assert texts(channel) == []
    assert moderation.release_spam(channel, None, "root") == 2
    assert texts(channel) == [("eve", "buy 1"), ("eve", "buy 2")]


def test_spam_is_stored_at_once_where_owners_want_it(channel: Channel) -> None:
    Channel.objects.update(holds_spam=False)
    store(Entry(channel.pk, timezone.now(), Kind.MESSAGE, "eve", "buy", held="flood"))
    assert texts(channel) == [("eve", "buy")]


def test_retention_deletes_older_lines_and_only_those(channel: Channel, network: Network, say: Say) -> None:
    kept = Channel.objects.create(network=network, name="#forever")
    Channel.objects.filter(pk=channel.pk).update(retention=30)
    for each_channel in (channel, kept):
        say(each_channel, "ann", "old", at=timezone.now() - timedelta(days=31))
        say(each_channel, "ann", "new", at=timezone.now() - timedelta(days=29))
    assert retention.apply_retention() == 1
    assert texts(channel) == [("ann", "new")]
    assert len(texts(kept)) == 2


REMOVALS: dict[str, Callable[[Channel], object]] = {
    "erase": lambda channel: privacy.erase(channel.network, ANN, "ann"),
    "anonymise": lambda channel: privacy.anonymise(channel.network, ANN, "ann"),
    "redact": lambda channel: privacy.redact_message(channel, "m1", "the server"),
    "purge": lambda channel: retention.purge(channel, "root"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("held", ["", "flood"], ids=["published", "held"])
@pytest.mark.parametrize("removal", REMOVALS)
def test_a_removal_waits_for_a_line_that_is_being_stored(channel: Channel, removal: str, held: str) -> None:
    """The store has looked whether the line may be kept, and not committed it yet: the removal must not miss it."""
    is_stored, may_commit = Event(), Event()

    def store_slowly() -> None:
        with transaction.atomic():
            at = timezone.now() - timedelta(seconds=1)
            store_lines([Entry(channel.pk, at, Kind.MESSAGE, "ann", WORD, account="ann", msgid="m1", held=held)])
            is_stored.set()
            may_commit.wait(60)
        connection.close()

    def remove() -> None:
        REMOVALS[removal](channel)
        connection.close()

    storing = gevent.spawn(store_slowly)
    assert is_stored.wait(60)
    removing = gevent.spawn(remove)
    # Until it waits for a lock, or has ended without waiting for one.
    deadline = monotonic() + 30
    while not (removing.ready() or is_waiting_for_a_lock()) and monotonic() < deadline:
        gevent.sleep(0.02)
    may_commit.set()
    gevent.joinall([storing, removing], timeout=60, raise_error=True)
    assert not Line.objects.filter(channel=channel, nick="ann").exists()
    assert not HeldLine.objects.filter(channel=channel, nick="ann").exists()


@pytest.mark.parametrize("days", [1, 30, 365])
def test_retention_ends_to_the_microsecond(channel: Channel, say: Say, days: int) -> None:
    Channel.objects.filter(pk=channel.pk).update(retention=days)
    now = timezone.now()
    limit, moment = now - timedelta(days=days), timedelta(microseconds=1)
    for at, text in ((limit - moment, "too old"), (limit, "just not"), (limit + moment, "newer")):
        say(channel, "ann", text, at=at)
        HeldLine.objects.create(channel=channel, at=at, kind=Kind.MESSAGE, nick="ann", text=f"held, {text}")
    assert retention.apply_retention(now) == 1
    assert [text for _, text in texts(channel)] == ["just not", "newer"]
    held = HeldLine.objects.order_by("at").values_list("text", flat=True)
    assert list(held) == ["held, just not", "held, newer"]


def test_retention_deletes_in_pieces_and_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, channel: Channel, say: Say
) -> None:
    Channel.objects.filter(pk=channel.pk).update(retention=30)
    monkeypatch.setattr(retention, "BATCH_LINES", 2)
    now = timezone.now()
    for days in (40, 40, 40, 40, 39, 38, 37, 36, 29):
        say(channel, "ann", f"{days}", at=now - timedelta(days=days))
    assert retention.apply_retention(now, max_lines=5) == 6
    assert [text for _, text in texts(channel)] == ["37", "36", "29"]
    assert retention.apply_retention(now, max_lines=5) == 2
    assert [text for _, text in texts(channel)] == ["29"]
    assert find_mismatches(channel.pk) == []


def test_purging_empties_a_channel_for_good(channel: Channel, say: Say, client: Client) -> None:
    said = say(channel, "ann", WORD).at
    assert retention.purge(channel, "root") == 1
    store(Entry(channel.pk, said, Kind.MESSAGE, "bob", WORD))
    assert texts(channel) == []
    channel.refresh_from_db()
    assert (channel.wanted, channel.hidden) == (False, True)
    assert client.get(channel.get_absolute_url()).status_code == 404


def test_a_redacted_topic_is_not_shown_above_the_log_either(channel: Channel, say: Say) -> None:
    Channel.objects.update(topic=WORD)
    channel.refresh_from_db()
    line = say(channel, "ann", WORD, kind=Kind.TOPIC)
    privacy.redact(channel, [line.id], "root")
    channel.refresh_from_db()
    assert channel.topic == ""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal")) as journal:
        yield journal


@pytest.mark.django_db(transaction=True)
def test_a_redacted_word_is_nowhere(channel: Channel, say: Say, journal: Journal, admin_client: Client) -> None:
    """Walks every address that there is, searches, feeds, exports, caches, live, the journal, all rows and all files of
    the database. The speaker's name is redacted with the words: counts and statistics knew it."""
    now = timezone.now() - timedelta(days=2)
    said: list[Record] = [
        Entry(channel.pk, now, Kind.MESSAGE, f"{WORD}-ann", f"the {WORD} password", msgid="m1"),
        Entry(channel.pk, now, Kind.MESSAGE, "bob", "never say that"),
    ]
    for record in said:
        journal.append(record)
    store_journal(journal)
    pages = [
        channel.get_absolute_url(),
        f"{channel.get_absolute_url()}{now:%Y-%m-%d}.txt",
        f"{channel.get_absolute_url()}search/?q=never",
        f"{channel.get_absolute_url()}search/?q={WORD[:4]}*",
        f"{channel.get_absolute_url()}search/feed.atom?q=password",
        f"{channel.get_absolute_url()}search/feed.json?q=password",
        f"{channel.get_absolute_url()}feed.atom?by=line",
        f"{channel.get_absolute_url()}feed.json?by=line",
        f"{channel.get_absolute_url()}{now:%Y-%m-%d}/?mark=1",
        f"{channel.get_absolute_url()}at/1-2/?embed",
        "/search/?q=password",
        *every_address(channel, now),
    ]
    day = f"{channel.get_absolute_url()}{now:%Y-%m-%d}"
    known = {path: Client().get(path).headers.get("ETag", "") for path in (f"{day}/", f"{day}.txt", f"{day}.json")}
    followed = FollowedChannel(channel.pk, channel.get_absolute_url(), "public")
    newest = database.fetch_newest(followed)
    assert all(known.values())
    picture = Client().get(f"{day}.png").content
    assert WORD in shown(admin_client, pages[1])
    assert WORD in exported(channel)
    assert WORD in str(newest)
    assert found_in_rows() == {"logs_line", "logs_nickcount"}
    assert found_in_files()
    assert found_in(journal.folder)
    journal.append(Redacted(channel.pk, "m1", "ann"))
    store_journal(journal)
    journal.begin_segment()
    store_journal(journal)
    assert Client().get(f"{day}.png").content != picture
    for path in pages:
        assert WORD not in shown(admin_client, path), path
    for path, tag in known.items():
        assert Client().get(path, headers={"If-None-Match": tag}).status_code == 200, f"{path} has changed"
    events = database.fetch_newer(followed, newest[-1].id, 100)
    assert [event.removes for event in events or () if event.removes] == [1], "open pages are told"
    assert WORD not in str(events) + str(database.fetch_newest(followed))
    assert WORD not in exported(channel)
    assert found_in_rows() == set()
    assert not found_in(journal.folder)
    retention.scrub()
    assert not found_in_files()


def every_address(channel: Channel, now: datetime) -> list[str]:
    """Those of the URL configuration, but for the live streams, which have no end."""
    values = {"network": channel.network.name, "channel": channel.name, "day": str(now.date()), "year": now.year}
    values |= {"number": 1, "last": 1, "link": "x", "rest": "x"}
    named = {name: keys for name, keys in ADDRESSES.items() if set(keys) <= set(values) and name not in LIVE}
    plain = {"healthz", "readyz", "metrics"}
    return [
        f"/{name}" if name in plain else reverse(name, kwargs={key: values[key] for key in keys})
        for name, keys in named.items()
    ]


def shown(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    content = b"".join(response) if response.streaming else response.content
    return content.decode("utf-8", "replace").replace(f"q={WORD[:4]}", "")  # pictures are compared as they are


def exported(channel: Channel) -> str:
    """The channel in every format that there is."""
    with snapshot():
        return "".join(chain.from_iterable(Export(how, UTC).text(channel) for how in WRITERS.values()))


def found_in_rows() -> set[str]:
    """The tables that hold the word in any column of any row."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            question = f'SELECT EXISTS (SELECT FROM "{table}" AS row WHERE row::text LIKE %s)'  # noqa: S608
            cursor.execute(question, [f"%{WORD}%"])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def store_journal(journal: Journal) -> None:
    position = stored_position(journal.id, journal.first_position())
    records, end = journal.read(position, 100)
    commit_batch(JournalStep(journal.id, position, end), records, lambda record, why: pytest.fail(f"{record}: {why}"))
    journal.forget(end)


def found_in(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes()]


def found_in_files() -> list[str]:
    """The files of the database (without its write-ahead log) that hold the word, as PostgreSQL itself reads them."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        folder = f"base/{cursor.fetchone()[0]}"
        cursor.execute("SELECT name FROM pg_ls_dir(%s) AS name", [folder])
        files = [f"{folder}/{name}" for (name,) in cursor.fetchall()]
        found = []
        for file in files:
            cursor.execute("SELECT position(%s::bytea IN pg_read_binary_file(%s, true))", [WORD.encode(), file])
            if cursor.fetchone()[0]:
                found.append(file)
        return found


def test_a_bot_whose_lines_are_erased_is_forgotten(channel: Channel, say: Say) -> None:
    say(channel, "helper", "beep")
    say(channel, "other", "beep")
    Channel.objects.filter(pk=channel.pk).update(seen_bots="helper other")
    privacy.erase(channel.network, Speaker(nick="helper"), "ann")
    channel.refresh_from_db()
    assert channel.seen_bots == "other"
