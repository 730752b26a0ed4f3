"""After a restore: which lines are in neither the database nor a journal. They become gaps, which readers see.

The position of each journal is as old as the backup, so that a bot stores again what its journal still holds. Segments
that were stored completely before have been deleted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from logs.ingest.gaps import add_gaps
from logs.ingest.journal import decode_line
from logs.models import Channel, Gap, JournalPosition, Network
from logs.models.line import Reason


def note_missing_lines(journals: Path, made_at: datetime) -> list[str]:
    """Note a gap in each wanted channel from the backup's moment to where a journal in the folder goes on.

    Returns a sentence for each network.
    """
    folders = _find_journals(journals)
    sentences = []
    for network in Network.objects.filter(wanted=True).exclude(host="").order_by("name"):
        positions = JournalPosition.objects.filter(network=network)
        found = [(folders[position.journal], position.segment) for position in positions if position.journal in folders]
        if any((folder / f"{segment:010d}.log").exists() for folder, segment in found):
            sentences.append(f"{network.name}: the journal has everything since; the bot stores it at its start.")
            continue
        times = [time for folder, segment in found if (time := _find_first_time(folder, segment))]
        until = max(made_at, min(times, default=datetime.now(UTC)))
        channels = Channel.objects.filter(network=network, wanted=True)
        with transaction.atomic():
            add_gaps(Gap(channel=channel, from_at=made_at, to_at=until, reason=Reason.RESTORED) for channel in channels)
        sentences.append(f"{network.name}: what was said until {until:%Y-%m-%d %H:%M:%S} UTC is missing.")
    return sentences


def _find_journals(folder: Path) -> dict[str, Path]:
    """Journal folders of the bot and of a standby, by the identity that the database knows."""
    standby = folder.with_name(f"{folder.name}-standby")
    return {path.read_text().strip(): path.parent for top in (folder, standby) for path in top.glob("*/id")}


def _find_first_time(folder: Path, segment: int) -> datetime | None:
    """When the first record after a segment was received; None if there is none."""
    for path in sorted(folder.glob("[0-9]*.log")):
        if int(path.stem) < segment:
            continue
        with path.open("rb") as file:
            for line in file:
                at: datetime | None = getattr(decode_line(line), "at", None)
                if at is not None:
                    return at
    return None
