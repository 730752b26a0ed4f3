-- The newest change of each gap, with an id from the counter of its channel: live streams send gaps among lines.
--
-- Whoever changes gaps in a transaction that also takes other locks has locked the counters of their channels before
-- (logs/models/line_counts.py), as every writer of lines does; the lock is taken here again, in the same order.

-- migrate:up

-- `changed` is the transition table: gaps that the statement inserted, updated or deleted.
CREATE OR REPLACE FUNCTION logs_note_gaps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    announced bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;
    -- A channel that is being deleted loses its gaps as well. A counter that was made for it now would outlive it.
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO logs_linecounter (channel_id, last_id)
            SELECT DISTINCT channel_id, 0 FROM changed ORDER BY channel_id ON CONFLICT DO NOTHING;
    END IF;
    PERFORM FROM logs_linecounter WHERE channel_id IN (SELECT channel_id FROM changed) ORDER BY channel_id FOR UPDATE;
    WITH numbered AS (
        SELECT changed.channel_id, changed.id AS gap,
            last_id + row_number() OVER (PARTITION BY channel_id ORDER BY from_at, changed.id) AS number
        FROM changed JOIN logs_linecounter USING (channel_id)
    ), noted AS (
        INSERT INTO logs_gapchange (channel_id, id, gap) SELECT channel_id, number, gap FROM numbered
            ON CONFLICT (gap) DO UPDATE SET id = excluded.id
    ), advanced AS (
        UPDATE logs_linecounter AS counter SET last_id = newest.number
            FROM (SELECT channel_id, max(number) AS number FROM numbered GROUP BY channel_id) AS newest
            WHERE counter.channel_id = newest.channel_id RETURNING counter.channel_id, counter.last_id
    )
    -- The notification of new lines (logs/models/notify.py).
    SELECT count(pg_notify('botbot_lines', channel_id || ' ' || last_id)) FROM advanced INTO announced;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER logs_gap_inserted AFTER INSERT ON logs_gap REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_note_gaps();
CREATE OR REPLACE TRIGGER logs_gap_updated AFTER UPDATE ON logs_gap REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_note_gaps();
CREATE OR REPLACE TRIGGER logs_gap_deleted AFTER DELETE ON logs_gap REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_note_gaps();

-- migrate:down
DROP TRIGGER logs_gap_inserted ON logs_gap;
DROP TRIGGER logs_gap_updated ON logs_gap;
DROP TRIGGER logs_gap_deleted ON logs_gap;
DROP FUNCTION logs_note_gaps();
