"""What is known about a place before anything happens there: a hazard, a way in, somebody to ring, a note.

Rule 1: every fact has an owner who keeps it true and a day on which it ends by itself. A hazard nobody has looked at
for years kills as surely as one nobody wrote down.
Rule 2: a place is not a person. A fact about somebody who lives there needs the law that allows it, is read only by
those who must, and every reading is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import PremisesEnded, PremisesKept, PremisesReviewed
from siaga.domain.place import metres_between, on_earth
from siaga.domain.roles import May, Viewer

DAYS_DEFAULT = 365  # twelve months: the longest a fire service leaves a building uninspected
DAYS_MAX = 3 * 365  # with a reason; for what does not move, such as a buried gas main
DAYS_WITHOUT_REASON_MAX = 365
RADIUS_M_DEFAULT = 40.0  # a house and its neighbours: a geocoded house number is often wrong by as much
RADIUS_M_MAX = 2_000.0  # a depot or a harbour; farther than this it is a fact about a kelurahan
TEXT_CHARACTERS_MAX = 200  # two lines on the sheet, read while somebody speaks
REVIEW_BEFORE_DAYS = 30  # it comes up for review a month before it ends


class PremisesKind(StrEnum):
    """What sort of fact, in the order in which it is read out."""

    HAZARD = "hazard"
    ACCESS = "access"
    CONTACT = "contact"
    NOTE = "note"


ORDER = tuple(PremisesKind)


@dataclass(frozen=True, kw_only=True)
class Premises:
    """One fact about the circle of ``radius_m`` metres around a point (degrees, WGS 84).

    ``owner``: the code of the agency that keeps it true. ``where``: the place in words. ``about_person``: it is about
    somebody, and ``legal_basis`` names what allows us to keep it.
    """

    id: str
    kind: PremisesKind
    text: str
    where: str
    lat: float
    lon: float
    radius_m: float = RADIUS_M_DEFAULT
    kelurahan: str | None = None
    owner: str
    author: str
    created_at: datetime
    expires_at: datetime
    long_reason: str | None = None
    about_person: bool = False
    legal_basis: str | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    def is_known_at(self, moment: datetime) -> bool:
        return self.ended_at is None and moment < self.expires_at

    def wants_review(self, now: datetime) -> bool:
        """Whether its owner should look at it: it ends within a month."""
        return self.is_known_at(now) and self.expires_at - now <= timedelta(days=REVIEW_BEFORE_DAYS)

    def metres_to(self, lat: float, lon: float) -> float:
        """How far a point is from the edge of what this is about; 0 inside it."""
        return max(0.0, metres_between(self.lat, self.lon, lat, lon) - self.radius_m)

    def reviewed(
        self, *, days: int, reason: str, by: Viewer, at: datetime
    ) -> tuple[Premises, PremisesReviewed]:
        """Still true: it holds for so many days from now."""
        may_keep(by, self.owner, about_person=self.about_person)
        if self.ended_at is not None:
            raise RuleBroken("Catatan tempat ini sudah berakhir.")
        until, why = _until(days, reason, at)
        kept = replace(self, expires_at=until, long_reason=why, reviewed_at=at, reviewed_by=by.person)
        return kept, PremisesReviewed(premises=self.id, by=by.person, expires_at=until, at=at)

    def ended(self, *, by: Viewer | None, at: datetime) -> tuple[Premises, PremisesEnded | None]:
        """No longer true; ``by`` ``None``: its time is over."""
        if by is not None:
            may_keep(by, self.owner, about_person=self.about_person)
        if self.ended_at is not None:
            return self, None
        who = by.person if by is not None else None
        return replace(self, ended_at=at, ended_by=who), PremisesEnded(premises=self.id, by=who, at=at)


def kept(premises: Premises, *, days: int, reason: str, by: Viewer) -> tuple[Premises, PremisesKept]:
    """A fact as it may be kept. Raises RuleBroken, in words that name the field, and NotAllowed."""
    may_keep(by, premises.owner, about_person=premises.about_person)
    text = " ".join(premises.text.split())
    if not text:
        raise RuleBroken("Tulis apa yang perlu diketahui tentang tempat ini.").about("text")
    if len(text) > TEXT_CHARACTERS_MAX:
        raise RuleBroken(
            "Catatan terlalu panjang: paling banyak {max} huruf.", max=TEXT_CHARACTERS_MAX
        ).about("text")
    if not on_earth(premises.lat, premises.lon):
        raise RuleBroken("Koordinat tidak masuk akal: lintang -90 sampai 90, bujur -180 sampai 180.").about(
            "point"
        )
    if not 1 <= premises.radius_m <= RADIUS_M_MAX:
        raise RuleBroken("Radius harus 1 sampai {max} meter.", max=round(RADIUS_M_MAX)).about("radius_m")
    basis = (premises.legal_basis or "").strip()
    if premises.about_person and len(basis) < 5:
        raise RuleBroken(
            "Catatan tentang orang perlu dasar hukumnya: tulis pasal atau surat perintahnya."
        ).about("legal_basis")
    until, why = _until(days, reason, premises.created_at)
    whole = replace(premises, text=text, legal_basis=basis or None, expires_at=until, long_reason=why)
    event = PremisesKept(
        premises=whole.id, kind=whole.kind, owner=whole.owner, by=by.person, expires_at=until,
        at=premises.created_at,
    )  # fmt: skip
    return whole, event


def may_keep(viewer: Viewer, owner: str, *, about_person: bool) -> None:
    """An agency keeps its own facts, the room everybody's; facts about persons only a supervisor. Raises NotAllowed."""
    if about_person:
        viewer.must(May.SUPERVISE)
    elif not (viewer.may(May.ANSWER_FOR_AGENCY) and viewer.agency == owner):
        viewer.must(May.OPEN_INCIDENTS)


def may_read_about_persons(viewer: Viewer) -> bool:
    """Whether this viewer may open a fact about a person, each time for a reason that is recorded."""
    return viewer.may(May.SUPERVISE) or (viewer.in_circle and viewer.may(May.OPEN_INCIDENTS))


def _until(days: int, reason: str, at: datetime) -> tuple[datetime, str | None]:
    if not 1 <= days <= DAYS_MAX:
        raise RuleBroken("Masa berlaku harus 1 sampai {max} hari.", max=DAYS_MAX).about("days")
    why = " ".join(reason.split())[:TEXT_CHARACTERS_MAX]
    if days > DAYS_WITHOUT_REASON_MAX and len(why) < 5:
        raise RuleBroken("Lebih dari {max} hari perlu alasan.", max=DAYS_WITHOUT_REASON_MAX).about(
            "long_reason"
        )
    return at + timedelta(days=days), why or None
