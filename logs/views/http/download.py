"""Logs for their owners, and lines for those who said them, as files; streamed, with no connection held meanwhile."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, cast

from django.db import close_old_connections, connection
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from logs.export import Export
from logs.models import Channel, audit_log
from logs.views.manage.export_section import ExportForm
from logs.views.manage.owner_page import by, manage_page, owned

PIECE = 64 * 1024
"""Characters that are sent at a time."""


@require_safe
@owned
def export_lines(request: HttpRequest, channel: Channel) -> HttpResponseBase:
    """The channel in the format and from the days asked for; without being asked for anything, all that there is."""
    form = ExportForm(request.GET or {"format": "jsonl", "timezone": "UTC"})
    if not form.is_valid():
        return manage_page(request, channel, form)
    export = form.export(between=_give_back)
    audit_log.record_act(channel, by(request), f"exported {form.told}")
    name = f"{channel.network.name}-{channel.name.lstrip('#') or channel.pk}"
    if export.format.name == "znc":
        response = StreamingHttpResponse(_zipped(export, channel), content_type="application/zip")
        ending = "zip"
    else:
        kind = "application/jsonl" if export.format.name == "jsonl" else "text/plain"
        response = StreamingHttpResponse(_pieces(export.text(channel)), content_type=f"{kind}; charset=utf-8")
        ending = "jsonl" if export.format.name == "jsonl" else "log"
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{ending}") or "attachment"
    return response


def _give_back() -> None:
    if not connection.in_atomic_block:
        close_old_connections()  # a slow reader must not keep a connection that others wait for


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    piece: list[str] = []
    size = 0
    for line in lines:
        piece.append(f"{line}\n")
        size += len(line)
        if size >= PIECE:
            yield "".join(piece)
            piece, size = [], 0
    yield "".join(piece)


class _Sent:
    """What a zip file writes, to be taken and sent."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        data = b"".join(self._written)
        self._written.clear()
        return data


def _zipped(export: Export, channel: Channel) -> Iterator[bytes]:
    """A file a day, in their folders."""
    sent = _Sent()
    with zipfile.ZipFile(cast("IO[bytes]", sent), "w", zipfile.ZIP_DEFLATED) as archive:
        for path, lines in export.files(channel):
            with archive.open(str(path), "w") as file:
                for piece in _pieces(lines):
                    file.write(piece.encode())
                    yield sent.taken()
    yield sent.taken()
