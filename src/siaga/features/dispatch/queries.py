"""What an agency sees: what it was asked, what it is doing, what it did today, and its units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from siaga.domain.assignment import OPEN_STATES, Assignment, AssignmentState
from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.incident import Incident
from siaga.domain.place import METRES_PER_DEGREE, Place
from siaga.domain.roles import Viewer
from siaga.domain.unit import Unit
from siaga.records.names import BY_LINK, name_of
from siaga.records.sight import VISIBLE, sight_of
from siaga.records.tables import NAMED

CARDS_SHOWN_MAX = 100  # an agency with more at once is in a disaster and works from the board
DONE_LOOKED_BACK = timedelta(days=7)  # a matter finished today was rarely asked about longer ago
KELURAHAN, EXACT = "kelurahan", "exact"  # of the city's list: how much of the place is told
FACTS_SHOWN_MAX = 3  # what a crew reads while getting in; the rest is on the incident's page
NEAR_M = 60.0  # metres beyond a fact's own circle: the width of a street and a geocoded house number's error
NOTES_SHOWN_MAX = 4  # the newest lines; the whole story is on the incident's own page


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Line:
    """One note, as a card shows it."""

    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the caller answered to a question of the response plan."""

    asked: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """One assignment with what its reader may know. ``incident`` is ``None`` when it is protected from her.

    ``place_facts``: hazards and ways in that are kept about the place. ``hidden_place``: what she is told of a
    protected one's place, as the city's list says of her agency: nothing, its kelurahan, or the place itself.
    ``hidden_class``: its protection class.
    """

    assignment: Assignment
    incident: Incident | None
    number: int
    priority: int
    units: tuple[Unit, ...]
    notes: tuple[Line, ...]
    answers: tuple[Answer, ...]
    answered_by: str
    by_link: bool
    place_facts: tuple[str, ...] = ()
    hidden_place: Place | None = None
    hidden_class: str | None = None


CARD = f"""
    to_jsonb(a) as assignment, case when {{visible}} then to_jsonb(i) end as incident, i.number, i.priority,
    case when i.protected and not {{visible}} then jsonb_build_object('class', i.protected_class, 'text', i.place_text,
        'landmark', i.landmark, 'lat', i.lat, 'lon', i.lon, 'kelurahan', i.kelurahan, 'kecamatan', i.kecamatan)
    end as hidden,
    case when {{visible}} and i.lat is not null then (
        select jsonb_agg(p.text order by p.kind desc, p.id) from premises p
        where p.city_id = a.city_id and p.ended_at is null and not p.about_person and p.kind in ('hazard', 'access')
          and p.lat between i.lat - (p.radius_m + {NEAR_M}) / {METRES_PER_DEGREE}
                        and i.lat + (p.radius_m + {NEAR_M}) / {METRES_PER_DEGREE}
          and p.lon between i.lon - (p.radius_m + {NEAR_M}) / {METRES_PER_DEGREE}
                        and i.lon + (p.radius_m + {NEAR_M}) / {METRES_PER_DEGREE}
    ) end as place_facts,
    {name_of("a.acknowledged_by")} as answered_by,
    (select jsonb_agg(to_jsonb(u) order by u.code) from unit u
     where u.city_id = a.city_id and u.incident = a.incident and u.agency = a.agency) as units,
    case when {{visible}} then (
        select jsonb_agg(jsonb_build_object('at', n.at, 'text', n.text) order by n.at, n.id) from (
            select n.id, n.at, n.text from note n
            where n.city_id = a.city_id and n.incident = a.incident and n.struck_at is null
            order by n.at desc, n.id desc limit {NOTES_SHOWN_MAX}
        ) n
    ) end as notes,
    case when {{visible}} then (
        select jsonb_agg(jsonb_build_object('asked', g.asked, 'text', g.text) order by g.at, g.id)
        from given_answer g
        where g.city_id = a.city_id and g.incident = a.incident and g.struck_at is null and g.said = 'answered'
    ) end as answers
"""


async def inbox(archive: Reader, viewer: Viewer, city: City, midnight: datetime) -> list[Card]:
    """The agency's open assignments, unanswered and urgent ones first, then what it finished since ``midnight``."""
    found = await archive.rows(
        f"""select {CARD.format(visible=VISIBLE)}
            from assignment a join incident i on i.city_id = a.city_id and i.id = a.incident
            where a.city_id = $1 and a.agency = $7
              and (a.state in ('sent', 'acknowledged', 'on_scene') or (a.sent_at >= $8 and a.done_at >= $9))
            order by a.done_at nulls first, a.state <> 'sent', i.priority, a.sent_at limit {CARDS_SHOWN_MAX}""",
        *sight_of(viewer, city),
        viewer.agency or "",
        midnight - DONE_LOOKED_BACK,
        midnight,
    )
    return [_card(row, city) for row in found]


async def agency_units(archive: Reader, viewer: Viewer) -> list[Unit]:
    """The agency's units by code."""
    found = await archive.rows(
        "select * from unit where city_id = $1 and agency = $2 order by code", viewer.agency or ""
    )
    return [NAMED["unit"].from_row(dict(row)) for row in found]


async def last_delivery(archive: Reader, viewer: Viewer) -> datetime | None:
    """When a message last reached this agency: the proof, on an empty screen, that messages do arrive."""
    found = await archive.rows(
        "select max(done_at) as at from message where city_id = $1 and agency = $2 and state = 'delivered'",
        viewer.agency or "",
    )
    at: datetime | None = found[0]["at"]
    return at


async def card_of_agency(archive: Reader, viewer: Viewer, city: City, assignment: str) -> Card:
    """One assignment the viewer may answer: her agency's, or for the room any she may see. Raises NotFound."""
    found = await archive.rows(
        f"""select {CARD.format(visible=VISIBLE)}
            from assignment a join incident i on i.city_id = a.city_id and i.id = a.incident
            where a.city_id = $1 and a.id = $8 and (a.agency = $7 or {VISIBLE} and $2)""",
        *sight_of(viewer, city),
        viewer.agency or "",
        assignment,
    )
    if not found:
        raise NotFound("Penugasan ini tidak ada.")
    return _card(found[0], city)


async def card_of_link(archive: Reader, assignment: str) -> Card:
    """What the holder of a valid one-tap link sees. A protected case stays closed: links are passed on."""
    found = await archive.rows(
        f"""select {CARD.format(visible="not i.protected")}
            from assignment a join incident i on i.city_id = a.city_id and i.id = a.incident
            where a.city_id = $1 and a.id = $2""",
        assignment,
    )
    if not found:
        raise NotFound("Penugasan ini tidak ada.")
    return _card(found[0])


async def contact_name(archive: Reader, who: str) -> str:
    """The name behind a link's ``who``; "" when there is none any more."""
    found = await archive.rows(f"select {name_of('$2::text')} as name", who)
    return found[0]["name"] or ""


def waiting(cards: Sequence[Card]) -> list[Card]:
    """Not answered yet."""
    return [card for card in cards if card.assignment.state is AssignmentState.SENT]


def running(cards: Sequence[Card]) -> list[Card]:
    """Accepted, and not finished."""
    return [
        card
        for card in cards
        if card.assignment.state in OPEN_STATES and card.assignment.state is not AssignmentState.SENT
    ]


def finished(cards: Sequence[Card]) -> list[Card]:
    """Done, declined or withdrawn today, the latest first."""
    over = [card for card in cards if not card.assignment.is_open]
    return sorted(over, key=lambda card: card.assignment.done_at or card.assignment.sent_at, reverse=True)


def _card(row: Any, city: City | None = None) -> Card:
    decode = msgspec.json.decode
    assignment: Assignment = NAMED["assignment"].from_row(decode(row["assignment"]))
    incident = decode(row["incident"]) if row["incident"] else None
    hidden = decode(row["hidden"]) if row["hidden"] and assignment.is_open else {}
    return Card(
        assignment=assignment,
        incident=NAMED["incident"].from_row(incident) if incident else None,
        number=row["number"],
        priority=row["priority"],
        units=tuple(NAMED["unit"].from_row(each) for each in decode(row["units"] or "[]")),
        notes=tuple(msgspec.json.decode(row["notes"] or "[]", type=list[Line])),
        answers=tuple(msgspec.json.decode(row["answers"] or "[]", type=list[Answer])),
        answered_by=row["answered_by"] or "",
        by_link=(assignment.acknowledged_by or "").startswith(BY_LINK),
        place_facts=tuple(decode(row["place_facts"] or "[]")[:FACTS_SHOWN_MAX]),
        hidden_place=_told_place(hidden, assignment, city) if hidden and city is not None else None,
        hidden_class=hidden.get("class"),
    )


def _told_place(hidden: dict[str, Any], assignment: Assignment, city: City) -> Place | None:
    """The place as this agency may know it; what is on its screen is all that leaves the server."""
    agency = city.agency_by_code.get(assignment.agency)
    if agency is None or agency.protected_place not in (KELURAHAN, EXACT):
        return None
    if agency.protected_place == KELURAHAN:
        return Place(kelurahan=hidden["kelurahan"], kecamatan=hidden["kecamatan"])
    words = ", ".join(part for part in (hidden["text"], hidden["landmark"]) if part)
    return Place(
        text=words, lat=hidden["lat"], lon=hidden["lon"], kelurahan=hidden["kelurahan"],
        kecamatan=hidden["kecamatan"],
    )  # fmt: skip
