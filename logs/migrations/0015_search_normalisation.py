"""Build the search index anew: folded words, neighbours in text without blanks, symbols.

The index is built while lines are stored and searches use the old one, because logs_line may have hundreds of millions
of rows. Going back leaves the functions and the index as they are; the migration that made them drops them.
"""

from django.db import migrations

from logs.sql import rebuild_index, rerun_sql


class Migration(migrations.Migration):
    # An index cannot be built concurrently in a transaction.
    atomic = False

    dependencies = [("logs", "0014_network_encoding")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        rerun_sql("search_functions"),
        *rebuild_index("search_index", "line_search"),
        migrations.RunSQL("DROP FUNCTION IF EXISTS logs_words(text, smallint)", migrations.RunSQL.noop),
        migrations.RunSQL("ANALYZE logs_line", migrations.RunSQL.noop),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
