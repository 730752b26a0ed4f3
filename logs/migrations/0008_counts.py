"""Counts of lines, kept by triggers: a statement that writes lines counts them, once for all that it changes.

Whoever writes lines holds the lock of their channel's counter, so that two never wait for each other's counts.
"""

import django.db.models.deletion
from django.db import migrations, models

KEPT = r"""
CREATE FUNCTION logs_hour_of_week(at timestamptz) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    (extract(isodow FROM at AT TIME ZONE 'UTC') - 1) * 24 + extract(hour FROM at AT TIME ZONE 'UTC');

CREATE FUNCTION logs_count_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO logs_daycount AS kept (channel_id, day, lines, said, revision)
        SELECT channel_id, (at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE kind IN (1, 2, 3)), 1
        FROM changed GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (channel_id, day) DO UPDATE SET
            lines = kept.lines + excluded.lines, said = kept.said + excluded.said, revision = kept.revision + 1;
    INSERT INTO logs_hourcount AS kept (channel_id, year, hour, said)
        SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC'), logs_hour_of_week(at), count(*)
        FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (channel_id, year, hour) DO UPDATE SET said = kept.said + excluded.said;
    INSERT INTO logs_nickcount AS kept (channel_id, year, nick, said)
        SELECT channel_id, counted.year, nick, sum(said)
        FROM (
            SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC')::smallint AS year, left(nick, 400) AS nick, count(*) AS said
            FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
        ) AS by_year CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (channel_id, year, nick) DO UPDATE SET said = kept.said + excluded.said;
    RETURN NULL;
END $$;

CREATE FUNCTION logs_count_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE logs_daycount AS kept
        SET lines = kept.lines - gone.lines, said = kept.said - gone.said, revision = kept.revision + 1
        FROM (
            SELECT channel_id, (at AT TIME ZONE 'UTC')::date AS day, count(*) AS lines,
                count(*) FILTER (WHERE kind IN (1, 2, 3)) AS said
            FROM changed GROUP BY 1, 2
        ) AS gone WHERE kept.channel_id = gone.channel_id AND kept.day = gone.day;
    UPDATE logs_hourcount AS kept SET said = kept.said - gone.said
        FROM (
            SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC') AS year, logs_hour_of_week(at) AS hour,
                count(*) AS said
            FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
        ) AS gone WHERE kept.channel_id = gone.channel_id AND kept.year = gone.year AND kept.hour = gone.hour;
    UPDATE logs_nickcount AS kept SET said = kept.said - gone.said
        FROM (
            SELECT channel_id, counted.year, nick, sum(said) AS said
            FROM (
                SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC')::smallint AS year, left(nick, 400) AS nick, count(*) AS said
                FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
            ) AS by_year CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year)
            GROUP BY 1, 2, 3
        ) AS gone WHERE kept.channel_id = gone.channel_id AND kept.year = gone.year AND kept.nick = gone.nick;
    DELETE FROM logs_nickcount USING (SELECT DISTINCT channel_id, left(nick, 400) AS nick FROM changed) AS gone
        WHERE logs_nickcount.channel_id = gone.channel_id AND logs_nickcount.nick = gone.nick
        AND logs_nickcount.year IN (SELECT 0 UNION SELECT extract(year FROM at AT TIME ZONE 'UTC') FROM changed)
        AND said = 0;
    RETURN NULL;
END $$;

CREATE TRIGGER logs_count_1_inserted AFTER INSERT ON logs_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_new();
CREATE TRIGGER logs_count_1_updated AFTER UPDATE ON logs_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_new();
CREATE TRIGGER logs_count_2_updated AFTER UPDATE ON logs_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_gone();
CREATE TRIGGER logs_count_2_deleted AFTER DELETE ON logs_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION logs_count_gone();

ALTER TABLE logs_daycount SET (fillfactor = 70);
ALTER TABLE logs_hourcount SET (fillfactor = 70);
ALTER TABLE logs_nickcount SET (fillfactor = 70);
"""

NOT_KEPT = """
DROP TRIGGER logs_count_1_inserted ON logs_line;
DROP TRIGGER logs_count_1_updated ON logs_line;
DROP TRIGGER logs_count_2_updated ON logs_line;
DROP TRIGGER logs_count_2_deleted ON logs_line;
DROP FUNCTION logs_count_new();
DROP FUNCTION logs_count_gone();
DROP FUNCTION logs_hour_of_week(timestamptz);
"""

COUNTED = r"""
SET LOCAL statement_timeout = 0;
INSERT INTO logs_daycount (channel_id, day, lines, said, revision)
    SELECT channel_id, (at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE kind IN (1, 2, 3)), 1
    FROM logs_line GROUP BY 1, 2;
INSERT INTO logs_hourcount (channel_id, year, hour, said)
    SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC'), logs_hour_of_week(at), count(*)
    FROM logs_line WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3;
INSERT INTO logs_nickcount (channel_id, year, nick, said)
    SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC'), left(nick, 400), count(*)
    FROM logs_line WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3;
INSERT INTO logs_nickcount (channel_id, year, nick, said)
    SELECT channel_id, 0, nick, sum(said) FROM logs_nickcount GROUP BY 1, 3;
"""


def count_table(name: str, keys: list[tuple[str, models.Field]], counts: list[str]) -> migrations.CreateModel:
    channel = models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=f"{name.removesuffix('Count').lower()}_counts",
        to="logs.channel",
    )
    key = models.CompositePrimaryKey(
        "channel_id", *(name for name, _ in keys), blank=True, editable=False, primary_key=True, serialize=False
    )
    numbers = [(count, models.IntegerField()) for count in counts]
    numbers += [("revision", models.IntegerField(default=1))] if name == "DayCount" else []
    return migrations.CreateModel(name, [("pk", key), ("channel", channel), *keys, *numbers])


class Migration(migrations.Migration):
    dependencies = [("logs", "0007_scrubs")]

    operations = [
        count_table("DayCount", [("day", models.DateField())], ["lines", "said"]),
        count_table("HourCount", [("year", models.SmallIntegerField()), ("hour", models.SmallIntegerField())], ["said"]),
        count_table("NickCount", [("year", models.SmallIntegerField()), ("nick", models.TextField())], ["said"]),
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
    ]
