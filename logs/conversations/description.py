"""What the reply model knows about a new line and each line that it may answer.

A candidate is described by flags (one bit each) and numbers; the line itself, which is the same for all candidates, by
flags and numbers of its own. What depends on a candidate's speaker or conversation only is found out once for each.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable
from operator import attrgetter

from logs.conversations.feature_names import NUMBER_UNIT, line_bit, pair_bit
from logs.conversations.said_line import Conversation, SaidLine
from logs.conversations.window import Window

NEAR_LINES = 8
"""So many lines are candidates whatever they say; see _find_candidates."""
_RARE_WORD = 5.0
_RARITY_UNIT = NUMBER_UNIT / 10
_RECENT_LINES = 20

# log2(1 + count) / 4 for a count of lines or minutes; flat from 4095 on.
_LOG = tuple(round(math.log2(1 + n) / 4 * NUMBER_UNIT) for n in range(4096))
_MAX_COUNT = len(_LOG) - 1
_NO_OVERLAP = 0, 0, 0
_NO_LINE, _NO_MINUTE = 7 * NUMBER_UNIT // 4, 3 * NUMBER_UNIT // 2

_ADDRESSES_KNOWN = line_bit("addresses_known")
_ADDRESSES_STRANGER = line_bit("addresses_stranger")
_HAS_PREVIOUS = line_bit("has_previous")
_PREVIOUS_ADDRESSED = line_bit("previous_addressed")
_PREVIOUS_SAME_ADDRESS = line_bit("previous_same_address")
_CALLED_SINCE_OWN = line_bit("called_since_own")
_CALLED = line_bit("called")
_PREVIOUS_IS_NEAR = line_bit("previous_is_near")
_OWN_CONVERSATION_IS_PAIR = line_bit("own_conversation_is_pair")
_THANKS = line_bit("thanks")


def _by_count(ends: dict[str, int], length: int) -> tuple[int, ...]:
    """For each count the bit of the flag with the smallest end that is not below it."""
    flags = [next((pair_bit(name) for name, end in ends.items() if count <= end), 0) for count in range(length)]
    return tuple(flags)


_DISTANCE = _by_count({"distance_1": 1, "distance_2": 2, "distance_3_5": 5, "distance_6_15": 15}, 100)
_MINUTES = _by_count({"minute_0": 0, "minute_1": 1, "minutes_2_4": 4, "minutes_5_14": 14, "minutes_15": 15}, 16)

# Of the candidate's speaker.
_SAME_SPEAKER = pair_bit("same_speaker")
_I_ADDRESS_IT = pair_bit("i_address_it")
_I_ADDRESS_OTHER = pair_bit("i_address_other")
_I_MENTION_IT = pair_bit("i_mention_it")
_I_MENTIONED_SPEAKER = pair_bit("i_mentioned_speaker")
_SPEAKER_MENTIONED_ME = pair_bit("speaker_mentioned_me")
_THANKS_FOR_CALL = pair_bit("thanks_for_call")
_WE_EXCHANGED = pair_bit("we_exchanged")
_IS_PARTNER = pair_bit("is_partner")
_IS_PREVIOUS_ADDRESS = pair_bit("is_previous_address")
_PREVIOUS_PARENT_SPEAKER = pair_bit("previous_parent_speaker")
# Of its conversation.
_OWN_CONVERSATION = pair_bit("own_conversation")
_I_AM_IN_CONVERSATION = pair_bit("i_am_in_conversation")
_CONVERSATION_IS_OURS = pair_bit("conversation_is_ours")
_ADDRESSEE_IN_CONVERSATION = pair_bit("addressee_in_conversation")
_IN_CALLING_CONVERSATION = pair_bit("in_calling_conversation")
# Of the candidate alone.
_OWN_LAST = pair_bit("own_last")
_OWN_ADJACENT = pair_bit("own_adjacent")
_SINCE_OWN = pair_bit("since_own")
_ADDRESSES_ME = pair_bit("addresses_me")
_ADDRESSES_OTHER = pair_bit("addresses_other")
_ADDRESSES_NOBODY = pair_bit("addresses_nobody")
_SAME_ADDRESS = pair_bit("same_address")
_SAME_ADDRESS_AS_PREVIOUS = pair_bit("same_address_as_previous")
_MENTIONS_ME = pair_bit("mentions_me")
_MENTIONS_ME_LAST = pair_bit("mentions_me_last")
_MENTIONS_ME_UNANSWERED = pair_bit("mentions_me_unanswered")
_MENTIONS_MY_ADDRESSEE = pair_bit("mentions_my_addressee")
_I_ADDRESS_ITS_LAST = pair_bit("i_address_its_last")
_I_ADDRESS_MUTUAL = pair_bit("i_address_mutual")
_OPEN_QUESTION_TO_ME = pair_bit("open_question_to_me")
_IS_SPEAKERS_LAST = pair_bit("is_speakers_last")
_LAST_OF_CONVERSATION = pair_bit("last_of_conversation")
_LAST_OF_OWN_CONVERSATION = pair_bit("last_of_own_conversation")
_REPLIED_BY_ME = pair_bit("replied_by_me")
_ANSWERS_ME = pair_bit("answers_me")
_ANSWERS_ME_UNANSWERED = pair_bit("answers_me_unanswered")
_ANSWERS_MY_ADDRESSEE = pair_bit("answers_my_addressee")
_PREVIOUS_ANSWERS_IT = pair_bit("previous_answers_it")
_QUESTION = pair_bit("question")


@dataclasses.dataclass(slots=True)
class Candidate:
    line: SaidLine
    flags: int
    numbers: tuple[int, ...]


@dataclasses.dataclass(slots=True)
class Description:
    """A new line and the candidates that deserve a look, newest first."""

    flags: int
    numbers: tuple[int, ...]
    candidates: list[Candidate]


@dataclasses.dataclass(slots=True)
class _Past:
    """What the speaker of the new line has to do with the lines of the window."""

    own: list[SaidLine]
    calls: list[SaidLine]  # lines that mention the speaker
    conversation: Conversation | None  # of the speaker's previous line
    partner: str | None  # the last other speaker of that conversation
    mentioned_by_me: set[str]
    mentioned_me: set[str]
    exchanges: dict[str, int]  # answers between the speaker and each other nick


def describe(window: Window, line: SaidLine) -> Description:
    """The line and its candidates as flags and numbers, in the order of feature_names.py."""
    past = _find_past(window, line.nick)
    flags, numbers = _describe_line(window, line, past)
    overlaps = _find_overlaps(window, line)
    candidates = _find_candidates(window, line, past, overlaps)
    return Description(flags, numbers, _describe_candidates(window, line, past, overlaps, candidates))


def _find_past(window: Window, nick: str) -> _Past:
    own = list(window.lines_by.get(nick, ()))
    mentioned_by_me: set[str] = set()
    exchanges: dict[str, int] = {}
    for line in own:
        if line.mentions:
            mentioned_by_me |= line.mentions
        parent = line.parent
        if parent is not None and parent.nick != nick:
            exchanges[parent.nick] = exchanges.get(parent.nick, 0) + 1
    for line in window.answers_to.get(nick, ()):
        exchanges[line.nick] = exchanges.get(line.nick, 0) + 1
    calls = list(window.lines_mentioning.get(nick, ()))
    conversation = own[-1].conversation if own else None
    partner = None
    if conversation is not None and len(conversation.nicks) > 1:
        others = (other.nick for other in reversed(window.lines) if other.conversation is conversation)
        partner = next((other for other in others if other != nick), None)
    return _Past(own, calls, conversation, partner, mentioned_by_me, {call.nick for call in calls}, exchanges)


def _describe_line(window: Window, line: SaidLine, past: _Past) -> tuple[int, tuple[int, ...]]:
    lines, now, minute = window.lines, window.count, line.minute
    flags = line.line_flags
    address, conversation = line.address, past.conversation
    if address is not None:
        flags |= _ADDRESSES_KNOWN if address in window.lines_by else _ADDRESSES_STRANGER
    previous = past.own[-1] if past.own else None
    since_own, minutes_since_own, previous_number = _NO_LINE, _NO_MINUTE, -1
    if previous is not None:
        previous_number = previous.number
        distance = now - previous_number
        since_own = _LOG[distance]
        minutes_since_own = _LOG[min(minute - previous.minute, _MAX_COUNT)]
        flags |= _HAS_PREVIOUS
        if distance <= 5:
            flags |= _PREVIOUS_IS_NEAR
        if previous.address is not None:
            flags |= _PREVIOUS_ADDRESSED
            if previous.address == address:
                flags |= _PREVIOUS_SAME_ADDRESS
        if len(previous.conversation.nicks) == 2:
            flags |= _OWN_CONVERSATION_IS_PAIR
    if past.calls:
        flags |= _CALLED
        if past.calls[-1].number > previous_number:
            flags |= _CALLED_SINCE_OWN
    twentieth = lines[-_RECENT_LINES] if len(lines) >= _RECENT_LINES else lines[0] if lines else line
    numbers = (
        line.length,
        since_own,
        minutes_since_own,
        _LOG[min(minute - twentieth.minute, _MAX_COUNT)],
        NUMBER_UNIT * len({other.nick for other in itertools.islice(reversed(lines), _RECENT_LINES)}) // 10,
        line.starts,
        line.continues,
        NUMBER_UNIT // 8 * min(conversation.size, 8) if conversation is not None else 0,
    )
    return flags, numbers


_Overlaps = dict[SaidLine, tuple[float, float, int]]


def _find_overlaps(window: Window, line: SaidLine) -> _Overlaps:
    """For lines that share words with this one: (scalar product, rarity of the rarest shared word, shared words)."""
    overlaps: _Overlaps = {}
    for word, rarity in line.words.items():
        for other in window.lines_with.get(word, ()):
            known = overlaps.get(other)
            if known is None:
                overlaps[other] = rarity * rarity, rarity, 1
            else:
                product, rarest, shared = known
                overlaps[other] = product + rarity * rarity, max(rarest, rarity), shared + 1
    return overlaps


def _find_candidates(window: Window, line: SaidLine, past: _Past, overlaps: _Overlaps) -> Iterable[SaidLine]:
    """The lines that deserve a look, newest first. Others, of no relation to the new one, are hardly ever answered."""
    chosen = {by[-1] for by in window.lines_by.values()}
    chosen.update(itertools.islice(reversed(window.lines), NEAR_LINES), past.own[-2:], past.calls)
    for nick in line.mentions:
        chosen.update(window.lines_by.get(nick, ()))
    for other, (_, rarest, _) in overlaps.items():
        if rarest > _RARE_WORD:
            chosen.add(other)
    return sorted(chosen, key=_NUMBER, reverse=True)


_NUMBER = attrgetter("number")


def _describe_candidates(  # noqa: C901, PLR0912, PLR0915  (calls would double its cost)
    window: Window, line: SaidLine, past: _Past, overlaps: _Overlaps, candidates: Iterable[SaidLine]
) -> list[Candidate]:
    nick, address, minute, now = line.nick, line.address, line.minute, window.count
    own, mentions, norm, matched = past.own, line.mentions, line.norm, line.matched
    previous = own[-1] if own else None
    previous_address = previous.address if previous is not None else None
    previous_parent = previous.parent if previous is not None else None
    previous_parent_nick = previous_parent.nick if previous_parent is not None else None
    last_call = past.calls[-1] if past.calls else None
    calling_conversation = last_call.conversation if last_call is not None else None
    words = line.words.keys()
    rarities = line.words
    log, max_count = _LOG, _MAX_COUNT
    speakers: dict[str, tuple[int, int, int]] = {}
    conversations: dict[Conversation, tuple[int, int, int, int]] = {}
    own_after = 0
    next_own = len(own) - 1
    open_question_seen = False
    described = []
    for other in candidates:
        other_nick, number = other.nick, other.number
        while next_own >= 0 and own[next_own].number > number:
            next_own -= 1
            own_after += 1

        speaker = speakers.get(other_nick)
        if speaker is None:
            speaker_flags = 0
            if other_nick == nick:
                speaker_flags = _SAME_SPEAKER
            else:
                if other_nick == address:
                    speaker_flags |= _I_ADDRESS_IT
                elif address is not None:
                    speaker_flags |= _I_ADDRESS_OTHER
                if other_nick == previous_address:
                    speaker_flags |= _IS_PREVIOUS_ADDRESS
                if other_nick == previous_parent_nick:
                    speaker_flags |= _PREVIOUS_PARENT_SPEAKER
                if other_nick == past.partner:
                    speaker_flags |= _IS_PARTNER
                if other_nick in past.mentioned_me:
                    speaker_flags |= _SPEAKER_MENTIONED_ME
                    if line.line_flags & _THANKS:
                        speaker_flags |= _THANKS_FOR_CALL
            if other_nick in mentions:
                speaker_flags |= _I_MENTION_IT
            if other_nick in past.mentioned_by_me:
                speaker_flags |= _I_MENTIONED_SPEAKER
            exchanged = past.exchanges.get(other_nick, 0)
            if exchanged:
                speaker_flags |= _WE_EXCHANGED
            speaker = speaker_flags, window.lines_by[other_nick][-1].turn, log[exchanged]
            speakers[other_nick] = speaker
        flags, last_turn, exchanges = speaker

        conversation = other.conversation
        known = conversations.get(conversation)
        if known is None:
            conversation_flags = 0
            if conversation is past.conversation:
                conversation_flags |= _OWN_CONVERSATION
            if nick in conversation.nicks:
                conversation_flags |= _I_AM_IN_CONVERSATION
                if len(conversation.nicks) == 2:
                    conversation_flags |= _CONVERSATION_IS_OURS
            if address is not None and address in conversation.nicks:
                conversation_flags |= _ADDRESSEE_IN_CONVERSATION
            if conversation is calling_conversation:
                conversation_flags |= _IN_CALLING_CONVERSATION
            overlap = 0.0
            if rarities:
                for word in words & conversation.words:
                    overlap += rarities[word] * rarities[word]
            age = minute - conversation.minute
            known = (
                conversation_flags,
                log[min(conversation.size, max_count)],
                round(NUMBER_UNIT * math.sqrt(overlap) / norm),
                log[min(age, max_count)],
            )
            conversations[conversation] = known
        conversation_flags, conversation_size, conversation_overlap, conversation_age = known

        distance, minutes = now - number, minute - other.minute
        flags |= (
            conversation_flags
            | other.pair_flags
            | other.matches & matched
            | _DISTANCE[distance]
            | _MINUTES[minutes if minutes < 15 else 15]  # noqa: FURB136  (a call costs more)
        )
        after = last_turn - other.turn
        if not after:
            flags |= _IS_SPEAKERS_LAST
        if conversation.last is other:
            flags |= _LAST_OF_CONVERSATION
            if conversation_flags & _OWN_CONVERSATION:
                flags |= _LAST_OF_OWN_CONVERSATION
        parent = other.parent
        rank = 0
        if flags & _SAME_SPEAKER:
            if not own_after:
                flags |= _OWN_LAST
            if distance == 1:
                flags |= _OWN_ADJACENT
        else:
            if not own_after:
                flags |= _SINCE_OWN
            if parent is not None and parent.nick == nick:
                flags |= _ANSWERS_ME if own_after else _ANSWERS_ME | _ANSWERS_ME_UNANSWERED
            if flags & _I_ADDRESS_IT:
                rank = log[after + 1]
                if not after:
                    flags |= _I_ADDRESS_ITS_LAST
        if other.mentions:
            if nick in other.mentions:
                flags |= _MENTIONS_ME
                if flags & _I_ADDRESS_IT:
                    flags |= _I_ADDRESS_MUTUAL
                if other is last_call:
                    flags |= _MENTIONS_ME_LAST
                if not own_after:
                    flags |= _MENTIONS_ME_UNANSWERED
                    if flags & _QUESTION and not open_question_seen:
                        open_question_seen = True
                        flags |= _OPEN_QUESTION_TO_ME
            if address is not None and address in other.mentions:
                flags |= _MENTIONS_MY_ADDRESSEE
        other_address = other.address
        if other_address is None:
            flags |= _ADDRESSES_NOBODY
        else:
            flags |= _ADDRESSES_ME if other_address == nick else _ADDRESSES_OTHER
            if other_address == address:
                flags |= _SAME_ADDRESS
            if other_address == previous_address:
                flags |= _SAME_ADDRESS_AS_PREVIOUS
        if other.replied_by and nick in other.replied_by:
            flags |= _REPLIED_BY_ME
        if address is not None and parent is not None and parent.nick == address:
            flags |= _ANSWERS_MY_ADDRESSEE
        if other is previous_parent:
            flags |= _PREVIOUS_ANSWERS_IT
        overlap_numbers = _NO_OVERLAP
        if other in overlaps:
            product, rarest, shared = overlaps[other]
            cosine = round(NUMBER_UNIT * product / (norm * other.norm))
            overlap_numbers = cosine, round(rarest * _RARITY_UNIT), min(shared, 6) * (NUMBER_UNIT // 4)
        described.append(
            Candidate(
                other,
                flags,
                (
                    log[distance],
                    log[minutes if minutes < max_count else max_count],  # noqa: FURB136
                    rank,
                    log[after],
                    log[own_after],
                    conversation_size,
                    conversation_overlap,
                    conversation_age,
                    log[conversation.size - other.place],
                    *overlap_numbers,
                    other.length,
                    other.is_answered,
                    other.starts,
                    exchanges,
                ),
            )
        )
    return described
