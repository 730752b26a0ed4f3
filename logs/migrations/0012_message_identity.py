"""Let several lines of a channel have the same message id, if their kind, target or text differs.

The indexes are built while lines are stored, because logs_line may have hundreds of millions of rows.
"""

from django.db import migrations, models
from django.db.models.functions import Coalesce

TABLES = {
    "line": ("logs_line", "line_once_per_msgid", "line_once_per_message"),
    "heldline": ("logs_heldline", "held_once_per_msgid", "held_once_per_message"),
}


def _constraint(name: str) -> models.UniqueConstraint:
    target_hash = models.Func(Coalesce("target", models.Value("")), models.Value(0), function="hashtextextended")
    return models.UniqueConstraint(
        "channel",
        "msgid",
        "kind",
        models.Func("text", target_hash, function="hashtextextended"),
        condition=models.Q(msgid__isnull=False),
        name=name,
    )


def _operations(model: str) -> list[migrations.operations.base.Operation]:
    table, old, new = TABLES[model]
    build = (
        f"CREATE UNIQUE INDEX CONCURRENTLY {new} ON {table} (channel_id, msgid, kind,"
        " hashtextextended(text, hashtextextended(coalesce(target, ''), 0))) WHERE msgid IS NOT NULL"
    )
    build_old = f"CREATE UNIQUE INDEX CONCURRENTLY {old} ON {table} (channel_id, msgid) WHERE msgid IS NOT NULL"
    # A build that was interrupted leaves an invalid index behind.
    drop, drop_old = (f"DROP INDEX CONCURRENTLY IF EXISTS {index}" for index in (new, old))
    return [
        migrations.RunSQL(drop, drop),
        migrations.RunSQL(build, build_old),
        migrations.RunSQL(drop_old, drop_old),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model, old),
                migrations.AddConstraint(model, _constraint(new)),
            ]
        ),
    ]


class Migration(migrations.Migration):
    # An index cannot be built concurrently in a transaction.
    atomic = False

    dependencies = [("logs", "0011_closed_periods")]

    operations = [
        migrations.RunSQL("SET statement_timeout = 0", migrations.RunSQL.noop),
        *_operations("line"),
        *_operations("heldline"),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
