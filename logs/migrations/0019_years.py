"""The search index knows years, so that a window of many years is a few keys and not hundreds of months.

The index is made anew beside the old one, which goes on serving meanwhile; lines go on being stored.
"""

from django.db import migrations

KEYS = r"""
CREATE OR REPLACE FUNCTION logs_keys(channel integer, at timestamptz, nick text, kind smallint, text text)
    RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY[
        channel,
        (1 << 28) | (extract(year FROM at AT TIME ZONE 'UTC')::integer * 12
                     + extract(month FROM at AT TIME ZONE 'UTC')::integer - 1),
        (2 << 28) | floor(extract(epoch FROM at) / 86400)::integer,
        (3 << 28) | kind,
        CASE WHEN kind IN (1, 2, 3, 10) AND text ~* '://|www\.' THEN (3 << 28) | 1000 ELSE channel END,
        logs_nick_key(nick),
        (4 << 28) | extract(year FROM at AT TIME ZONE 'UTC')::integer
    ];
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("logs", "0018_redactions")]

    operations = [
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(
            ["SET statement_timeout = 0", "REINDEX INDEX CONCURRENTLY line_search", "RESET statement_timeout"],
            migrations.RunSQL.noop,
        ),
    ]
