-- The expressions of the search index: the words of a line, and keys that say where, when and by whom it was said.
--
-- PostgreSQL does not rebuild an index when a function in it changes: an edit of any of these that
-- changes a result needs REINDEX INDEX CONCURRENTLY line_search in the same migration.

-- migrate:up

-- Folding and words: logs/text/words.py says the same in Python, and a test compares the two over all of Unicode.

-- The text without formatting codes, in lower case and one width, with all accents.
CREATE OR REPLACE FUNCTION logs_exact(text text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF text ~ '[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]' THEN
        text := regexp_replace(text, '\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?'
            '|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]', '', 'g');
    END IF;
    IF octet_length(text) = char_length(text) THEN
        RETURN lower(text COLLATE "C");
    END IF;
    text := regexp_replace(text, '[\xad\u034f\u061c\u0640\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f'
        '\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]', '', 'g');
    -- Vowels of Hangul that stand alone do not join the consonant before them. The time of `translate` is the product
    -- of both lengths, so most texts are spared it.
    IF text ~ '[\xb4\u2122\u314f-\u3163]' THEN
        text := translate(text, '´™ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ',
            E'\'®\ud7b0\ud7b1\ud7b2\ud7b3\ud7b4\ud7b5\ud7b6\ud7b7\ud7b8\ud7b9\ud7ba'
            '\ud7bb\ud7bc\ud7bd\ud7be\ud7bf\ud7c0\ud7c1\ud7c2\ud7c3\ud7c4');
    END IF;
    RETURN translate(lower(replace(normalize(text, NFKC), 'İ', 'i')), 'ς’‘ʼʻ׳״', 'σ''''''''''"');
END $$;

-- Such a text without accents, except on letters that these make another letter of (й).
CREATE OR REPLACE FUNCTION logs_unaccented(text text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF octet_length(text) = char_length(text) THEN
        RETURN text;
    END IF;
    text := normalize(translate(text, 'йїўѓќ', E'\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4'), NFKD);
    text := regexp_replace(text, '[\u0300-\u0337\u0339-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7'
        '\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff'
        '\u20d0-\u20e2\u20e4-\u20ff\ufe20-\ufe2f]', '', 'g');
    -- A stroke through a relation or an arrow negates it: ≠ is not =. Through a letter it is an accent.
    IF position(E'\u0338' IN text) > 0 THEN
        text := regexp_replace(text, '(^|[^<=>\u2190-\u2bff])\u0338+', '\1', 'g');
    END IF;
    text := translate(text, 'ıøłđħŧƶǥɨʉȼɍɏƀ', 'ioldhtzgiucryb');
    IF text ~ '[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59]' THEN
        text := translate(text, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙', repeat('0123456789', 5));
    END IF;
    text := replace(replace(replace(text, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
    RETURN translate(normalize(text, NFKC), E'\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4', 'йїўѓќ');
END $$;

-- A function in PL/pgSQL must not call one of ours: builds of indexes and ANALYZE do not search our schema.
CREATE OR REPLACE FUNCTION logs_folded(text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    logs_unaccented(logs_exact(text));

-- The words of a folded text, as the index has them.
CREATE OR REPLACE FUNCTION logs_split(words text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    found text[];
    is_ascii boolean := octet_length(words) = char_length(words);
BEGIN
    IF position('''' IN words) > 0 THEN
        -- A word with apostrophes, beside its parts: dont, don and t.
        words := concat(words, ' ', (SELECT string_agg(replace(run[1], '''', ''), ' ') FROM regexp_matches(words,
        '([^\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u055a-\u055f\u0589\u058a'
        '\u058f\u05be\u05c0\u05c3\u0609-\u060d\u061b\u061d-\u061f\u066a-\u066d\u06d4\u0700-\u070d\u0964\u0965'
        '\u0970\u09f2\u09f3\u0af1\u0bf9\u0df4\u0e3f\u0e4f\u0e5a\u0e5b\u0f04-\u0f14\u0f3a-\u0f3d\u104a\u104b\u10fb'
        '\u1360-\u1368\u166e\u16eb-\u16ed\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u2000-\u206f\u20a0-\u20cf'
        '\u20e3\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ua4fe\ua4ff\ua60d-\ua60f\ue000-\uf8ff'
        '\ufd3e\ufd3f\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff'
        '\U0001f000-\U0001fbff]+'
        '(?:''[^\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u055a-\u055f\u0589\u058a'
        '\u058f\u05be\u05c0\u05c3\u0609-\u060d\u061b\u061d-\u061f\u066a-\u066d\u06d4\u0700-\u070d\u0964\u0965'
        '\u0970\u09f2\u09f3\u0af1\u0bf9\u0df4\u0e3f\u0e4f\u0e5a\u0e5b\u0f04-\u0f14\u0f3a-\u0f3d\u104a\u104b\u10fb'
        '\u1360-\u1368\u166e\u16eb-\u16ed\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u2000-\u206f\u20a0-\u20cf'
        '\u20e3\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ua4fe\ua4ff\ua60d-\ua60f\ue000-\uf8ff'
        '\ufd3e\ufd3f\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff'
        '\U0001f000-\U0001fbff]+)+)', 'g') AS run));
    END IF;
    IF NOT is_ascii THEN
        words := regexp_replace(words,
            '([\u058f\u060b\u09f2\u09f3\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20cf\u20e3\u2190-\u2bff\U0001f000-\U0001fbff])',
            ' \1 ', 'g');
    END IF;
    -- Blanks themselves are left alone: most separators are blanks, and replacing them would double the cost.
    words := regexp_replace(words,
        '[\x01-\x1f\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u055a-\u055f\u0589'
        '\u058a\u05be\u05c0\u05c3\u0609\u060a\u060c\u060d\u061b\u061d-\u061f\u066a-\u066d\u06d4\u0700-\u070d'
        '\u0964\u0965\u0970\u0df4\u0e4f\u0e5a\u0e5b\u0f04-\u0f14\u0f3a-\u0f3d\u104a\u104b\u10fb\u1360-\u1368'
        '\u166e\u16eb-\u16ed\u17d4-\u17d6\u17d8-\u17da\u1800-\u180a\u2000-\u206f\u2e00-\u2e7f\u3000-\u3004'
        '\u3008-\u3020\u3030\u30fb\ua4fe\ua4ff\ua60d-\ua60f\ue000-\uf8ff\ufd3e\ufd3f\ufe00-\ufe6f\uff00-\uff0f'
        '\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff]', ' ', 'g');
    IF words ~ '(?:^| )(?:v[0-9]|0x[0-9a-f])' THEN
        words := regexp_replace(words, '(^| )v([0-9][^ ]*)', '\1v\2 \2', 'g');
        words := regexp_replace(words, '(^| )0x([0-9a-f][^ ]*)', '\10x\2 \2', 'g');
    END IF;
    IF NOT is_ascii AND words ~ '[\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u109f\u1100-\u11ff'
        '\u1780-\u17d3\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u30fa\u30fc-\u312f\u3130-\u318f'
        '\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff'
        '\uf900-\ufaff\U00020000-\U0003ffff]' THEN
        -- Each two neighbours in a run without blanks, and its last character.
        words := (SELECT string_agg(CASE WHEN run[1] IS NULL THEN run[2] ELSE
                (SELECT string_agg(substr(run[1], start, 2), ' ') FROM generate_series(1, length(run[1])) AS start)
            END, ' ') FROM regexp_matches(words,
        '([\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u109f\u1100-\u11ff'
        '\u1780-\u17d3\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u30fa\u30fc-\u312f\u3130-\u318f'
        '\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff'
        '\uf900-\ufaff\U00020000-\U0003ffff]+)'
        '|([^ \u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u109f\u1100-\u11ff'
        '\u1780-\u17d3\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u30fa\u30fc-\u312f\u3130-\u318f'
        '\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff'
        '\uf900-\ufaff\U00020000-\U0003ffff]+)', 'g') AS run);
    END IF;
    found := array_remove(string_to_array(words, ' '), '');
    IF octet_length(words) > 500 THEN
        found := ARRAY(SELECT word FROM unnest(found) AS word WHERE length(word) <= 500);
    END IF;
    RETURN array_to_tsvector(coalesce(found, '{}'));
END $$;

-- What the index has of a line. Events (joins, quits and others) have no words.
CREATE OR REPLACE FUNCTION logs_lexemes(text text, kind smallint) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN kind IN (1, 2, 3, 10) THEN logs_split(logs_folded(text)) ELSE ''::tsvector END;

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
DROP FUNCTION logs_lexemes(text, smallint);
DROP FUNCTION logs_split(text);
DROP FUNCTION logs_folded(text);
DROP FUNCTION logs_unaccented(text);
DROP FUNCTION logs_exact(text);
