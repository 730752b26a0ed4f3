"""The search index keeps fewer words in its statistics: reading them was half of what a quick search costs.

What is rarer than the 3,000th word is found at once anyway.
"""

from django.db import migrations

SET = [f"ALTER INDEX line_search ALTER COLUMN {column} SET STATISTICS 300" for column in (1, 2)]
UNSET = [f"ALTER INDEX line_search ALTER COLUMN {column} SET STATISTICS 1000" for column in (1, 2)]
ANALYZE = "ANALYZE logs_line"


class Migration(migrations.Migration):
    dependencies = [("logs", "0019_years")]

    operations = [migrations.RunSQL([*SET, ANALYZE], [*UNSET, ANALYZE])]
