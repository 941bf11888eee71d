"""What a field of an incident was before somebody put it right: the old value is struck, it does not vanish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident

FIELDS = ("type", "priority", "place", "landmark", "rt_rw", "hazards")


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field of one incident, put right once. Values as ``value_now`` writes them; erasable."""

    id: str
    incident: str
    field: str
    before: str
    after: str
    by: str | None
    at: datetime


class ChangedMeanwhile(RuleBroken):
    """Somebody else has changed the same field since this person saw it: both values are shown, one is chosen.

    ``now`` is what stands there now and ``wanted`` what this person wanted, as ``value_now`` writes them.
    """

    status = 409

    def __init__(self, field: str, *, now: str, wanted: str) -> None:
        super().__init__("Baru saja diubah orang lain. Pilih isi yang benar.")
        self.field = field
        self.now = now
        self.wanted = wanted


def value_now(incident: Incident, field: str) -> str:
    """The field as a form carries it, to see later whether somebody else has changed it meanwhile."""
    match field:
        case "priority":
            return str(incident.priority)
        case "place":
            return f"{incident.place.text}|{incident.place.kelurahan or ''}"
        case "hazards":
            return ",".join(sorted(incident.hazards))
        case "type" | "landmark" | "rt_rw":
            return str(getattr(incident, field) or "")
        case _:
            raise RuleBroken("Isian {field} tidak dikenal.", field=field)


def differences(before: Incident, after: Incident) -> list[tuple[str, str, str]]:
    """Every field that changed: its name, the value before and the value now."""
    changed = [(field, value_now(before, field), value_now(after, field)) for field in FIELDS]
    return [(field, old, new) for field, old, new in changed if old != new]
