-- Pauses of channels whose lines come from watched files. The bot notes its pauses itself; files are read later, so that
-- the moment of a pause has to be known whether or not somebody reads them then.

-- migrate:up

CREATE OR REPLACE FUNCTION logs_note_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM logs_watchedfile WHERE channel_id = NEW.id AND state = 'followed') THEN
        RETURN NULL;
    END IF;
    -- Gaps take ids from the counter, which is locked before them, as everywhere (logs/sql/gap_changes.sql).
    PERFORM FROM logs_linecounter WHERE channel_id = NEW.id FOR UPDATE;
    IF NEW.paused THEN
        INSERT INTO logs_gap (channel_id, from_at, reason) VALUES (NEW.id, clock_timestamp(), 'paused')
            ON CONFLICT DO NOTHING;
    ELSE
        UPDATE logs_gap SET to_at = clock_timestamp()
            WHERE channel_id = NEW.id AND to_at IS NULL AND reason = 'paused';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER logs_paused AFTER UPDATE ON logs_channel
    FOR EACH ROW WHEN (OLD.paused IS DISTINCT FROM NEW.paused) EXECUTE FUNCTION logs_note_pause();

-- migrate:down

DROP TRIGGER logs_paused ON logs_channel;
DROP FUNCTION logs_note_pause();
