"""Highlights as their person meets them: the page, marked lines, counts in lists of channels, and the feed."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from logs import highlights, privacy
from logs.models import Channel, Highlights, Identity, Membership, Network
from logs.views.people import highlights_page
from logs.views.reading import search_request
from tests.conftest import Say

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def ann(channel: Channel) -> Identity:
    return Identity.objects.create(network=channel.network, account="ann", nick="ann")


@pytest.fixture
def reader(ann: Identity) -> Client:
    """Signed in as ann, who chose two words."""
    highlights.save_words(ann, ["rose", '"garden tools"'])
    return signed_in(ann)


def signed_in(identity: Identity) -> Client:
    client = Client()
    session = client.session
    session["identity"], session["identity_since"] = identity.pk, timezone.now().isoformat()
    session.save()
    return client


def html(response: object) -> str:
    return response.getvalue().decode()  # type: ignore[attr-defined, no-any-return]


def feed_path(reader: Client) -> str:
    page = html(reader.post("/me/highlights/", {"act": "make-feed"}))
    found = re.search(r'copyable">[^<]*?(/me/highlights/[^<]*)<', page)
    assert found
    return found[1]


def entries(response: HttpResponse) -> list[str]:
    assert response.status_code == 200
    feed = ElementTree.fromstring(response.content)  # noqa: S314  (our own)
    return [entry.findtext(f"{ATOM}title") or "" for entry in feed.iter(f"{ATOM}entry")]


def test_who_is_not_signed_in_signs_in_first(client: Client, db: None) -> None:
    assert client.get("/me/highlights/")["Location"] == "/sign-in/?next=/me/highlights/"
    assert client.post("/me/highlights/", {"act": "save", "words": "rose"}).status_code == 302
    assert not Highlights.objects.exists()


def test_words_are_chosen_changed_and_taken_back(ann: Identity) -> None:
    client = signed_in(ann)
    assert "Choose words" in html(client.get("/me/"))
    page = html(client.post("/me/highlights/", {"act": "save", "words": "Rose\ngarden  tools"}))
    assert "Saved." in page
    assert 'href="/search/?q=Rose+OR+%22garden+tools%22"' in page
    assert "Rose\n&#34;garden tools&#34;</textarea>" in page or "Rose\n&quot;garden tools&quot;</textarea>" in page
    assert "2 words" in html(client.get("/me/"))
    response = client.post("/me/highlights/", {"act": "save", "words": "nick:bob\nlily"})
    assert response.status_code == 400
    assert "nick:bob" in html(response)
    assert Highlights.objects.get().words == 'Rose\n"garden tools"'
    assert client.post("/me/highlights/", {"act": "save", "words": "x" * 2001}).status_code == 400
    assert client.post("/me/highlights/", {"act": "explode"}).status_code == 400
    assert "no lines are highlighted" in html(client.post("/me/highlights/", {"act": "save", "words": ""}))
    assert not Highlights.objects.exists()


def test_a_nick_without_an_account_chooses_nothing(network: Network) -> None:
    client = signed_in(Identity.objects.create(network=network, nick="bob"))
    assert "signed in by a nick alone" in html(client.get("/me/highlights/"))
    assert client.post("/me/highlights/", {"act": "save", "words": "rose"}).status_code == 400
    assert not Highlights.objects.exists()


def test_too_many_changes_are_refused(ann: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlights_page, "MAX_CHANGES", 2)
    client = signed_in(ann)
    answers = [client.post("/me/highlights/", {"act": "save", "words": f"rose{number}"}) for number in range(4)]
    assert [answer.status_code for answer in answers][-1] == 429
    assert Highlights.objects.get().words != "rose3"


def test_lines_are_marked_for_their_person_alone(reader: Client, client: Client, channel: Channel, say: Say) -> None:
    say(channel, "bob", "a Rosé for you")
    say(channel, "ann", "my rose")
    say(channel, "bob", "nothing of it")
    yesterday = timezone.now() - timedelta(days=1)
    say(channel, "bob", "garden tools", yesterday)
    today, before = "/testnet/garden/", f"/testnet/garden/{yesterday:%Y-%m-%d}/"
    page = html(reader.get(today))
    assert page.count("highlighted") == 1
    assert "a <mark>Rosé</mark> for you" in page
    assert 'data-live="/testnet/garden/live?marks=1"' in page
    assert "<mark>garden tools</mark>" in html(reader.get(before))
    for path in (today, before):
        response = client.get(path)
        assert "highlighted" not in html(response)
        assert "marks=1" not in html(response)
    assert "public" in client.get(before)["Cache-Control"]
    assert "private" in reader.get(before)["Cache-Control"]
    assert "ETag" not in reader.get(before)


def test_a_long_today_is_marked_too(
    reader: Client, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logs.views.reading.day.MAX_WHOLE_LINES", 1)
    for number in range(3):
        say(channel, "bob", f"rose {number}")
    assert html(reader.get("/testnet/garden/")).count('class="line message highlighted') == 3


def test_the_list_counts_lines_of_the_last_days_in_what_one_may_read(
    reader: Client, client: Client, channel: Channel, ann: Identity, say: Say
) -> None:
    members = Channel.objects.create(network=channel.network, name="#members", visibility="members")
    old = timezone.now() - highlights_page.COUNTED_FOR - timedelta(minutes=1)
    first = say(channel, "bob", "rose", timezone.now() - timedelta(hours=1))
    newest = say(channel, "bob", "rose again")
    say(channel, "bob", "an old rose", old)
    say(channel, "ANN", "my own rose")
    say(members, "bob", "a rose for members")
    page = html(reader.get("/"))
    assert len(re.findall("highlight-count", page)) == 1
    assert f'href="/testnet/garden/at/{first.id}/" data-lines="{newest.id} {newest.at:%Y-%m-%dT%H:%M:%S.%fZ},' in page
    assert '<a href="/search/?q=rose+OR+%22garden+tools%22">Highlights</a>' in page
    assert "highlight-count" in html(reader.get("/testnet/"))
    membership = Membership.objects.create(channel=members, identity=ann, role="member")
    assert len(re.findall("highlight-count", html(reader.get("/")))) == 2
    membership.delete()
    assert len(re.findall("highlight-count", html(reader.get("/")))) == 1
    highlights.remove_highlights(ann)
    assert "ighlight" not in html(reader.get("/"))
    assert "ighlight" not in html(client.get("/"))


def test_the_list_comes_without_counts_while_others_search(
    reader: Client, channel: Channel, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(channel, "bob", "rose")
    assert "highlight-count" in html(reader.get("/"))

    class Full:
        def acquire(self, timeout: float) -> bool:
            assert timeout == highlights_page.COUNT_SECONDS
            return False

    monkeypatch.setattr(search_request, "_slots", Full())
    response = reader.get("/")
    assert response.status_code == 200
    assert "highlight-count" not in html(response)


def test_a_strangers_list_and_day_cost_no_query_more(
    client: Client, channel: Channel, say: Say, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    say(channel, "bob", "rose")
    client.get("/")
    with django_assert_num_queries(2):
        client.get("/")


def test_the_feed_tells_of_what_its_person_may_read(reader: Client, channel: Channel, ann: Identity, say: Say) -> None:
    path = feed_path(reader)
    feed = Client()
    response = feed.get(path)
    assert entries(response) == []
    members = Channel.objects.create(network=channel.network, name="#members", visibility="members")
    line = say(channel, "bob", "a rose <3")
    say(channel, "ann", "my rose")
    say(members, "bob", "garden tools for members")
    assert entries(feed.get(path)) == ["#garden: bob: a rose <3"]
    membership = Membership.objects.create(channel=members, identity=ann, role="member")
    assert entries(feed.get(path)) == ["#members: bob: garden tools for members", "#garden: bob: a rose <3"]
    membership.delete()
    assert len(entries(feed.get(path))) == 1
    privacy.redact(channel, [line.id], "root")
    assert entries(feed.get(path)) == []
    say(channel, "bob", "another rose")
    Channel.objects.filter(pk=channel.pk).update(hidden=True)
    assert entries(feed.get(path)) == []


def test_what_was_said_while_a_channel_was_closed_is_in_no_feed(reader: Client, channel: Channel, say: Say) -> None:
    path = feed_path(reader)
    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    say(channel, "bob", "a closed rose")
    Channel.objects.filter(pk=channel.pk).update(visibility="public")
    say(channel, "bob", "an open rose")
    assert entries(Client().get(path)) == ["#garden: bob: an open rose"]
    page = html(reader.get("/"))
    assert re.findall(r'highlight-count"[^>]*>(\d+)<', page) == ["1"]


def test_a_feed_is_for_no_cache_crawler_or_referrer(reader: Client, channel: Channel, say: Say) -> None:
    path = feed_path(reader)
    say(channel, "bob", "rose")
    response = Client().get(path)
    assert response["Content-Type"].startswith("application/atom+xml")
    assert "private" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    again = Client().get(path, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert Client().post(path).status_code == 405


def test_a_feeds_address_is_renewed_and_deleted(reader: Client, ann: Identity) -> None:
    first, second = feed_path(reader), feed_path(reader)
    assert [Client().get(path).status_code for path in (first, second)] == [404, 200]
    assert second in html(reader.get("/me/highlights/"))
    assert "The feed is deleted." in html(reader.post("/me/highlights/", {"act": "remove-feed"}))
    assert "There was no feed." in html(reader.post("/me/highlights/", {"act": "remove-feed"}))
    assert Client().get(second).status_code == 404
    third = feed_path(reader)
    reader.post("/me/", {"act": "end-sessions", "channel": ""})
    assert Client().get(third).status_code == 404
    assert third not in html(signed_in(ann).get("/me/highlights/"))


def test_a_feed_is_requested_so_often_and_no_more(
    reader: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = feed_path(reader)
    monkeypatch.setattr(highlights_page, "MAX_REQUESTS", 2)
    answers = [Client().get(path) for _ in range(4)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_search_that_takes_too_long_leaves_a_reader_what_it_has(
    reader: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = feed_path(reader)

    def busy(*_seconds: float) -> None:
        raise search_request.BusyError

    monkeypatch.setattr(highlights_page, "search_slot", busy)
    response = Client().get(path)
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_erasure_and_export_include_the_words(reader: Client, channel: Channel, ann: Identity, say: Say) -> None:
    say(channel, "ann", "hello", account="ann")
    path = feed_path(reader)
    exported = b"".join(reader.get("/me/lines.jsonl")).decode()  # type: ignore[arg-type]
    assert '"highlights": ["rose", "\\"garden tools\\""]' in exported
    assert "feed" in html(reader.post("/me/", {"act": "erase", "channel": ""}))
    reader.post("/me/", {"act": "erase", "channel": channel.pk, "sure": "on"})
    assert Highlights.objects.exists(), "the lines of one channel only"
    page = html(reader.post("/me/", {"act": "erase", "channel": "", "sure": "on"}))
    assert "and your highlights." in page
    assert not Highlights.objects.exists()
    assert Client().get(path).status_code == 404


def test_words_go_with_the_account(reader: Client, ann: Identity) -> None:
    ann.delete()
    assert not Highlights.objects.exists()
