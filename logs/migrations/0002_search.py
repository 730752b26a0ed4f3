"""The search index: one GIN over the words of a line and over keys of where, when and by whom it was said.

The keys (tag in the upper bits) let the index itself narrow a search to a channel, a month, a day or a nick; an array
of integers needs no extension for that. Words are runs of letters and digits: punctuation becomes a blank, formatting
codes vanish. Events (joins, quits, ...) have keys but no words.
"""

from django.db import migrations

FUNCTIONS = r"""
CREATE FUNCTION logs_words(text text, kind smallint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN kind IN (1, 2, 3, 10) THEN translate(
        CASE WHEN text ~ '[\x03\x04]'
             THEN regexp_replace(text, '\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?', '', 'g')
             ELSE text END,
        E'!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\x02\x0f\x11\x16\x1d\x1e\x1f',
        '                                ')
    ELSE '' END;

CREATE FUNCTION logs_nick(nick text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    translate(lower(nick), '[]\~', '{}|^');

CREATE FUNCTION logs_nick_key(nick text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    ('x' || left(md5(logs_nick(nick)), 8))::bit(32)::integer | (-2147483648);

CREATE FUNCTION logs_keys(channel integer, at timestamptz, nick text, kind smallint, text text) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY[
        channel,
        (1 << 28) | (extract(year FROM at AT TIME ZONE 'UTC')::integer * 12
                     + extract(month FROM at AT TIME ZONE 'UTC')::integer - 1),
        (2 << 28) | floor(extract(epoch FROM at) / 86400)::integer,
        (3 << 28) | kind,
        CASE WHEN kind IN (1, 2, 3, 10) AND text ~* '://|www\.' THEN (3 << 28) | 1000 ELSE channel END,
        logs_nick_key(nick)
    ];
"""

INDEX = """
CREATE INDEX line_search ON logs_line USING gin (
    to_tsvector('simple', logs_words(text, kind)),
    logs_keys(channel_id, at, nick, kind, text)
);
ALTER INDEX line_search ALTER COLUMN 1 SET STATISTICS 1000;
ALTER INDEX line_search ALTER COLUMN 2 SET STATISTICS 1000;
"""

DROP = """
DROP INDEX line_search;
DROP FUNCTION logs_keys(integer, timestamptz, text, smallint, text);
DROP FUNCTION logs_nick_key(text);
DROP FUNCTION logs_nick(text);
DROP FUNCTION logs_words(text, smallint);
"""


class Migration(migrations.Migration):
    dependencies = [("logs", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTIONS + INDEX, DROP)]
