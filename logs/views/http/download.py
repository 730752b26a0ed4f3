"""The download of a channel's log for its owners, streamed without holding a database connection."""

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
from logs.views.manage.owner_page import for_owners, name_actor, render_owner_page

CHUNK_CHARACTERS = 64 * 1024
"""Size of the pieces of text that are sent."""


@require_safe
@for_owners
def download_log(request: HttpRequest, channel: Channel) -> HttpResponseBase:
    """The log in the requested format and range of days; without parameters, the whole log as JSON Lines."""
    form = ExportForm(request.GET or {"format": "jsonl", "timezone": "UTC"})
    if not form.is_valid():
        return render_owner_page(request, channel, form)
    export = form.export(between=_release_connection)
    audit_log.record_act(channel, name_actor(request), f"exported {form.description}")
    name = f"{channel.network.name}-{channel.name.lstrip('#') or channel.pk}"
    if export.format.name == "znc":
        response = StreamingHttpResponse(_zip_files(export, channel), content_type="application/zip")
        ending = "zip"
    else:
        kind = "application/jsonl" if export.format.name == "jsonl" else "text/plain"
        response = StreamingHttpResponse(_join_chunks(export.text(channel)), content_type=f"{kind}; charset=utf-8")
        ending = "jsonl" if export.format.name == "jsonl" else "log"
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{ending}") or "attachment"
    return response


def _release_connection() -> None:
    if not connection.in_atomic_block:
        close_old_connections()  # a slow client must not hold a connection that other requests wait for


def _join_chunks(lines: Iterable[str]) -> Iterator[str]:
    chunk: list[str] = []
    size = 0
    for line in lines:
        chunk.append(f"{line}\n")
        size += len(line)
        if size >= CHUNK_CHARACTERS:
            yield "".join(chunk)
            chunk, size = [], 0
    yield "".join(chunk)


class _ZipOutput:
    """A file for `ZipFile` to write to, whose content is taken out and sent while it is written."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data = b"".join(self._written)
        self._written.clear()
        return data


def _zip_files(export: Export, channel: Channel) -> Iterator[bytes]:
    """Yield a zip archive with one file a day, in folders."""
    output = _ZipOutput()
    with zipfile.ZipFile(cast("IO[bytes]", output), "w", zipfile.ZIP_DEFLATED) as archive:
        for path, lines in export.files(channel):
            with archive.open(str(path), "w") as file:
                for chunk in _join_chunks(lines):
                    file.write(chunk.encode())
                    yield output.take()
    yield output.take()
