"""Before logs are parsed: the channel and the format of each file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta, timezone, tzinfo
from itertools import islice, zip_longest
from pathlib import PurePath

from logs.formats.detect import PREVIEW_LINES, QUICK_SAMPLE_LINES, Guess, detect_format
from logs.formats.encodings import LineDecoder
from logs.formats.file_names import ChannelRef, channel_folder, channel_in_path, day_in_path, is_page_of_text_file
from logs.formats.jsonl import JSONL
from logs.formats.log_files import LogFile, Source
from logs.formats.log_format import Format, LogLine, NumberedLine, ParseContext
from logs.formats.names_inside import MAX_HEADER_LINES, names_in_lines
from logs.formats.numbered_lines import UnreadableError
from logs.text.names import fold

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person said about all files; None is detected for each. `by_folder`: folders are named like channels,
    without the sign. `only_network` and `only_channel`: of what has several that one, as it is called there."""

    network: str | None = None
    channel: str | None = None
    format: Format | None = None
    zone: tzinfo | None = None
    by_folder: bool = False
    encoding: str | None = None
    only_network: str | None = None
    only_channel: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file with its channel and format. `reason` says how the format was found, `sample` holds some parsed lines.

    `question`: what a person should answer before anything is stored; `error`: why the file cannot be imported. A file
    without format, question and error is skipped (empty, or of another channel). `source` says from where the names of
    network and channel are, `says` what the file itself says about them; `warning` is set where its lines contradict
    what a person said. `is_ambiguous`: several formats parse the lines, each differently. `needs_zone`: the question is
    that of the time zone.
    """

    file: LogFile
    channel: ChannelRef
    format: Format | None = None
    reason: str = ""
    question: str = ""
    error: str = ""
    sample: Sequence[LogLine] = ()
    source: str = ""
    says: str = ""
    warning: str = ""
    is_ambiguous: bool = False
    needs_zone: bool = False


def plan_files(files: Iterable[LogFile], options: ImportOptions) -> Iterator[PlannedFile]:
    """Plan the import of each file, in the order of the days in their names.

    The format of a file is tried first for the next file of the same folder. A file that could be of several formats
    has that of its neighbours, if one of these is certain.
    """
    neighbours: dict[PurePath, Format] = {}
    all_planned = []
    # By day, so that ids follow time even where files are given in another order.
    for log_file in sorted(
        files, key=lambda file: (day_in_path(file.display_path) or date.min, str(file.display_path))
    ):
        file = replace(log_file, encoding=options.encoding)
        planned = plan_file(file, options, neighbours.get(log_folder(file)))
        if planned.format and not planned.is_ambiguous:
            neighbours[log_folder(file)] = planned.format
        all_planned.append(planned)
    for planned in all_planned:
        neighbour = neighbours.get(log_folder(planned.file))
        yield plan_file(planned.file, options, neighbour) if planned.is_ambiguous and neighbour else planned


def log_folder(file: LogFile) -> PurePath:
    """The folder that holds the channel's logs: folders of years and months are skipped."""
    return next((part for part in file.display_path.parents if not part.name.isdigit()), file.display_path.parent)


def _find_channel(file: LogFile, options: ImportOptions, inner: ChannelRef) -> tuple[ChannelRef, str]:
    """The channel of a file, and from where each name is: what a person said, what the file says, or its path."""
    in_path = channel_in_path(file.display_path)
    if file.source and file.source.network:
        # A network here has no blanks in its name.
        name = _NOT_IN_NAMES.sub("-", file.source.network).strip("-")
        in_path = in_path._replace(network=name if file.source.has_name else None)
    folder = channel_folder(file.display_path) if options.by_folder else None
    # mIRC appends the network to the channel: with the channel from inside the rest of the name is certain.
    appended = _text_behind(in_path.channel, inner.channel)
    networks = (
        (options.network, "as said"),
        (inner.network, "from its lines"),
        (appended, "from its name"),
        (in_path.network, "from its path"),
    )
    channels = (
        (options.channel, "as said"),
        (inner.channel, "from its lines"),
        (in_path.channel, "from its path"),
        (f"#{folder}" if folder else None, "from its folder"),
    )
    network, network_source = next((each for each in networks if each[0]), (None, ""))
    channel, channel_source = next((each for each in channels if each[0]), (None, ""))
    return ChannelRef(network, channel), f"network {network} {network_source}, channel {channel} {channel_source}"


def _describe_names(file: LogFile, inner: ChannelRef) -> str:
    """What a file says about its network and channel, without the names that a person gave."""
    found, source = _find_channel(file, ImportOptions(), inner)
    named = [words for words, name in zip(source.split(", "), found, strict=True) if name]
    return ", ".join(named)


def _contradiction(channel_ref: ChannelRef, inner: ChannelRef) -> str:
    if inner.channel is None or fold(inner.channel) == fold(channel_ref.channel or ""):
        return ""
    return f"Its lines say that it is the log of {inner.channel}, not of {channel_ref.channel}."


def _text_behind(name: str | None, channel: str | None) -> str | None:
    """The text behind a channel in a file's name, as `Rizon` in `#salamanders.Rizon`."""
    if not name or not channel or not fold(name).startswith(fold(channel)):
        return None
    return name[len(channel) :].strip("._- ") or None


def plan_file(file: LogFile, options: ImportOptions, neighbour_format: Format | None = None) -> PlannedFile:
    """Find the channel and the format of one file; `neighbour_format` is that of a file of the same log folder."""
    skip_reason = _explain_skip(file, options)
    error = _explain_networks(file.source, options) if file.source and not skip_reason else ""
    if skip_reason or error:
        return PlannedFile(file, ChannelRef(None, None), reason=skip_reason, error=error)
    decoder = LineDecoder(file.encoding)
    try:
        # What follows reads these lines again and again, the file only once.
        lines = list(islice((line for line in file.lines(decoder=decoder) if line[1].strip()), MAX_HEADER_LINES))
        inner = names_in_lines(lines)
        channel_ref, source = _find_channel(file, options, inner)
        if not channel_ref.network or not channel_ref.channel:
            return PlannedFile(file, channel_ref, error=_explain_missing_channel(file, channel_ref))
        guess = _find_format(file, lines, options, neighbour_format)
    except UnreadableError as unreadable:
        return PlannedFile(file, ChannelRef(None, None), error=str(unreadable))
    if guess.format is None:
        error = "" if guess.is_certain else f"Of the formats known here it has none: {guess.reason}."
        return PlannedFile(file, channel_ref, reason=guess.reason, error=error)
    if guess.sample and (doubt := decoder.doubt()):
        return PlannedFile(file, channel_ref, error=doubt.describe())
    question = "" if guess.is_certain else f"{guess.reason}: say --format"
    needs_zone = not (guess.format.zoned or options.zone or question) and _needs_zone(guess.format, file, lines)
    if needs_zone:
        question = f"{guess.format.title} has no time zone: say --timezone"
    return PlannedFile(
        file, channel_ref, guess.format, guess.reason, question,
        sample=guess.sample, source=source, is_ambiguous=guess.is_ambiguous,
        says=_describe_names(file, inner), warning=_contradiction(channel_ref, inner), needs_zone=needs_zone,
    )  # fmt: skip


def _explain_skip(file: LogFile, options: ImportOptions) -> str:
    # A database holds many channels; with --channel only that one is imported, unless another one gets its name.
    wanted = options.only_channel or options.channel
    if file.channel and wanted and fold(file.channel) != fold(wanted):
        return f"it is of {file.channel}"
    if file.source and (wanted := _wanted_network(file.source, options)) and fold(wanted) != fold(file.source.network):
        return f"it is of the network {file.source.network}"
    return "it is a page of the text file beside it" if is_page_of_text_file(file.path) else ""


def _wanted_network(source: Source, options: ImportOptions) -> str | None:
    """The network of a database that a person named; `--network` may also be the name that it gets here."""
    if options.only_network or options.network is None:
        return options.only_network
    names = {fold(network) for network in source.networks}
    return options.network if fold(options.network) in names else None


def _explain_networks(source: Source, options: ImportOptions) -> str:
    """Why it is not certain of which network a file is; empty if it is: one name must not be given to two networks."""
    if _wanted_network(source, options) or (source.has_name and options.network is None):
        return ""
    networks = source.networks_of_channel if options.channel or options.only_channel else source.networks
    if len(networks) < 2:
        return ""
    names = ", ".join(sorted(networks)[:5])
    return f"The lines are of {len(networks)} networks: say --only-network with one of {names}."


def _needs_zone(known: Format, file: LogFile, lines: Sequence[NumberedLine]) -> bool:
    """Whether the moments of the first lines depend on the time zone: some files have it in each line."""
    day = day_in_path(file.display_path)
    first, second = (
        (item.at for item in known.parse(lines, ParseContext(zone, day)) if isinstance(item, LogLine))
        for zone in (UTC, timezone(timedelta(hours=9)))
    )
    # Usually the first line decides; a file without lines is not known to have zones.
    pairs = zip_longest(first, second)
    start = next(pairs, None)
    return start is None or start[0] != start[1] or any(one != other for one, other in pairs)


def _explain_missing_channel(file: LogFile, channel_ref: ChannelRef) -> str:
    missing = " and ".join(
        f"--{name}" for name, value in zip(channel_ref._fields, channel_ref, strict=True) if not value
    )
    folder = None if channel_ref.channel else channel_folder(file.display_path)
    hint = f", or --by-folder if it is of #{folder}" if folder else ""
    return f"Its path does not contain its channel: say {missing}{hint}."


def _find_format(
    file: LogFile, lines: Sequence[NumberedLine], options: ImportOptions, neighbour_format: Format | None
) -> Guess:
    source = ParseContext(options.zone or UTC, day_in_path(file.display_path))
    if options.format is None:
        guess = detect_format(lines, source, neighbour_format)
        # What was taken apart here is known, however much of it is not understood.
        return replace(guess, is_certain=guess.is_certain or (file.source is not None and guess.format is JSONL))
    items = options.format.parse(lines[:QUICK_SAMPLE_LINES], source)
    return Guess(options.format, True, "as said", [item for item in items if isinstance(item, LogLine)][:PREVIEW_LINES])
