"""What the desk asks about a type's response plan, and the answers it sends while help is moving."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.response_plan import ResponsePlan, plan_of
from siaga.domain.roles import May, Viewer
from siaga.features.incidents import interview
from siaga.features.incidents.desk.forms import Answered, Short
from siaga.features.incidents.page.interview_queries import interview_context
from siaga.features.incidents.page.queries import view
from siaga.records.postgres import PostgresArchive


@get("/meja/rencana")
async def plan(jenis: Short, city: City, viewer: Viewer) -> dict[str, Any]:
    """The response plan of a type as the desk needs it. The words are read to a caller: they stay Indonesian."""
    viewer.must(May.OPEN_INCIDENTS)
    kind = city.type_by_code.get(jenis)
    if kind is None:
        raise NotFound("Jenis kejadian {code} tidak ada di daftar kota.", code=jenis)
    return plan_for_desk(plan_of(kind, city.plans))


def plan_for_desk(found: ResponsePlan) -> dict[str, Any]:
    """One plan as JSON."""
    approval = found.approval
    return {
        "type": found.type,
        "edition": found.edition,
        "approved_by": f"{approval.name}, {approval.role}" if approval is not None else None,
        "units": [{"kind": one.kind, "number": one.number} for one in found.units],
        "questions": [
            {
                "code": question.code,
                "text": question.text,
                "answers": [
                    {"text": one.text, "next": one.next, "hazard": one.hazard, "tell": one.tell}
                    for one in question.answers
                ],
            }
            for question in found.questions
        ],
        "instructions": list(found.instructions),
    }


@post("/kejadian/{incident_id:str}/jawaban", status_code=200)
async def answer(
    incident_id: str, data: Answered, archive: PostgresArchive, viewer: Viewer, now: datetime
) -> dict[str, Any]:
    """One line of the interview after the incident was sent. Sending it twice is one line."""
    viewer.must(May.OPEN_INCIDENTS)
    await archive.do(interview.say, incident=incident_id, line=data.spoken(), by=viewer, now=now)
    return {}


@get("/kejadian/{incident_id:str}/tanya-jawab")
async def interview_panel(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> Template:
    """The interview on the incident's page."""
    found = await view(archive, viewer, city, incident_id, now.astimezone(city.zone).year)
    context = await interview_context(archive, city, found.incident)
    return Template("incidents/incident_interview.html", context={**context, "incident": found.incident})


PAGES: list[Any] = [plan, answer, interview_panel]
