"""The change of shifts: what the one who goes leaves, and the one who comes has seen. Both confirm.

Rule 1: nothing is handed over by being forgotten. Sheets and calls stay whose they are until both have confirmed.
Rule 2: what was read is kept as it was read then; what has happened since is on the boards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import HandoverBegun, HandoverDone, HandoverWithdrawn

NOTES_CHARACTERS_MAX = 4000


@dataclass(frozen=True, kw_only=True)
class Handover:
    """``content``: what stood open when it was begun, as JSON (`features/handover`); with ``notes`` erasable."""

    id: str
    given_by: str
    taken_by: str
    begun_at: datetime
    content: str
    notes: str = ""
    given_at: datetime | None = None
    taken_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.given_at is not None and self.taken_at is not None

    @property
    def is_open(self) -> bool:
        return not self.is_done and self.withdrawn_at is None

    def confirmed(self, *, by: str, at: datetime) -> tuple[Handover, HandoverDone | None]:
        """One of the two confirms; with the second it is done. Confirming twice changes nothing."""
        if self.withdrawn_at is not None:
            raise RuleBroken("Serah terima ini dibatalkan.")
        if by not in (self.given_by, self.taken_by):
            raise NotAllowed("Hanya yang menyerahkan dan yang menerima bisa mengonfirmasi.")
        after = self
        if by == self.given_by and self.given_at is None:
            after = replace(after, given_at=at)
        if by == self.taken_by and self.taken_at is None:
            after = replace(after, taken_at=at)
        if after.is_done and not self.is_done:
            return after, HandoverDone(
                handover=self.id, given_by=self.given_by, taken_by=self.taken_by, at=at
            )
        return after, None

    def withdrawn(self, *, by: str, at: datetime) -> tuple[Handover, HandoverWithdrawn]:
        if not self.is_open:
            raise RuleBroken("Serah terima ini sudah selesai.")
        if by not in (self.given_by, self.taken_by):
            raise NotAllowed("Hanya yang menyerahkan dan yang menerima bisa membatalkan.")
        return replace(self, withdrawn_at=at), HandoverWithdrawn(handover=self.id, by=by, at=at)


def begun(
    *, id: str, given_by: str, taken_by: str, content: str, notes: str, at: datetime
) -> tuple[Handover, HandoverBegun]:
    """One shift begins to hand over to the next."""
    if given_by == taken_by:
        raise RuleBroken("Pilih petugas lain yang menerima.")
    if len(notes) > NOTES_CHARACTERS_MAX:
        raise RuleBroken("Catatan terlalu panjang: paling banyak {max} huruf.", max=NOTES_CHARACTERS_MAX)
    handover = Handover(
        id=id, given_by=given_by, taken_by=taken_by, begun_at=at, content=content, notes=notes.strip()
    )
    return handover, HandoverBegun(handover=id, given_by=given_by, taken_by=taken_by, at=at)
