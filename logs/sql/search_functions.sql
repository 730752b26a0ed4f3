-- The expressions of the search index: the words of a line, and keys that say where, when and by whom it was said.
--
-- PostgreSQL does not rebuild an index when a function in it changes: an edit of logs_words, logs_nick, logs_nick_key
-- or logs_keys that changes a result needs REINDEX INDEX CONCURRENTLY line_search in the same migration.

-- migrate:up

-- The text without its formatting codes and with a blank for whatever is not part of a word, so that PostgreSQL's text
-- search parser finds the same words as logs/text/words.py. Blanks themselves are left alone: most separators
-- are blanks already, and replacing them would double the cost. Events (joins, quits and others) have no words.
CREATE OR REPLACE FUNCTION logs_words(text text, kind smallint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN kind IN (1, 2, 3, 10) THEN regexp_replace(
        CASE WHEN text ~ '[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]'
             THEN regexp_replace(text, '\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?'
                  '|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]', '', 'g')
             ELSE text END,
        '[\x01-\x1f\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7'
        '\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030'
        '\ue000-\uf8ff\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff'
        '\U0001f000-\U0001fbff]', ' ', 'g')
    ELSE '' END;

-- A nick folded by the widest case mapping (rfc1459), whatever the network's: one key covers every way to write it.
CREATE OR REPLACE FUNCTION logs_nick(nick text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    translate(lower(nick), '[]\~', '{}|^');

-- A folded nick as a negative integer: 31 bits of its MD5 with the sign bit set, so that no other key collides with it.
CREATE OR REPLACE FUNCTION logs_nick_key(nick text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    ('x' || left(md5(logs_nick(nick)), 8))::bit(32)::integer | (-2147483648);

-- Keys by which the index itself narrows a search; an array of integers needs no extension. The upper bits are a tag:
-- 0 channel, 1 month, 2 day, 3 kind (1000: has a link), 4 year, sign bit nick. A window of many years is thus a few
-- keys. A line without a link repeats its channel's key, which a GIN index stores once.
-- date_part, unlike extract, computes no numeric, which halves the cost.
CREATE OR REPLACE FUNCTION logs_keys(channel integer, at timestamptz, nick text, kind smallint, text text)
    RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY[
        channel,
        (1 << 28) | (date_part('year', at AT TIME ZONE 'UTC')::integer * 12
                     + date_part('month', at AT TIME ZONE 'UTC')::integer - 1),
        (2 << 28) | ((at AT TIME ZONE 'UTC')::date - '1970-01-01'::date),
        (3 << 28) | kind,
        CASE WHEN kind IN (1, 2, 3, 10) AND (text LIKE '%://%' OR text ILIKE '%www.%')
             THEN (3 << 28) | 1000 ELSE channel END,
        logs_nick_key(nick),
        (4 << 28) | date_part('year', at AT TIME ZONE 'UTC')::integer
    ];

-- migrate:down
DROP FUNCTION logs_keys(integer, timestamptz, text, smallint, text);
DROP FUNCTION logs_nick_key(text);
DROP FUNCTION logs_nick(text);
DROP FUNCTION logs_words(text, smallint);
