-- Withdrawals: each statement that takes something away from readers leaves a row in logs_withdrawal.
--
-- A process that reads from a replica asks the primary for these rows and knows from a change of them that the replica
-- has to be as far as the primary is now (botbot/replica/state.py). It misses none, because
-- * the row is committed with what it stands for, so that whoever sees the one sees the other, and
-- * every transaction leaves a row of its own with a new number, so that no two of them ever wait for each other, and
--   the set of rows never becomes again what it was.

-- migrate:up
CREATE OR REPLACE FUNCTION logs_note_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    INSERT INTO logs_withdrawal DEFAULT VALUES RETURNING id INTO number;
    -- Of the older rows nobody needs any. Those that another transaction deletes at this moment are left to it.
    IF number % 50 = 0 THEN
        DELETE FROM logs_withdrawal WHERE id IN (
            SELECT id FROM logs_withdrawal WHERE id < number ORDER BY id FOR UPDATE SKIP LOCKED
        );
    END IF;
    RETURN NULL;
END $$;

-- Lines that are removed, expire, are held back, or get a pseudonym.
CREATE OR REPLACE TRIGGER logs_withdrawn_lines AFTER DELETE OR UPDATE ON logs_line
    FOR EACH STATEMENT EXECUTE FUNCTION logs_note_withdrawal();
-- Channels that are closed, hidden or purged; `audience` changes whenever somebody loses the right to read.
CREATE OR REPLACE TRIGGER logs_withdrawn_audience AFTER UPDATE ON logs_channel
    FOR EACH ROW WHEN (OLD.audience IS DISTINCT FROM NEW.audience) EXECUTE FUNCTION logs_note_withdrawal();
CREATE OR REPLACE TRIGGER logs_withdrawn_channels AFTER DELETE ON logs_channel
    FOR EACH STATEMENT EXECUTE FUNCTION logs_note_withdrawal();
-- People who may not read what was said in a closed period any more, and periods that begin.
CREATE OR REPLACE TRIGGER logs_withdrawn_members AFTER DELETE OR UPDATE ON logs_membership
    FOR EACH STATEMENT EXECUTE FUNCTION logs_note_withdrawal();
CREATE OR REPLACE TRIGGER logs_withdrawn_periods AFTER INSERT OR UPDATE ON logs_closedperiod
    FOR EACH STATEMENT EXECUTE FUNCTION logs_note_withdrawal();

-- migrate:down
DROP TRIGGER logs_withdrawn_lines ON logs_line;
DROP TRIGGER logs_withdrawn_audience ON logs_channel;
DROP TRIGGER logs_withdrawn_channels ON logs_channel;
DROP TRIGGER logs_withdrawn_members ON logs_membership;
DROP TRIGGER logs_withdrawn_periods ON logs_closedperiod;
DROP FUNCTION logs_note_withdrawal();
