"""A recording, how long it is kept, and what stops it from being erased.

Rule 1: a legal hold stops erasing, whatever the retention says, until a person lifts it.
Rule 2: erasing is begun in the record, carried out on the disk, and only then said to be done: between the first
and the last step nobody can put a hold on what may be gone already.
Rule 3: the journal keeps the hash of what was erased, and that it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.call import Call, Disposition
from siaga.domain.errors import RuleBroken
from siaga.domain.event import RecordingErased, RecordingHeld, RecordingReleased
from siaga.domain.room_rules import RecordingRules

KEPT_DAYS_MIN = 7
# Whatever a city writes: a call nobody understood on the night is listened to again within the week.

LOOK_AGAIN_DAYS = 7  # how soon a change of the city's rules, or of what a call was, reaches every recording
REASON_CHARACTERS_MIN = 5
REASON_CHARACTERS_MAX = 200


class RecordingKind(StrEnum):
    """What kind of call it was, as far as keeping its sound is concerned."""

    PROTECTED = "protected"
    REAL = "real"
    INFORMATION = "information"
    GHOST = "ghost"
    PRANK = "prank"
    DRILL = "drill"
    UNDECIDED = "undecided"


_OF_DISPOSITION = {
    Disposition.REAL: RecordingKind.REAL,
    Disposition.GHOST: RecordingKind.GHOST,
    Disposition.PRANK: RecordingKind.PRANK,
    Disposition.INFORMATION: RecordingKind.INFORMATION,
    Disposition.WRONG_NUMBER: RecordingKind.INFORMATION,
    Disposition.OUTSIDE_AREA: RecordingKind.INFORMATION,
}


def kind_of(call: Call | None, *, protected: bool) -> RecordingKind:
    """What the recording of this call is. ``protected``: an incident it belongs to is for the circle only.

    A call whose row is gone is kept as long as one nobody has decided about.
    """
    if protected:
        return RecordingKind.PROTECTED
    if call is None:
        return RecordingKind.UNDECIDED
    if call.demo:
        return RecordingKind.DRILL
    if call.incident is not None:
        return RecordingKind.REAL
    if call.disposition is None:
        return RecordingKind.UNDECIDED
    return _OF_DISPOSITION[call.disposition]


def kept_days(rules: RecordingRules, kind: RecordingKind) -> int:
    """For how many days such a recording is kept."""
    chosen: int = getattr(rules, f"{kind.value}_days")
    return max(chosen, KEPT_DAYS_MIN)


def checked_reason(text: str) -> str:
    """The reason as it is kept. Raises RuleBroken when it says nothing."""
    said = " ".join(text.split())[:REASON_CHARACTERS_MAX]
    if len(said) < REASON_CHARACTERS_MIN:
        raise RuleBroken("Tulis alasannya dengan beberapa kata.")
    return said


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Where the sound of a call lies; ``sha256`` is that of the sound itself and also in the journal.

    ``look_at``: when it is next asked whether its time is over; ``None``: never, for it is held or gone.
    """

    id: str
    call: str
    file: str
    seconds: float
    sha256: str
    saved_at: datetime
    look_at: datetime | None = None
    held_at: datetime | None = None
    held_by: str | None = None
    hold_reason: str | None = None
    erasing_at: datetime | None = None
    erased_at: datetime | None = None
    erased_as: RecordingKind | None = None

    @property
    def is_there(self) -> bool:
        """It can be listened to."""
        return self.erasing_at is None and self.erased_at is None

    def held(self, *, by: str, reason: str, at: datetime) -> tuple[Recording, RecordingHeld]:
        """A person needs it kept (a case at court, a complaint)."""
        if not self.is_there:
            raise RuleBroken("Rekaman ini sudah dihapus.")
        if self.held_at is not None:
            raise RuleBroken("Rekaman ini sudah ditahan dari penghapusan.")
        why = checked_reason(reason)
        kept = replace(self, held_at=at, held_by=by, hold_reason=why, look_at=None)
        return kept, RecordingHeld(call=self.call, file=self.file, by=by, reason=why, at=at)

    def released(self, *, by: str, reason: str, at: datetime) -> tuple[Recording, RecordingReleased]:
        """It is not needed beyond its time any more; the next look decides whether that is over."""
        if self.held_at is None:
            raise RuleBroken("Rekaman ini tidak sedang ditahan.")
        freed = replace(self, held_at=None, held_by=None, hold_reason=None, look_at=at)
        return freed, RecordingReleased(
            call=self.call, file=self.file, by=by, reason=checked_reason(reason), at=at
        )

    def looked_at(self, kind: RecordingKind, rules: RecordingRules, *, at: datetime) -> Recording:
        """Asked whether its time is over: erasing begins, or it is asked again later."""
        if self.held_at is not None:
            return replace(self, look_at=None)
        if not self.is_there:
            return self
        over = self.saved_at + timedelta(days=kept_days(rules, kind))
        if over <= at:
            return replace(self, look_at=None, erasing_at=at, erased_as=kind)
        return replace(self, look_at=min(over, at + timedelta(days=LOOK_AGAIN_DAYS)))

    def erased(self, *, at: datetime) -> tuple[Recording, RecordingErased]:
        """Its sound and its key are gone from the disk."""
        if self.erasing_at is None or self.erased_at is not None:
            raise RuleBroken("Rekaman ini tidak sedang dihapus.")
        gone = replace(self, erased_at=at)
        kind = (self.erased_as or RecordingKind.UNDECIDED).value
        return gone, RecordingErased(
            call=self.call, file=self.file, kind=kind, sha256=self.sha256, saved_at=self.saved_at, at=at
        )
