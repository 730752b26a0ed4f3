"""The last said lines of a channel, arranged by what the reply model asks of them. Only earlier lines count."""

import collections
from collections.abc import Iterator

from logs.conversations.feature_names import line_bit, pair_bit
from logs.conversations.said_line import Conversation, SaidLine, WordTable, normalize_nick, read_line

WINDOW_LINES = 50
# Nicks remembered for recognising mentions, in order of their last appearance.
MAX_KNOWN_NICKS = 2_000

_NEW_SPEAKER = line_bit("new_speaker"), pair_bit("new_speaker")
_FOLLOWS_OWN = line_bit("follows_own"), pair_bit("follows_own")
_FOLLOWED_BY_OWN = pair_bit("followed_by_own")
_BEGINS_CONVERSATION = pair_bit("begins_conversation")
_REPLIED = pair_bit("replied")
_REPLIED_TWICE = pair_bit("replied_twice")
_OPEN_QUESTION = pair_bit("open_question")

_Lines = collections.deque[SaidLine]


class Window:
    """The last WINDOW_LINES said lines of one channel."""

    def __init__(self, table: WordTable) -> None:
        self._table = table
        self.lines: _Lines = collections.deque(maxlen=WINDOW_LINES)
        # The same lines, oldest first, without empty entries.
        self.lines_by: dict[str, _Lines] = {}
        self.lines_mentioning: dict[str, _Lines] = {}
        self.lines_with: dict[str, _Lines] = {}  # by their words
        self.answers_to: dict[str, _Lines] = {}  # by the nick that others answer
        self.count = 0
        self._known_nicks: collections.OrderedDict[str, None] = collections.OrderedDict()
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
        if line.nick not in self.lines_by:
            line.line_flags |= _NEW_SPEAKER[0]
            line.pair_flags |= _NEW_SPEAKER[1]
        elif self.lines[-1].nick == line.nick:
            line.line_flags |= _FOLLOWS_OWN[0]
            line.pair_flags |= _FOLLOWS_OWN[1]
        return line

    def add(self, line: SaidLine, parent: SaidLine | None) -> None:
        """Append the line with its decision: the line that it answers, or None where it begins a conversation."""
        lines = self.lines
        if len(lines) == WINDOW_LINES:
            self._forget_oldest()
        line.number = self.count
        self.count += 1
        line.parent = parent
        if lines and line.pair_flags & _FOLLOWS_OWN[1]:
            lines[-1].pair_flags |= _FOLLOWED_BY_OWN
        if parent is None:
            line.conversation = Conversation()
            line.pair_flags |= _BEGINS_CONVERSATION
        else:
            line.conversation = parent.conversation
            if parent.nick != line.nick:
                parent.pair_flags |= _REPLIED_TWICE | _REPLIED if parent.pair_flags & _REPLIED else _REPLIED
                parent.pair_flags &= ~_OPEN_QUESTION
                parent.replied_by.add(line.nick)
                _insert(self.answers_to, parent.nick, line)
        line.conversation.add(line)
        line.place = line.conversation.size
        by_speaker = self.lines_by.get(line.nick)
        line.turn = by_speaker[-1].turn + 1 if by_speaker else 0
        lines.append(line)
        _insert(self.lines_by, line.nick, line)
        for nick in line.mentions:
            _insert(self.lines_mentioning, nick, line)
        for word in line.words:
            _insert(self.lines_with, word, line)
        self._note_nick(line.nick)

    def _forget_oldest(self) -> None:
        oldest = self.lines.popleft()
        _drop_oldest(self.lines_by, oldest.nick)
        for nick in oldest.mentions:
            _drop_oldest(self.lines_mentioning, nick)
        for word in oldest.words:
            _drop_oldest(self.lines_with, word)
        if oldest.parent is not None and oldest.parent.nick != oldest.nick:
            _drop_oldest(self.answers_to, oldest.parent.nick)
        # What left the window needs no parent: chains of lines would otherwise never be freed.
        oldest.parent = None


def _insert(index: dict[str, _Lines], key: str, line: SaidLine) -> None:
    lines = index.get(key)
    if lines is None:
        lines = index[key] = collections.deque()
    lines.append(line)


def _drop_oldest(index: dict[str, _Lines], key: str) -> None:
    lines = index[key]
    lines.popleft()
    if not lines:
        del index[key]
