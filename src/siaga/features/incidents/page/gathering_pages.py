"""The panel of an incident's relatives, and its buttons: link, major incident, children, a caller taken out again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Response, Template

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.roles import May, Viewer
from siaga.features.incidents import joining
from siaga.features.incidents.page import gathering
from siaga.features.incidents.page.changes import changed_page, seen
from siaga.features.incidents.page.gathering_queries import gathered, joined_callers
from siaga.records.postgres import PostgresArchive

AnyRequest = Request[Any, Any, Any]
Form = Body(media_type=RequestEncodingType.URL_ENCODED)
Short = Annotated[str, msgspec.Meta(max_length=200)]


class Linking(msgspec.Struct, kw_only=True):
    """Another incident by its number, and how it belongs to this one."""

    other: Short = ""
    reason: Short = ""


class Placing(msgspec.Struct, kw_only=True):
    """The number of the major incident; empty lets this one go."""

    parent: Short = ""


class Declaring(msgspec.Struct, kw_only=True):
    """Whether it is a major incident."""

    on: Short = "yes"


class Parting(msgspec.Struct, kw_only=True):
    """Why a joined caller means something else."""

    reason: Short = ""


async def gathered_context(
    archive: PostgresArchive, viewer: Viewer, city: City, incident: str
) -> dict[str, Any]:
    """What incident_gathered.html needs."""
    may_act = viewer.may(May.OPEN_INCIDENTS)
    return {
        "gathered": await gathered(archive, viewer, city, incident),
        "joined": await joined_callers(archive, viewer, city, incident) if may_act else [],
    }


@get("/kejadian/{incident_id:str}/kaitan")
async def panel(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> Template:
    """The relatives."""
    incident = await seen(archive, viewer, city, incident_id, now)
    context = {
        "city": city,
        "incident": incident,
        "may_act": viewer.may(May.OPEN_INCIDENTS),
        **await gathered_context(archive, viewer, city, incident.id),
    }
    return Template("incidents/incident_gathered.html", context=context)


@post("/kejadian/{incident_id:str}/kaitan", status_code=200)
async def link(
    incident_id: str, data: Annotated[Linking, Form], request: AnyRequest, archive: PostgresArchive, city: City,
    viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """These two belong together."""
    viewer.must(May.OPEN_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    other = await seen(archive, viewer, city, _number(data.other), now)
    await archive.do(
        gathering.link_incidents, incident=incident.id, other=other.id, reason=data.reason, by=viewer, now=now
    )
    return changed_page(request, incident)


@post("/kejadian/{incident_id:str}/kaitan/{link_id:str}/lepas", status_code=200)
async def unlink(
    incident_id: str, link_id: str, request: AnyRequest, archive: PostgresArchive, city: City, viewer: Viewer,
    now: datetime,
) -> Response[Any]:  # fmt: skip
    """They do not."""
    viewer.must(May.OPEN_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    await archive.do(gathering.unlink_incidents, link=link_id, incident=incident.id, by=viewer, now=now)
    return changed_page(request, incident)


@post("/kejadian/{incident_id:str}/besar", status_code=200)
async def declare(
    incident_id: str, data: Annotated[Declaring, Form], request: AnyRequest, archive: PostgresArchive, city: City,
    viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """A major incident, or not."""
    viewer.must(May.OPEN_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    await archive.do(gathering.declare_major, incident=incident.id, on=data.on == "yes", by=viewer, now=now)
    return changed_page(request, incident)


@post("/kejadian/{incident_id:str}/induk", status_code=200)
async def place(
    incident_id: str, data: Annotated[Placing, Form], request: AnyRequest, archive: PostgresArchive, city: City,
    viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """Under a major incident, or out of it."""
    viewer.must(May.OPEN_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    parent = None
    if data.parent.strip():
        parent = (await seen(archive, viewer, city, _number(data.parent), now)).id
    await archive.do(gathering.place_under, incident=incident.id, parent=parent, by=viewer, now=now)
    return changed_page(request, incident)


@post("/kejadian/{incident_id:str}/pelapor/{statement:str}/pisah", status_code=200)
async def part(
    incident_id: str, statement: str, data: Annotated[Parting, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """That caller means something else: an incident of his own is opened from what he said."""
    viewer.must(May.OPEN_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    own = await archive.do(
        joining.part_caller, city=city, incident=incident.id, statement=statement, reason=data.reason, by=viewer,
        now=now,
    )  # fmt: skip
    return changed_page(request, incident, to=own)


def _number(text: str) -> str:
    """What was typed as an incident's number; raises RuleBroken when nothing was."""
    number = text.strip().lstrip("#")
    if not number:
        raise RuleBroken("Sebutkan nomor kejadiannya.")
    return number


PAGES: list[Any] = [panel, link, unlink, declare, place, part]
