"""Build the search index anew: keycaps (`1️⃣`) and negated signs (≠) are words; what 0036 brought is among it.

As in 0015, lines are stored and searches use the old index while the new one is built.
"""

from django.db import migrations

from logs.sql import rebuild_index, rerun_sql


class Migration(migrations.Migration):
    # An index cannot be built concurrently in a transaction.
    atomic = False

    dependencies = [("logs", "0036_search_scripts")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        rerun_sql("search_functions"),
        *rebuild_index("search_index", "line_search"),
        migrations.RunSQL("ANALYZE logs_line", migrations.RunSQL.noop),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
