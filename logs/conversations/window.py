"""The last said lines of a channel, and what the reply model knows about a new line and each of them.

Everything is causal: only earlier lines count. A candidate is described by flags (one bit each) and numbers; the line
itself, which is the same for all candidates, by flags and numbers of its own.
"""

import collections
import math
from collections.abc import Iterator

from logs.conversations.model import Candidate, Description
from logs.conversations.said_line import SaidLine, WordTable, normalize_nick, read_line

WINDOW_LINES = 50
# Nicks remembered for recognising mentions, in order of their last appearance.
MAX_KNOWN_NICKS = 2_000

_LOG2 = tuple(math.log2(1 + n) / 4 for n in range(4096))


def _log(count: int) -> float:
    """log2(1 + count) / 4 for a count of lines or minutes; flat from 4095 on."""
    return _LOG2[count] if 0 <= count < 4096 else 3.0


class Window:
    """The last WINDOW_LINES said lines of one channel."""

    def __init__(self, table: WordTable) -> None:
        self._table = table
        self.lines: collections.deque[SaidLine] = collections.deque(maxlen=WINDOW_LINES)
        self._known_nicks: collections.OrderedDict[str, None] = collections.OrderedDict()
        self._last_by: dict[str, SaidLine] = {}  # of speakers within the window
        self._count = 0
        self._minute = 0

    def add_nick(self, nick: str) -> None:
        """A nick that is in the channel can be mentioned from here on."""
        self._note_nick(normalize_nick(nick))

    def _note_nick(self, nick: str) -> None:
        known = self._known_nicks
        known[nick] = None
        known.move_to_end(nick)
        if len(known) > MAX_KNOWN_NICKS:
            known.popitem(last=False)

    def _window_nicks(self) -> Iterator[str]:
        return (line.nick for line in reversed(self.lines))

    def read(self, key: int, minute: int, nick: str, text: str) -> SaidLine:
        """The line as the model sees it, not yet added. A clock that runs backwards stands still."""
        self._minute = minute = max(self._minute, minute)
        line = read_line(
            key,
            minute,
            nick,
            text,
            table=self._table,
            known_nicks=self._known_nicks,
            window_nicks=self._window_nicks,
        )
        line.is_new_speaker = line.nick not in self._last_by
        line.follows_own = bool(self.lines) and self.lines[-1].nick == line.nick
        return line

    def add(self, line: SaidLine, parent: SaidLine | None) -> None:
        """Append the line with its decision: the line that it answers, or None where it begins a conversation."""
        lines = self.lines
        line.number = self._count
        self._count += 1
        line.parent = parent
        if line.follows_own and lines:
            lines[-1].is_followed_by_own = True
        if parent is not None:
            line.conversation = parent.conversation
            if parent.nick != line.nick:
                parent.reply_count += 1
                parent.replied_by.add(line.nick)
        line.conversation.add(line)
        if len(lines) == WINDOW_LINES:
            oldest = lines[0]
            if self._last_by.get(oldest.nick) is oldest:
                del self._last_by[oldest.nick]
        if lines and lines[0].parent is not None:
            # What left the window needs no parent: chains of lines would otherwise never be freed.
            lines[0].parent = None if len(lines) == WINDOW_LINES else lines[0].parent
        lines.append(line)
        self._last_by[line.nick] = line
        self._note_nick(line.nick)

    def describe(self, line: SaidLine) -> Description:  # noqa: C901, PLR0912, PLR0915  (calls would double its cost)
        """The line and its candidates as flags and numbers, in the order of the tables above."""
        lines = self.lines
        now, nick, minute = self._count, line.nick, line.minute
        address, mentions = line.address, line.mentions
        words, norm = line.words, line.norm
        previous = self._last_by.get(nick)
        previous_number = previous.number if previous is not None else -1
        own_conversation = previous.conversation if previous is not None else None
        previous_address = previous.address if previous is not None else None
        previous_parent = previous.parent if previous is not None else None

        # One pass over the window for what concerns the line alone.
        called = called_since_own = addressee_seen = False
        partner = None  # the last other speaker of one's own conversation
        calling_conversation = None
        mentioned_by_me: set[str] = set()
        mentioned_me: set[str] = set()
        exchanges: dict[str, int] = {}  # answers between the speaker and each other nick
        speakers: set[str] = set()
        recent = now - 20
        for other in reversed(lines):
            other_nick = other.nick
            if other.number >= recent:
                speakers.add(other_nick)
            parent = other.parent
            if other_nick == nick:
                mentioned_by_me |= other.mentions
                if parent is not None and parent.nick != nick:
                    exchanges[parent.nick] = exchanges.get(parent.nick, 0) + 1
                continue
            if partner is None and other.conversation is own_conversation:
                partner = other_nick
            if nick in other.mentions:
                mentioned_me.add(other_nick)
                if not called:
                    called, calling_conversation = True, other.conversation
                if other.number > previous_number:
                    called_since_own = True
            if parent is not None and parent.nick == nick:
                exchanges[other_nick] = exchanges.get(other_nick, 0) + 1
            if other_nick == address:
                addressee_seen = True

        flags = (
            addressee_seen
            | (line.addresses_stranger or (address is not None and not addressee_seen)) << 1
            | bool(mentions) << 2
            | line.is_question << 3
            | line.begins_with_question_word << 4
            | line.is_greeting << 5
            | line.is_thanks << 6
            | line.is_agreement << 7
            | line.has_url << 8
            | line.is_bot << 9
            | line.is_command << 10
            | line.is_short << 11
            | (previous is not None) << 12
            | (previous_address is not None) << 13
            | (address is not None and previous_address == address) << 14
            | called_since_own << 15
            | called << 16
            | line.follows_own << 17
            | line.is_new_speaker << 18
            | line.is_paste << 19
            | (now - previous_number <= 5 and previous is not None) << 20
            | (own_conversation is not None and len(own_conversation.nicks) == 2) << 21
        )
        if previous is not None:
            since_own = _log(now - previous_number)
            minutes_since_own = _log(minute - previous.minute)
        else:
            since_own, minutes_since_own = 1.75, 1.5
        twentieth = lines[-20] if len(lines) >= 20 else lines[0] if lines else line
        numbers = (
            line.log_length / 4,
            since_own,
            minutes_since_own,
            _log(minute - twentieth.minute),
            len(speakers) / 10,
            line.starts,
            line.continues,
            min(own_conversation.size, 8) / 8 if own_conversation is not None else 0.0,
        )

        candidates: list[Candidate] = []
        lines_by: dict[str, int] = {}
        lines_of: dict[int, int] = {}
        own_after = mentions_seen = address_rank = 0
        open_question_seen = False
        has_words = bool(words)
        for other in reversed(lines):
            other_nick = other.nick
            distance = now - other.number
            is_same = other_nick == nick
            other_mentions = other.mentions
            mentions_me = nick in other_mentions
            i_address_it = address == other_nick
            after = lines_by.get(other_nick, 0)
            conversation = other.conversation
            conversation_after = lines_of.get(id(conversation), 0)
            lines_by[other_nick] = after + 1
            lines_of[id(conversation)] = conversation_after + 1
            if mentions_me:
                mentions_seen += 1
            if i_address_it:
                address_rank += 1

            # Shared words, the smaller set against the larger one.
            other_words = other.words
            shared = 0
            product = rarest = 0.0
            if has_words and other_words and not words.keys().isdisjoint(other_words):
                for word in words.keys() & other_words.keys():
                    rarity = words[word]
                    product += rarity * rarity
                    shared += 1
                    rarest = max(rarest, rarity)

            # Lines of no relation to the new one are hardly ever answered; they are not worth describing.
            if (
                distance > 8
                and not mentions_me
                and not i_address_it
                and (after > 0 if not is_same else after > 1)
                and not (rarest > 5.0)
                and other_nick not in mentions
            ):
                if is_same:
                    own_after += 1
                continue

            minutes = minute - other.minute
            other_address = other.address
            parent = other.parent
            answers_me = parent is not None and not is_same and parent.nick == nick
            is_unanswered = own_after == 0
            asks_me = other.is_question and mentions_me and is_unanswered and not open_question_seen
            if asks_me:
                open_question_seen = True
            is_own_conversation = conversation is own_conversation
            conversation_nicks = conversation.nicks
            is_last = conversation.last is other
            i_am_in = nick in conversation_nicks
            pair_flags = (
                (distance == 1)
                | (distance == 2) << 1
                | (3 <= distance <= 5) << 2
                | (6 <= distance <= 15) << 3
                | (minutes == 0) << 4
                | (minutes == 1) << 5
                | (2 <= minutes <= 4) << 6
                | (5 <= minutes <= 14) << 7
                | (minutes >= 15) << 8
                | is_same << 9
                | (is_same and is_unanswered) << 10
                | (is_same and distance == 1) << 11
                | (other_address == nick) << 12
                | mentions_me << 13
                | (mentions_me and mentions_seen == 1) << 14
                | (mentions_me and is_unanswered) << 15
                | i_address_it << 16
                | (i_address_it and address_rank == 1) << 17
                | (i_address_it and mentions_me) << 18
                | (address is not None and not i_address_it and not is_same) << 19
                | (other_nick in mentions) << 20
                | (other_address is not None and other_address != nick) << 21
                | (other_address is None) << 22
                | (other_address is not None and other_address == address) << 23
                | (address is not None and address in other_mentions) << 24
                | (after == 0) << 25
                | (other_nick in mentioned_by_me) << 26
                | (other_nick in mentioned_me) << 27
                | (other_nick in exchanges) << 28
                | is_own_conversation << 29
                | (is_own_conversation and is_last) << 30
                | is_last << 31
                | i_am_in << 32
                | (address is not None and address in conversation_nicks) << 33
                | (i_am_in and len(conversation_nicks) == 2) << 34
                | (other.reply_count > 0) << 35
                | (other.reply_count > 1) << 36
                | (nick in other.replied_by) << 37
                | (other.is_question and other.reply_count == 0) << 38
                | (parent is None) << 39
                | other.is_question << 40
                | other.is_greeting << 41
                | other.is_thanks << 42
                | other.has_url << 43
                | other.is_bot << 44
                | other.is_command << 45
                | other.is_short << 46
                | other.is_new_speaker << 47
                | other.is_followed_by_own << 48
                | other.follows_own << 49
                | (line.is_question and other.is_question) << 50
                | (line.is_greeting and other.is_greeting) << 51
                | (line.is_thanks and (mentions_me or other_nick in mentioned_me)) << 52
                | (line.is_bot and other.is_command) << 53
                | (line.is_agreement and other.is_question) << 54
                | answers_me << 55
                | (answers_me and is_unanswered) << 56
                | (address is not None and parent is not None and parent.nick == address) << 57
                | (other_nick == partner) << 58
                | (not is_same and other_nick == previous_address) << 59
                | (is_unanswered and not is_same) << 60
                | asks_me << 61
                | (line.is_paste and other.is_paste) << 62
                | (other_address is not None and other_address == previous_address) << 63
                | (calling_conversation is not None and conversation is calling_conversation) << 64
                | (previous_parent is other) << 65
                | (previous_parent is not None and not is_same and previous_parent.nick == other_nick) << 66
            )
            conversation_product = 0.0
            if has_words:
                for word in words.keys() & conversation.words:
                    rarity = words[word]
                    conversation_product += rarity * rarity
            candidates.append(
                Candidate(
                    other,
                    pair_flags,
                    (
                        _log(distance),
                        _log(minutes),
                        _log(address_rank) if i_address_it else 0.0,
                        _log(after),
                        _log(own_after),
                        _log(conversation.size),
                        math.sqrt(conversation_product) / norm,
                        _log(minute - conversation.minute),
                        _log(conversation_after),
                        product / (norm * other.norm) if shared else 0.0,
                        rarest / 10,
                        min(shared, 6) / 4,
                        other.log_length / 4,
                        other.is_answered,
                        other.starts,
                        _log(exchanges.get(other_nick, 0)),
                    ),
                )
            )
            if is_same:
                own_after += 1
        return Description(flags, numbers, candidates)
