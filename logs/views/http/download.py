"""The download of a channel's log for its owners, streamed without holding a database connection."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO, cast

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from logs.export import Export
from logs.models import Channel, audit_log
from logs.views.http.streaming import Download, DownloadsExceededError, join_lines
from logs.views.manage.export_section import EXPORT, ExportForm
from logs.views.manage.owner_page import for_owners, name_actor, render_owner_page
from logs.views.manage.pages import PAGES_BY_NAME


@require_safe
@for_owners
def download_log(request: HttpRequest, channel: Channel) -> HttpResponseBase:
    """The log in the requested format and range of days; without parameters, the whole log as JSON Lines."""
    form = ExportForm(request.GET or {"format": "jsonl", "timezone": "UTC"})
    if not form.is_valid():
        return render_owner_page(request, channel, PAGES_BY_NAME["import-export"], form, EXPORT)
    export = form.export()
    chunks: Iterator[bytes | str]
    if export.format.name == "znc":
        chunks, kind, ending = _zip_files(export, channel), "application/zip", "zip"
    elif export.format.name == "jsonl":
        chunks, kind, ending = join_lines(export.text(channel)), "application/jsonl; charset=utf-8", "jsonl"
    else:
        chunks, kind, ending = join_lines(export.text(channel)), "text/plain; charset=utf-8", "log"
    actor = name_actor(request)
    try:
        content = Download(request, actor, chunks)
    except DownloadsExceededError as error:
        return error.response
    audit_log.record_act(channel, actor, f"exported {form.description}")
    name = f"{channel.network.name}-{channel.name.lstrip('#') or channel.pk}"
    response = StreamingHttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{ending}") or "attachment"
    return response


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
                for chunk in join_lines(lines):
                    file.write(chunk.encode())
                    yield output.take()
    yield output.take()
