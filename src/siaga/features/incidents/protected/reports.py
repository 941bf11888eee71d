"""Reports that come through a door of their own, without a call: a city's programme for women and children.

What comes in here is a protected incident from its first moment, whoever typed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.city import City
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.incident import Incident, Reporter, Source, noted, opened
from siaga.domain.place import Place
from siaga.domain.routing import agencies_for
from siaga.domain.triage import priority_for
from siaga.features.incidents.actions import check_place
from siaga.features.incidents.protected.actions import begin_protection
from siaga.records.archive import Transaction

STORY_CHARACTERS_MAX = 4000  # a page; the same as one note


@dataclass(frozen=True, kw_only=True)
class ProtectedReport:
    """What somebody told the city. ``type`` empty: what the channel's form proposes. ``words``: the story as told."""

    place: Place
    words: str
    type: str = ""
    protected_class: str = ""
    hazards: tuple[str, ...] = ()
    reporter_name: str | None = None
    reporter_number: str | None = None


async def report_protected(
    tx: Transaction,
    *,
    city: City,
    channel: str,
    report: ProtectedReport,
    by: str | None,
    now: datetime,
    demo: bool = False,
) -> str:
    """Open a protected incident from a report through ``channel``; ``by``: who typed it, ``None`` for the reporter.

    Raises NotFound for a channel or type the city does not have, RuleBroken for a place nobody could go to.
    """
    door = city.protection.channel(channel)
    if door is None:
        raise NotFound("Saluran laporan ini tidak ada di daftar kota.")
    kind = city.type(report.type or door.type)
    check_place(report.place)
    story = report.words.strip()
    if not story:
        raise RuleBroken("Tulis apa yang dilaporkan.").about("words")
    hazards = [city.hazard_by_code[code] for code in report.hazards if code in city.hazard_by_code]
    asked_class = report.protected_class or kind.protected_class
    incident = Incident(
        id=tx.new_id(),
        year=now.astimezone(city.zone).year,
        type=kind.code,
        kind=kind.kind,
        priority=priority_for(kind, hazards).priority,
        protected=True,
        protected_class=city.protection.class_of(asked_class).code,
        place=report.place,
        hazards=tuple(hazard.code for hazard in hazards),
        source=Source.REPORT,
        report_channel=door.code,
        opened_at=now,
        opened_by=by,
        demo=demo,
    )
    routes = agencies_for(city, kind, report.place, incident.priority, now, hazards=incident.hazards)
    tx.put(incident)
    tx.record(opened(incident, tuple(route.ask for route in routes)))
    tx.keep(
        noted(id=tx.new_id(), incident=incident.id, text=story[:STORY_CHARACTERS_MAX], by=by or "", at=now)
    )
    if report.reporter_name or report.reporter_number:
        tx.put(
            Reporter(
                id=tx.new_id(), incident=incident.id, call=None, name=report.reporter_name,
                number=report.reporter_number, at=now,
            )
        )  # fmt: skip
    await begin_protection(tx, city=city, incident=incident, numbers=(report.reporter_number,), now=now)
    return incident.id
