"""Compare services accounts in ASCII lower case instead of by the server's casemapping.

With rfc1459, accounts were stored with `{`, `}`, `|` and `^` in place of `[`, `]`, `\\` and `~`, so a stored `ann{` may
be the account `ann[` or `ann{`. An identity whose nick at the last proof is spelled alike gets that spelling. Any other
ambiguous identity loses its roles and sessions: a stranger could own the other account. Opt-outs and erasures apply to
all spellings, because their owners must not be logged again.
"""

from itertools import product
from typing import Any

from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

from logs.text.names import fold, fold_account

SPELLINGS = {
    "rfc1459": {"{": "{[", "}": "}]", "|": "|\\", "^": "^~"},
    "rfc1459-strict": {"{": "{[", "}": "}]", "|": "|\\"},
}

AMBIGUOUS = Q(account__contains="{") | Q(account__contains="}") | Q(account__contains="|") | Q(account__contains="^")

MAX_SPELLINGS = 64


def spell(account: str, casemapping: str) -> set[str]:
    """Return the accounts that were stored as this one."""
    choices = [SPELLINGS[casemapping].get(character, character) for character in account]
    count = 2 ** sum(len(choice) > 1 for choice in choices)
    if count > MAX_SPELLINGS:
        return {account, "".join(choice[-1] for choice in choices)}
    return {"".join(characters) for characters in product(*choices)}


def separate_accounts(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    for network in apps.get_model("logs", "Network").objects.using(alias).filter(casemapping__in=SPELLINGS):
        for identity in apps.get_model("logs", "Identity").objects.using(alias).filter(AMBIGUOUS, network=network):
            if len(spell(identity.account, network.casemapping)) > 1:
                separate_identity(apps, alias, identity, network.casemapping)
        for name in ("OptOut", "Forgotten"):
            rows = apps.get_model("logs", name).objects.using(alias)
            for row in list(rows.filter(AMBIGUOUS, network=network)):
                for account in spell(row.account, network.casemapping) - {row.account}:
                    rows.get_or_create(**copy_values(row) | {"account": account})


def copy_values(row: Any) -> dict[str, Any]:
    names = [field.attname for field in row._meta.concrete_fields]
    return {name: getattr(row, name) for name in names if name not in {"id", "created_at"}}


def separate_identity(apps: Any, alias: str, identity: Any, casemapping: str) -> None:
    if fold(identity.nick, casemapping) == identity.account:
        identity.account = fold_account(identity.nick)
        identity.save(update_fields=["account"])
        return
    for membership in identity.memberships.select_related("channel"):
        apps.get_model("logs", "Act").objects.using(alias).create(
            channel=membership.channel,
            by="the upgrade",
            what=f"{identity.nick} (account {identity.account}) is no longer {membership.role}: two accounts have this "
            "name in the spelling of earlier versions",
        )
        apps.get_model("logs", "Channel").objects.using(alias).filter(pk=membership.channel_id).update(
            access=F("access") + 1
        )
    apps.get_model("logs", "ApiToken").objects.using(alias).filter(identity=identity).delete()
    identity.memberships.all().delete()
    identity.signed_out_at = timezone.now()
    identity.save(update_fields=["signed_out_at"])


class Migration(migrations.Migration):
    dependencies = [("logs", "0006_unify_upgraded")]

    operations = [
        migrations.AlterField(
            "identity",
            "account",
            models.CharField(
                blank=True, help_text="In lower case. Empty: a nick without an account.", max_length=200
            ),
        ),
        migrations.RunPython(separate_accounts, migrations.RunPython.noop),
    ]
