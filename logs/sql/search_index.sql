-- The search index: one GIN over the words of a line and its keys (search_functions.sql).
--
-- A search reads the statistics of both columns to estimate how many lines have a word or key. 300 values are enough:
-- any word rarer than the 3,000th is found quickly anyway, and with 1,000 values reading the statistics took half of
-- the time of a quick search.

-- migrate:up
CREATE INDEX IF NOT EXISTS line_search ON logs_line USING gin (
    logs_lexemes(text, kind),
    logs_keys(channel_id, at, nick, kind, text)
);
ALTER INDEX line_search ALTER COLUMN 1 SET STATISTICS 300;
ALTER INDEX line_search ALTER COLUMN 2 SET STATISTICS 300;

-- migrate:down
DROP INDEX line_search;
