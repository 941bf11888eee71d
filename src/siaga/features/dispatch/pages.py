"""The agency's inbox, on a phone first: accept, not ours, arrived, finished; and what its units are doing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.response import Redirect, Response, Template

from siaga.domain.city import City
from siaga.domain.errors import NotAllowed
from siaga.domain.incident import Incident
from siaga.domain.roles import May, Viewer
from siaga.domain.unit import FREE, USUAL_NEXT, UnitStatus
from siaga.features.dispatch import actions, queries
from siaga.features.dispatch.board_pages import BOARD_PAGES
from siaga.features.dispatch.board_queries import one_incident
from siaga.features.dispatch.forms import AnyRequest, Code, Form, Nothing, safe_back
from siaga.features.dispatch.tap_pages import TAP_PAGES
from siaga.records.postgres import PostgresArchive

TEXT_CHARACTERS_MAX = 500  # as long as the record keeps it


class Reason(Nothing, kw_only=True):
    """Why it is not theirs."""

    reason: Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS_MAX)] = ""


class Result(Nothing, kw_only=True):
    """What came of it, in one line."""

    result: Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS_MAX)] = ""


class UnitReport(Nothing, kw_only=True):
    """A unit's new status; ``incident`` only when it is given one."""

    unit: Code
    status: Code
    incident: Code = ""


def local_midnight(city: City, now: datetime) -> datetime:
    """When the city's present day began."""
    return now.astimezone(city.zone).replace(hour=0, minute=0, second=0, microsecond=0)


async def inbox_context(
    archive: PostgresArchive, viewer: Viewer, city: City, now: datetime
) -> dict[str, Any]:
    """Everything inbox.html needs, in three queries whatever the number of cards."""
    viewer.must(May.ANSWER_FOR_AGENCY)
    agency = city.agency_by_code.get(viewer.agency or "")
    if agency is None:
        raise NotAllowed("Akun ini belum terhubung ke instansi. Minta admin menghubungkannya.")
    cards = await queries.inbox(archive, viewer, city, local_midnight(city, now))
    return {
        "city": city,
        "agency": agency,
        "waiting": queries.waiting(cards),
        "running": queries.running(cards),
        "finished": queries.finished(cards),
        "units": await queries.agency_units(archive, viewer),
        "last_delivery": await queries.last_delivery(archive, viewer),
        "free": FREE,
        "usual_next": USUAL_NEXT,
    }


@get("/opd")
async def inbox_page(archive: PostgresArchive, city: City, viewer: Viewer, now: datetime) -> Template:
    """The whole screen."""
    return Template("dispatch/inbox_page.html", context=await inbox_context(archive, viewer, city, now))


@get("/opd/kotak")
async def inbox_panel(archive: PostgresArchive, city: City, viewer: Viewer, now: datetime) -> Template:
    """The cards."""
    return Template("dispatch/inbox.html", context=await inbox_context(archive, viewer, city, now))


@get("/opd/tugas/{assignment:str}/bukan")
async def decline_form(assignment: str, archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """Asks why it is not theirs."""
    return await _form("bukan", assignment, archive, city, viewer)


@get("/opd/tugas/{assignment:str}/selesai")
async def finish_form(assignment: str, archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """Asks for the result in one line."""
    return await _form("selesai", assignment, archive, city, viewer)


@post("/opd/tugas/{assignment:str}/terima", status_code=200)
async def accept(
    assignment: str, data: Annotated[Nothing, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """Ours."""
    await queries.card_of_agency(archive, viewer, city, assignment)
    await archive.do(actions.acknowledge, assignment=assignment, by=viewer, now=now)
    return await _answered(request, data, archive, city, viewer, now)


@post("/opd/tugas/{assignment:str}/bukan", status_code=200)
async def decline(
    assignment: str, data: Annotated[Reason, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """Not ours; the duty officer is asked."""
    await queries.card_of_agency(archive, viewer, city, assignment)
    await archive.do(actions.decline, assignment=assignment, by=viewer, reason=data.reason, now=now)
    return await _answered(request, data, archive, city, viewer, now)


@post("/opd/tugas/{assignment:str}/tiba", status_code=200)
async def arrive(
    assignment: str, data: Annotated[Nothing, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """On scene."""
    await queries.card_of_agency(archive, viewer, city, assignment)
    await archive.do(actions.arrive, assignment=assignment, by=viewer, now=now)
    return await _answered(request, data, archive, city, viewer, now)


@post("/opd/tugas/{assignment:str}/selesai", status_code=200)
async def finish(
    assignment: str, data: Annotated[Result, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """Finished."""
    await queries.card_of_agency(archive, viewer, city, assignment)
    await archive.do(actions.finish, assignment=assignment, by=viewer, result=data.result, now=now)
    return await _answered(request, data, archive, city, viewer, now)


@post("/opd/unit", status_code=200)
async def report_unit(
    data: Annotated[UnitReport, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """A unit of the agency is doing something else now."""
    incident: Incident | None = None
    if data.incident:
        incident = (await one_incident(archive, viewer, city, data.incident)).incident
    await archive.do(
        actions.set_unit_status,
        unit=data.unit,
        status=_unit_status(data.status),
        incident=incident.id if incident else None,
        by=viewer,
        now=now,
    )
    return await _answered(request, data, archive, city, viewer, now)


async def _answered(
    request: AnyRequest, data: Nothing, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> Response[Any] | Template:
    """The inbox as it is now, for htmx; for a browser without scripts, the way back to where the button was."""
    if "hx-request" not in request.headers:
        return Redirect(path=safe_back(data.back, "/opd"), status_code=303)
    if viewer.agency is None:
        return Response(content=None, status_code=204)
    return Template("dispatch/inbox.html", context=await inbox_context(archive, viewer, city, now))


async def _form(kind: str, assignment: str, archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    viewer.must(May.ANSWER_FOR_AGENCY)
    card = await queries.card_of_agency(archive, viewer, city, assignment)
    return Template("dispatch/answer_page.html", context={"city": city, "card": card, "kind": kind})


def _unit_status(code: str) -> UnitStatus:
    try:
        return UnitStatus(code)
    except ValueError:
        raise NotAllowed("Status unit {code} tidak dikenal.", code=code) from None


PAGES: list[Any] = [
    inbox_page, inbox_panel, decline_form, finish_form, accept, decline, arrive, finish, report_unit,
    *TAP_PAGES, *BOARD_PAGES,
]  # fmt: skip
