"""What people without an account ask for, done by an administrator who believes them."""

from __future__ import annotations

from django.utils import timezone

from logs import privacy
from logs.models import Request
from logs.models.audit import Wish
from logs.privacy import Speaker
from logs.text.names import fold
from logs.text.words import counted


def fulfil(asked: Request, by: str) -> bool:
    """Erases, anonymises or opts out the nick on its whole network, and answers; False where that wants words."""
    network = asked.network
    speaker = Speaker(nick=fold(asked.nick, network.casemapping))
    match asked.wish:
        case Wish.ERASE:
            answer = f"Done. Gone for good of {asked.nick}: {counted(privacy.erase(network, speaker, by))}."
        case Wish.ANONYMISE:
            answer = f"Done. Under a pseudonym now: {counted(privacy.anonymise(network, speaker, by))}."
        case Wish.OPT_OUT:
            privacy.opt_out(network, speaker, by)
            answer = f"Done: what {asked.nick} says on {network} is not logged any more."
        case _:
            return False
    Request.objects.filter(pk=asked.pk).update(answer=answer, answered_at=timezone.now())
    return True
