-- Open live streams end at once when other people than before may read a channel, or when it is deleted.
--
-- The notification is that of new lines (logs/models/postgres.py) with the id 0, which no line has.

-- migrate:up
CREATE OR REPLACE FUNCTION logs_notify_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('botbot_lines', OLD.id || ' 0');
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER logs_channel_audience_changed AFTER UPDATE ON logs_channel
    FOR EACH ROW WHEN (OLD.audience IS DISTINCT FROM NEW.audience) EXECUTE FUNCTION logs_notify_audience();

CREATE OR REPLACE TRIGGER logs_channel_deleted AFTER DELETE ON logs_channel
    FOR EACH ROW EXECUTE FUNCTION logs_notify_audience();

-- migrate:down
DROP TRIGGER logs_channel_deleted ON logs_channel;
DROP TRIGGER logs_channel_audience_changed ON logs_channel;
DROP FUNCTION logs_notify_audience();
