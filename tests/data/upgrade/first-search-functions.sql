-- The first version of logs_words and logs_keys, by which the search indexes of old databases were built.

CREATE FUNCTION first_words(text text, kind smallint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN kind IN (1, 2, 3, 10) THEN regexp_replace(
        CASE WHEN text ~ '[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]'
             THEN regexp_replace(text, '\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?'
                  '|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]', '', 'g')
             ELSE text END,
        '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7'
        '\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030'
        '\ue000-\uf8ff\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff'
        '\U0001f000-\U0001fbff]', ' ', 'g')
    ELSE '' END;

CREATE OR REPLACE FUNCTION first_keys(channel integer, at timestamptz, nick text, kind smallint, text text)
    RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY[
        channel,
        (1 << 28) | (extract(year FROM at AT TIME ZONE 'UTC')::integer * 12
                     + extract(month FROM at AT TIME ZONE 'UTC')::integer - 1),
        (2 << 28) | floor(extract(epoch FROM at) / 86400)::integer,
        (3 << 28) | kind,
        CASE WHEN kind IN (1, 2, 3, 10) AND text ~* '://|www\.' THEN (3 << 28) | 1000 ELSE channel END,
        logs_nick_key(nick),
        (4 << 28) | extract(year FROM at AT TIME ZONE 'UTC')::integer
    ];
