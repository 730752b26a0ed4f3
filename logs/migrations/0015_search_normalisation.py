"""Build the search index anew: folded words, neighbours in text without blanks, symbols.

The index is built while lines are stored and searches use the old one, because logs_line may have hundreds of millions
of rows. Going back leaves the functions and the index as they are; the migration that made them drops them.
"""

from django.db import migrations

from logs.sql import load_sql, rerun_sql

BUILD = load_sql("search_index").replace("line_search", "line_search_new").partition("-- migrate:up\n")[2]
CREATE, *STATISTICS = (statement for statement in BUILD.split(";") if statement.strip())


class Migration(migrations.Migration):
    # An index cannot be built concurrently in a transaction.
    atomic = False

    dependencies = [("logs", "0014_network_encoding")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        rerun_sql("search_functions"),
        # A build that was interrupted leaves an invalid index behind.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS line_search_new", migrations.RunSQL.noop),
        migrations.RunSQL(CREATE.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY"), migrations.RunSQL.noop),
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in STATISTICS),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS line_search", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER INDEX line_search_new RENAME TO line_search", migrations.RunSQL.noop),
        migrations.RunSQL("DROP FUNCTION IF EXISTS logs_words(text, smallint)", migrations.RunSQL.noop),
        migrations.RunSQL("ANALYZE logs_line", migrations.RunSQL.noop),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
