"""Pranks, restrictions, handovers and call-backs: what people decide about calls that are no incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class CallReclassified(Event):
    """A disposition was corrected; ``after`` is ``None`` when the call is owed again. The reason is in its row."""

    name = "call.reclassified.v1"
    call: str
    before: str
    after: str | None
    by: str


@dataclass(frozen=True, kw_only=True)
class PrankJudged(Event):
    """A second person has said whether a call was a prank: confirmed, contradicted or withdrawn."""

    name = "call.prank_judged.v1"
    call: str
    judgement: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallReferred(Event):
    """A caller from outside the city was referred to this neighbour."""

    name = "call.referred.v1"
    call: str
    neighbour: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallerRestricted(Event):
    """A supervisor lets a caller stand a few seconds back when all seats are busy, until ``until``."""

    name = "call.caller_restricted.v1"
    restriction: str
    by: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class RestrictedCallerWaits(Event):
    """A restricted caller waits: the node listens whether he speaks. Until he has, he is not set back."""

    name = "call.restricted_waits.v1"
    call: str


@dataclass(frozen=True, kw_only=True)
class RestrictionReviewed(Event):
    """Somebody looked at a restriction again and kept it."""

    name = "call.restriction_reviewed.v1"
    restriction: str
    by: str


@dataclass(frozen=True, kw_only=True)
class RestrictionRevoked(Event):
    """A restriction was taken back; an empty ``by``: the caller has reported something real."""

    name = "call.restriction_revoked.v1"
    restriction: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallFlagged(Event):
    """An answered call of a caller with a flag is followed by the audit; ``blind``: the taker saw no facts."""

    name = "call.flagged.v1"
    call: str
    why: str
    blind: bool


@dataclass(frozen=True, kw_only=True)
class FlaggedCallChecked(Event):
    """What the city's records say became of a flagged call."""

    name = "call.flag_checked.v1"
    call: str
    outcome: str
    incident: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallerTexted(Event):
    """The room's rule had one text written to a caller nobody spoke to."""

    name = "call.caller_texted.v1"
    call: str
