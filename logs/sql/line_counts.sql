-- Counts of lines by channel, day, hour of the week and nick, maintained by statement triggers of logs_line.
--
-- A statement that writes lines updates each count once, however many lines it writes. Every writer of lines holds the
-- lock of their channel's counter (logs/models/line_counts.py): no two writers wait for each other's counts.
-- Kinds 1, 2 and 3 are what people said: messages, actions and notices.

-- migrate:up
CREATE OR REPLACE FUNCTION logs_hour_of_week(at timestamptz) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (extract(isodow FROM at AT TIME ZONE 'UTC') - 1) * 24 + extract(hour FROM at AT TIME ZONE 'UTC');

-- `changed` is the transition table: the rows that the statement inserted, or the new versions of those it updated.
-- Rows are upserted in the order of their keys, as everywhere, against deadlocks.
CREATE OR REPLACE FUNCTION logs_count_new() RETURNS trigger LANGUAGE plpgsql AS $$
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
    -- The sums of a channel stand beside its last id, in a row that its writer has locked already.
    INSERT INTO logs_linecounter AS counter (channel_id, last_id, lines, said, last_at)
        SELECT channel_id, max(id), count(*), count(*) FILTER (WHERE kind IN (1, 2, 3)), max(at)
        FROM changed GROUP BY 1 ORDER BY 1
        ON CONFLICT (channel_id) DO UPDATE SET
            last_id = greatest(counter.last_id, excluded.last_id),
            lines = counter.lines + excluded.lines,
            said = counter.said + excluded.said,
            last_at = greatest(counter.last_at, excluded.last_at);
    RETURN NULL;
END $$;

-- `changed` holds the rows that the statement deleted, or the old versions of those it updated.
CREATE OR REPLACE FUNCTION logs_count_gone() RETURNS trigger LANGUAGE plpgsql AS $$
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
    -- Only where the newest line is gone another one has to be found.
    UPDATE logs_linecounter AS counter
        SET lines = counter.lines - gone.lines, said = counter.said - gone.said,
            last_at = CASE WHEN counter.last_at > gone.last_at THEN counter.last_at ELSE (
                SELECT max(at) FROM logs_line WHERE logs_line.channel_id = counter.channel_id) END
        FROM (
            SELECT channel_id, count(*) AS lines, count(*) FILTER (WHERE kind IN (1, 2, 3)) AS said, max(at) AS last_at
            FROM changed GROUP BY 1
        ) AS gone WHERE counter.channel_id = gone.channel_id;
    RETURN NULL;
END $$;

-- Triggers of one event fire in the order of their names: an update adds first and subtracts then, so that a count
-- which stays the same never reaches 0, where its row would be deleted.
CREATE OR REPLACE TRIGGER logs_count_1_inserted AFTER INSERT ON logs_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_new();
CREATE OR REPLACE TRIGGER logs_count_1_updated AFTER UPDATE ON logs_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_new();
CREATE OR REPLACE TRIGGER logs_count_2_updated AFTER UPDATE ON logs_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_gone();
CREATE OR REPLACE TRIGGER logs_count_2_deleted AFTER DELETE ON logs_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_gone();

-- When a day's lines last changed, for feeds and crawlers. The clock and not the start of the transaction: writers of a
-- channel commit one after another, so that the clock grows in the order of their commits.
CREATE OR REPLACE FUNCTION logs_day_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at = clock_timestamp();
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER logs_day_changed BEFORE UPDATE ON logs_daycount
    FOR EACH ROW EXECUTE FUNCTION logs_day_changed();

-- Counts are updated in place as long as their page has room, without a new index entry (heap-only tuples).
ALTER TABLE logs_daycount SET (fillfactor = 70);
ALTER TABLE logs_hourcount SET (fillfactor = 70);
ALTER TABLE logs_nickcount SET (fillfactor = 70);
ALTER TABLE logs_linecounter SET (fillfactor = 70);

-- migrate:down
DROP TRIGGER logs_day_changed ON logs_daycount;
DROP FUNCTION logs_day_changed();
DROP TRIGGER logs_count_1_inserted ON logs_line;
DROP TRIGGER logs_count_1_updated ON logs_line;
DROP TRIGGER logs_count_2_updated ON logs_line;
DROP TRIGGER logs_count_2_deleted ON logs_line;
DROP FUNCTION logs_count_new();
DROP FUNCTION logs_count_gone();
DROP FUNCTION logs_hour_of_week(timestamptz);
