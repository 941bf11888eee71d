"""What an incident belongs to: its links, its major incident, its children and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from siaga.domain.city import City
from siaga.domain.roles import Viewer
from siaga.features.incidents.page.queries import Reader
from siaga.records.names import name_of
from siaga.records.sight import VISIBLE, sight_of

CHILDREN_SHOWN_MAX = 100
LINKS_SHOWN_MAX = 50


@dataclass(frozen=True, kw_only=True)
class Relative:
    """Another incident, as a line of a list. ``link`` and ``reason`` only where it is linked side by side."""

    id: str
    number: int
    year: int
    type: str
    priority: int
    place: str
    opened_at: datetime
    outcome: str | None
    callers: int
    units: int
    link: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Everything an incident belongs to. Counts are over the children the viewer may know of."""

    parent: Relative | None
    children: tuple[Relative, ...]
    links: tuple[Relative, ...]

    @property
    def open_children(self) -> int:
        return sum(1 for child in self.children if child.outcome is None)

    @property
    def callers(self) -> int:
        return sum(child.callers for child in self.children)

    @property
    def units(self) -> int:
        return sum(child.units for child in self.children)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A further caller who can be taken out again. ``said``: the first line of what he said."""

    id: str
    at: datetime
    by: str
    said: str
    reporter: str | None


_LINE = """
    select i.id, i.number, i.year, i.type, i.priority, i.place_text as place, i.opened_at, i.outcome,
        (select count(*) from reporter r where r.city_id = i.city_id and r.incident = i.id) as callers,
        (select count(*) from unit u where u.city_id = i.city_id and u.incident = i.id) as units
"""


async def gathered(archive: Reader, viewer: Viewer, city: City, incident: str) -> Gathered:
    """The relatives of an incident that the viewer may know of; the others do not exist for him."""
    found = await archive.rows(
        f"""
        select 'parent' as how, to_jsonb(line) as line from (
            {_LINE}, null as link, null as reason from incident i, incident me
            where me.city_id = $1 and me.id = $7 and i.city_id = $1 and i.id = me.parent and {VISIBLE}) line
        union all
        select 'child', to_jsonb(line) from (
            {_LINE}, null as link, null as reason from incident i
            where i.city_id = $1 and i.parent = $7 and {VISIBLE}
            order by i.outcome is not null, i.priority, i.opened_at limit {CHILDREN_SHOWN_MAX}) line
        union all
        select 'link', to_jsonb(line) from (
            {_LINE}, l.id as link, l.reason from incident i, incident_link l
            where l.city_id = $1 and l.removed_at is null and (l.one = $7 or l.other = $7) and i.city_id = $1
              and i.id = case when l.one = $7 then l.other else l.one end and {VISIBLE}
            order by l.at limit {LINKS_SHOWN_MAX}) line""",
        *sight_of(viewer, city),
        incident,
    )
    lines: dict[str, list[Relative]] = {"parent": [], "child": [], "link": []}
    for row in found:
        lines[row["how"]].append(msgspec.json.decode(row["line"], type=Relative))
    return Gathered(
        parent=lines["parent"][0] if lines["parent"] else None,
        children=tuple(lines["child"]),
        links=tuple(lines["link"]),
    )


async def joined_callers(archive: Reader, viewer: Viewer, city: City, incident: str) -> list[Joined]:
    """The further callers of an incident whose statements are kept, oldest first."""
    found: list[Any] = list(
        await archive.rows(
            f"""select s.id, s.at, s.reporter, {name_of("s.by")} as by, s.lines, s.place from statement s
                join incident i on i.city_id = s.city_id and i.id = s.incident
                where s.city_id = $1 and s.incident = $7 and s.parted_at is null and {VISIBLE} order by s.at, s.id""",
            *sight_of(viewer, city),
            incident,
        )
    )
    return [
        Joined(
            id=row["id"], at=row["at"], by=row["by"] or "", reporter=row["reporter"],
            said=(row["lines"] or [""])[0] or str(msgspec.json.decode(row["place"]).get("text", "")),
        )
        for row in found
    ]  # fmt: skip
