"""Who shares a call sheet, who took one over, and which shift gave what to which."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class SheetJoined(Event):
    """A colleague looks at the sheet of ``taker`` and may write on it."""

    name = "sheet.joined.v1"
    sheet: str
    taker: str
    by: str
    call: str | None = None


@dataclass(frozen=True, kw_only=True)
class SheetLeft(Event):
    """She looks at it no more."""

    name = "sheet.left.v1"
    sheet: str
    by: str


@dataclass(frozen=True, kw_only=True)
class SheetTaken(Event):
    """The sheet of ``taker`` is now that of ``by``. The reason is in its row."""

    name = "sheet.taken.v1"
    sheet: str
    taker: str
    by: str
    call: str | None = None


@dataclass(frozen=True, kw_only=True)
class SheetTakingTold(Event):
    """The first taker has read that her sheet was taken over."""

    name = "sheet.taking_told.v1"
    sheet: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class HandoverBegun(Event):
    """One shift begins to hand over to the next."""

    name = "handover.begun.v1"
    handover: str
    given_by: str
    taken_by: str


@dataclass(frozen=True, kw_only=True)
class HandoverDone(Event):
    """Both have confirmed."""

    name = "handover.done.v1"
    handover: str
    given_by: str
    taken_by: str


@dataclass(frozen=True, kw_only=True)
class HandoverWithdrawn(Event):
    """It was begun by mistake."""

    name = "handover.withdrawn.v1"
    handover: str
    by: str


COMPANY_EVENTS: tuple[type[Event], ...] = (
    SheetJoined, SheetLeft, SheetTaken, SheetTakingTold, HandoverBegun, HandoverDone, HandoverWithdrawn,
)  # fmt: skip
