"""What the circle of a protected case sees of itself: who belongs to it, what the law still wants, whom not to ring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Protocol

from siaga.domain.call_safety import Verdict, digits_of
from siaga.domain.city import City
from siaga.domain.incident import Incident
from siaga.domain.protection import SightKind
from siaga.domain.roles import Viewer
from siaga.features.incidents.labels import Words
from siaga.records.names import name_of
from siaga.records.sight import VISIBLE, sight_of

PEOPLE_SHOWN_MAX = 500  # one list to choose from; a city's room has some dozens
MEMBERS_SHOWN_MAX = 60

VERDICT_LABELS = {
    Verdict.YES: "aman ditelepon",
    Verdict.NO: "JANGAN ditelepon",
    Verdict.HOURS: "hanya jam {start}-{end}",
    Verdict.UNKNOWN: "belum ditanyakan: jangan SMS",
}


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody of the circle. ``until``: ``None`` for whoever belongs to it as long as the case is protected."""

    id: str
    name: str
    how: str  # opened, appointed, agency, named, revealed, ended
    reason: str = ""
    by: str = ""
    until: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One act the law wants, in the words of the city."""

    duty: str
    name: str
    law: str
    due_at: datetime
    started_at: datetime
    is_late: bool
    done_at: datetime | None
    done_by: str
    done_how: str


async def circle_context(
    archive: Reader, viewer: Viewer, city: City, incident: Incident, words: Words, now: datetime
) -> dict[str, Any]:
    """What circle.html needs; nothing for an incident that is not protected."""
    if not incident.protected:
        return {"members": [], "clocks": [], "people": []}
    named = await _named(archive, incident, now)
    standing = await _standing(archive, city, incident)
    return {
        "members": [*standing, *named],
        "clocks": await _clocks(archive, city, viewer, incident, now),
        "people": await _people(archive, {one.id for one in standing}),
        "protection": city.protection.class_of(incident.protected_class),
    }


async def safety_words(
    archive: Reader, viewer: Viewer, city: City, incident: str, words: Words
) -> dict[str, str]:
    """By reporter: whether his number may be rung, in words. Only for whoever may see the incident."""
    rows = await archive.rows(
        f"""select r.id, r.number from reporter r join incident i on i.city_id = r.city_id and i.id = r.incident
            where r.city_id = $1 and i.id = $7 and i.protected and r.number is not null and {VISIBLE}""",
        *sight_of(viewer, city),
        incident,
    )
    if not rows:
        return {}
    known = {
        row["number"]: row
        for row in await archive.rows(
            "select distinct on (number) number, verdict, from_hour, until_hour from call_safety "
            "where city_id = $1 and number = any($2) order by number, at desc, id desc",
            sorted({digits_of(row["number"]) for row in rows}),
        )
    }
    return {row["id"]: _verdict(known.get(digits_of(row["number"])), words) for row in rows}


def _verdict(row: Any, words: Words) -> str:
    if row is None:
        return words(VERDICT_LABELS[Verdict.UNKNOWN])
    said = words(VERDICT_LABELS[Verdict(row["verdict"])])
    return said.format(start=_hour(row["from_hour"]), end=_hour(row["until_hour"]))


def _hour(moment: time | None) -> str:
    return moment.strftime("%H:%M") if moment is not None else ""


async def _standing(archive: Reader, city: City, incident: Incident) -> list[Member]:
    """Who belongs to it without being named: the opener, those the city appointed, the agencies that may know."""
    rows = await archive.rows(
        "select id, name, id = $2 as opener from person where city_id = $1 and (id = $2 or (in_circle and active "
        "and roles && array['taker', 'dispatcher', 'supervisor', 'head']::text[])) "
        "order by id <> $2, name limit $3",
        incident.opened_by or "",
        MEMBERS_SHOWN_MAX,
    )
    people = [
        Member(id=row["id"], name=row["name"], how="opened" if row["opener"] else "appointed") for row in rows
    ]
    asked = await archive.rows(
        "select agency, min(sent_at) as since from assignment where city_id = $1 and incident = $2 "
        "and state <> 'declined' group by agency order by 2",
        incident.id,
    )
    agencies = [
        Member(id=f"agency:{row['agency']}", name=agency.short, how="agency", since=row["since"])
        for row in asked
        if (agency := city.agency_by_code.get(row["agency"])) is not None and agency.sees_protected
    ]
    return people + agencies


async def _named(archive: Reader, incident: Incident, now: datetime) -> list[Member]:
    """Everybody who was ever named or broke the glass, the newest first, with who, why and until when."""
    rows = await archive.rows(
        f"select m.*, {name_of('m.person')} as name, {name_of('m.by')} as by_name from circle_member m "
        "where m.city_id = $1 and m.incident = $2 order by m.from_at desc, m.id desc limit $3",
        incident.id,
        MEMBERS_SHOWN_MAX,
    )
    return [
        Member(
            id=row["id"],
            name=row["name"] or row["person"],
            how=row["kind"] if row["ended_at"] is None and row["until_at"] > now else "ended",
            reason=row["reason"],
            by=(row["by_name"] or row["by"]) if row["kind"] == SightKind.NAMED else "",
            since=row["from_at"],
            until=row["ended_at"] or row["until_at"],
        )
        for row in rows
    ]


async def _clocks(
    archive: Reader, city: City, viewer: Viewer, incident: Incident, now: datetime
) -> list[Clock]:
    rows = await archive.rows(
        f"select l.*, {name_of('l.done_by')} as done_name from legal_clock l "
        "where l.city_id = $1 and l.incident = $2 order by l.due_at, l.id",
        incident.id,
    )
    duties = {duty.code: duty for duty in city.protection.duties}
    return [
        Clock(
            duty=row["duty"],
            name=_called(duties.get(row["duty"]), row["duty"], viewer.language),
            law=duty.law if (duty := duties.get(row["duty"])) is not None else "",
            due_at=row["due_at"],
            started_at=row["started_at"],
            is_late=(row["done_at"] or now) > row["due_at"],
            done_at=row["done_at"],
            done_by=row["done_name"] or row["done_by"] or "",
            done_how=row["done_how"] or "",
        )
        for row in rows
    ]


def _called(duty: Any, code: str, language: str) -> str:
    if duty is None:
        return code
    name: str = duty.name_en if language == "en" else duty.name
    return name


async def _people(archive: Reader, there: set[str]) -> list[tuple[str, str]]:
    """Whom the circle may name."""
    rows = await archive.rows(
        "select id, name, agency from person where city_id = $1 and active order by name limit $2",
        PEOPLE_SHOWN_MAX,
    )
    return [
        (row["id"], f"{row['name']} ({row['agency']})" if row["agency"] else row["name"])
        for row in rows
        if row["id"] not in there
    ]
