-- A database of this version, with rows in every table of logs. Written by tests/upgrade_dump.py.

CREATE FUNCTION public.logs_begin_period() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    new_readers smallint := logs_readers(NEW.audience);
    moment timestamptz := clock_timestamp();
    boundary integer;
    period bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND logs_readers(OLD.audience) = new_readers THEN
        RETURN NULL;
    END IF;
    INSERT INTO logs_linecounter (channel_id, last_id) VALUES (NEW.id, 0) ON CONFLICT DO NOTHING;
    SELECT last_id INTO boundary FROM logs_linecounter WHERE channel_id = NEW.id FOR UPDATE;
    -- A period keeps its row even without lines: some that were said in it may be stored later.
    DELETE FROM logs_closedrange WHERE channel_id = NEW.id AND last IS NULL AND first > boundary;
    UPDATE logs_closedrange SET last = boundary WHERE channel_id = NEW.id AND last IS NULL;
    UPDATE logs_closedperiod SET until = moment WHERE channel_id = NEW.id AND until IS NULL;
    IF new_readers > 0 THEN
        INSERT INTO logs_closedperiod (channel_id, readers, since)
            VALUES (NEW.id, new_readers, CASE WHEN TG_OP = 'UPDATE' THEN moment END) RETURNING id INTO period;
        INSERT INTO logs_closedrange (period_id, channel_id, first) VALUES (period, NEW.id, boundary + 1);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_count_closed_gone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM logs_closedrange JOIN changed USING (channel_id)) THEN
        RETURN NULL;
    END IF;
    UPDATE logs_closeddaycount AS counts SET lines = counts.lines - gone.lines, said = counts.said - gone.said
        FROM (
            SELECT channel_id, period_id, (at AT TIME ZONE 'UTC')::date AS day, count(*) AS lines,
                count(*) FILTER (WHERE kind IN (1, 2, 3)) AS said
            FROM changed JOIN logs_closedrange AS part USING (channel_id)
            WHERE changed.id >= part.first AND (part.last IS NULL OR changed.id <= part.last) GROUP BY 1, 2, 3
        ) AS gone WHERE counts.channel_id = gone.channel_id AND counts.period_id = gone.period_id
            AND counts.day = gone.day;
    UPDATE logs_closedhourcount AS counts SET said = counts.said - gone.said
        FROM (
            SELECT channel_id, period_id, extract(year FROM at AT TIME ZONE 'UTC') AS year,
                logs_hour_of_week(at) AS hour, count(*) AS said
            FROM changed JOIN logs_closedrange AS part USING (channel_id)
            WHERE changed.id >= part.first AND (part.last IS NULL OR changed.id <= part.last) AND kind IN (1, 2, 3)
            GROUP BY 1, 2, 3, 4
        ) AS gone WHERE counts.channel_id = gone.channel_id AND counts.period_id = gone.period_id
            AND counts.year = gone.year AND counts.hour = gone.hour;
    UPDATE logs_closednickcount AS counts SET said = counts.said - gone.said
        FROM (
            SELECT channel_id, period_id, counted.year, nick, sum(said) AS said
            FROM (
                SELECT channel_id, period_id, extract(year FROM at AT TIME ZONE 'UTC')::smallint AS year,
                    left(nick, 400) AS nick, count(*) AS said
                FROM changed JOIN logs_closedrange AS part USING (channel_id)
                WHERE changed.id >= part.first AND (part.last IS NULL OR changed.id <= part.last) AND kind IN (1, 2, 3)
                GROUP BY 1, 2, 3, 4
            ) AS by_year CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year)
            GROUP BY 1, 2, 3, 4
        ) AS gone WHERE counts.channel_id = gone.channel_id AND counts.period_id = gone.period_id
            AND counts.year = gone.year AND counts.nick = gone.nick;
    -- A nick whose lines are all gone must leave no trace: people have their lines erased.
    DELETE FROM logs_closednickcount USING (SELECT DISTINCT channel_id, left(nick, 400) AS nick FROM changed) AS gone
        WHERE logs_closednickcount.channel_id = gone.channel_id AND logs_closednickcount.nick = gone.nick AND said = 0;
    DELETE FROM logs_closeddaycount USING (SELECT DISTINCT channel_id FROM changed) AS gone
        WHERE logs_closeddaycount.channel_id = gone.channel_id AND lines = 0;
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_count_closed_new() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM logs_closedrange JOIN changed USING (channel_id)) THEN
        RETURN NULL;
    END IF;
    INSERT INTO logs_closeddaycount AS counts (channel_id, period_id, day, lines, said)
        SELECT channel_id, period_id, (at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE kind IN (1, 2, 3))
        FROM changed JOIN logs_closedrange AS part USING (channel_id)
        WHERE changed.id >= part.first AND (part.last IS NULL OR changed.id <= part.last)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (channel_id, period_id, day) DO UPDATE SET
            lines = counts.lines + excluded.lines, said = counts.said + excluded.said;
    INSERT INTO logs_closedhourcount AS counts (channel_id, period_id, year, hour, said)
        SELECT channel_id, period_id, extract(year FROM at AT TIME ZONE 'UTC'), logs_hour_of_week(at), count(*)
        FROM changed JOIN logs_closedrange AS part USING (channel_id)
        WHERE changed.id >= part.first AND (part.last IS NULL OR changed.id <= part.last) AND kind IN (1, 2, 3)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (channel_id, period_id, year, hour) DO UPDATE SET said = counts.said + excluded.said;
    INSERT INTO logs_closednickcount AS counts (channel_id, period_id, year, nick, said)
        SELECT channel_id, period_id, counted.year, nick, sum(said)
        FROM (
            SELECT channel_id, period_id, extract(year FROM at AT TIME ZONE 'UTC')::smallint AS year,
                left(nick, 400) AS nick, count(*) AS said
            FROM changed JOIN logs_closedrange AS part USING (channel_id)
            WHERE changed.id >= part.first AND (part.last IS NULL OR changed.id <= part.last) AND kind IN (1, 2, 3)
            GROUP BY 1, 2, 3, 4
        ) AS by_year CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (channel_id, period_id, year, nick) DO UPDATE SET said = counts.said + excluded.said;
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_count_gone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- A day without lines keeps its row: its revision must go on growing, since pages are cached by it.
    UPDATE logs_daycount AS counts
        SET lines = counts.lines - gone.lines, said = counts.said - gone.said, revision = counts.revision + 1
        FROM (
            SELECT channel_id, (at AT TIME ZONE 'UTC')::date AS day, count(*) AS lines,
                count(*) FILTER (WHERE kind IN (1, 2, 3)) AS said
            FROM changed GROUP BY 1, 2
        ) AS gone WHERE counts.channel_id = gone.channel_id AND counts.day = gone.day;
    UPDATE logs_hourcount AS counts SET said = counts.said - gone.said
        FROM (
            SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC') AS year, logs_hour_of_week(at) AS hour,
                count(*) AS said
            FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
        ) AS gone WHERE counts.channel_id = gone.channel_id AND counts.year = gone.year AND counts.hour = gone.hour;
    UPDATE logs_nickcount AS counts SET said = counts.said - gone.said
        FROM (
            SELECT channel_id, counted.year, nick, sum(said) AS said
            FROM (
                SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC')::smallint AS year, left(nick, 400) AS nick,
                    count(*) AS said
                FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
            ) AS by_year CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year)
            GROUP BY 1, 2, 3
        ) AS gone WHERE counts.channel_id = gone.channel_id AND counts.year = gone.year AND counts.nick = gone.nick;
    -- A nick whose lines are all gone must leave no trace: people have their lines erased.
    DELETE FROM logs_nickcount USING (SELECT DISTINCT channel_id, left(nick, 400) AS nick FROM changed) AS gone
        WHERE logs_nickcount.channel_id = gone.channel_id AND logs_nickcount.nick = gone.nick
        AND logs_nickcount.year IN (SELECT 0 UNION SELECT extract(year FROM at AT TIME ZONE 'UTC') FROM changed)
        AND said = 0;
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_count_new() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO logs_daycount AS counts (channel_id, day, lines, said, revision)
        SELECT channel_id, (at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE kind IN (1, 2, 3)), 1
        FROM changed GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (channel_id, day) DO UPDATE SET
            lines = counts.lines + excluded.lines,
            said = counts.said + excluded.said,
            revision = counts.revision + 1;
    INSERT INTO logs_hourcount AS counts (channel_id, year, hour, said)
        SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC'), logs_hour_of_week(at), count(*)
        FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (channel_id, year, hour) DO UPDATE SET said = counts.said + excluded.said;
    -- Each nick is counted twice: in its year, and in the year 0, which stands for all years.
    -- Nicks are cut to 400 characters, since an index row holds at most 2,704 bytes.
    INSERT INTO logs_nickcount AS counts (channel_id, year, nick, said)
        SELECT channel_id, counted.year, nick, sum(said)
        FROM (
            SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC')::smallint AS year, left(nick, 400) AS nick,
                count(*) AS said
            FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
        ) AS by_year CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (channel_id, year, nick) DO UPDATE SET said = counts.said + excluded.said;
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_day_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.changed_at = clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION public.logs_exact(text text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
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
    RETURN translate(lower(replace(normalize(text, NFKC), 'İ', 'i')), 'ς’‘ʼʻ', 'σ''''''''');
END $$;

CREATE FUNCTION public.logs_unaccented(text text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    IF octet_length(text) = char_length(text) THEN
        RETURN text;
    END IF;
    text := normalize(translate(text, 'йїўѓќ', E'\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4'), NFKD);
    text := regexp_replace(text, '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a'
        '\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff'
        '\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g');
    text := translate(text, 'ıøłđħŧƶǥɨʉȼɍɏƀ', 'ioldhtzgiucryb');
    text := replace(replace(replace(text, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
    RETURN translate(normalize(text, NFKC), E'\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4', 'йїўѓќ');
END $$;

CREATE FUNCTION public.logs_folded(text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN public.logs_unaccented(public.logs_exact(text));

CREATE FUNCTION public.logs_hour_of_week(at timestamp with time zone) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((EXTRACT(isodow FROM (at AT TIME ZONE 'UTC'::text)) - (1)::numeric) * (24)::numeric) + EXTRACT(hour FROM (at AT TIME ZONE 'UTC'::text)));

CREATE FUNCTION public.logs_nick(nick text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(lower(nick), '[]\~'::text, '{}|^'::text);

CREATE FUNCTION public.logs_nick_key(nick text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((('x'::text || "left"(md5(public.logs_nick(nick)), 8)))::bit(32))::integer | '-2147483648'::integer);

CREATE FUNCTION public.logs_keys(channel integer, at timestamp with time zone, nick text, kind smallint, text text) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY[channel, ((1 << 28) | ((((date_part('year'::text, (at AT TIME ZONE 'UTC'::text)))::integer * 12) + (date_part('month'::text, (at AT TIME ZONE 'UTC'::text)))::integer) - 1)), ((2 << 28) | (((at AT TIME ZONE 'UTC'::text))::date - '1970-01-01'::date)), ((3 << 28) | (kind)::integer), CASE WHEN ((kind = ANY (ARRAY[1, 2, 3, 10])) AND ((text ~~ '%://%'::text) OR (text ~~* '%www.%'::text))) THEN ((3 << 28) | 1000) ELSE channel END, public.logs_nick_key(nick), ((4 << 28) | (date_part('year'::text, (at AT TIME ZONE 'UTC'::text)))::integer)];

CREATE FUNCTION public.logs_split(words text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    found text[];
    is_ascii boolean := octet_length(words) = char_length(words);
BEGIN
    IF position('''' IN words) > 0 THEN
        -- A word with apostrophes, beside its parts: dont, don and t.
        words := concat(words, ' ', (SELECT string_agg(replace(run[1], '''', ''), ' ') FROM regexp_matches(words,
        '([^\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u206f'
        '\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ue000-\uf8ff'
        '\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff'
        '\U0001f000-\U0001fbff]+'
        '(?:''[^\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u206f'
        '\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ue000-\uf8ff'
        '\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff'
        '\U0001f000-\U0001fbff]+)+)', 'g') AS run));
    END IF;
    IF NOT is_ascii THEN
        words := regexp_replace(words, '([\u20a0-\u20cf\u2190-\u2bff\U0001f000-\U0001fbff])', ' \1 ', 'g');
    END IF;
    -- Blanks themselves are left alone: most separators are blanks, and replacing them would double the cost.
    words := regexp_replace(words,
        '[\x01-\x1f\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u206f'
        '\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ue000-\uf8ff\ufe00-\ufe6f\uff00-\uff0f'
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

CREATE FUNCTION public.logs_lexemes(text text, kind smallint) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (kind = ANY (ARRAY[1, 2, 3, 10])) THEN public.logs_split(public.logs_folded(text)) ELSE ''::tsvector END;

CREATE FUNCTION public.logs_place(channel integer, line integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((channel)::bigint << 32) | (line)::bigint);

CREATE TABLE public.logs_closedrange (
    id integer NOT NULL,
    first integer NOT NULL,
    last integer,
    channel_id integer NOT NULL,
    period_id integer NOT NULL
);

CREATE FUNCTION public.logs_lines_of_periods(periods bigint[]) RETURNS int8multirange
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT COALESCE(range_agg(int8range(public.logs_place(logs_closedrange.channel_id, logs_closedrange.first), public.logs_place(logs_closedrange.channel_id, COALESCE(logs_closedrange.last, 2147483647)), '[]'::text)), '{}'::int8multirange) AS "coalesce" FROM public.logs_closedrange WHERE (logs_closedrange.period_id = ANY (logs_lines_of_periods.periods)));

CREATE FUNCTION public.logs_readers(audience text) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (audience = 'public'::text) THEN 0 WHEN (audience ~~ 'unlisted%'::text) THEN 1 WHEN (audience ~~ 'members%'::text) THEN 2 ELSE 3 END;

CREATE TABLE public.logs_closedperiod (
    id integer NOT NULL,
    readers smallint NOT NULL,
    since timestamp with time zone,
    until timestamp with time zone,
    published_at timestamp with time zone,
    channel_id integer NOT NULL
);

CREATE FUNCTION public.logs_lines_closed_to(channel integer, audience text) RETURNS int8multirange
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN public.logs_lines_of_periods((ARRAY(SELECT period.id FROM public.logs_closedperiod period WHERE ((period.channel_id = logs_lines_closed_to.channel) AND (period.readers > public.logs_readers(logs_lines_closed_to.audience)))))::bigint[]);

CREATE FUNCTION public.logs_note_pause() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM logs_watchedfile WHERE channel_id = NEW.id AND state = 'followed') THEN
        RETURN NULL;
    END IF;
    IF NEW.paused THEN
        INSERT INTO logs_gap (channel_id, from_at, reason) VALUES (NEW.id, clock_timestamp(), 'paused')
            ON CONFLICT DO NOTHING;
    ELSE
        UPDATE logs_gap SET to_at = clock_timestamp()
            WHERE channel_id = NEW.id AND to_at IS NULL AND reason = 'paused';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_notify_audience() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('botbot_lines', OLD.id || ' 0');
    RETURN NULL;
END $$;

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group_permissions (
    id integer NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_user (
    id integer NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL
);

CREATE TABLE public.auth_user_groups (
    id integer NOT NULL,
    user_id integer NOT NULL,
    group_id integer NOT NULL
);

ALTER TABLE public.auth_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.auth_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_user_user_permissions (
    id integer NOT NULL,
    user_id integer NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.auth_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accessattempt (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    get_data text NOT NULL,
    post_data text NOT NULL,
    failures_since_start integer NOT NULL,
    CONSTRAINT axes_accessattempt_failures_since_start_check CHECK ((failures_since_start >= 0))
);

ALTER TABLE public.axes_accessattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accessattemptexpiration (
    access_attempt_id integer NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.axes_accessfailurelog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    locked_out boolean NOT NULL
);

ALTER TABLE public.axes_accessfailurelog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessfailurelog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accesslog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    logout_time timestamp with time zone,
    session_hash character varying(64) NOT NULL
);

ALTER TABLE public.axes_accesslog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accesslog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id integer NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);

ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_migrations (
    id integer NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);

CREATE TABLE public.logs_act (
    id integer NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel_id integer,
    by character varying(250) NOT NULL,
    what character varying(500) NOT NULL,
    removed integer,
    CONSTRAINT logs_act_removed_check CHECK ((removed >= 0))
);

ALTER TABLE public.logs_act ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_act_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_apitoken (
    id integer NOT NULL,
    channel_id integer NOT NULL,
    identity_id integer,
    user_id integer,
    name character varying(100) NOT NULL,
    digest character varying(64) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    last_used_at timestamp with time zone
);

ALTER TABLE public.logs_apitoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_apitoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_askedaddress (
    id integer NOT NULL,
    digest character varying(64) NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    is_refusal boolean NOT NULL,
    identity_id integer
);

ALTER TABLE public.logs_askedaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_askedaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_block (
    id integer NOT NULL,
    kind character varying(4) NOT NULL,
    pattern character varying(200) NOT NULL,
    reason character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    by character varying(250) NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    refused_at timestamp with time zone,
    network_id integer
);

ALTER TABLE public.logs_block ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_block_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_botstatus (
    id integer NOT NULL,
    network_id integer NOT NULL,
    channel_id integer,
    state character varying(20) NOT NULL,
    detail text NOT NULL,
    since timestamp with time zone NOT NULL,
    last_line_at timestamp with time zone,
    journal_depth bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    damaged bigint DEFAULT 0 NOT NULL,
    in_memory bigint DEFAULT 0 NOT NULL,
    lost bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL
);

ALTER TABLE public.logs_botstatus ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_botstatus_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_channel (
    id integer NOT NULL,
    network_id integer NOT NULL,
    name character varying(200) NOT NULL,
    folded character varying(200) NOT NULL,
    key character varying(100) NOT NULL,
    wanted boolean NOT NULL,
    stopped character varying(300) NOT NULL,
    paused boolean NOT NULL,
    visibility character varying(10) NOT NULL,
    hidden boolean NOT NULL,
    notice character varying(10) NOT NULL,
    entry_notice boolean NOT NULL,
    link_key character varying(40) NOT NULL,
    access integer NOT NULL,
    audience character varying(30) GENERATED ALWAYS AS (
CASE
    WHEN (hidden OR (((notice)::text = 'missing'::text) AND (NOT ((visibility)::text = 'members'::text)))) THEN (COALESCE('owners:'::text, ''::text) || (COALESCE((access)::character varying, ''::character varying))::text)
    WHEN ((visibility)::text = 'public'::text) THEN (visibility)::text
    ELSE ((COALESCE(visibility, ''::character varying))::text || COALESCE((COALESCE(':'::text, ''::text) || (COALESCE((access)::character varying, ''::character varying))::text), ''::text))
END) STORED,
    indexed boolean NOT NULL,
    ai boolean NOT NULL,
    keeps_joins boolean NOT NULL,
    off_record character varying(100) NOT NULL,
    delay integer NOT NULL,
    retention integer,
    opted_out character varying(11) NOT NULL,
    holds_spam boolean NOT NULL,
    bridges character varying(300) NOT NULL,
    stemming boolean NOT NULL,
    answers character varying(10) NOT NULL,
    topic text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    announcement character varying(400) NOT NULL,
    conversations boolean NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    links text DEFAULT ''::text NOT NULL,
    rules text DEFAULT ''::text NOT NULL,
    welcome character varying(300) DEFAULT ''::character varying NOT NULL,
    notifies boolean DEFAULT true NOT NULL,
    keeps_restricted boolean DEFAULT false NOT NULL,
    bots character varying(500) DEFAULT ''::character varying NOT NULL,
    seen_bots text DEFAULT ''::text NOT NULL,
    time_zone character varying(64) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT logs_channel_delay_check CHECK ((delay >= 0)),
    CONSTRAINT logs_channel_retention_check CHECK ((retention >= 0))
);

ALTER TABLE public.logs_channel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_channel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_closeddaycount (
    day date NOT NULL,
    lines integer NOT NULL,
    said integer NOT NULL,
    channel_id integer NOT NULL,
    period_id integer NOT NULL
);

CREATE TABLE public.logs_closedhourcount (
    year smallint NOT NULL,
    hour smallint NOT NULL,
    said integer NOT NULL,
    channel_id integer NOT NULL,
    period_id integer NOT NULL
);

CREATE TABLE public.logs_closednickcount (
    year smallint NOT NULL,
    nick text NOT NULL,
    said integer NOT NULL,
    channel_id integer NOT NULL,
    period_id integer NOT NULL
);

ALTER TABLE public.logs_closedperiod ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_closedperiod_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.logs_closedrange ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_closedrange_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_code (
    id integer NOT NULL,
    network_id integer NOT NULL,
    channel character varying(200) NOT NULL,
    selector character varying(10) NOT NULL,
    digest character varying(64) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    wrong smallint NOT NULL,
    identity_id integer,
    used_at timestamp with time zone,
    CONSTRAINT logs_code_wrong_check CHECK ((wrong >= 0))
);

ALTER TABLE public.logs_code ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_code_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_daycount (
    channel_id integer NOT NULL,
    day date NOT NULL,
    lines integer NOT NULL,
    said integer NOT NULL,
    revision integer NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
)
WITH (fillfactor='70');

CREATE TABLE public.logs_erasedcopy (
    id bigint NOT NULL,
    channel_id integer NOT NULL,
    digest uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    until timestamp with time zone,
    pseudonym character varying(20) NOT NULL
);

ALTER TABLE public.logs_erasedcopy ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_erasedcopy_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_fill (
    id integer NOT NULL,
    channel_id integer NOT NULL,
    first integer NOT NULL,
    last integer NOT NULL,
    name character varying(200) NOT NULL
);

ALTER TABLE public.logs_fill ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_fill_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_forgotten (
    id integer NOT NULL,
    network_id integer NOT NULL,
    channel_id integer,
    until timestamp with time zone NOT NULL,
    account character varying(200) NOT NULL,
    nick character varying(200) NOT NULL,
    msgid character varying(500) NOT NULL,
    digest character varying(64) NOT NULL,
    renamed boolean DEFAULT false NOT NULL
);

ALTER TABLE public.logs_forgotten ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_forgotten_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_formername (
    id integer NOT NULL,
    folded character varying(200) NOT NULL,
    channel_id integer NOT NULL,
    network_id integer NOT NULL
);

ALTER TABLE public.logs_formername ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_formername_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_gap (
    id integer NOT NULL,
    channel_id integer NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone,
    reason character varying(20) NOT NULL
);

ALTER TABLE public.logs_gap ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_gap_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_heldline (
    id integer NOT NULL,
    channel_id integer NOT NULL,
    why character varying(10) NOT NULL,
    due_at timestamp with time zone,
    held_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    at timestamp with time zone NOT NULL,
    kind smallint NOT NULL,
    nick text NOT NULL,
    text text NOT NULL,
    account text,
    msgid text,
    target text
);

ALTER TABLE public.logs_heldline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_heldline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_hourcount (
    channel_id integer NOT NULL,
    year smallint NOT NULL,
    hour smallint NOT NULL,
    said integer NOT NULL
)
WITH (fillfactor='70');

CREATE TABLE public.logs_identity (
    id integer NOT NULL,
    network_id integer NOT NULL,
    account character varying(200) NOT NULL,
    nick character varying(200) NOT NULL,
    proven_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    signed_out_at timestamp with time zone,
    confirmed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

ALTER TABLE public.logs_identity ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_identity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_journalposition (
    journal character varying(36) NOT NULL,
    segment bigint NOT NULL,
    "offset" bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    network_id integer,
    heard_until timestamp with time zone
);

CREATE TABLE public.logs_line (
    at timestamp with time zone NOT NULL,
    id integer NOT NULL,
    channel_id integer NOT NULL,
    kind smallint NOT NULL,
    nick text NOT NULL,
    text text NOT NULL,
    account text,
    msgid text,
    target text
);

CREATE TABLE public.logs_linecounter (
    channel_id integer NOT NULL,
    last_id integer NOT NULL
);

CREATE TABLE public.logs_mailaddress (
    id integer NOT NULL,
    address character varying(254) NOT NULL,
    with_memos boolean NOT NULL,
    given_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    nonce character varying(32) NOT NULL,
    is_asked boolean NOT NULL,
    confirmed_at timestamp with time zone,
    mailed_at timestamp with time zone,
    failures smallint NOT NULL,
    retry_at timestamp with time zone,
    problem character varying(200) NOT NULL,
    identity_id integer NOT NULL,
    CONSTRAINT logs_mailaddress_failures_check CHECK ((failures >= 0))
);

ALTER TABLE public.logs_mailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_mailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_mailednotice (
    id integer NOT NULL,
    address_id integer NOT NULL,
    notice_id integer NOT NULL
);

ALTER TABLE public.logs_mailednotice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_mailednotice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_membership (
    id integer NOT NULL,
    channel_id integer NOT NULL,
    identity_id integer NOT NULL,
    role character varying(10) NOT NULL,
    evidence text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

ALTER TABLE public.logs_membership ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_membership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_network (
    id integer NOT NULL,
    name character varying(50) NOT NULL,
    host character varying(255) NOT NULL,
    port integer NOT NULL,
    tls boolean NOT NULL,
    nick character varying(50) NOT NULL,
    username character varying(20) NOT NULL,
    realname character varying(200) NOT NULL,
    password character varying(300) NOT NULL,
    fingerprints text NOT NULL,
    certificate character varying(300) NOT NULL,
    account character varying(100) NOT NULL,
    account_password character varying(1000) NOT NULL,
    account_key character varying(300) NOT NULL,
    mechanisms character varying(200) NOT NULL,
    account_required boolean NOT NULL,
    wanted boolean NOT NULL,
    inviting boolean NOT NULL,
    scrubs integer NOT NULL,
    wrong_codes bigint NOT NULL,
    casemapping character varying(20) NOT NULL,
    encoding character varying(30) NOT NULL,
    CONSTRAINT logs_network_port_check CHECK ((port >= 0))
);

ALTER TABLE public.logs_network ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_network_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_nickcount (
    channel_id integer NOT NULL,
    year smallint NOT NULL,
    nick text NOT NULL,
    folded text GENERATED ALWAYS AS (public.logs_nick(nick)) STORED,
    said integer NOT NULL
)
WITH (fillfactor='70');

CREATE TABLE public.logs_oldnumber (
    id integer NOT NULL,
    channel_id integer NOT NULL,
    number bigint NOT NULL,
    line integer NOT NULL
);

ALTER TABLE public.logs_oldnumber ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_oldnumber_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_optout (
    id integer NOT NULL,
    network_id integer NOT NULL,
    channel_id integer,
    account character varying(200) NOT NULL,
    nick character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

ALTER TABLE public.logs_optout ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_optout_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_ownernotice (
    id integer NOT NULL,
    kind character varying(10) NOT NULL,
    text character varying(350) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    memo_at timestamp with time zone,
    mailed_at timestamp with time zone,
    channel_id integer,
    network_id integer NOT NULL
);

ALTER TABLE public.logs_ownernotice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_ownernotice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_planneddeletion (
    id integer NOT NULL,
    kind character varying(10) NOT NULL,
    by character varying(250) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    due_at timestamp with time zone NOT NULL,
    was_hidden boolean NOT NULL,
    was_wanted boolean NOT NULL,
    former_retention integer,
    channel_id integer NOT NULL,
    CONSTRAINT logs_planneddeletion_former_retention_check CHECK ((former_retention >= 0))
);

ALTER TABLE public.logs_planneddeletion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_planneddeletion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_removal (
    channel_id integer NOT NULL,
    id integer NOT NULL,
    line integer NOT NULL
);

CREATE TABLE public.logs_replyblock (
    block integer NOT NULL,
    reply_to integer[] NOT NULL,
    confidence smallint[] NOT NULL,
    channel_id integer NOT NULL
);

CREATE TABLE public.logs_replyoverride (
    id integer NOT NULL,
    line integer NOT NULL,
    reply_to integer,
    by character varying(200) NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel_id integer NOT NULL
);

ALTER TABLE public.logs_replyoverride ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_replyoverride_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_replyprogress (
    channel_id integer NOT NULL,
    through integer NOT NULL
);

CREATE TABLE public.logs_request (
    id integer NOT NULL,
    network_id integer NOT NULL,
    nick character varying(200) NOT NULL,
    wish character varying(10) NOT NULL,
    words text NOT NULL,
    link_digest character varying(64) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    due_at timestamp with time zone NOT NULL,
    answer text NOT NULL,
    answered_at timestamp with time zone
);

ALTER TABLE public.logs_request ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_request_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_unfinished (
    channel_id integer NOT NULL
);

CREATE TABLE public.logs_upload (
    id integer NOT NULL,
    channel_id integer NOT NULL,
    by character varying(250) NOT NULL,
    name character varying(100) NOT NULL,
    content bytea NOT NULL,
    sent_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

ALTER TABLE public.logs_upload ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_upload_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_watchedfile (
    id integer NOT NULL,
    path text NOT NULL,
    folder text NOT NULL,
    day date,
    format character varying(20) NOT NULL,
    identity character varying(60) NOT NULL,
    head character varying(64) NOT NULL,
    head_length integer NOT NULL,
    "offset" bigint NOT NULL,
    context_offset bigint NOT NULL,
    context_day date,
    is_day_lost boolean NOT NULL,
    context_digest character varying(64) NOT NULL,
    state character varying(10) NOT NULL,
    detail text NOT NULL,
    lines bigint NOT NULL,
    unparsed bigint NOT NULL,
    last_line_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    channel_id integer,
    root_id integer NOT NULL
);

ALTER TABLE public.logs_watchedfile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_watchedfile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_watchedpath (
    id integer NOT NULL,
    name character varying(100) NOT NULL,
    path text NOT NULL,
    closed_before date,
    began_at timestamp with time zone,
    imports_old boolean NOT NULL,
    polls boolean NOT NULL,
    ignored integer NOT NULL,
    lines bigint NOT NULL,
    unparsed bigint NOT NULL,
    problem text NOT NULL,
    seen_at timestamp with time zone
);

ALTER TABLE public.logs_watchedpath ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_watchedpath_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

INSERT INTO public.auth_group (id, name) VALUES (1, 'Moderators');

INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (1, 1, 1);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (2, 1, 2);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (3, 1, 3);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (4, 1, 4);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (5, 1, 5);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (6, 1, 6);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (7, 1, 7);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (8, 1, 8);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (9, 1, 9);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (10, 1, 10);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (11, 1, 11);

INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (1, 'Can view redaction', 1, 'view_redaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (2, 'Can add redaction', 1, 'add_redaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (3, 'Can view request', 2, 'view_request');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (4, 'Can change request', 2, 'change_request');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (5, 'Can view held line', 3, 'view_heldline');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (6, 'Can delete held line', 3, 'delete_heldline');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (7, 'Can view opt out', 4, 'view_optout');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (8, 'Can add opt out', 4, 'add_optout');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (9, 'Can view blocked nick or text', 5, 'view_block');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (10, 'Can add blocked nick or text', 5, 'add_block');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (11, 'Can change blocked nick or text', 5, 'change_block');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (12, 'Can add log entry', 6, 'add_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (13, 'Can change log entry', 6, 'change_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (14, 'Can delete log entry', 6, 'delete_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (15, 'Can view log entry', 6, 'view_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (16, 'Can add permission', 7, 'add_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (17, 'Can change permission', 7, 'change_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (18, 'Can delete permission', 7, 'delete_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (19, 'Can view permission', 7, 'view_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (20, 'Can add group', 8, 'add_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (21, 'Can change group', 8, 'change_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (22, 'Can delete group', 8, 'delete_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (23, 'Can view group', 8, 'view_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (24, 'Can add user', 9, 'add_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (25, 'Can change user', 9, 'change_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (26, 'Can delete user', 9, 'delete_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (27, 'Can view user', 9, 'view_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (28, 'Can add content type', 10, 'add_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (29, 'Can change content type', 10, 'change_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (30, 'Can delete content type', 10, 'delete_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (31, 'Can view content type', 10, 'view_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (32, 'Can add session', 11, 'add_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (33, 'Can change session', 11, 'change_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (34, 'Can delete session', 11, 'delete_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (35, 'Can view session', 11, 'view_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (36, 'Can add access attempt', 12, 'add_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (37, 'Can change access attempt', 12, 'change_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (38, 'Can delete access attempt', 12, 'delete_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (39, 'Can view access attempt', 12, 'view_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (40, 'Can add access log', 13, 'add_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (41, 'Can change access log', 13, 'change_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (42, 'Can delete access log', 13, 'delete_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (43, 'Can view access log', 13, 'view_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (44, 'Can add access failure', 14, 'add_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (45, 'Can change access failure', 14, 'change_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (46, 'Can delete access failure', 14, 'delete_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (47, 'Can view access failure', 14, 'view_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (48, 'Can add access attempt expiration', 15, 'add_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (49, 'Can change access attempt expiration', 15, 'change_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (50, 'Can delete access attempt expiration', 15, 'delete_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (51, 'Can view access attempt expiration', 15, 'view_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (52, 'Can add network', 16, 'add_network');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (53, 'Can change network', 16, 'change_network');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (54, 'Can delete network', 16, 'delete_network');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (55, 'Can view network', 16, 'view_network');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (56, 'Can add channel', 17, 'add_channel');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (57, 'Can change channel', 17, 'change_channel');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (58, 'Can delete channel', 17, 'delete_channel');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (59, 'Can view channel', 17, 'view_channel');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (60, 'Can add line counter', 18, 'add_linecounter');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (61, 'Can change line counter', 18, 'change_linecounter');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (62, 'Can delete line counter', 18, 'delete_linecounter');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (63, 'Can view line counter', 18, 'view_linecounter');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (64, 'Can add line', 19, 'add_line');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (65, 'Can change line', 19, 'change_line');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (66, 'Can delete line', 19, 'delete_line');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (67, 'Can view line', 19, 'view_line');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (68, 'Can add removal', 20, 'add_removal');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (69, 'Can change removal', 20, 'change_removal');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (70, 'Can delete removal', 20, 'delete_removal');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (71, 'Can view removal', 20, 'view_removal');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (72, 'Can add gap', 21, 'add_gap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (73, 'Can change gap', 21, 'change_gap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (74, 'Can delete gap', 21, 'delete_gap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (75, 'Can view gap', 21, 'view_gap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (76, 'Can add held line', 3, 'add_heldline');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (77, 'Can change held line', 3, 'change_heldline');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (78, 'Can add journal position', 22, 'add_journalposition');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (79, 'Can change journal position', 22, 'change_journalposition');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (80, 'Can delete journal position', 22, 'delete_journalposition');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (81, 'Can view journal position', 22, 'view_journalposition');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (82, 'Can add bot status', 23, 'add_botstatus');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (83, 'Can change bot status', 23, 'change_botstatus');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (84, 'Can delete bot status', 23, 'delete_botstatus');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (85, 'Can view bot status', 23, 'view_botstatus');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (86, 'Can add old number', 24, 'add_oldnumber');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (87, 'Can change old number', 24, 'change_oldnumber');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (88, 'Can delete old number', 24, 'delete_oldnumber');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (89, 'Can view old number', 24, 'view_oldnumber');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (90, 'Can add fill', 25, 'add_fill');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (91, 'Can change fill', 25, 'change_fill');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (92, 'Can delete fill', 25, 'delete_fill');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (93, 'Can view fill', 25, 'view_fill');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (94, 'Can add unfinished', 26, 'add_unfinished');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (95, 'Can change unfinished', 26, 'change_unfinished');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (96, 'Can delete unfinished', 26, 'delete_unfinished');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (97, 'Can view unfinished', 26, 'view_unfinished');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (98, 'Can add upload', 27, 'add_upload');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (99, 'Can change upload', 27, 'change_upload');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (100, 'Can delete upload', 27, 'delete_upload');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (101, 'Can view upload', 27, 'view_upload');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (102, 'Can add identity', 28, 'add_identity');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (103, 'Can change identity', 28, 'change_identity');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (104, 'Can delete identity', 28, 'delete_identity');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (105, 'Can view identity', 28, 'view_identity');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (106, 'Can add owner or member', 29, 'add_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (107, 'Can change owner or member', 29, 'change_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (108, 'Can delete owner or member', 29, 'delete_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (109, 'Can view owner or member', 29, 'view_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (110, 'Can add code', 30, 'add_code');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (111, 'Can change code', 30, 'change_code');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (112, 'Can delete code', 30, 'delete_code');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (113, 'Can view code', 30, 'view_code');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (114, 'Can add API token', 31, 'add_apitoken');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (115, 'Can change API token', 31, 'change_apitoken');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (116, 'Can delete API token', 31, 'delete_apitoken');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (117, 'Can view API token', 31, 'view_apitoken');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (118, 'Can change opt-out', 4, 'change_optout');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (119, 'Can delete opt-out', 4, 'delete_optout');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (120, 'Can add forgotten', 32, 'add_forgotten');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (121, 'Can change forgotten', 32, 'change_forgotten');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (122, 'Can delete forgotten', 32, 'delete_forgotten');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (123, 'Can view forgotten', 32, 'view_forgotten');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (124, 'Can add privacy request', 2, 'add_request');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (125, 'Can delete privacy request', 2, 'delete_request');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (126, 'Can add entry of the audit log', 33, 'add_act');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (127, 'Can change entry of the audit log', 33, 'change_act');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (128, 'Can delete entry of the audit log', 33, 'delete_act');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (129, 'Can view entry of the audit log', 33, 'view_act');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (130, 'Can change removal of lines', 1, 'change_redaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (131, 'Can delete removal of lines', 1, 'delete_redaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (132, 'Can add day count', 34, 'add_daycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (133, 'Can change day count', 34, 'change_daycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (134, 'Can delete day count', 34, 'delete_daycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (135, 'Can view day count', 34, 'view_daycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (136, 'Can add hour count', 35, 'add_hourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (137, 'Can change hour count', 35, 'change_hourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (138, 'Can delete hour count', 35, 'delete_hourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (139, 'Can view hour count', 35, 'view_hourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (140, 'Can add nick count', 36, 'add_nickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (141, 'Can change nick count', 36, 'change_nickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (142, 'Can delete nick count', 36, 'delete_nickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (143, 'Can view nick count', 36, 'view_nickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (144, 'Can add erased copy', 37, 'add_erasedcopy');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (145, 'Can change erased copy', 37, 'change_erasedcopy');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (146, 'Can delete erased copy', 37, 'delete_erasedcopy');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (147, 'Can view erased copy', 37, 'view_erasedcopy');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (148, 'Can add closed period', 38, 'add_closedperiod');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (149, 'Can change closed period', 38, 'change_closedperiod');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (150, 'Can delete closed period', 38, 'delete_closedperiod');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (151, 'Can view closed period', 38, 'view_closedperiod');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (152, 'Can add closed range', 39, 'add_closedrange');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (153, 'Can change closed range', 39, 'change_closedrange');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (154, 'Can delete closed range', 39, 'delete_closedrange');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (155, 'Can view closed range', 39, 'view_closedrange');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (156, 'Can add closed day count', 40, 'add_closeddaycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (157, 'Can change closed day count', 40, 'change_closeddaycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (158, 'Can delete closed day count', 40, 'delete_closeddaycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (159, 'Can view closed day count', 40, 'view_closeddaycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (160, 'Can add closed hour count', 41, 'add_closedhourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (161, 'Can change closed hour count', 41, 'change_closedhourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (162, 'Can delete closed hour count', 41, 'delete_closedhourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (163, 'Can view closed hour count', 41, 'view_closedhourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (164, 'Can add closed nick count', 42, 'add_closednickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (165, 'Can change closed nick count', 42, 'change_closednickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (166, 'Can delete closed nick count', 42, 'delete_closednickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (167, 'Can view closed nick count', 42, 'view_closednickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (168, 'Can add reply block', 43, 'add_replyblock');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (169, 'Can change reply block', 43, 'change_replyblock');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (170, 'Can delete reply block', 43, 'delete_replyblock');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (171, 'Can view reply block', 43, 'view_replyblock');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (172, 'Can add reply progress', 44, 'add_replyprogress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (173, 'Can change reply progress', 44, 'change_replyprogress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (174, 'Can delete reply progress', 44, 'delete_replyprogress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (175, 'Can view reply progress', 44, 'view_replyprogress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (176, 'Can add reply override', 45, 'add_replyoverride');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (177, 'Can change reply override', 45, 'change_replyoverride');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (178, 'Can delete reply override', 45, 'delete_replyoverride');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (179, 'Can view reply override', 45, 'view_replyoverride');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (180, 'Can add planned deletion', 46, 'add_planneddeletion');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (181, 'Can change planned deletion', 46, 'change_planneddeletion');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (182, 'Can delete planned deletion', 46, 'delete_planneddeletion');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (183, 'Can view planned deletion', 46, 'view_planneddeletion');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (184, 'Can add former name', 47, 'add_formername');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (185, 'Can change former name', 47, 'change_formername');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (186, 'Can delete former name', 47, 'delete_formername');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (187, 'Can view former name', 47, 'view_formername');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (188, 'Can delete blocked nick or text', 5, 'delete_block');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (189, 'Can add owner notice', 48, 'add_ownernotice');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (190, 'Can change owner notice', 48, 'change_ownernotice');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (191, 'Can delete owner notice', 48, 'delete_ownernotice');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (192, 'Can view owner notice', 48, 'view_ownernotice');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (193, 'Can add asked address', 49, 'add_askedaddress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (194, 'Can change asked address', 49, 'change_askedaddress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (195, 'Can delete asked address', 49, 'delete_askedaddress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (196, 'Can view asked address', 49, 'view_askedaddress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (197, 'Can add mail address', 50, 'add_mailaddress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (198, 'Can change mail address', 50, 'change_mailaddress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (199, 'Can delete mail address', 50, 'delete_mailaddress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (200, 'Can view mail address', 50, 'view_mailaddress');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (201, 'Can add mailed notice', 51, 'add_mailednotice');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (202, 'Can change mailed notice', 51, 'change_mailednotice');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (203, 'Can delete mailed notice', 51, 'delete_mailednotice');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (204, 'Can view mailed notice', 51, 'view_mailednotice');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (205, 'Can add watched path', 52, 'add_watchedpath');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (206, 'Can change watched path', 52, 'change_watchedpath');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (207, 'Can delete watched path', 52, 'delete_watchedpath');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (208, 'Can view watched path', 52, 'view_watchedpath');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (209, 'Can add watched file', 53, 'add_watchedfile');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (210, 'Can change watched file', 53, 'change_watchedfile');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (211, 'Can delete watched file', 53, 'delete_watchedfile');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (212, 'Can view watched file', 53, 'view_watchedfile');

INSERT INTO public.django_content_type (id, app_label, model) VALUES (1, 'logs', 'redaction');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (2, 'logs', 'request');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (3, 'logs', 'heldline');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (4, 'logs', 'optout');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (5, 'logs', 'block');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (6, 'admin', 'logentry');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (7, 'auth', 'permission');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (8, 'auth', 'group');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (9, 'auth', 'user');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (10, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (11, 'sessions', 'session');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (12, 'axes', 'accessattempt');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (13, 'axes', 'accesslog');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (14, 'axes', 'accessfailurelog');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (15, 'axes', 'accessattemptexpiration');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (16, 'logs', 'network');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (17, 'logs', 'channel');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (18, 'logs', 'linecounter');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (19, 'logs', 'line');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (20, 'logs', 'removal');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (21, 'logs', 'gap');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (22, 'logs', 'journalposition');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (23, 'logs', 'botstatus');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (24, 'logs', 'oldnumber');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (25, 'logs', 'fill');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (26, 'logs', 'unfinished');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (27, 'logs', 'upload');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (28, 'logs', 'identity');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (29, 'logs', 'membership');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (30, 'logs', 'code');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (31, 'logs', 'apitoken');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (32, 'logs', 'forgotten');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (33, 'logs', 'act');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (34, 'logs', 'daycount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (35, 'logs', 'hourcount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (36, 'logs', 'nickcount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (37, 'logs', 'erasedcopy');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (38, 'logs', 'closedperiod');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (39, 'logs', 'closedrange');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (40, 'logs', 'closeddaycount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (41, 'logs', 'closedhourcount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (42, 'logs', 'closednickcount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (43, 'logs', 'replyblock');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (44, 'logs', 'replyprogress');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (45, 'logs', 'replyoverride');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (46, 'logs', 'planneddeletion');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (47, 'logs', 'formername');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (48, 'logs', 'ownernotice');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (49, 'logs', 'askedaddress');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (50, 'logs', 'mailaddress');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (51, 'logs', 'mailednotice');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (52, 'logs', 'watchedpath');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (53, 'logs', 'watchedfile');

INSERT INTO public.django_migrations (id, app, name, applied) VALUES (1, 'contenttypes', '0001_initial', '2026-11-30 06:56:04.970167+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (2, 'auth', '0001_initial', '2026-11-30 06:56:05.144845+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (3, 'admin', '0001_initial', '2026-11-30 06:56:05.257128+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (4, 'admin', '0002_logentry_remove_auto_add', '2026-11-30 06:56:05.310067+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (5, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-30 06:56:05.349417+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (6, 'contenttypes', '0002_remove_content_type_name', '2026-11-30 06:56:05.442021+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (7, 'auth', '0002_alter_permission_name_max_length', '2026-11-30 06:56:05.482618+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (8, 'auth', '0003_alter_user_email_max_length', '2026-11-30 06:56:05.53353+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (9, 'auth', '0004_alter_user_username_opts', '2026-11-30 06:56:05.572874+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (10, 'auth', '0005_alter_user_last_login_null', '2026-11-30 06:56:05.612913+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (11, 'auth', '0006_require_contenttypes_0002', '2026-11-30 06:56:05.613683+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (12, 'auth', '0007_alter_validators_add_error_messages', '2026-11-30 06:56:05.644122+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (13, 'auth', '0008_alter_user_username_max_length', '2026-11-30 06:56:05.69913+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (14, 'auth', '0009_alter_user_last_name_max_length', '2026-11-30 06:56:05.761308+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (15, 'auth', '0010_alter_group_name_max_length', '2026-11-30 06:56:05.811058+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (16, 'auth', '0011_update_proxy_permissions', '2026-11-30 06:56:05.840009+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (17, 'auth', '0012_alter_user_first_name_max_length', '2026-11-30 06:56:05.893514+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (18, 'axes', '0001_initial', '2026-11-30 06:56:05.92335+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (19, 'axes', '0002_auto_20151217_2044', '2026-11-30 06:56:05.997689+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (20, 'axes', '0003_auto_20160322_0929', '2026-11-30 06:56:06.046359+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (21, 'axes', '0004_auto_20181024_1538', '2026-11-30 06:56:06.079019+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (22, 'axes', '0005_remove_accessattempt_trusted', '2026-11-30 06:56:06.093257+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (23, 'axes', '0006_remove_accesslog_trusted', '2026-11-30 06:56:06.121096+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (24, 'axes', '0007_alter_accessattempt_unique_together', '2026-11-30 06:56:06.168529+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (25, 'axes', '0008_accessfailurelog', '2026-11-30 06:56:06.204911+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (26, 'axes', '0009_add_session_hash', '2026-11-30 06:56:06.220815+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (27, 'axes', '0010_accessattemptexpiration', '2026-11-30 06:56:06.243558+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (28, 'logs', '0001_initial', '2026-11-30 06:56:06.350385+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (29, 'logs', '0003_bot_identity', '2026-11-30 06:56:06.356517+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (30, 'logs', '0007_scrubs', '2026-11-30 06:56:06.36085+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (31, 'logs', '0010_bridges', '2026-11-30 06:56:06.361497+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (32, 'logs', '0011_stemming', '2026-11-30 06:56:06.362075+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (33, 'logs', '0012_entry_notice', '2026-11-30 06:56:06.362522+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (34, 'logs', '0015_audience_told', '2026-11-30 06:56:06.362918+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (35, 'logs', '0004_standby', '2026-11-30 06:56:06.980805+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (36, 'logs', '0005_removal', '2026-11-30 06:56:06.982109+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (37, 'logs', '0009_pausing', '2026-11-30 06:56:06.984287+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (38, 'logs', '0016_provenance', '2026-11-30 06:56:06.984723+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (39, 'logs', '0006_people', '2026-11-30 06:56:08.048873+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (40, 'logs', '0017_api_tokens', '2026-11-30 06:56:08.049791+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (41, 'logs', '0018_redactions', '2026-11-30 06:56:08.054381+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (42, 'logs', '0002_search', '2026-11-30 06:56:08.072195+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (43, 'logs', '0019_years', '2026-11-30 06:56:08.075161+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (44, 'logs', '0020_search_statistics', '2026-11-30 06:56:08.075705+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (45, 'logs', '0021_cheap_functions', '2026-11-30 06:56:08.0761+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (46, 'logs', '0008_counts', '2026-11-30 06:56:08.585868+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (47, 'logs', '0013_folded_nicks', '2026-11-30 06:56:08.586512+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (48, 'logs', '0014_day_changed', '2026-11-30 06:56:08.586945+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (49, 'logs', '0006_unify_upgraded', '2026-11-30 06:56:08.604136+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (50, 'logs', '0007_account_folding', '2026-11-30 06:56:08.845706+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (51, 'logs', '0008_erased_copies', '2026-11-30 06:56:09.112747+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (52, 'logs', '0009_nick_confirmation', '2026-11-30 06:56:09.282695+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (53, 'logs', '0010_notice_by_address', '2026-11-30 06:56:09.603664+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (54, 'logs', '0011_closed_periods', '2026-11-30 06:56:10.507765+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (55, 'logs', '0012_message_identity', '2026-11-30 06:56:10.833063+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (56, 'logs', '0013_replies', '2026-11-30 06:56:11.363421+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (57, 'logs', '0014_network_encoding', '2026-11-30 06:56:11.394052+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (58, 'logs', '0015_search_normalisation', '2026-11-30 06:56:11.464316+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (59, 'logs', '0016_planned_deletions', '2026-11-30 06:56:11.66195+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (60, 'logs', '0017_former_names', '2026-11-30 06:56:11.784463+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (61, 'logs', '0018_channel_labels', '2026-11-30 06:56:14.470855+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (62, 'logs', '0019_hold_reason', '2026-11-30 06:56:14.522451+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (63, 'logs', '0020_block', '2026-11-30 06:56:14.712706+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (64, 'logs', '0021_channel_introduction', '2026-11-30 06:56:15.062114+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (65, 'logs', '0022_off_record_signs', '2026-11-30 06:56:15.194925+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (66, 'logs', '0023_owner_notices', '2026-11-30 06:56:15.446363+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (67, 'logs', '0024_moderators', '2026-11-30 06:56:15.759691+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (68, 'logs', '0025_restricted_lines', '2026-11-30 06:56:15.864332+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (69, 'logs', '0026_channel_bots', '2026-11-30 06:56:16.922656+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (70, 'logs', '0027_mail_addresses', '2026-11-30 06:56:17.998416+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (71, 'logs', '0028_restored_gap', '2026-11-30 06:56:18.094077+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (72, 'logs', '0029_problem_counts', '2026-11-30 06:56:18.490677+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (73, 'logs', '0030_watched_files', '2026-11-30 06:56:18.649089+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (74, 'sessions', '0001_initial', '2026-11-30 06:56:18.667833+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (75, 'logs', '0001_channels', '2026-11-30 06:56:18.670306+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (76, 'logs', '0005_counts', '2026-11-30 06:56:18.676505+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (77, 'logs', '0002_lines', '2026-11-30 06:56:18.677182+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (78, 'logs', '0004_search_index', '2026-11-30 06:56:18.677825+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (79, 'logs', '0003_people', '2026-11-30 06:56:18.678354+00');

INSERT INTO public.logs_act (id, at, channel_id, by, what, removed) VALUES (1, '2026-11-30 06:56:19.143963+00', NULL, 'x', 'x', NULL);
INSERT INTO public.logs_act (id, at, channel_id, by, what, removed) VALUES (2, '2026-11-30 06:56:19.150677+00', NULL, 'x', 'x', NULL);

INSERT INTO public.logs_apitoken (id, channel_id, identity_id, user_id, name, digest, created_at, last_used_at) VALUES (1, 1, NULL, NULL, 'x', 'x', '2026-11-30 06:56:19.380485+00', NULL);

INSERT INTO public.logs_askedaddress (id, digest, at, is_refusal, identity_id) VALUES (1, 'x', '2026-11-30 06:56:19.419516+00', false, NULL);

INSERT INTO public.logs_block (id, kind, pattern, reason, created_at, expires_at, by, refused, refused_at, network_id) VALUES (1, 'nick', 'x', 'x', '2026-11-30 06:56:19.168499+00', NULL, 'x', 0, NULL, NULL);

INSERT INTO public.logs_botstatus (id, network_id, channel_id, state, detail, since, last_line_at, journal_depth, updated_at, damaged, in_memory, lost, refused) VALUES (1, 1, NULL, 'off', 'x', '2026-03-01 12:00:00+00', NULL, 0, '2026-03-01 12:00:00+00', 0, 0, 0, 0);

INSERT INTO public.logs_channel (id, network_id, name, folded, key, wanted, stopped, paused, visibility, hidden, notice, entry_notice, link_key, access, indexed, ai, keeps_joins, off_record, delay, retention, opted_out, holds_spam, bridges, stemming, answers, topic, created_at, announcement, conversations, description, links, rules, welcome, notifies, keeps_restricted, bots, seen_bots, time_zone) VALUES (1, 1, '#garden', '#garden', '', false, '', false, 'public', false, 'unneeded', false, 'LGL_JtCRCcXI7MdBwv5HSgpe', 0, true, false, true, '[off] !-', 0, NULL, 'placeholder', true, '', false, 'private', '', '2026-11-30 06:56:18.89594+00', '', true, '', '', '', '', true, false, '', '', '');
INSERT INTO public.logs_channel (id, network_id, name, folded, key, wanted, stopped, paused, visibility, hidden, notice, entry_notice, link_key, access, indexed, ai, keeps_joins, off_record, delay, retention, opted_out, holds_spam, bridges, stemming, answers, topic, created_at, announcement, conversations, description, links, rules, welcome, notifies, keeps_restricted, bots, seen_bots, time_zone) VALUES (2, 1, '#pond', '#pond', '', false, '', false, 'members', false, 'unneeded', false, 'RheTD27oRu1RRgANok-Je2_S', 0, true, false, true, '[off] !-', 0, NULL, 'placeholder', true, '', false, 'private', '', '2026-11-30 06:56:18.955303+00', '', true, '', '', '', '', true, false, '', '', '');

INSERT INTO public.logs_closeddaycount (day, lines, said, channel_id, period_id) VALUES ('2026-03-01', 5, 2, 2, 1);

INSERT INTO public.logs_closedhourcount (year, hour, said, channel_id, period_id) VALUES (2026, 156, 2, 2, 1);

INSERT INTO public.logs_closednickcount (year, nick, said, channel_id, period_id) VALUES (0, 'ann', 2, 2, 1);
INSERT INTO public.logs_closednickcount (year, nick, said, channel_id, period_id) VALUES (2026, 'ann', 2, 2, 1);

INSERT INTO public.logs_closedperiod (id, readers, since, until, published_at, channel_id) VALUES (1, 2, NULL, NULL, NULL, 2);

INSERT INTO public.logs_closedrange (id, first, last, channel_id, period_id) VALUES (1, 1, NULL, 2, 1);

INSERT INTO public.logs_code (id, network_id, channel, selector, digest, expires_at, wrong, identity_id, used_at) VALUES (1, 1, 'x', 'x', 'x', '2026-03-01 12:00:00+00', 0, NULL, NULL);

INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2026-03-01', 5, 2, 1, '2026-11-30 06:56:18.931454+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (2, '2026-03-01', 5, 2, 1, '2026-11-30 06:56:18.976584+00');

INSERT INTO public.logs_erasedcopy (id, channel_id, digest, at, until, pseudonym) VALUES (1, 1, '00000000-0000-0000-0000-000000000001', '2026-03-01 12:00:00+00', NULL, 'x');

INSERT INTO public.logs_fill (id, channel_id, first, last, name) VALUES (1, 1, 1, 1, 'x');

INSERT INTO public.logs_forgotten (id, network_id, channel_id, until, account, nick, msgid, digest, renamed) VALUES (1, 1, NULL, '2026-03-01 12:00:00+00', 'x', 'x', 'x', 'x', false);

INSERT INTO public.logs_formername (id, folded, channel_id, network_id) VALUES (1, 'x', 1, 1);

INSERT INTO public.logs_gap (id, channel_id, from_at, to_at, reason) VALUES (1, 1, '2026-03-01 12:00:00+00', NULL, 'connection');

INSERT INTO public.logs_heldline (id, channel_id, why, due_at, held_at, at, kind, nick, text, account, msgid, target) VALUES (1, 1, 'delay', NULL, '2026-11-30 06:56:19.281014+00', '2026-03-01 12:00:00+00', 1, 'x', 'x', NULL, NULL, NULL);

INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2026, 156, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (2, 2026, 156, 2);

INSERT INTO public.logs_identity (id, network_id, account, nick, proven_at, signed_out_at, confirmed_at) VALUES (1, 1, 'x', 'x', '2026-11-30 06:56:19.295364+00', NULL, '2026-11-30 06:56:19.295364+00');

INSERT INTO public.logs_journalposition (journal, segment, "offset", updated_at, network_id, heard_until) VALUES ('x', 1, 1, '2026-03-01 12:00:00+00', NULL, NULL);

INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:00:00+00', 1, 1, 4, 'ann', 'line 0', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:01:00+00', 2, 1, 1, 'ann', 'line 1', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:02:00+00', 3, 1, 2, 'ann', 'line 2', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:03:00+00', 4, 1, 10, 'ann', 'line 3', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:04:00+00', 5, 1, 6, 'ann', 'line 4', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:00:00+00', 1, 2, 4, 'ann', 'line 0', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:01:00+00', 2, 2, 1, 'ann', 'line 1', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:02:00+00', 3, 2, 2, 'ann', 'line 2', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:03:00+00', 4, 2, 10, 'ann', 'line 3', 'ann', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2026-03-01 12:04:00+00', 5, 2, 6, 'ann', 'line 4', 'ann', NULL, NULL);

INSERT INTO public.logs_linecounter (channel_id, last_id) VALUES (1, 5);
INSERT INTO public.logs_linecounter (channel_id, last_id) VALUES (2, 5);

INSERT INTO public.logs_mailaddress (id, address, with_memos, given_at, nonce, is_asked, confirmed_at, mailed_at, failures, retry_at, problem, identity_id) VALUES (1, 'x', true, '2026-11-30 06:56:19.398903+00', 'x', true, NULL, NULL, 0, NULL, 'x', 1);

INSERT INTO public.logs_mailednotice (id, address_id, notice_id) VALUES (1, 1, 1);

INSERT INTO public.logs_membership (id, channel_id, identity_id, role, evidence, created_at) VALUES (1, 1, 1, 'owner', 'x', '2026-11-30 06:56:19.314418+00');

INSERT INTO public.logs_network (id, name, host, port, tls, nick, username, realname, password, fingerprints, certificate, account, account_password, account_key, mechanisms, account_required, wanted, inviting, scrubs, wrong_codes, casemapping, encoding) VALUES (1, 'testnet', 'irc.example.org', 6697, true, 'botbot', 'botbot', '', '', '', '', '', '', '', '', true, true, true, 0, 0, 'rfc1459', '');

INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 0, 'ann', 2);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 2026, 'ann', 2);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (2, 0, 'ann', 2);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (2, 2026, 'ann', 2);

INSERT INTO public.logs_oldnumber (id, channel_id, number, line) VALUES (1, 1, 1, 1);

INSERT INTO public.logs_optout (id, network_id, channel_id, account, nick, created_at) VALUES (1, 1, NULL, 'x', 'x', '2026-11-30 06:56:19.342414+00');

INSERT INTO public.logs_ownernotice (id, kind, text, created_at, memo_at, mailed_at, channel_id, network_id) VALUES (1, 'refused', 'x', '2026-11-30 06:56:19.289225+00', NULL, NULL, NULL, 1);

INSERT INTO public.logs_planneddeletion (id, kind, by, created_at, due_at, was_hidden, was_wanted, former_retention, channel_id) VALUES (1, 'purge', 'x', '2026-11-30 06:56:19.422473+00', '2026-03-01 12:00:00+00', false, false, NULL, 1);

INSERT INTO public.logs_removal (channel_id, id, line) VALUES (1, 1, 1);

INSERT INTO public.logs_replyblock (block, reply_to, confidence, channel_id) VALUES (1, '{1}', '{1}', 1);

INSERT INTO public.logs_replyoverride (id, line, reply_to, by, at, channel_id) VALUES (1, 1, NULL, 'x', '2026-11-30 06:56:19.466269+00', 1);

INSERT INTO public.logs_replyprogress (channel_id, through) VALUES (1, 0);

INSERT INTO public.logs_request (id, network_id, nick, wish, words, link_digest, created_at, due_at, answer, answered_at) VALUES (1, 1, 'x', 'erase', 'x', 'x', '2026-11-30 06:56:19.165253+00', '2026-03-01 12:00:00+00', 'x', NULL);

INSERT INTO public.logs_unfinished (channel_id) VALUES (1);

INSERT INTO public.logs_upload (id, channel_id, by, name, content, sent_at) VALUES (1, 1, 'x', 'x', '\x78', '2026-11-30 06:56:19.245164+00');

INSERT INTO public.logs_watchedfile (id, path, folder, day, format, identity, head, head_length, "offset", context_offset, context_day, is_day_lost, context_digest, state, detail, lines, unparsed, last_line_at, updated_at, channel_id, root_id) VALUES (1, 'x', 'x', NULL, 'x', 'x', 'x', 0, 0, 0, NULL, false, 'x', 'followed', 'x', 0, 0, NULL, '2026-11-30 06:56:19.480957+00', NULL, 1);

INSERT INTO public.logs_watchedpath (id, name, path, closed_before, began_at, imports_old, polls, ignored, lines, unparsed, problem, seen_at) VALUES (1, 'x', 'x', NULL, NULL, false, false, 0, 0, 0, 'x', NULL);

SELECT pg_catalog.setval('public.auth_group_id_seq', 1, true);

SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 11, true);

SELECT pg_catalog.setval('public.auth_permission_id_seq', 212, true);

SELECT pg_catalog.setval('public.auth_user_groups_id_seq', 1, false);

SELECT pg_catalog.setval('public.auth_user_id_seq', 1, false);

SELECT pg_catalog.setval('public.auth_user_user_permissions_id_seq', 1, false);

SELECT pg_catalog.setval('public.axes_accessattempt_id_seq', 1, false);

SELECT pg_catalog.setval('public.axes_accessfailurelog_id_seq', 1, false);

SELECT pg_catalog.setval('public.axes_accesslog_id_seq', 1, false);

SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);

SELECT pg_catalog.setval('public.django_content_type_id_seq', 53, true);

SELECT pg_catalog.setval('public.django_migrations_id_seq', 79, true);

SELECT pg_catalog.setval('public.logs_act_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_apitoken_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_askedaddress_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_block_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_botstatus_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_channel_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_closedperiod_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_closedrange_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_code_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_erasedcopy_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_fill_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_forgotten_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_formername_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_gap_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_heldline_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_identity_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_mailaddress_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_mailednotice_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_membership_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_network_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_oldnumber_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_optout_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_ownernotice_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_planneddeletion_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_replyoverride_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_request_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_upload_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_watchedfile_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_watchedpath_id_seq', 1, true);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_group_id_94350c0c_uniq UNIQUE (user_id, group_id);

ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_permission_id_14a6b632_uniq UNIQUE (user_id, permission_id);

ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_username_key UNIQUE (username);

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_username_ip_address_user_agent_8ea22282_uniq UNIQUE (username, ip_address, user_agent);

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptexpiration_pkey PRIMARY KEY (access_attempt_id);

ALTER TABLE ONLY public.axes_accessfailurelog
    ADD CONSTRAINT axes_accessfailurelog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accesslog
    ADD CONSTRAINT axes_accesslog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_block
    ADD CONSTRAINT block_once UNIQUE NULLS NOT DISTINCT (kind, pattern, network_id);

ALTER TABLE ONLY public.logs_channel
    ADD CONSTRAINT channel_once_per_network UNIQUE (network_id, folded);

ALTER TABLE ONLY public.logs_closedrange
    ADD CONSTRAINT closed_range_once UNIQUE (channel_id, first);

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);

ALTER TABLE ONLY public.logs_erasedcopy
    ADD CONSTRAINT erased_copy_once UNIQUE (channel_id, digest, at);

ALTER TABLE ONLY public.logs_formername
    ADD CONSTRAINT former_name_once_per_network UNIQUE (network_id, folded);

ALTER TABLE ONLY public.logs_act
    ADD CONSTRAINT logs_act_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_askedaddress
    ADD CONSTRAINT logs_askedaddress_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_block
    ADD CONSTRAINT logs_block_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT logs_botstatus_channel_id_key UNIQUE (channel_id);

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT logs_botstatus_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_channel
    ADD CONSTRAINT logs_channel_link_key_key UNIQUE (link_key);

ALTER TABLE ONLY public.logs_channel
    ADD CONSTRAINT logs_channel_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_closeddaycount
    ADD CONSTRAINT logs_closeddaycount_pkey PRIMARY KEY (channel_id, period_id, day);

ALTER TABLE ONLY public.logs_closedhourcount
    ADD CONSTRAINT logs_closedhourcount_pkey PRIMARY KEY (channel_id, period_id, year, hour);

ALTER TABLE ONLY public.logs_closednickcount
    ADD CONSTRAINT logs_closednickcount_pkey PRIMARY KEY (channel_id, period_id, year, nick);

ALTER TABLE ONLY public.logs_closedperiod
    ADD CONSTRAINT logs_closedperiod_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_closedrange
    ADD CONSTRAINT logs_closedrange_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_code
    ADD CONSTRAINT logs_code_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_code
    ADD CONSTRAINT logs_code_selector_key UNIQUE (selector);

ALTER TABLE ONLY public.logs_daycount
    ADD CONSTRAINT logs_daycount_pkey PRIMARY KEY (channel_id, day);

ALTER TABLE ONLY public.logs_erasedcopy
    ADD CONSTRAINT logs_erasedcopy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_fill
    ADD CONSTRAINT logs_fill_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_forgotten
    ADD CONSTRAINT logs_forgotten_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_formername
    ADD CONSTRAINT logs_formername_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_gap
    ADD CONSTRAINT logs_gap_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_heldline
    ADD CONSTRAINT logs_heldline_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_hourcount
    ADD CONSTRAINT logs_hourcount_pkey PRIMARY KEY (channel_id, year, hour);

ALTER TABLE ONLY public.logs_identity
    ADD CONSTRAINT logs_identity_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_journalposition
    ADD CONSTRAINT logs_journalposition_pkey PRIMARY KEY (journal);

ALTER TABLE ONLY public.logs_line
    ADD CONSTRAINT logs_line_pkey PRIMARY KEY (channel_id, id);

ALTER TABLE ONLY public.logs_linecounter
    ADD CONSTRAINT logs_linecounter_pkey PRIMARY KEY (channel_id);

ALTER TABLE ONLY public.logs_mailaddress
    ADD CONSTRAINT logs_mailaddress_identity_id_key UNIQUE (identity_id);

ALTER TABLE ONLY public.logs_mailaddress
    ADD CONSTRAINT logs_mailaddress_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_mailednotice
    ADD CONSTRAINT logs_mailednotice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_membership
    ADD CONSTRAINT logs_membership_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_network
    ADD CONSTRAINT logs_network_name_key UNIQUE (name);

ALTER TABLE ONLY public.logs_network
    ADD CONSTRAINT logs_network_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_nickcount
    ADD CONSTRAINT logs_nickcount_pkey PRIMARY KEY (channel_id, year, nick);

ALTER TABLE ONLY public.logs_oldnumber
    ADD CONSTRAINT logs_oldnumber_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_optout
    ADD CONSTRAINT logs_optout_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_ownernotice
    ADD CONSTRAINT logs_ownernotice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_planneddeletion
    ADD CONSTRAINT logs_planneddeletion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_removal
    ADD CONSTRAINT logs_removal_pkey PRIMARY KEY (channel_id, id);

ALTER TABLE ONLY public.logs_replyblock
    ADD CONSTRAINT logs_replyblock_pkey PRIMARY KEY (channel_id, block);

ALTER TABLE ONLY public.logs_replyoverride
    ADD CONSTRAINT logs_replyoverride_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_replyprogress
    ADD CONSTRAINT logs_replyprogress_pkey PRIMARY KEY (channel_id);

ALTER TABLE ONLY public.logs_request
    ADD CONSTRAINT logs_request_link_digest_key UNIQUE (link_digest);

ALTER TABLE ONLY public.logs_request
    ADD CONSTRAINT logs_request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_unfinished
    ADD CONSTRAINT logs_unfinished_pkey PRIMARY KEY (channel_id);

ALTER TABLE ONLY public.logs_upload
    ADD CONSTRAINT logs_upload_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_watchedfile
    ADD CONSTRAINT logs_watchedfile_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_watchedpath
    ADD CONSTRAINT logs_watchedpath_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_mailednotice
    ADD CONSTRAINT mailed_notice_once UNIQUE (address_id, notice_id);

ALTER TABLE ONLY public.logs_membership
    ADD CONSTRAINT membership_once UNIQUE (channel_id, identity_id);

ALTER TABLE ONLY public.logs_oldnumber
    ADD CONSTRAINT old_number_once UNIQUE (number, channel_id);

ALTER TABLE ONLY public.logs_optout
    ADD CONSTRAINT opt_out_once UNIQUE NULLS NOT DISTINCT (network_id, channel_id, account, nick);

ALTER TABLE ONLY public.logs_ownernotice
    ADD CONSTRAINT owner_notice_once UNIQUE NULLS NOT DISTINCT (network_id, channel_id, kind);

ALTER TABLE ONLY public.logs_planneddeletion
    ADD CONSTRAINT planned_deletion_once UNIQUE (channel_id, kind);

ALTER TABLE ONLY public.logs_replyoverride
    ADD CONSTRAINT reply_override_once UNIQUE (channel_id, line);

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT status_once UNIQUE NULLS NOT DISTINCT (network_id, channel_id);

ALTER TABLE ONLY public.logs_watchedpath
    ADD CONSTRAINT watched_path_once UNIQUE (path, name);

CREATE INDEX act_by_channel ON public.logs_act USING btree (channel_id, at DESC);

CREATE INDEX act_redactions ON public.logs_act USING btree (id DESC) WHERE (removed IS NOT NULL);

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);

CREATE INDEX auth_user_groups_group_id_97559544 ON public.auth_user_groups USING btree (group_id);

CREATE INDEX auth_user_groups_user_id_6a12ed8b ON public.auth_user_groups USING btree (user_id);

CREATE INDEX auth_user_user_permissions_permission_id_1fbb5f2c ON public.auth_user_user_permissions USING btree (permission_id);

CREATE INDEX auth_user_user_permissions_user_id_a95ead1b ON public.auth_user_user_permissions USING btree (user_id);

CREATE INDEX auth_user_username_6821ab7c_like ON public.auth_user USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accessattempt_ip_address_10922d9c ON public.axes_accessattempt USING btree (ip_address);

CREATE INDEX axes_accessattempt_user_agent_ad89678b ON public.axes_accessattempt USING btree (user_agent);

CREATE INDEX axes_accessattempt_user_agent_ad89678b_like ON public.axes_accessattempt USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accessattempt_username_3f2d4ca0 ON public.axes_accessattempt USING btree (username);

CREATE INDEX axes_accessattempt_username_3f2d4ca0_like ON public.axes_accessattempt USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accessfailurelog_ip_address_2e9f5a7f ON public.axes_accessfailurelog USING btree (ip_address);

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda ON public.axes_accessfailurelog USING btree (user_agent);

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda_like ON public.axes_accessfailurelog USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4 ON public.axes_accessfailurelog USING btree (username);

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4_like ON public.axes_accessfailurelog USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accesslog_ip_address_86b417e5 ON public.axes_accesslog USING btree (ip_address);

CREATE INDEX axes_accesslog_user_agent_0e659004 ON public.axes_accesslog USING btree (user_agent);

CREATE INDEX axes_accesslog_user_agent_0e659004_like ON public.axes_accesslog USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accesslog_username_df93064b ON public.axes_accesslog USING btree (username);

CREATE INDEX axes_accesslog_username_df93064b_like ON public.axes_accesslog USING btree (username varchar_pattern_ops);

CREATE INDEX closed_period_by_channel ON public.logs_closedperiod USING btree (channel_id);

CREATE UNIQUE INDEX closed_period_open_once ON public.logs_closedperiod USING btree (channel_id) WHERE (until IS NULL);

CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);

CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);

CREATE INDEX fill_by_line ON public.logs_fill USING btree (channel_id, first);

CREATE INDEX forgotten_by_digest ON public.logs_forgotten USING btree (channel_id, digest) WHERE (NOT ((digest)::text = ''::text));

CREATE INDEX forgotten_by_msgid ON public.logs_forgotten USING btree (channel_id, msgid) WHERE (NOT ((msgid)::text = ''::text));

CREATE INDEX forgotten_by_network ON public.logs_forgotten USING btree (network_id) WHERE (((digest)::text = ''::text) AND ((msgid)::text = ''::text));

CREATE INDEX gap_by_time ON public.logs_gap USING btree (channel_id, from_at);

CREATE UNIQUE INDEX gap_open_once ON public.logs_gap USING btree (channel_id) WHERE (to_at IS NULL);

CREATE INDEX held_by_due ON public.logs_heldline USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX held_by_time ON public.logs_heldline USING btree (channel_id, at);

CREATE UNIQUE INDEX held_once_per_message ON public.logs_heldline USING btree (channel_id, msgid, kind, hashtextextended(text, hashtextextended(COALESCE(target, ''::text), (0)::bigint))) WHERE (msgid IS NOT NULL);

CREATE UNIQUE INDEX identity_once_per_account ON public.logs_identity USING btree (network_id, account) WHERE (NOT ((account)::text = ''::text));

CREATE INDEX line_by_time ON public.logs_line USING btree (channel_id, at);

CREATE UNIQUE INDEX line_once_per_message ON public.logs_line USING btree (channel_id, msgid, kind, hashtextextended(text, hashtextextended(COALESCE(target, ''::text), (0)::bigint))) WHERE (msgid IS NOT NULL);

CREATE INDEX line_search ON public.logs_line USING gin (public.logs_lexemes(text, kind), public.logs_keys(channel_id, at, nick, kind, text));
ALTER INDEX public.line_search ALTER COLUMN 1 SET STATISTICS 300;
ALTER INDEX public.line_search ALTER COLUMN 2 SET STATISTICS 300;

CREATE INDEX logs_act_at_9a839416 ON public.logs_act USING btree (at);

CREATE INDEX logs_act_channel_id_13e58e6e ON public.logs_act USING btree (channel_id);

CREATE INDEX logs_apitoken_channel_id_02ac8bbd ON public.logs_apitoken USING btree (channel_id);

CREATE INDEX logs_apitoken_digest_8c831c49_like ON public.logs_apitoken USING btree (digest varchar_pattern_ops);

CREATE INDEX logs_apitoken_identity_id_c15e1e8a ON public.logs_apitoken USING btree (identity_id);

CREATE INDEX logs_apitoken_user_id_6f977f62 ON public.logs_apitoken USING btree (user_id);

CREATE INDEX logs_askedaddress_digest_55ca117c ON public.logs_askedaddress USING btree (digest);

CREATE INDEX logs_askedaddress_digest_55ca117c_like ON public.logs_askedaddress USING btree (digest varchar_pattern_ops);

CREATE INDEX logs_askedaddress_identity_id_95e95834 ON public.logs_askedaddress USING btree (identity_id);

CREATE INDEX logs_block_network_id_e11c9baa ON public.logs_block USING btree (network_id);

CREATE INDEX logs_botstatus_network_id_cd1f09ec ON public.logs_botstatus USING btree (network_id);

CREATE INDEX logs_channel_link_key_7bd84d79_like ON public.logs_channel USING btree (link_key varchar_pattern_ops);

CREATE INDEX logs_channel_network_id_e4ebeea3 ON public.logs_channel USING btree (network_id);

CREATE INDEX logs_closeddaycount_period_id_c823df39 ON public.logs_closeddaycount USING btree (period_id);

CREATE INDEX logs_closedhourcount_period_id_24320dbc ON public.logs_closedhourcount USING btree (period_id);

CREATE INDEX logs_closednickcount_period_id_acfb81a0 ON public.logs_closednickcount USING btree (period_id);

CREATE INDEX logs_closedrange_period_id_4d4e55ab ON public.logs_closedrange USING btree (period_id);

CREATE INDEX logs_code_identity_id_5adfa252 ON public.logs_code USING btree (identity_id);

CREATE INDEX logs_code_network_id_091e6d09 ON public.logs_code USING btree (network_id);

CREATE INDEX logs_code_selector_b8ceee7d_like ON public.logs_code USING btree (selector varchar_pattern_ops);

CREATE INDEX logs_forgotten_channel_id_d185350c ON public.logs_forgotten USING btree (channel_id);

CREATE INDEX logs_forgotten_network_id_8e7664da ON public.logs_forgotten USING btree (network_id);

CREATE INDEX logs_formername_channel_id_8fa79318 ON public.logs_formername USING btree (channel_id);

CREATE INDEX logs_formername_network_id_f6921b0c ON public.logs_formername USING btree (network_id);

CREATE INDEX logs_gap_channel_id_4d8dca15 ON public.logs_gap USING btree (channel_id);

CREATE INDEX logs_heldline_channel_id_e1a42147 ON public.logs_heldline USING btree (channel_id);

CREATE INDEX logs_identity_network_id_c63a9582 ON public.logs_identity USING btree (network_id);

CREATE INDEX logs_journalposition_journal_06aff75f_like ON public.logs_journalposition USING btree (journal varchar_pattern_ops);

CREATE INDEX logs_journalposition_network_id_ff0c776b ON public.logs_journalposition USING btree (network_id);

CREATE INDEX logs_mailednotice_address_id_9aa11dd7 ON public.logs_mailednotice USING btree (address_id);

CREATE INDEX logs_mailednotice_notice_id_0444a98d ON public.logs_mailednotice USING btree (notice_id);

CREATE INDEX logs_membership_channel_id_1b00fe52 ON public.logs_membership USING btree (channel_id);

CREATE INDEX logs_membership_identity_id_0a44ff41 ON public.logs_membership USING btree (identity_id);

CREATE INDEX logs_network_name_539078ff_like ON public.logs_network USING btree (name varchar_pattern_ops);

CREATE INDEX logs_optout_channel_id_2a918e6b ON public.logs_optout USING btree (channel_id);

CREATE INDEX logs_optout_network_id_4e4026f0 ON public.logs_optout USING btree (network_id);

CREATE INDEX logs_ownernotice_channel_id_5879d805 ON public.logs_ownernotice USING btree (channel_id);

CREATE INDEX logs_ownernotice_network_id_c99c7867 ON public.logs_ownernotice USING btree (network_id);

CREATE INDEX logs_planneddeletion_channel_id_58e064a3 ON public.logs_planneddeletion USING btree (channel_id);

CREATE INDEX logs_planneddeletion_due_at_be5dcab0 ON public.logs_planneddeletion USING btree (due_at);

CREATE INDEX logs_request_due_at_d12371d5 ON public.logs_request USING btree (due_at);

CREATE INDEX logs_request_link_digest_503c9608_like ON public.logs_request USING btree (link_digest varchar_pattern_ops);

CREATE INDEX logs_request_network_id_4aefdf30 ON public.logs_request USING btree (network_id);

CREATE INDEX logs_upload_channel_id_2128e522 ON public.logs_upload USING btree (channel_id);

CREATE INDEX logs_watchedfile_channel_id_b08ebe5e ON public.logs_watchedfile USING btree (channel_id);

CREATE INDEX logs_watchedfile_root_id_88a8950a ON public.logs_watchedfile USING btree (root_id);

CREATE INDEX nick_count_by_folded ON public.logs_nickcount USING btree (channel_id, year, folded);

CREATE INDEX old_number_by_line ON public.logs_oldnumber USING btree (channel_id, line);

CREATE TRIGGER logs_channel_audience_changed AFTER UPDATE ON public.logs_channel FOR EACH ROW WHEN (((old.audience)::text IS DISTINCT FROM (new.audience)::text)) EXECUTE FUNCTION public.logs_notify_audience();

CREATE TRIGGER logs_channel_deleted AFTER DELETE ON public.logs_channel FOR EACH ROW EXECUTE FUNCTION public.logs_notify_audience();

CREATE TRIGGER logs_count_1_inserted AFTER INSERT ON public.logs_line REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_new();

CREATE TRIGGER logs_count_1_updated AFTER UPDATE ON public.logs_line REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_new();

CREATE TRIGGER logs_count_2_deleted AFTER DELETE ON public.logs_line REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_gone();

CREATE TRIGGER logs_count_2_updated AFTER UPDATE ON public.logs_line REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_gone();

CREATE TRIGGER logs_count_3_closed_inserted AFTER INSERT ON public.logs_line REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_closed_new();

CREATE TRIGGER logs_count_3_closed_updated AFTER UPDATE ON public.logs_line REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_closed_new();

CREATE TRIGGER logs_count_4_closed_deleted AFTER DELETE ON public.logs_line REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_closed_gone();

CREATE TRIGGER logs_count_4_closed_updated AFTER UPDATE ON public.logs_line REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_closed_gone();

CREATE TRIGGER logs_day_changed BEFORE UPDATE ON public.logs_daycount FOR EACH ROW EXECUTE FUNCTION public.logs_day_changed();

CREATE TRIGGER logs_paused AFTER UPDATE ON public.logs_channel FOR EACH ROW WHEN ((old.paused IS DISTINCT FROM new.paused)) EXECUTE FUNCTION public.logs_note_pause();

CREATE TRIGGER logs_period_begun AFTER INSERT ON public.logs_channel FOR EACH ROW WHEN (((new.audience)::text <> 'public'::text)) EXECUTE FUNCTION public.logs_begin_period();

CREATE TRIGGER logs_period_changed AFTER UPDATE ON public.logs_channel FOR EACH ROW WHEN (((old.audience)::text IS DISTINCT FROM (new.audience)::text)) EXECUTE FUNCTION public.logs_begin_period();

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_group_id_97559544_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_6a12ed8b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptex_access_attempt_id_6b73a47a_fk_axes_acce FOREIGN KEY (access_attempt_id) REFERENCES public.axes_accessattempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_act
    ADD CONSTRAINT logs_act_channel_id_13e58e6e_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_channel_id_02ac8bbd_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_identity_id_c15e1e8a_fk_logs_identity_id FOREIGN KEY (identity_id) REFERENCES public.logs_identity(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_user_id_6f977f62_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_askedaddress
    ADD CONSTRAINT logs_askedaddress_identity_id_95e95834_fk_logs_identity_id FOREIGN KEY (identity_id) REFERENCES public.logs_identity(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_block
    ADD CONSTRAINT logs_block_network_id_e11c9baa_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT logs_botstatus_channel_id_bf9c3e74_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT logs_botstatus_network_id_cd1f09ec_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_channel
    ADD CONSTRAINT logs_channel_network_id_e4ebeea3_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closeddaycount
    ADD CONSTRAINT logs_closeddaycount_channel_id_029ca1e5_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closeddaycount
    ADD CONSTRAINT logs_closeddaycount_period_id_c823df39_fk_logs_closedperiod_id FOREIGN KEY (period_id) REFERENCES public.logs_closedperiod(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closedhourcount
    ADD CONSTRAINT logs_closedhourcount_channel_id_0e7cd42f_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closedhourcount
    ADD CONSTRAINT logs_closedhourcount_period_id_24320dbc_fk_logs_closedperiod_id FOREIGN KEY (period_id) REFERENCES public.logs_closedperiod(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closednickcount
    ADD CONSTRAINT logs_closednickcount_channel_id_82b78d91_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closednickcount
    ADD CONSTRAINT logs_closednickcount_period_id_acfb81a0_fk_logs_closedperiod_id FOREIGN KEY (period_id) REFERENCES public.logs_closedperiod(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closedperiod
    ADD CONSTRAINT logs_closedperiod_channel_id_191003c2_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closedrange
    ADD CONSTRAINT logs_closedrange_channel_id_b4638c40_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_closedrange
    ADD CONSTRAINT logs_closedrange_period_id_4d4e55ab_fk_logs_closedperiod_id FOREIGN KEY (period_id) REFERENCES public.logs_closedperiod(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_code
    ADD CONSTRAINT logs_code_identity_id_5adfa252_fk_logs_identity_id FOREIGN KEY (identity_id) REFERENCES public.logs_identity(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_code
    ADD CONSTRAINT logs_code_network_id_091e6d09_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_daycount
    ADD CONSTRAINT logs_daycount_channel_id_4677b19d_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_erasedcopy
    ADD CONSTRAINT logs_erasedcopy_channel_id_3f706aeb_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_fill
    ADD CONSTRAINT logs_fill_channel_id_d03d1612_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_forgotten
    ADD CONSTRAINT logs_forgotten_channel_id_d185350c_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_forgotten
    ADD CONSTRAINT logs_forgotten_network_id_8e7664da_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_formername
    ADD CONSTRAINT logs_formername_channel_id_8fa79318_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_formername
    ADD CONSTRAINT logs_formername_network_id_f6921b0c_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_gap
    ADD CONSTRAINT logs_gap_channel_id_4d8dca15_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_heldline
    ADD CONSTRAINT logs_heldline_channel_id_e1a42147_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_hourcount
    ADD CONSTRAINT logs_hourcount_channel_id_de6ac02f_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_identity
    ADD CONSTRAINT logs_identity_network_id_c63a9582_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_journalposition
    ADD CONSTRAINT logs_journalposition_network_id_ff0c776b_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_linecounter
    ADD CONSTRAINT logs_linecounter_channel_id_5b63e6fc_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_mailaddress
    ADD CONSTRAINT logs_mailaddress_identity_id_c7168738_fk_logs_identity_id FOREIGN KEY (identity_id) REFERENCES public.logs_identity(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_mailednotice
    ADD CONSTRAINT logs_mailednotice_address_id_9aa11dd7_fk_logs_mailaddress_id FOREIGN KEY (address_id) REFERENCES public.logs_mailaddress(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_mailednotice
    ADD CONSTRAINT logs_mailednotice_notice_id_0444a98d_fk_logs_ownernotice_id FOREIGN KEY (notice_id) REFERENCES public.logs_ownernotice(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_membership
    ADD CONSTRAINT logs_membership_channel_id_1b00fe52_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_membership
    ADD CONSTRAINT logs_membership_identity_id_0a44ff41_fk_logs_identity_id FOREIGN KEY (identity_id) REFERENCES public.logs_identity(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_nickcount
    ADD CONSTRAINT logs_nickcount_channel_id_1325ce04_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_oldnumber
    ADD CONSTRAINT logs_oldnumber_channel_id_5de4bcba_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_optout
    ADD CONSTRAINT logs_optout_channel_id_2a918e6b_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_optout
    ADD CONSTRAINT logs_optout_network_id_4e4026f0_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_ownernotice
    ADD CONSTRAINT logs_ownernotice_channel_id_5879d805_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_ownernotice
    ADD CONSTRAINT logs_ownernotice_network_id_c99c7867_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_planneddeletion
    ADD CONSTRAINT logs_planneddeletion_channel_id_58e064a3_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_replyblock
    ADD CONSTRAINT logs_replyblock_channel_id_7c592517_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_replyoverride
    ADD CONSTRAINT logs_replyoverride_channel_id_e7cc9d53_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_replyprogress
    ADD CONSTRAINT logs_replyprogress_channel_id_f38d50b1_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_request
    ADD CONSTRAINT logs_request_network_id_4aefdf30_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_unfinished
    ADD CONSTRAINT logs_unfinished_channel_id_5329f765_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_upload
    ADD CONSTRAINT logs_upload_channel_id_2128e522_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_watchedfile
    ADD CONSTRAINT logs_watchedfile_channel_id_b08ebe5e_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_watchedfile
    ADD CONSTRAINT logs_watchedfile_root_id_88a8950a_fk_logs_watchedpath_id FOREIGN KEY (root_id) REFERENCES public.logs_watchedpath(id) DEFERRABLE INITIALLY DEFERRED;
