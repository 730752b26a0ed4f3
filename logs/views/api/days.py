"""The days of a channel that have lines."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from logs.counts import days as counts
from logs.views.api.answers import answer, channel_of
from logs.views.api.asking import Where, WhichDays
from logs.views.api.shapes import Days
from logs.views.around import day_address

router = Router(tags=["days"])


@router.get("/networks/{network:network}/channels/{channel:channel}/days", response={200: Days}, url_name="days")
def days(
    request: HttpRequest,
    where: Path[Where],
    asked: Query[WhichDays],
) -> HttpResponse:
    """Days with lines, in order: those after or before a day, or the newest."""
    row = channel_of(request, where)
    found = counts.page(row, asked.limit, after=asked.after, before=asked.before)
    told = [
        {"day": day, "lines": lines, "said": said, "url": f"{settings.SITE_URL}{day_address(row, day)}"}
        for day, lines, said in found.days
    ]
    links = {"prev": {"before": found.earlier}} if found.earlier else {}
    links |= {"next": {"after": found.later}} if found.later else {}
    names = {"network": row.network.name, "channel": row.name}
    return answer(request, names | {"days": told, "earlier": found.earlier, "later": found.later}, links)
