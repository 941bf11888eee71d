"""An incident on paper: A4, with everything this viewer may see and nothing else; that it was taken is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, get
from litestar.response import Response

from siaga.domain.city import City
from siaga.domain.event import PersonalDataRead
from siaga.domain.roles import Viewer
from siaga.features.incidents.page import queries
from siaga.features.incidents.page.gathering_pages import gathered_context
from siaga.features.incidents.page.pages import head_context
from siaga.features.incidents.pdf.typesetting import typeset
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive

AnyRequest = Request[Any, Any, Any]
TEMPLATE = "incident.typ"
WHAT = "incident_pdf"


async def taken(tx: Transaction, *, incident: str, by: Viewer, now: datetime) -> None:
    """The story left the house on paper: who, which and when. The event itself names no person of it."""
    tx.record(
        PersonalDataRead(by=by.person, subject=incident, what=WHAT, reason="unduh PDF kejadian", at=now)
    )


@get("/kejadian/{incident_id:str}/pdf")
async def pdf(
    incident_id: str, request: AnyRequest, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> Response[bytes]:
    """The page as PDF. Recorded before it is sent: a paper nobody wrote down is worse than one too few."""
    head = await head_context(archive, viewer, city, incident_id, now)
    incident = head["incident"]
    context = {
        **head,
        **await gathered_context(archive, viewer, city, incident.id),
        "lines_all": await queries.story(archive, viewer, city, incident.id),
        "reporters": await queries.reporters(archive, viewer, city, incident.id),
    }
    engine = request.app.template_engine
    assert engine is not None  # the web process always has one
    data = engine.get_template("incidents/incident_pdf.html").render(request=request, **context)
    paper = await typeset(TEMPLATE, data)
    await archive.do(taken, incident=incident.id, by=viewer, now=now)
    name = f"kejadian-{incident.year}-{incident.number}.pdf"
    return Response(
        paper,
        media_type="application/pdf",
        headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
    )


PAGES: list[Any] = [pdf]
