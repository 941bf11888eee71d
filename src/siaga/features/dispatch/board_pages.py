"""The dispatcher's board: open incidents, units, alarms; send a unit, ask an agency, hand out a one-tap link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.response import Redirect, Response, Template

from siaga.domain.alarm import ShelfReason
from siaga.domain.city import City
from siaga.domain.roles import May, Viewer
from siaga.domain.unit import FREE, Unit
from siaga.domain.unit_proposal import propose
from siaga.features.dispatch import actions
from siaga.features.dispatch.board_queries import (
    Row,
    all_units,
    board,
    incident_of,
    one_incident,
    standing_alarms,
)
from siaga.features.dispatch.forms import AnyRequest, Code, Form, Nothing, by_htmx, safe_back
from siaga.features.dispatch.links import LINK_MINUTES, make_link
from siaga.features.dispatch.shelving import shelve_alarm
from siaga.records.names import BY_LINK
from siaga.records.postgres import PostgresArchive

UNITS_CHARACTERS_MAX = 400  # some thirty codes with commas
BARS_SHOWN_MAX = 3  # more red bars than this would push the incidents off the screen; the list holds them all


class AgencyChosen(Nothing, kw_only=True):
    """Which agency is asked."""

    agency: Code


class UnitChosen(Nothing, kw_only=True):
    """Which unit is sent."""

    unit: Code


class ProposalSeen(Nothing, kw_only=True):
    """The proposed units as they stood on the screen, with commas: exactly these are sent."""

    units: Annotated[str, msgspec.Meta(min_length=1, max_length=UNITS_CHARACTERS_MAX)]


class Shelving(msgspec.Struct, kw_only=True):
    """Why an alarm is put aside."""

    reason: ShelfReason


async def incidents_context(archive: PostgresArchive, viewer: Viewer, city: City) -> dict[str, Any]:
    """What board_incidents.html needs; one query."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    return {"city": city, "board": await board(archive, viewer, city), **_rights(viewer)}


async def units_context(archive: PostgresArchive, viewer: Viewer, city: City) -> dict[str, Any]:
    """What board_units.html needs; one query."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    units = await all_units(archive, viewer, city)
    free = sum(unit.status in FREE for unit, _ in units)
    return {"city": city, "units": units, "free": free, **_rights(viewer)}


async def alarms_context(archive: PostgresArchive, viewer: Viewer, city: City) -> dict[str, Any]:
    """What board_alarms.html and board_alarm_list.html need; one query."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    alarms = await standing_alarms(archive, viewer, city)
    fresh = [one for one in alarms if one.alarm.is_fresh]
    return {"city": city, "alarms": alarms, "fresh": fresh, "bars_max": BARS_SHOWN_MAX, **_rights(viewer)}


async def detail_context(
    archive: PostgresArchive, viewer: Viewer, city: City, incident: str, focus: str = ""
) -> dict[str, Any]:
    """What board_detail.html needs for one incident; two queries."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    row = await one_incident(archive, viewer, city, incident)
    units = [unit for unit, _ in await all_units(archive, viewer, city)]
    return {**chosen_context(row, units, viewer, city), "focus": focus}


def chosen_context(row: Row, units: Sequence[Unit], viewer: Viewer, city: City) -> dict[str, Any]:
    """The chosen incident, whom else one can ask, and which units are free: those of agencies at work on it first."""
    asked = {one.agency for one in row.assignments if one.is_open}
    free = [unit for unit in units if unit.status in FREE]
    return {
        "city": city,
        "row": row,
        "focus": "",
        "others": [one for one in city.agencies if one.active and one.code not in asked],
        "proposal": propose(
            city.plans.for_type(row.incident.type), units, incident=row.incident.id, asked=asked
        ),
        "free_units": sorted(free, key=lambda unit: (unit.agency not in asked, unit.agency, unit.code)),
        **_rights(viewer),
    }


@get("/papan")
async def board_page(archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """The whole screen."""
    context = {
        "row": None,
        **await incidents_context(archive, viewer, city),
        **await units_context(archive, viewer, city),
        **await alarms_context(archive, viewer, city),
    }
    if context["board"].rows:
        context |= chosen_context(
            context["board"].rows[0], [unit for unit, _ in context["units"]], viewer, city
        )
    return Template("dispatch/board.html", context=context)


@get("/papan/kejadian")
async def incidents_panel(archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """Open incidents."""
    return Template("dispatch/board_incidents.html", context=await incidents_context(archive, viewer, city))


@get("/papan/unit")
async def units_panel(archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """The unit board."""
    return Template("dispatch/board_units.html", context=await units_context(archive, viewer, city))


@get("/papan/alarm")
async def alarms_panel(archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """The bars across the top."""
    return Template("dispatch/board_alarms.html", context=await alarms_context(archive, viewer, city))


@get("/papan/alarm/daftar")
async def alarm_list_panel(archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """All standing alarms, the acknowledged ones as well."""
    return Template("dispatch/board_alarm_list.html", context=await alarms_context(archive, viewer, city))


@get("/papan/rincian/{incident:str}")
async def detail_panel(
    incident: str, archive: PostgresArchive, city: City, viewer: Viewer, panel: bool = False, ke: str = ""
) -> Template:
    """One incident. ``panel``: with the panel around it; ``ke``: which field takes the focus (unit, opd)."""
    context = await detail_context(archive, viewer, city, incident, ke)
    return Template(f"dispatch/board_detail{'_panel' if panel else ''}.html", context=context)


@post("/papan/alarm/{alarm:str}/terima", status_code=200)
async def acknowledge_alarm(
    alarm: str, data: Annotated[Nothing, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """Somebody has seen it and acts."""
    await archive.do(actions.acknowledge_alarm, alarm=alarm, by=viewer, now=now)
    if not by_htmx(request):
        return Redirect(path=safe_back(data.back, "/papan"), status_code=303)
    return Template("dispatch/board_alarms.html", context=await alarms_context(archive, viewer, city))


@post("/papan/alarm/{alarm:str}/tunda", status_code=204)
async def shelve(alarm: str, data: Shelving, archive: PostgresArchive, viewer: Viewer, now: datetime) -> None:
    """Somebody puts it aside for some minutes; it comes back by itself."""
    await archive.do(shelve_alarm, alarm=alarm, reason=data.reason, by=viewer, now=now)


@post("/papan/kejadian/{incident:str}/opd", status_code=200)
async def ask_agency(
    incident: str, data: Annotated[AgencyChosen, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """One more agency is asked."""
    known = (await one_incident(archive, viewer, city, incident)).incident
    await archive.do(actions.ask_agency, city=city, incident=known.id, agency=data.agency, by=viewer, now=now)
    return await _changed(request, data, archive, viewer, city, known.id)


@post("/papan/kejadian/{incident:str}/unit", status_code=200)
async def send_unit(
    incident: str, data: Annotated[UnitChosen, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """A unit is sent; its agency is asked as well."""
    known = (await one_incident(archive, viewer, city, incident)).incident
    await archive.do(
        actions.send_unit, city=city, unit=data.unit.upper(), incident=known.id, by=viewer, now=now
    )
    return await _changed(request, data, archive, viewer, city, known.id)


@post("/papan/kejadian/{incident:str}/saran", status_code=200)
async def send_proposal(
    incident: str, data: Annotated[ProposalSeen, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """The proposed units are sent, all or none; their agencies are asked as well."""
    known = (await one_incident(archive, viewer, city, incident)).incident
    codes = tuple(dict.fromkeys(code for code in data.units.upper().split(",") if code))
    await archive.do(actions.send_units, city=city, units=codes, incident=known.id, by=viewer, now=now)
    return await _changed(request, data, archive, viewer, city, known.id)


@post("/papan/tugas/{assignment:str}/tautan", status_code=200)
async def copy_link(
    assignment: str, archive: PostgresArchive, city: City, viewer: Viewer, secret: bytes,
    public_url: str, now: datetime,
) -> Template:  # fmt: skip
    """A one-tap link to hand out by any other way, for an agency the messages do not reach."""
    viewer.must(May.DISPATCH)
    row = await incident_of(archive, viewer, city, assignment)
    asked = next(one for one in row.assignments if one.id == assignment)
    link = make_link(secret, assignment=asked.id, who=f"{BY_LINK}{viewer.person}", now=now)
    context = {"city": city, "asked": asked, "url": f"{public_url}/t/{link}", "minutes": LINK_MINUTES}
    return Template("dispatch/link.html", context=context)


async def _changed(
    request: AnyRequest, data: Nothing, archive: PostgresArchive, viewer: Viewer, city: City, incident: str
) -> Response[Any] | Template:
    if not by_htmx(request):
        return Redirect(path=safe_back(data.back, f"/kejadian/{incident}"), status_code=303)
    context = await detail_context(archive, viewer, city, incident)
    return Template("dispatch/board_detail.html", context=context)


def _rights(viewer: Viewer) -> dict[str, bool]:
    return {"may_dispatch": viewer.may(May.DISPATCH), "may_act": viewer.may(May.OPEN_INCIDENTS)}


BOARD_PAGES: list[Any] = [
    board_page, incidents_panel, units_panel, alarms_panel, alarm_list_panel, detail_panel,
    acknowledge_alarm, shelve, ask_agency, send_unit, send_proposal, copy_link,
]  # fmt: skip
