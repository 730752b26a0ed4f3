"""Build the search index anew: punctuation of all scripts separates words, vowels of Hangul may stand alone.

As in 0015, lines are stored and searches use the old index while the new one is built.
"""

from django.db import migrations

from logs.sql import load_sql, rerun_sql

BUILD = load_sql("search_index").replace("line_search", "line_search_new").partition("-- migrate:up\n")[2]
CREATE, *STATISTICS = (statement for statement in BUILD.split(";") if statement.strip())


class Migration(migrations.Migration):
    # An index cannot be built concurrently in a transaction.
    atomic = False

    dependencies = [("logs", "0035_channel_sums")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        rerun_sql("search_functions"),
        # A build that was interrupted leaves an invalid index behind.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS line_search_new", migrations.RunSQL.noop),
        migrations.RunSQL(CREATE.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY"), migrations.RunSQL.noop),
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in STATISTICS),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS line_search", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER INDEX line_search_new RENAME TO line_search", migrations.RunSQL.noop),
        migrations.RunSQL("ANALYZE logs_line", migrations.RunSQL.noop),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
