"""The page of one incident: how far it is, what was said, who was asked, who told us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import get
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.field_change import value_now
from siaga.domain.incident import Outcome
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.page import queries
from siaga.features.incidents.page.changes import CHANGES
from siaga.features.incidents.page.corrections import WRITABLE
from siaga.features.incidents.page.gathering_pages import PAGES as GATHERING
from siaga.features.incidents.page.gathering_pages import gathered_context
from siaga.records.postgres import PostgresArchive

KINDS = ("call", "unit", "agency", "message", "note", "system")


async def head_context(
    archive: PostgresArchive, viewer: Viewer, city: City, reference: str, now: datetime
) -> dict[str, Any]:
    """What incident_head.html, incident_asked.html and the forms need; one query."""
    found = await queries.view(archive, viewer, city, reference, now.astimezone(city.zone).year)
    asked = {one.agency for one in found.assignments if one.is_open}
    return {
        "city": city,
        "view": found,
        "incident": found.incident,
        "outcomes": list(Outcome),
        "others": [one for one in city.agencies if one.active and one.code not in asked],
        "before": {field: value_now(found.incident, field) for field in WRITABLE},
        "may_act": viewer.may(May.OPEN_INCIDENTS),
        "may_close": viewer.may(May.CLOSE_INCIDENTS),
        "may_dispatch": viewer.may(May.DISPATCH),
        "may_supervise": viewer.may(May.SUPERVISE),
        "may_hear": viewer.may(May.HEAR_RECORDINGS),
        "may_note": viewer.may(May.OPEN_INCIDENTS) or viewer.may(May.ANSWER_FOR_AGENCY),
    }


async def story_context(
    archive: PostgresArchive, viewer: Viewer, city: City, incident: str, kind: str
) -> dict[str, Any]:
    """What incident_story.html needs; two queries."""
    lines = await queries.story(archive, viewer, city, incident)
    chosen = kind if kind in KINDS else ""
    return {
        "city": city,
        "lines": [line for line in lines if not chosen or line.kind == chosen],
        "kinds": KINDS,
        "kind": chosen,
    }


@get("/kejadian/{incident_id:str}")
async def incident_page(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, saring: str = ""
) -> Template:
    """The whole page. ``saring``: only one kind of line in the story."""
    head = await head_context(archive, viewer, city, incident_id, now)
    incident = head["incident"].id
    context = {
        **head,
        **await story_context(archive, viewer, city, incident, saring),
        "messages": await queries.messages_of(archive, viewer, city, incident),
        "reporters": await queries.reporters(archive, viewer, city, incident),
        **await gathered_context(archive, viewer, city, incident),
        "free_units": await queries.free_units(archive) if head["may_dispatch"] else [],
    }
    return Template("incidents/incident.html", context=context)


@get("/kejadian/{incident_id:str}/kepala")
async def head_panel(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> Template:
    """What, where, how far."""
    context = await head_context(archive, viewer, city, incident_id, now)
    return Template("incidents/incident_head.html", context=context)


@get("/kejadian/{incident_id:str}/opd")
async def asked_panel(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> Template:
    """Whom we asked, and what they said."""
    head = await head_context(archive, viewer, city, incident_id, now)
    messages = await queries.messages_of(archive, viewer, city, head["incident"].id)
    return Template("incidents/incident_asked.html", context={**head, "messages": messages})


@get("/kejadian/{incident_id:str}/cerita")
async def story_panel(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, saring: str = ""
) -> Template:
    """The story."""
    head = await head_context(archive, viewer, city, incident_id, now)
    told = await story_context(archive, viewer, city, head["incident"].id, saring)
    return Template("incidents/incident_story.html", context={**head, **told})


@get("/kejadian/{incident_id:str}/pelapor")
async def reporters_panel(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> Template:
    """Who told us."""
    head = await head_context(archive, viewer, city, incident_id, now)
    told = await queries.reporters(archive, viewer, city, head["incident"].id)
    return Template("incidents/incident_reporters.html", context={**head, "reporters": told})


PAGES: list[Any] = [
    incident_page,
    head_panel,
    asked_panel,
    story_panel,
    reporters_panel,
    *CHANGES,
    *GATHERING,
]
