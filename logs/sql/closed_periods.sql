-- Closed periods: when a channel's readers change, one ends and another begins; and the counts of the lines in them.
--
-- The triggers of logs_channel take the lock of the channel's counter, as every writer of lines does: all ids up to the
-- boundary were given out before the change, all others after it. Whoever changes the readers in a transaction that
-- also changes other things takes that lock first (logs/models/line_counts.py), in the order of all writers.

-- migrate:up

-- Who may read a channel with this audience, as a number (logs/models/closed_period.py, Readers).
CREATE OR REPLACE FUNCTION logs_readers(audience text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN audience = 'public' THEN 0 WHEN audience LIKE 'unlisted%' THEN 1 WHEN audience LIKE 'members%' THEN 2
    ELSE 3 END;

-- The place of a line among those of all channels: the channel in the upper 32 bits, the line in the lower ones.
CREATE OR REPLACE FUNCTION logs_place(channel integer, line integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN channel::bigint << 32 | line;

-- The places of all lines of some periods. A multirange is searched in logarithmic time, however many ranges it has.
CREATE OR REPLACE FUNCTION logs_lines_of_periods(periods bigint[]) RETURNS int8multirange
    LANGUAGE sql STABLE PARALLEL SAFE RETURN (
        SELECT coalesce(range_agg(int8range(
            logs_place(channel_id, first), logs_place(channel_id, coalesce(last, 2147483647)), '[]')), '{}')
        FROM logs_closedrange WHERE period_id = ANY(periods)
    );

-- The places of a channel's lines that readers of an audience may not read.
CREATE OR REPLACE FUNCTION logs_lines_closed_to(channel integer, audience text) RETURNS int8multirange
    LANGUAGE sql STABLE PARALLEL SAFE RETURN logs_lines_of_periods(ARRAY(
        SELECT id FROM logs_closedperiod AS period
        WHERE period.channel_id = channel AND period.readers > logs_readers(audience)
    ));

CREATE OR REPLACE FUNCTION logs_begin_period() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER logs_period_begun AFTER INSERT ON logs_channel
    FOR EACH ROW WHEN (NEW.audience <> 'public') EXECUTE FUNCTION logs_begin_period();
CREATE OR REPLACE TRIGGER logs_period_changed AFTER UPDATE ON logs_channel
    FOR EACH ROW WHEN (OLD.audience IS DISTINCT FROM NEW.audience) EXECUTE FUNCTION logs_begin_period();

-- The same counts as in line_counts.sql, for the lines that belong to a period: what is subtracted for visitors who may
-- not read them. A channel that was always public has no period, and its lines cost one look into an empty range.
CREATE OR REPLACE FUNCTION logs_count_closed_new() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION logs_count_closed_gone() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- An update adds first and subtracts then, as in line_counts.sql.
CREATE OR REPLACE TRIGGER logs_count_3_closed_inserted AFTER INSERT ON logs_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_closed_new();
CREATE OR REPLACE TRIGGER logs_count_3_closed_updated AFTER UPDATE ON logs_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_closed_new();
CREATE OR REPLACE TRIGGER logs_count_4_closed_updated AFTER UPDATE ON logs_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_closed_gone();
CREATE OR REPLACE TRIGGER logs_count_4_closed_deleted AFTER DELETE ON logs_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_closed_gone();

-- migrate:down
DROP TRIGGER logs_count_3_closed_inserted ON logs_line;
DROP TRIGGER logs_count_3_closed_updated ON logs_line;
DROP TRIGGER logs_count_4_closed_updated ON logs_line;
DROP TRIGGER logs_count_4_closed_deleted ON logs_line;
DROP TRIGGER logs_period_begun ON logs_channel;
DROP TRIGGER logs_period_changed ON logs_channel;
DROP FUNCTION logs_count_closed_new();
DROP FUNCTION logs_count_closed_gone();
DROP FUNCTION logs_begin_period();
DROP FUNCTION logs_lines_closed_to(integer, text);
DROP FUNCTION logs_lines_of_periods(bigint[]);
DROP FUNCTION logs_place(integer, integer);
DROP FUNCTION logs_readers(text);
