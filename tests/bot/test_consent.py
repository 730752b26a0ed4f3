"""Lines that must not be recorded never reach the journal; claims and invitations reach the site."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from logs import privacy
from logs.accounts import codes, ownership
from logs.ingest.entry import Entry
from logs.ingest.flood import FloodDetector
from logs.ingest.store import store_lines
from logs.models import Act, Channel, Gap, HeldLine, Identity, Kind, Line, Membership, Network
from logs.models.channel_choices import LoggingNotice
from logs.models.line import Reason
from logs.models.people import Role
from logs.privacy import Speaker
from tests.bot.conftest import stored_messages, wait_until_stored
from tests.bot.server import Connection, Server
from tests.processes import Bot, wait_for

SECRET = "zanzibar7"


def in_journal(bot: Bot) -> bool:
    return any(SECRET.encode() in path.read_bytes() for path in bot.journal.rglob("*") if path.is_file())


def say_to_bot(connection: Connection, nick: str, text: str, target: str = "#garden", tags: str = "") -> None:
    connection.send(f"{f'@{tags} ' if tags else ''}:{nick}!u@h.example PRIVMSG {target} :{text}")


@pytest.mark.parametrize("text", ["[off] {}", "[OFF] {}", "!- {}", " [off]{}", "\x02[off]\x02 {}", "\u200b!-{}"])
def test_a_line_off_the_record_is_stored_nowhere(joined: Connection, garden: Channel, bot: Bot, text: str) -> None:
    say_to_bot(joined, "ann", text.format(SECRET))
    say_to_bot(joined, "ann", f"\x01ACTION {text.format(SECRET)}\x01")
    say_to_bot(joined, "ann", "on the record")
    wait_until_stored(garden, "on the record")
    assert stored_messages(garden) == [("ann", "on the record")]
    assert not in_journal(bot)


def test_lines_of_people_who_opted_out_are_not_even_journaled(joined: Connection, garden: Channel, bot: Bot) -> None:
    privacy.opt_out(garden.network, Speaker(nick="bob"), "bob")
    privacy.opt_out(garden.network, Speaker("carol"), "carol")
    wait_for(lambda: '"bob"' in (bot.journal / "wanted.json").read_text(), 10)
    joined.ping()
    say_to_bot(joined, "bob", SECRET)
    say_to_bot(joined, "caz", SECRET, tags="account=Carol")
    joined.send(":bob!u@h.example PART #garden :" + SECRET)
    say_to_bot(joined, "ann", "end")
    wait_until_stored(garden, "end")
    kinds = list(Line.objects.filter(channel=garden).order_by("id").values_list("kind", "nick", "text"))
    assert kinds == [(Kind.UNLOGGED, "", ""), (Kind.UNLOGGED, "", ""), (Kind.MESSAGE, "ann", "end")]
    assert not in_journal(bot)


def test_joins_are_not_recorded_where_owners_switched_them_off(joined: Connection, garden: Channel) -> None:
    Channel.objects.update(keeps_joins=False)
    wait_for(lambda: _sent_and_dropped(joined, garden), 10)


def _sent_and_dropped(joined: Connection, garden: Channel) -> bool:
    """Return whether a JOIN is not recorded; the bot reads the setting within about a second."""
    before = Line.objects.filter(channel=garden, kind=Kind.JOIN).count()
    joined.send(":eve!u@h.example JOIN #garden")
    say_to_bot(joined, "ann", f"after {before}")
    wait_until_stored(garden, f"after {before}")
    return Line.objects.filter(channel=garden, kind=Kind.JOIN).count() == before


def test_a_paused_channel_is_a_gap(joined: Connection, garden: Channel, bot: Bot) -> None:
    Channel.objects.update(paused=True)
    wait_for(Gap.objects.filter(channel=garden, reason=Reason.PAUSED, to_at=None).exists, 10)
    say_to_bot(joined, "ann", SECRET)
    joined.ping()
    Channel.objects.update(paused=False)
    wait_for(Gap.objects.filter(channel=garden, reason=Reason.PAUSED, to_at__isnull=False).exists, 10)
    say_to_bot(joined, "ann", "again")
    wait_until_stored(garden, "again")
    assert stored_messages(garden) == [("ann", "again")]
    assert not in_journal(bot)


def test_a_redaction_by_the_server_is_honoured(joined: Connection, garden: Channel, bot: Bot) -> None:
    say_to_bot(joined, "ann", SECRET, tags="msgid=m1")
    wait_until_stored(garden, SECRET)
    joined.send(":ann!u@h.example REDACT #garden m1 :oops")
    wait_for(Line.objects.filter(channel=garden, kind=Kind.REMOVED).exists, 10)
    assert stored_messages(garden) == []
    wait_for(lambda: not in_journal(bot), 10, "the journal lets go of it")


def test_a_line_redacted_before_it_is_stored_is_not_stored(garden: Channel) -> None:
    privacy.redact_message(garden, "m1", "ann")
    with transaction.atomic():
        store_lines([Entry(garden.pk, timezone.now(), Kind.MESSAGE, "ann", SECRET, msgid="m1")])
    assert stored_messages(garden) == []


def test_an_operators_invitation_creates_a_channel_and_an_owner(joined: Connection, garden: Channel) -> None:
    invite(joined, "319 botbot ann :+#garden @#pond", "330 botbot ann Ann :is logged in as")
    joined.expect("JOIN #pond")
    enter(joined, "#pond", "@ann")
    line = joined.expect("PRIVMSG #pond")
    assert "It becomes public as soon as the topic says: This channel is publicly logged" in line
    pond = Channel.objects.get(name="#pond")
    owner = Membership.objects.select_related("identity").get(channel=pond)
    assert (owner.role, owner.identity.account, "invited the bot as @ann" in owner.evidence) == ("owner", "ann", True)
    assert (pond.notice, pond.audience[:6]) == (LoggingNotice.MISSING, "owners")
    joined.expect("TOPIC #pond")
    joined.send(":ann!u@h.example TOPIC #pond :Ducks | publicly logged")
    wait_for(lambda: Channel.objects.get(name="#pond").topic.startswith("Ducks"), 10)
    assert Channel.objects.get(name="#pond").audience.startswith("owners"), "words alone open nothing"
    joined.send(f":ann!u@h.example TOPIC #pond :Ducks | {ownership.notice_text(pond)}")
    wait_for(lambda: Channel.objects.get(name="#pond").audience == "public", 10)
    say_to_bot(joined, "ann", "quack", "#pond")
    wait_until_stored(pond, "quack")
    joined.send(":ann!u@h.example TOPIC #pond :Ducks")
    wait_for(lambda: Channel.objects.get(name="#pond").audience.startswith("owners"), 10)


@pytest.mark.parametrize("host", ["h.example", "services.int", "services."])
def test_no_notice_of_a_user_opens_a_log(joined: Connection, garden: Channel, host: str) -> None:
    Channel.objects.update(notice=LoggingNotice.MISSING)
    invite(joined)
    joined.expect("JOIN #pond")
    pond = Channel(network=garden.network, name="#pond")
    for name in ("#garden", "#pond"):
        greeting = f"NOTICE botbot :[{name}] {ownership.notice_text(pond)}"
        joined.send(*[f":{nick}!{nick}@{host} {greeting}" for nick in ("ChanServ", "chanserv", "Global", "NickServ")])
        joined.send(f":ChanServ {greeting}")
    enter(joined, "#pond", "@ann")
    joined.expect("TOPIC #pond")
    joined.send(f":ChanServ!ChanServ@{host} NOTICE botbot :[#pond] {ownership.notice_text(pond)}")
    joined.send(f":ChanServ!ChanServ@{host} NOTICE #garden :{ownership.notice_text(garden)}")
    say_to_bot(joined, "ann", "the bot has read all of it")
    wait_until_stored(garden, "the bot has read all of it")
    assert {channel.audience[:6] for channel in Channel.objects.all()} == {"owners"}


@pytest.mark.parametrize("shown", ["ann", "+ann", "%ann", "@bob"])
def test_nobody_but_an_operator_can_have_a_channel_logged(joined: Connection, garden: Channel, shown: str) -> None:
    invite(joined)
    joined.expect("JOIN #pond")
    enter(joined, "#pond", shown)
    joined.expect("PART #pond")
    assert not Channel.objects.filter(name="#pond").exists()


@pytest.mark.parametrize("shown", ["#pond", "+#pond", "@##pond +#PonD", "@#garden #pond"])
def test_where_the_server_shows_no_operator_the_bot_does_not_even_join(
    joined: Connection, garden: Channel, shown: str
) -> None:
    invite(joined, f"319 botbot ann :{shown}")
    assert "only if an operator" in joined.expect("NOTICE ann")
    joined.ping()
    assert not any(line.startswith("JOIN #pond") for line in joined.received)
    assert not Channel.objects.filter(name="#pond").exists()


@pytest.mark.parametrize(("members", "joins"), [("~bob ann", False), ("~bob", False), ("~bob &ann", True)])
def test_where_a_symbol_begins_channels_too_names_decide(
    joined: Connection, garden: Channel, members: str, joins: bool
) -> None:
    joined.send(":irc.example.org 005 botbot PREFIX=(qaohv)~&@%+ CHANTYPES=#& :are supported by this server")
    invite(joined, "319 botbot ann :&#pond #ducks")
    names(joined, "#pond", members)
    if joins:
        joined.expect("JOIN #pond")
        return
    assert "only if an operator" in joined.expect("NOTICE ann")
    joined.ping()
    assert not any(line.startswith("JOIN #pond") for line in joined.received)


@pytest.mark.parametrize("shown", ["&pond", "+&pond", "#pond +&PonD"])
def test_a_plain_member_of_a_local_channel_does_not_make_the_bot_join(
    joined: Connection, garden: Channel, shown: str
) -> None:
    invite(joined, f"319 botbot ann :{shown}", channel="&pond")
    assert "only if an operator" in joined.expect("NOTICE ann")
    joined.ping()
    assert not any(line.startswith("JOIN &pond") for line in joined.received)


def test_an_operator_who_takes_the_nick_of_an_inviter_has_not_invited_the_bot(
    joined: Connection, garden: Channel
) -> None:
    invite(joined, "330 botbot ann Mallory :is logged in as")
    joined.expect("JOIN #pond")
    joined.send(":botbot!bot@example.org JOIN #pond", ":ann_!u@other.example NICK ann")
    joined.expect("PART #pond")
    joined.send(":irc.example.org 353 botbot = #pond :botbot @ann", ":irc.example.org 366 botbot #pond :End")
    joined.send(":irc.example.org 324 botbot #pond +nt")
    joined.ping()
    assert not Channel.objects.filter(name="#pond").exists()


@pytest.mark.parametrize(
    "replies",
    [
        ["311 botbot ann u other.example * :ann", "330 botbot ann Ann :is logged in as"],
        ["311 botbot ann u h.example * :ann", "317 botbot ann 1 1700000999 :seconds idle, signon time"],
        ["311 botbot ann u h.example * :ann", "317 botbot ann 1 1700000000 :idle", "319 botbot ann :#pond @#ducks"],
        ["401 botbot ann :No such nick"],
        [],
    ],
    ids=["another host", "another connection", "no operator any more", "gone", "no reply"],
)
def test_an_inviter_is_looked_up_again_before_the_decision(
    joined: Connection, garden: Channel, replies: list[str]
) -> None:
    """Until the bot is in the channel it does not see that somebody else takes the nick."""
    invite(joined, "317 botbot ann 1 1700000000 :seconds idle, signon time", "330 botbot ann Mallory :is logged in as")
    joined.expect("JOIN #pond")
    enter(joined, "#pond", "@ann", again=False)
    joined.expect("WHOIS ann")
    if replies:
        joined.send(*[f":irc.example.org {line}" for line in (*replies, "318 botbot ann :End of /WHOIS list.")])
    assert "whoever invited me has left" in joined.expect("PART #pond")
    joined.ping()
    assert not Channel.objects.filter(name="#pond").exists()


def test_an_inviter_who_leaves_during_the_second_look_has_not_invited_the_bot(
    joined: Connection, garden: Channel
) -> None:
    invite(joined)
    joined.expect("JOIN #pond")
    enter(joined, "#pond", "@ann", again=False)
    joined.expect("WHOIS ann")
    joined.send(":ann!u@h.example PART #pond", ":irc.example.org 311 botbot ann u h.example * :ann")
    joined.send(":irc.example.org 318 botbot ann :End of /WHOIS list.")
    joined.expect("PART #pond")
    joined.ping()
    assert not Channel.objects.filter(name="#pond").exists()


def test_an_invitation_from_another_host_than_the_nick_has_now_is_ignored(joined: Connection, garden: Channel) -> None:
    joined.send(":ann!u@other.example INVITE botbot #pond")
    whois(joined, "ann", "319 botbot ann :@#pond")
    joined.ping()
    assert not any(line.startswith("JOIN #pond") for line in joined.received)


def test_a_code_said_from_outside_is_not_that_of_an_operator_who_joins_under_the_nick(
    joined: Connection, garden: Channel
) -> None:
    _, words = codes.issue(garden.network, garden.folded)
    say_to_bot(joined, "eve", f"botbot: {words}", tags="account=mallory")
    joined.expect("NAMES #garden")
    joined.send(":eve!e@other.example JOIN #garden")
    names(joined, "#garden", "botbot @eve", is_requested=False)
    say_to_bot(joined, "ann", "done")
    wait_until_stored(garden, "done")
    assert not Membership.objects.exists()


def test_an_invitation_by_somebody_who_has_left_is_ignored(joined: Connection, garden: Channel) -> None:
    joined.send(":ann!u@h.example INVITE botbot #pond")
    joined.expect("WHOIS ann")
    joined.send(":irc.example.org 401 botbot ann :No such nick", ":irc.example.org 318 botbot ann :End of /WHOIS list.")
    joined.ping()
    assert not any(line.startswith("JOIN #pond") for line in joined.received)


def test_an_invitation_works_on_a_server_without_whois(joined: Connection, garden: Channel) -> None:
    joined.send(":ann!u@h.example INVITE botbot #pond")
    joined.expect("JOIN #pond")
    enter(joined, "#pond", "@ann", again=False)
    assert "is now logged" in joined.expect("PRIVMSG #pond")


def test_the_address_of_the_log_is_announced_once(joined: Connection, garden: Channel) -> None:
    invite(joined)
    joined.expect("JOIN #pond")
    enter(joined, "#pond", "@ann")
    joined.expect("PRIVMSG #pond")
    joined.expect("TOPIC #pond")
    joined.send(":ann!u@h.example INVITE botbot #pond")
    whois(joined, "ann")
    names(joined, "#pond", "botbot @ann", is_requested=True)
    joined.expect("MODE #pond")
    joined.send(":irc.example.org 324 botbot #pond +nt")
    whois(joined, "ann")
    assert "The log of #pond is yours" in joined.expect("NOTICE ann")
    assert sum(line.startswith("PRIVMSG #pond") for line in joined.received) == 1


def test_a_code_in_a_new_secret_channel_creates_no_public_log(joined: Connection, garden: Channel) -> None:
    _, words = codes.issue(garden.network, "#pond")
    invite(joined)
    joined.expect("JOIN #pond")
    joined.send(":botbot!bot@example.org JOIN #pond")
    say_to_bot(joined, "bob", f"botbot: {words}", "#pond")
    whois(joined, "bob")
    names(joined, "#pond", "botbot ann @bob")
    joined.expect("MODE #pond")
    joined.send(":irc.example.org 324 botbot #pond +s")
    joined.expect("PRIVMSG #pond")
    assert Channel.objects.get(name="#pond").visibility == "members"


def test_a_secret_channel_starts_private(joined: Connection, garden: Channel) -> None:
    invite(joined)
    joined.expect("JOIN #pond")
    enter(joined, "#pond", "@ann", modes="+nst")
    joined.expect("PRIVMSG #pond")
    assert Channel.objects.get(name="#pond").visibility == "members"


def test_an_invitation_is_refused_where_administrators_add_channels(joined: Connection, garden: Channel) -> None:
    Network.objects.update(inviting=False)
    wait_for(lambda: _refuses(joined), 10)


def _refuses(joined: Connection) -> bool:
    joined.send(":ann!u@h.example INVITE botbot #pond")
    line = joined.read()
    if line.startswith("WHOIS"):
        joined.send(":irc.example.org 401 botbot ann :No such nick", ":irc.example.org 318 botbot ann :End")
    return "administrators add channels" in line


@pytest.mark.parametrize("at_once", [False, True])
def test_after_a_kick_only_an_operators_invitation_brings_the_bot_back(
    joined: Connection, garden: Channel, bot: Bot, at_once: bool
) -> None:
    def is_unwanted() -> bool:
        return "#garden" not in (bot.journal / "wanted.json").read_text()

    for nick in ("Bob", "carol"):
        ownership.grant_role(garden, nick, Role.OWNER, "root")
    joined.send(":ann!u@h.example KICK #garden botbot :no logs")
    assert "kicked by ann: no logs. To log it again, an operator says /invite" in joined.expect("NOTICE Bob")
    wait_for(Channel.objects.exclude(stopped="").exists, 10)
    assert Act.objects.filter(what="logging stopped: kicked by ann: no logs").exists()
    joined.ping()
    assert not any(line.startswith("NOTICE carol") for line in joined.received), "she is not there"
    if not at_once:
        wait_for(is_unwanted, 10)
    invite(joined, "319 botbot ann :@#garden", channel="#garden")
    joined.expect("JOIN #garden")
    enter(joined, "#garden", "@ann", again=False)
    joined.expect("WHOIS ann")
    wait_for(is_unwanted, 10)
    joined.send(*whois_reply("ann"))
    joined.expect("PRIVMSG #garden")
    joined.expect("TOPIC #garden")
    assert Channel.objects.get().stopped == ""
    say_to_bot(joined, "ann", "welcome back")
    wait_until_stored(garden, "welcome back")


def test_a_code_in_the_channel_counts_only_from_an_operator(joined: Connection, garden: Channel) -> None:
    code, words = codes.issue(garden.network, garden.folded)
    say_to_bot(joined, "bob", f"botbot: {words}")
    whois(joined, "bob")
    names(joined, "#garden", "@ann +bob")
    assert "Only an operator of #garden" in joined.expect("NOTICE bob")
    say_to_bot(joined, "ann", f"botbot: {words}", tags="account=ann")
    names(joined, "#garden", "@ann +bob")
    assert "The log of #garden is yours" in joined.expect("NOTICE ann")
    assert Membership.objects.get().identity == codes.redeem(code.pk)
    say_to_bot(joined, "ann", "done")
    wait_until_stored(garden, "done")
    assert not any(words in text for _, text in stored_messages(garden)), "codes are not recorded"


def test_a_code_in_private_signs_in(joined: Connection, garden: Channel) -> None:
    code, words = codes.issue(garden.network)
    say_to_bot(joined, "ann", words.lower(), "botbot", "account=Ann")
    assert "Signed in as ann (account ann)" in joined.expect("NOTICE ann")
    redeemed = codes.redeem(code.pk)
    assert redeemed == Identity.objects.get(account="ann")
    assert codes.redeem(code.pk) is None, "once"


@pytest.mark.parametrize("leaving", [":ann!u@h.example QUIT :bye", ":ann!u@h.example NICK annie"])
def test_a_proof_by_nick_alone_ends_with_the_nick(joined: Connection, garden: Channel, leaving: str) -> None:
    _, words = codes.issue(garden.network)
    say_to_bot(joined, "ann", words, "botbot")
    whois(joined, "ann")
    assert "Signed in as ann (nick only)" in joined.expect("NOTICE ann")
    joined.send(leaving)
    wait_for(Identity.objects.filter(account="", signed_out_at__isnull=False).exists, 10)


def test_an_account_is_looked_up_where_messages_have_no_tags(joined: Connection, garden: Channel) -> None:
    code, words = codes.issue(garden.network)
    say_to_bot(joined, "ann", words, "botbot")
    whois(joined, "ann", "330 botbot ann Ann :is logged in as")
    assert "Signed in as ann (account ann)" in joined.expect("NOTICE ann")
    joined.send(":irc.example.org 005 botbot WHOX :are supported by this server")
    code, words = codes.issue(garden.network)
    say_to_bot(joined, "bob", words, "botbot")
    joined.expect("WHO bob %tna,42")
    joined.send(
        ":irc.example.org 354 botbot 7 bob mallory",
        ":irc.example.org 354 botbot 42 bob Robert",
        ":irc.example.org 315 botbot bob :End of /WHO list.",
    )
    assert "Signed in as bob (account robert)" in joined.expect("NOTICE bob")
    redeemed = codes.redeem(code.pk)
    assert redeemed is not None
    assert redeemed.account == "robert"


def test_a_nick_that_changes_before_the_server_answers_proves_nothing(joined: Connection, garden: Channel) -> None:
    code, words = codes.issue(garden.network)
    say_to_bot(joined, "bob", words, "botbot")
    joined.expect("WHOIS bob")
    joined.send(":bob!u@h.example NICK bobby", ":ann!u@h.example NICK bob")
    joined.send(":irc.example.org 330 botbot bob Ann :is logged in as", ":irc.example.org 318 botbot bob :End")
    joined.ping()
    assert not Identity.objects.exists()
    assert codes.redeem(code.pk) is None


def test_a_proof_by_nick_alone_ends_when_the_bot_reconnects(
    joined: Connection, garden: Channel, server: Server
) -> None:
    _, words = codes.issue(garden.network)
    say_to_bot(joined, "ann", words, "botbot")
    whois(joined, "ann")
    joined.expect("NOTICE ann")
    joined.close()
    server.accept(30).register()
    wait_for(Identity.objects.filter(account="", signed_out_at__isnull=False).exists, 10)


def test_ten_thousand_guesses_change_nothing(joined: Connection, garden: Channel) -> None:
    code, _ = codes.issue(garden.network)
    for start in range(0, 10_000, 500):
        joined.send(
            *[
                f":n{n % 50}!u@h PRIVMSG botbot :{code.selector}-AAAA-{n:04d}".replace("0", "Z").replace("1", "Y")
                for n in range(start, start + 500)
            ]
        )
    joined.ping()
    assert codes.redeem(code.pk) is None
    assert not Identity.objects.exists()
    wait_for(lambda: Network.objects.get().wrong_codes > 0, 10)
    assert Network.objects.get().wrong_codes <= 60, "the rest was not even looked at"


def test_people_who_invent_codes_keep_nobody_from_signing_in(joined: Connection, garden: Channel) -> None:
    code, words = codes.issue(garden.network)
    invented = "AAAA-BBBB-CCCC"
    joined.send(*[f"@account=n{n} :n{n}!u@h PRIVMSG botbot :{invented}" for n in range(20) for _ in range(5)])
    wait_for(lambda: Network.objects.get().wrong_codes > 0, 10)
    say_to_bot(joined, "ann", words, "botbot", "account=Ann")
    wait_for(lambda: codes.state(code.pk) == "proven", 20, "she is signed in")
    assert Network.objects.get().wrong_codes <= 10, "more are not answered"


def test_a_flood_is_held_back_from_its_beginning(channel: Channel, settings: object) -> None:
    settings.FLOOD_LINES = 5  # type: ignore[attr-defined]
    detector = FloodDetector()
    now = timezone.now()
    verdicts = [detector.check(Entry(channel.pk, now, Kind.MESSAGE, "eve", f"line {n}")) for n in range(8)]
    assert [entry.held for entry, _ in verdicts] == ["", "", "", "", "", "flood", "flood", "flood"]
    assert [len(seen) for _, seen in verdicts] == [0, 0, 0, 0, 0, 1, 0, 0]
    assert verdicts[5][1][0].at == now


def test_the_same_words_in_many_channels_are_held_back(settings: object) -> None:
    settings.REPEAT_CHANNELS = 3  # type: ignore[attr-defined]
    detector = FloodDetector()
    now = timezone.now()
    verdicts = [detector.check(Entry(n, now, Kind.MESSAGE, f"eve{n}", "Buy  CHEAP \x02coins")) for n in range(5)]
    assert [entry.held for entry, _ in verdicts] == ["", "", "", "repeat", "repeat"]
    assert [(flood_line.channel, flood_line.nick) for flood_line in verdicts[3][1]] == [
        (0, "eve0"),
        (1, "eve1"),
        (2, "eve2"),
    ]
    calm_verdicts = [detector.check(Entry(n, now, Kind.MESSAGE, "ann", "hello")) for n in range(9)]
    assert not any(entry.held for entry, _ in calm_verdicts), "short words are no spam"


def test_a_flood_reaches_the_owners_and_nobody_else(
    process_env: dict[str, str], garden: Channel, tmp_path: Path, server: object
) -> None:
    with Bot(tmp_path, process_env | {"FLOOD_LINES": "10"}):
        connection = server.accept()  # type: ignore[attr-defined]
        connection.register()
        connection.let_join("botbot", "@ann", "+bob")
        say_to_bot(connection, "ann", "calm")
        connection.send(*[f":eve!u@h.example PRIVMSG #garden :line {n}" for n in range(30)])
        say_to_bot(connection, "ann", "end")
        wait_until_stored(garden, "end")
        wait_for(lambda: HeldLine.objects.count() == 30, 10)
        assert stored_messages(garden) == [("ann", "calm"), ("ann", "end")]


def whois(connection: Connection, nick: str, *replies: str) -> None:
    """Answer the bot's WHOIS: the nick exists, and these other lines."""
    connection.expect(f"WHOIS {nick}")
    connection.send(*whois_reply(nick, *replies))


def whois_reply(nick: str, *replies: str) -> list[str]:
    replies = (f"311 botbot {nick} u h.example * :{nick}", *replies, f"318 botbot {nick} :End of /WHOIS list.")
    return [f":irc.example.org {line}" for line in replies]


def invite(connection: Connection, *replies: str, channel: str = "#pond") -> None:
    """Let ann invite the bot, and answer its WHOIS with these lines, and her channels if given."""
    connection.send(f":ann!u@h.example INVITE botbot {channel}")
    whois(connection, "ann", *replies)


def enter(connection: Connection, channel: str, *others: str, modes: str = "+nt", again: bool = True) -> None:
    """Let the bot enter a channel that ann has invited it to; it looks her up again if she is shown as an operator."""
    connection.send(f":botbot!bot@example.org JOIN {channel}")
    names(connection, channel, " ".join(["botbot", *others]))
    connection.expect(f"MODE {channel}")
    connection.send(f":irc.example.org 324 botbot {channel} {modes}")
    if again and "@ann" in others:
        whois(connection, "ann")


def names(connection: Connection, channel: str, who: str, *, is_requested: bool = False) -> None:
    if is_requested or not who.startswith("botbot"):
        connection.expect(f"NAMES {channel}")
    connection.send(
        f":irc.example.org 353 botbot = {channel} :{who}", f":irc.example.org 366 botbot {channel} :End of /NAMES list."
    )
