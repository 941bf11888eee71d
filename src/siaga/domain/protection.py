"""Protected cases: who belongs to the circle of one, who put him there, why, and until when.

Rule 1: outside its circle a protected case does not exist: no name, no row, no count.
Rule 2: the circle is named. It holds whoever opened the case, the people the city appointed for all protected cases
(`Viewer.in_circle`), the asked agencies that the city's list allows (`Agency.sees_protected`), and people named
for this one case, each with who named them, why and until when.
Rule 3: sight ends by itself. Nobody stays in a circle because somebody forgot to take him out.
Rule 4: breaking the glass is possible, for minutes, with a reason, and the whole circle sees that it happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import CaseRevealed, CircleJoined, CircleLeft
from siaga.domain.incident import Incident
from siaga.domain.roles import May, Viewer

CIRCLE_DAYS_DEFAULT = 30  # as long as most cases need somebody from outside; longer is a choice
CIRCLE_DAYS_MAX = 365  # a renewal a year is a look at whether it is still needed
REVEAL_MINUTES = 15  # long enough to send help to the door, too short to read about anybody's life
REASON_CHARACTERS_MAX = 200  # a purpose is a few words


class SightKind(StrEnum):
    """How somebody came to see a case that is not his."""

    NAMED = "named"  # the circle named him
    REVEALED = "revealed"  # he broke the glass


@dataclass(frozen=True, kw_only=True)
class CircleMember:
    """One person's sight of one protected case, from ``from_at`` until ``until_at`` or until it was ended."""

    id: str
    incident: str
    person: str
    kind: SightKind
    by: str
    reason: str
    from_at: datetime
    until_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    def sees_at(self, moment: datetime) -> bool:
        return self.ended_at is None and self.from_at <= moment < self.until_at

    def ended(self, *, by: str, at: datetime) -> tuple[CircleMember, CircleLeft | None]:
        """He is no longer needed; ending it twice changes nothing."""
        if self.ended_at is not None:
            return self, None
        left = CircleLeft(incident=self.incident, person=self.person, by=by, at=at)
        return replace(self, ended_at=at, ended_by=by), left


def may_see(viewer: Viewer, incident: Incident) -> bool:
    """Whether this person may know of the case. What an agency sees depends on what it was asked: records/sight.py."""
    return (
        not incident.protected
        or viewer.in_circle
        or viewer.person == incident.opened_by
        or incident.id in viewer.cases
    )


def named(
    incident: Incident, *, id: str, person: str, reason: str, days: int, by: str, at: datetime
) -> tuple[CircleMember, CircleJoined]:
    """The circle names one more person for this case."""
    if not incident.protected:
        raise RuleBroken("Kejadian ini tidak terlindung: semua petugas dapat melihatnya.")
    if not 1 <= days <= CIRCLE_DAYS_MAX:
        raise RuleBroken("Lama akses harus 1 sampai {max} hari.", max=CIRCLE_DAYS_MAX)
    member = CircleMember(
        id=id,
        incident=incident.id,
        person=person,
        kind=SightKind.NAMED,
        by=by,
        reason=a_reason(reason, RuleBroken("Tulis mengapa orang ini perlu melihat kasus ini.")),
        from_at=at,
        until_at=at + timedelta(days=days),
    )
    joined = CircleJoined(incident=incident.id, person=person, by=by, until_at=member.until_at, at=at)
    return member, joined


def revealed(
    incident: Incident, *, id: str, reason: str, by: Viewer, is_asked: bool, at: datetime
) -> tuple[CircleMember, CaseRevealed]:
    """Break the glass: sight for REVEAL_MINUTES. ``is_asked``: the viewer's agency was asked about this incident."""
    if not (by.may(May.REVEAL_PROTECTED) or (is_asked and by.may(May.ANSWER_FOR_AGENCY))):
        raise NotAllowed("Akun Anda tidak berwenang membuka kasus terlindung. Hubungi pengawas.")
    until = at + timedelta(minutes=REVEAL_MINUTES)
    member = CircleMember(
        id=id,
        incident=incident.id,
        person=by.person,
        kind=SightKind.REVEALED,
        by=by.person,
        reason=a_reason(reason, RuleBroken("Sebutkan untuk apa kasus ini dibuka.")),
        from_at=at,
        until_at=until,
    )
    return member, CaseRevealed(incident=incident.id, person=by.person, until_at=until, at=at)


def a_reason(text: str, refusal: RuleBroken) -> str:
    """The reason as it is kept; raises ``refusal`` when there is none."""
    text = " ".join(text.split())
    if len(text) < 3:
        raise refusal
    return text[:REASON_CHARACTERS_MAX]
