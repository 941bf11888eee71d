"""A unit: a vehicle or team an agency can send. One unit is on one incident at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import UnitStatusChanged


class UnitStatus(StrEnum):
    """The two letters on the chip; the words are in the glossary."""

    READY = "SD"
    ASSIGNED = "DT"
    EN_ROUTE = "JL"
    ON_SCENE = "TB"
    TRANSPORTING = "BW"
    AT_HOSPITAL = "RS"
    RETURNING = "KB"
    OUT_OF_SERVICE = "TS"


BUSY = (
    UnitStatus.ASSIGNED,
    UnitStatus.EN_ROUTE,
    UnitStatus.ON_SCENE,
    UnitStatus.TRANSPORTING,
    UnitStatus.AT_HOSPITAL,
)
FREE = (UnitStatus.READY, UnitStatus.RETURNING)

USUAL_NEXT: dict[UnitStatus, tuple[UnitStatus, ...]] = {
    UnitStatus.READY: (UnitStatus.OUT_OF_SERVICE,),
    UnitStatus.ASSIGNED: (UnitStatus.EN_ROUTE, UnitStatus.READY),
    UnitStatus.EN_ROUTE: (UnitStatus.ON_SCENE, UnitStatus.RETURNING),
    UnitStatus.ON_SCENE: (UnitStatus.TRANSPORTING, UnitStatus.RETURNING),
    UnitStatus.TRANSPORTING: (UnitStatus.AT_HOSPITAL,),
    UnitStatus.AT_HOSPITAL: (UnitStatus.RETURNING, UnitStatus.READY),
    UnitStatus.RETURNING: (UnitStatus.READY, UnitStatus.OUT_OF_SERVICE),
    UnitStatus.OUT_OF_SERVICE: (UnitStatus.READY,),
}
# What a screen offers as one tap, the likeliest first. Not a rule: a crew may report any status.


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One unit. ``code`` is what is painted on it and said on the radio; unique in the city."""

    code: str
    agency: str
    what: str
    status: UnitStatus
    since: datetime
    incident: str | None = None
    station: str | None = None
    sample: bool = False

    def changed(
        self, status: UnitStatus, *, incident: str | None, by: str, at: datetime
    ) -> tuple[Unit, UnitStatusChanged]:
        """Another status, by the crew, the agency or the dispatcher."""
        if status in BUSY:
            target = incident or self.incident
            if target is None:
                raise RuleBroken("Unit {unit} belum punya kejadian.", unit=self.code)
            if self.status in BUSY and self.incident not in (None, target):
                raise RuleBroken("Unit {unit} masih menangani kejadian lain.", unit=self.code)
            if self.status is UnitStatus.OUT_OF_SERVICE:
                raise RuleBroken("Unit {unit} sedang tidak siap.", unit=self.code)
        else:
            target = None
        unit = replace(self, status=status, since=at, incident=target)
        event = UnitStatusChanged(
            unit=self.code, agency=self.agency, status=status, incident=target or self.incident, by=by, at=at
        )
        return unit, event

    @property
    def state(self) -> str:
        """Status, incident and since when, as one word: what a taken-back act compares and restores."""
        return f"{self.status}|{self.incident or ''}|{self.since.isoformat()}"

    def put_back(self, state: str, *, by: str, at: datetime) -> tuple[Unit, UnitStatusChanged]:
        """As it was before an act that is taken back; its time in that status goes on counting."""
        status, incident, since = state.split("|")
        unit = replace(
            self, status=UnitStatus(status), incident=incident or None, since=datetime.fromisoformat(since)
        )
        event = UnitStatusChanged(
            unit=self.code,
            agency=self.agency,
            status=status,
            incident=incident or self.incident,
            by=by,
            at=at,
        )
        return unit, event
