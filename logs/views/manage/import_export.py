"""The upload of a small log by an owner, first a preview, then the import, and the download of the whole log.

The download is streamed without holding a database connection.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import IO, cast

from django import forms
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from logs.export import Export
from logs.formats.encodings import ENCODING_ADVICE
from logs.formats.registry import FORMATS
from logs.imports import upload
from logs.imports.digest import describe_line
from logs.imports.report import describe_report, describe_unparsed
from logs.models import Channel, Upload, audit_log
from logs.text.encodings import COMMON_ENCODINGS
from logs.views.http.streaming import Download, DownloadsExceededError, join_lines
from logs.views.manage.line_sections import EXPORT, ExportForm
from logs.views.manage.owner_page import PAGES_BY_NAME, build_context, for_owners, name_actor, render_owner_page
from logs.views.manage.section import TimeZoneField, zones_context

_one_at_a_time = BoundedSemaphore(1)

_GUESS = re.compile(r" in ([a-z0-9_]{1,30}) it has ")
_ADVICE = (
    (re.compile(r" Give --format to import the others\."), " Choose the format to import the others."),
    (re.compile(r": say --only-network with one of (.*)\."), r" (\1): an administrator can import one of them."),
)
"""What reports advise to users of the command, and what they say here."""


class ImportForm(forms.Form):
    """`upload` is the file of an earlier request, which a new file replaces."""

    file = forms.FileField(
        required=False,
        max_length=255,
        label=_("Log"),
        help_text=format_lazy(
            _("At most {number} MB; zip, tar, gzip, zstd, bzip2, xz are unpacked."),
            number=upload.MAX_UPLOAD_BYTES // 1_000_000,
        ),
    )
    format = forms.ChoiceField(
        required=False,
        label=_("Format"),
        choices=[("", _("detect automatically")), *((name, each.title) for name, each in FORMATS.items())],
    )
    encoding = forms.ChoiceField(
        required=False,
        label=_("Encoding"),
        choices=[("", _("UTF-8, other lines as it is probable")), *COMMON_ENCODINGS.items()],
        help_text=_("Of lines that are not UTF-8. The preview shows whether it is right."),
    )
    timezone = TimeZoneField(required=False, help_text=_("For times without a zone, for example Europe/Berlin."))
    fill = forms.BooleanField(
        required=False,
        label=_("only lines that the bot missed"),
        help_text=_(
            "For a log by a person in the channel, complete from its first line to its last: it fills the gaps."
        ),
    )

    def __init__(self, kept: Upload | None, *args: object, **kwargs: object) -> None:
        self.kept = kept
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file is None and self.kept is None:
            raise forms.ValidationError(_("Choose a log file."))
        if file is not None and file.size > upload.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(_("The file is too large for this page: an administrator can import it."))
        return file

    @property
    def how(self) -> upload.UploadOptions:
        cleaned = self.cleaned_data
        return upload.UploadOptions(
            FORMATS.get(cleaned["format"]), cleaned["timezone"], cleaned["fill"], cleaned["encoding"] or None
        )

    def ask_encoding(self, sentence: str) -> None:
        """Show a doubt about the encoding at its field, with the guess chosen if the owner chose none."""
        self.add_error("encoding", f"{sentence} Please choose it here.")
        match = _GUESS.search(sentence)
        if match and match[1] in COMMON_ENCODINGS and not self.data.get("encoding"):
            data = cast("QueryDict", self.data).copy()
            data["encoding"] = match[1]
            self.data = data


@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def show_log_upload(request: HttpRequest, channel: Channel) -> HttpResponse:
    """A preview of the import, and with `store` the import itself. The file is stored between the two requests."""
    if request.method != "POST":
        return _page(request, channel, ImportForm(None))
    number = request.POST.get("kept", "")
    sent = Upload.objects.filter(channel=channel, by=name_actor(request)).select_related("channel__network")
    kept = sent.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 10 else None
    form = ImportForm(kept, request.POST, request.FILES)
    if not form.is_valid():
        # Browsers empty the field of the file: what was right is kept, so that only the mistake has to be mended.
        if file := form.cleaned_data.get("file"):
            form.kept = upload.store_upload(channel, name_actor(request), file.name, file.read())
        return _page(request, channel, form, status=400)
    if not _one_at_a_time.acquire(blocking=False):
        form.add_error(None, gettext("Another log is being imported: please try again in a minute."))
        return _page(request, channel, form, status=503)
    try:
        return _answer(request, channel, form)
    finally:
        _one_at_a_time.release()


def _answer(request: HttpRequest, channel: Channel, form: ImportForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    kept = (
        upload.store_upload(channel, name_actor(request), file.name, file.read())
        if form.kept is None or file
        else form.kept
    )
    store = "store" in request.POST and file is None
    outcome = upload.import_upload(kept, form.how) if store else upload.preview_upload(kept, form.how)
    if not connection.in_atomic_block:
        close_old_connections()
    for doubt in {doubt for report in outcome.reports if (doubt := report.error) and doubt.endswith(ENCODING_ADVICE)}:
        form.ask_encoding(doubt.removesuffix(ENCODING_ADVICE))
    for question in outcome.questions:
        form.add_error("timezone" if question.endswith("--timezone") else "format", _words(question))
    form.kept = None if store and outcome.is_readable else kept
    return _page(request, channel, form, outcome, 200 if outcome.is_readable else 400)


def _without_options(text: str) -> str:
    """Return a sentence of a report without its advice for the command line."""
    for pattern, words in _ADVICE:
        text = pattern.sub(words, text)
    return text.removesuffix(ENCODING_ADVICE)


def _words(question: str) -> str:
    """Return a question of the import without its advice for the command line."""
    return f"{question.rpartition(': say --')[0]}: please enter it here."


def _page(
    request: HttpRequest,
    channel: Channel,
    form: ImportForm,
    outcome: upload.UploadResult | None = None,
    status: int = 200,
) -> HttpResponse:
    context = build_context(channel, PAGES_BY_NAME["import-export"])
    context |= {"form": form, "kept": form.kept, "reports": [], "may_store": False, **zones_context()}
    if outcome:
        filling = bool(form.cleaned_data.get("fill"))
        dry = form.kept is not None
        context |= {
            "why": outcome.explanations,
            "sample": [describe_line(line) for line in outcome.sample],
            "reports": [
                _without_options(describe_report(report, dry_run=dry, filling=filling)) for report in outcome.reports
            ],
            "warnings": outcome.warnings,
            "days": outcome.digest.describe_days() if dry else "",
            "kinds": list(outcome.digest.list_kinds()) if dry else [],
            "unparsed": [
                describe_unparsed(report.name, each) for report in outcome.reports for each in report.examples
            ],
            "unparsed_count": sum(report.unparsed for report in outcome.reports),
            "done": not dry,
            "may_store": dry and outcome.stored > 0 and not outcome.questions,
            "stored": outcome.stored,
        }
    return render(request, "manage/import.html", context, status=status)


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
