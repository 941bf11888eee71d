"""The worker's duty towards the recordings: erase what is over. It never touches a call that goes on."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from siaga.domain.errors import RuleBroken
from siaga.domain.room_rules import RecordingRules
from siaga.features.calls.recordings import actions as recordings
from siaga.features.calls.recordings.files import RecordingFiles
from siaga.records.archive import Archive

log = logging.getLogger("siaga.worker")


@dataclass(frozen=True)
class RecordingKeeper:
    """A duty: looks at what is due, erases it on the disk, then says so. Each step may be repeated."""

    files: RecordingFiles
    rules: RecordingRules

    async def __call__(self, archive: Archive, now: datetime) -> None:
        """One look. What cannot be removed now is tried again; it can no longer be listened to."""
        await archive.do(recordings.look_at_kept, rules=self.rules, now=now)
        for kept in await archive.look(recordings.being_erased, now=now):
            try:
                await asyncio.to_thread(self.files.erase, kept)
            except (OSError, RuleBroken) as failed:
                log.error("recording %s could not be erased: %s", kept.file, failed)
                continue
            await archive.do(recordings.recording_erased, recording=kept.id, now=now)
