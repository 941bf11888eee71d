"""Peredaman: when all seats are busy, a caller who played many pranks stands a few seconds further back. No more.

Rule 1: a person decides it, with a reason, for a limited time; another look is due half-way; it ends by itself.
Rule 2: it never refuses, ends, mutes or diverts a call. It changes the order of a queue by at most 15 s.
Rule 3: it never touches a panic press, a caller whose silent check has not run, or a caller who may be near an open
incident. A caller whose place we do not know may be near any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga.domain.call import Call, Channel
from siaga.domain.errors import RuleBroken
from siaga.domain.event import CallerRestricted, RestrictionReviewed, RestrictionRevoked
from siaga.domain.incident import Incident
from siaga.domain.place import metres_between

DELAY_SECONDS_MAX = 15  # a caller set back further would wait longer than one offer: no city may choose more
DAYS_MAX = 30  # a restriction nobody renews is forgotten within a month, whatever the city's file says
CONFIRMED_PRANKS_MIN = 5  # within PROPOSAL_DAYS: below this a supervisor cannot restrict
PROPOSAL_DAYS = 30
NEAR_METRES = 2_000.0  # smoke and a crash are reported from further away than they reach
NEAR_MINUTES = 60  # callers about an incident come in its first hour
BY_ITSELF = ""  # revoked by no person: the caller has reported something real


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """One decision about one number (personal data, erasable). ``seconds``: how far back, at most."""

    id: str
    number: str
    reason: str
    by: str
    from_at: datetime
    until_at: datetime
    seconds: int
    pranks: int
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revoked_why: str | None = None

    def in_force(self, now: datetime) -> bool:
        """It stands, and its time is not over."""
        return self.revoked_at is None and self.from_at <= now < self.until_at

    @property
    def review_due_at(self) -> datetime:
        """Half-way somebody looks again."""
        return self.from_at + (self.until_at - self.from_at) / 2

    def reviewed(self, *, by: str, at: datetime) -> tuple[Restriction, RestrictionReviewed]:
        """Looked at again and kept until its end, which does not move."""
        self._must_stand(at)
        event = RestrictionReviewed(restriction=self.id, by=by, at=at)
        return replace(self, reviewed_at=at, reviewed_by=by), event

    def revoked(self, *, by: str, why: str, at: datetime) -> tuple[Restriction, RestrictionRevoked]:
        """Taken back before its time."""
        self._must_stand(at)
        if not why.strip():
            raise RuleBroken("Sebutkan mengapa peredaman ini dicabut.")
        ended = replace(self, revoked_at=at, revoked_by=by, revoked_why=why.strip())
        return ended, RestrictionRevoked(restriction=self.id, by=by, at=at)

    def _must_stand(self, now: datetime) -> None:
        if not self.in_force(now):
            raise RuleBroken("Peredaman ini sudah berakhir.")


def restricted(
    *,
    id: str,
    number: str,
    reason: str,
    by: str,
    days: int,
    days_max: int,
    seconds: int,
    pranks: int,
    at: datetime,
) -> tuple[Restriction, CallerRestricted]:
    """A supervisor decides. ``pranks``: how many were confirmed in the last 30 days; ``days_max``: the city's."""
    longest = min(days_max, DAYS_MAX)
    if pranks < CONFIRMED_PRANKS_MIN:
        raise RuleBroken(
            "Peredaman baru boleh setelah {min} iseng terkonfirmasi dalam 30 hari; nomor ini baru {n}.",
            min=CONFIRMED_PRANKS_MIN, n=pranks,
        )  # fmt: skip
    if not reason.strip():
        raise RuleBroken("Sebutkan alasan peredaman.")
    if not 1 <= days <= longest:
        raise RuleBroken("Peredaman paling lama {max} hari.", max=longest)
    until = at + timedelta(days=days)
    made = Restriction(
        id=id, number=number, reason=reason.strip(), by=by, from_at=at, until_at=until,
        seconds=max(0, min(seconds, DELAY_SECONDS_MAX)), pranks=pranks,
    )  # fmt: skip
    return made, CallerRestricted(restriction=id, by=by, until=until, at=at)


def seconds_back(
    call: Call, restriction: Restriction, open_incidents: Sequence[Incident], now: datetime
) -> int:
    """By how many seconds this waiting call is set back: 0 whenever there is any doubt about it."""
    if (
        call.channel is not Channel.VOICE
        or not restriction.in_force(now)
        or call.number != restriction.number
    ):
        return 0
    if not _has_been_heard(call) or _may_be_near(call, open_incidents, now):
        return 0
    return max(0, min(restriction.seconds, DELAY_SECONDS_MAX))


def _has_been_heard(call: Call) -> bool:
    """His voice was heard, or the silent check has run to its end; anybody else may be unable to speak."""
    return call.voice_at is not None or call.check_ended_at is not None


def _may_be_near(call: Call, open_incidents: Sequence[Incident], now: datetime) -> bool:
    for incident in open_incidents:
        if not incident.is_open or now - incident.opened_at > timedelta(minutes=NEAR_MINUTES):
            continue
        place = incident.place
        if call.lat is None or call.lon is None or place.lat is None or place.lon is None:
            return True
        if metres_between(call.lat, call.lon, place.lat, place.lon) <= NEAR_METRES:
            return True
    return False
