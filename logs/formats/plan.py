"""Before logs are parsed: the channel and the format of each file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from itertools import islice
from pathlib import PurePath

from logs.formats.detect import PREVIEW_LINES, QUICK_SAMPLE_LINES, Guess, detect_format
from logs.formats.file_names import ChannelRef, channel_folder, channel_in_path, day_in_path
from logs.formats.log_files import LogFile
from logs.formats.log_format import Format, LogLine, ParseContext
from logs.formats.numbered_lines import UnreadableError
from logs.text.names import fold


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person said about all files; None is detected for each. `by_folder`: folders are named like channels,
    without the sign."""

    network: str | None = None
    channel: str | None = None
    format: Format | None = None
    zone: tzinfo | None = None
    by_folder: bool = False


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file with its channel and format. `reason` says how the format was found, `sample` holds some parsed lines.

    `question`: what a person should answer before anything is stored; `error`: why the file cannot be imported. A file
    without format, question and error is skipped (empty, or of another channel).
    """

    file: LogFile
    channel: ChannelRef
    format: Format | None = None
    reason: str = ""
    question: str = ""
    error: str = ""
    sample: Sequence[LogLine] = ()


def plan_files(files: Iterable[LogFile], options: ImportOptions) -> Iterator[PlannedFile]:
    """Plan the import of each file, in the order of the days in their names.

    The format of a file is tried first for the next file of the same folder.
    """
    neighbours: dict[PurePath, Format] = {}
    # By day, so that ids follow time even where files are given in another order.
    for file in sorted(files, key=lambda file: (day_in_path(file.display_path) or date.min, str(file.display_path))):
        planned = _plan_file(file, _find_channel(file, options), options, neighbours.get(_log_folder(file)))
        if planned.format:
            neighbours[_log_folder(file)] = planned.format
        yield planned


def _log_folder(file: LogFile) -> PurePath:
    """The folder that holds the channel's logs: folders of years and months are skipped."""
    return next((part for part in file.display_path.parents if not part.name.isdigit()), file.display_path.parent)


def _find_channel(file: LogFile, options: ImportOptions) -> ChannelRef:
    in_path = channel_in_path(file.display_path)
    folder = channel_folder(file.display_path) if options.by_folder else None
    channel = in_path.channel or (f"#{folder}" if folder else None)
    return ChannelRef(options.network or in_path.network, options.channel or channel)


def _plan_file(
    file: LogFile, channel_ref: ChannelRef, options: ImportOptions, neighbour_format: Format | None
) -> PlannedFile:
    # A database holds many channels; with --channel only that one is imported.
    if file.channel and options.channel and fold(file.channel) != fold(options.channel):
        return PlannedFile(file, channel_ref, reason=f"it is of {file.channel}")
    if not channel_ref.network or not channel_ref.channel:
        return PlannedFile(file, channel_ref, error=_explain_missing_channel(file, channel_ref))
    try:
        guess = _find_format(file, options, neighbour_format)
    except UnreadableError as error:
        return PlannedFile(file, channel_ref, error=str(error))
    if guess.format is None and guess.is_certain:
        return PlannedFile(file, channel_ref, reason=guess.reason)
    if guess.format is None:
        return PlannedFile(file, channel_ref, error=f"Of the formats known here it has none: {guess.reason}.")
    question = "" if guess.is_certain else f"{guess.reason}: say --format"
    if not (guess.format.zoned or options.zone or question):
        question = f"{guess.format.title} has no time zone: say --timezone"
    return PlannedFile(file, channel_ref, guess.format, guess.reason, question, sample=guess.sample)


def _explain_missing_channel(file: LogFile, channel_ref: ChannelRef) -> str:
    missing = " and ".join(
        f"--{name}" for name, value in zip(channel_ref._fields, channel_ref, strict=True) if not value
    )
    folder = None if channel_ref.channel else channel_folder(file.display_path)
    hint = f", or --by-folder if it is of #{folder}" if folder else ""
    return f"Its path does not contain its channel: say {missing}{hint}."


def _find_format(file: LogFile, options: ImportOptions, neighbour_format: Format | None) -> Guess:
    source = ParseContext(options.zone or UTC, day_in_path(file.display_path))
    if options.format is None:
        return detect_format(file.lines(), source, neighbour_format)
    items = options.format.parse(islice(file.lines(), QUICK_SAMPLE_LINES), source)
    return Guess(options.format, True, "as said", [item for item in items if isinstance(item, LogLine)][:PREVIEW_LINES])
