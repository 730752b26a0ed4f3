"""SQL that is true for lines by what answers them: `has:reply` and `in-conversation-with:nick`.

Answers are looked up for each line that the rest of the query finds; the index has nothing of them.
"""

from __future__ import annotations

from logs.models.line import BLOCK_LINES

# The ids of the lines that answer a line. It is one of the 50 said lines before them, so their ids are little higher;
# only those of imported lines can be elsewhere.
_ANSWERING = f"""
    SELECT answers.block * {BLOCK_LINES} + answer.place - 1
    FROM logs_replyblock AS answers, unnest(answers.reply_to) WITH ORDINALITY AS answer (line, place)
    WHERE answers.channel_id = logs_line.channel_id
    AND answers.block BETWEEN logs_line.id / {BLOCK_LINES} AND logs_line.id / {BLOCK_LINES} + 1
    AND answers.reply_to && ARRAY[logs_line.id] AND answer.line = logs_line.id
"""  # noqa: S608  (a constant)

_ANSWERED = f"""
    SELECT own.reply_to[mod(logs_line.id, {BLOCK_LINES}) + 1] FROM logs_replyblock AS own
    WHERE own.channel_id = logs_line.channel_id AND own.block = logs_line.id / {BLOCK_LINES}
"""  # noqa: S608

# Only in channels that show conversations.
_SHOWN = "(SELECT conversations FROM logs_channel WHERE logs_channel.id = logs_line.channel_id)"

_OTHER = (
    "({shown} AND EXISTS (SELECT FROM logs_line AS other"
    " WHERE other.channel_id = logs_line.channel_id AND other.id IN ({ids}){more}))"
)


def has_answer(readable: str = "") -> str:
    """Lines that another one answers. `readable`: a condition on that one, called `other`."""
    return _OTHER.format(shown=_SHOWN, ids=_ANSWERING, more=f" AND {readable}" if readable else "")


def exchanged_with_nicks(nick: str, readable: str = "") -> str:
    """Lines that answer a line of one of some nicks, or that one of them answers; the parameter is an array of nicks.

    `nick` is the SQL that folds a nick, with `{}` for it.
    """
    wanted = f"ARRAY(SELECT {nick.format('name')} FROM unnest(%s::text[]) AS name)"  # noqa: S608
    more = f" AND {nick.format('other.nick')} = ANY({wanted})"
    ids = f"{_ANSWERING} UNION ALL {_ANSWERED}"
    return _OTHER.format(shown=_SHOWN, ids=ids, more=more + (f" AND {readable}" if readable else ""))
