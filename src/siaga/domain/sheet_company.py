"""Who else is on a call sheet, and who has taken one over from whom, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from siaga.domain.desk import Sheet
from siaga.domain.errors import RuleBroken
from siaga.domain.event import SheetJoined, SheetLeft, SheetTaken, SheetTakingTold

PRESENT_SECONDS = 8  # a page tells every two seconds that it is there; after four missed ones it is not
TELL_SECONDS = 4  # a page that says the same again is written down this often, not each time
TAKE_OVER_GRACE_SECONDS = 20  # she has just answered, or just typed: nobody takes a sheet out of moving hands
REASON_CHARACTERS_MIN = 3
REASON_CHARACTERS_MAX = 200
FIELD_CHARACTERS_MAX = 40


@dataclass(frozen=True, kw_only=True)
class SheetGuest:
    """One person at one sheet, its owner too. ``id`` is ``sheet:person``; ``field``: where the caret stands."""

    id: str
    sheet: str
    person: str
    joined_at: datetime
    seen_at: datetime
    field: str = ""
    left_at: datetime | None = None

    def is_present(self, now: datetime) -> bool:
        return self.left_at is None and now - self.seen_at <= timedelta(seconds=PRESENT_SECONDS)

    def seen(self, field: str, *, at: datetime) -> SheetGuest:
        """Her page is there. The same again within seconds is not worth a row."""
        if (
            field == self.field
            and self.left_at is None
            and at - self.seen_at < timedelta(seconds=TELL_SECONDS)
        ):
            return self
        return replace(self, field=field[:FIELD_CHARACTERS_MAX], seen_at=at)

    def left(self, *, at: datetime) -> tuple[SheetGuest, SheetLeft]:
        return replace(self, left_at=at, field=""), SheetLeft(sheet=self.sheet, by=self.person, at=at)


def guest_id(sheet: str, person: str) -> str:
    return f"{sheet}:{person}"


def joined(sheet: Sheet, *, person: str, at: datetime) -> tuple[SheetGuest, SheetJoined]:
    """A colleague looks at a sheet and may write on it. That she does is in the journal: it holds a caller's words."""
    if sheet.done_at is not None:
        raise RuleBroken("Lembar ini sudah selesai.")
    guest = SheetGuest(id=guest_id(sheet.id, person), sheet=sheet.id, person=person, joined_at=at, seen_at=at)
    return guest, SheetJoined(sheet=sheet.id, call=sheet.call, taker=sheet.taker, by=person, at=at)


@dataclass(frozen=True, kw_only=True)
class SheetTaking:
    """A sheet has changed hands against its taker's doing. ``reason`` may name persons; it is erasable."""

    id: str
    sheet: str
    taken_from: str
    taken_by: str
    reason: str
    at: datetime
    told_at: datetime | None = None

    def told(self, *, at: datetime) -> tuple[SheetTaking, SheetTakingTold]:
        """The first taker has read it."""
        return replace(self, told_at=at), SheetTakingTold(sheet=self.sheet, taker=self.taken_from, at=at)


def taken_over(
    sheet: Sheet, *, id: str, by: str, reason: str, busy_since: datetime | None, present: bool, at: datetime
) -> tuple[SheetTaking, SheetTaken]:
    """Somebody else takes the sheet. ``busy_since``: when its taker answered; ``present``: her page is open now.

    Refuses without a reason, and while its taker has it freshly in her hands.
    """
    why = " ".join(reason.split())
    if len(why) < REASON_CHARACTERS_MIN:
        raise RuleBroken("Sebutkan alasan mengambil alih lembar ini.")
    if sheet.done_at is not None:
        raise RuleBroken("Lembar ini sudah selesai.")
    if sheet.taker == by:
        raise RuleBroken("Lembar ini sudah milik Anda.")
    newest = max(sheet.saved_at, busy_since or sheet.saved_at)
    grace = timedelta(seconds=TAKE_OVER_GRACE_SECONDS)
    if present and at - newest < grace:
        raise RuleBroken(
            "Petugasnya baru saja menangani lembar ini. Tunggu {n} detik.",
            n=ceil((grace - (at - newest)).total_seconds()),
        )
    taking = SheetTaking(
        id=id, sheet=sheet.id, taken_from=sheet.taker, taken_by=by, reason=why[:REASON_CHARACTERS_MAX], at=at
    )
    return taking, SheetTaken(sheet=sheet.id, call=sheet.call, taker=sheet.taker, by=by, at=at)
