"""What the page of one incident can change. Each address first asks whether the viewer may see the incident at all."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Response, Template

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.field_change import ChangedMeanwhile
from siaga.domain.incident import NOTE_CHARACTERS_MAX, Incident, Outcome
from siaga.domain.roles import May, Viewer
from siaga.features.incidents import actions, personal
from siaga.features.incidents.page import corrections
from siaga.features.incidents.page.queries import changed_by, view
from siaga.records.postgres import PostgresArchive

AnyRequest = Request[Any, Any, Any]
Form = Body(media_type=RequestEncodingType.URL_ENCODED)
Short = Annotated[str, msgspec.Meta(max_length=200)]
JSON = "application/json"


class Saying(msgspec.Struct):
    """One line for the story."""

    text: Annotated[str, msgspec.Meta(max_length=NOTE_CHARACTERS_MAX)]


class Changing(msgspec.Struct, kw_only=True):
    """One field put right; ``before`` is what the form showed."""

    field: Short
    before: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    value: Short = ""
    kelurahan: Short = ""


class Closing(msgspec.Struct, kw_only=True):
    """Why it is over; ``same_as`` is the number of the incident it is the same as."""

    outcome: Short = ""
    same_as: Short = ""
    children: Short = ""  # what becomes of the open ones under a major incident: "stay" or "close"


class Reopening(msgspec.Struct, kw_only=True):
    """Why it was not over."""

    reason: Short = ""


class Purpose(msgspec.Struct):
    """What the number is needed for."""

    reason: Short = ""


@post("/kejadian/{incident_id:str}/catatan", status_code=200)
async def add_note(
    incident_id: str, request: AnyRequest, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> Response[Any] | Template:
    """One more line. The call sheet sends JSON and a key, so that a line sent twice is one line."""
    if not viewer.may(May.OPEN_INCIDENTS):
        viewer.must(May.ANSWER_FOR_AGENCY)
    incident = await seen(archive, viewer, city, incident_id, now)
    is_json = request.headers.get("content-type", "").startswith(JSON)
    given = await request.json() if is_json else dict(await request.form())
    try:
        text = msgspec.convert({"text": given.get("text", "")}, Saying).text
    except (msgspec.ValidationError, AttributeError):
        raise RuleBroken(
            "Catatan terlalu panjang: paling banyak {max} huruf.", max=NOTE_CHARACTERS_MAX
        ) from None
    key = request.headers.get("idempotency-key") or str(given.get("key", ""))
    await archive.do(
        actions.add_note,
        key=f"note:{viewer.person}:{key[:80]}" if key else None,
        incident=incident.id,
        text=text,
        by=viewer.person,
        now=now,
    )
    if is_json:
        return Response(content={})
    if "hx-request" in request.headers:
        return Template("incidents/incident_note.html", context={"incident": incident, "focus": True})
    return Redirect(path=f"/kejadian/{incident.id}#catatan", status_code=303)


@post("/kejadian/{incident_id:str}/catatan/{note:str}/coret", status_code=200)
async def strike(
    incident_id: str, note: str, request: AnyRequest, archive: PostgresArchive, city: City, viewer: Viewer,
    now: datetime,
) -> Response[Any]:  # fmt: skip
    """That line was wrong."""
    incident = await seen(archive, viewer, city, incident_id, now)
    await archive.do(corrections.strike_note, incident=incident.id, note=note, by=viewer, now=now)
    return changed_page(request, incident)


@post("/kejadian/{incident_id:str}/ubah", status_code=200)
async def change(
    incident_id: str, data: Annotated[Changing, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """One field is known better. Changed by somebody else meanwhile: both values, and she chooses."""
    viewer.must(May.OPEN_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    try:
        await archive.do(
            corrections.change_field,
            city=city,
            incident=incident.id,
            field=data.field,
            before=data.before,
            value=data.value,
            kelurahan=data.kelurahan,
            by=viewer,
            now=now,
        )
    except ChangedMeanwhile as conflict:
        who, at = await changed_by(archive, viewer, city, incident.id, conflict.field)
        context = {
            "city": city, "incident": incident, "field": conflict.field, "now_value": conflict.now,
            "wanted": conflict.wanted, "value": data.value, "kelurahan": data.kelurahan, "other": who, "at": at,
        }  # fmt: skip
        whole = "hx-request" not in request.headers
        name = "incidents/incident_conflict_page.html" if whole else "incidents/incident_conflict.html"
        return Template(name, context=context, status_code=409 if whole else 200)
    return changed_page(request, incident)


@post("/kejadian/{incident_id:str}/tutup", status_code=200)
async def close(
    incident_id: str, data: Annotated[Closing, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """It is over, for a reason."""
    viewer.must(May.CLOSE_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    if data.outcome not in list(Outcome):
        raise RuleBroken("Pilih dulu akibatnya: mengapa kejadian ini ditutup.")
    same_as = None
    if data.outcome == Outcome.DUPLICATE:
        if not data.same_as.strip():
            raise RuleBroken("Sebutkan kejadian yang sama.")
        same_as = (await seen(archive, viewer, city, data.same_as.strip().lstrip("#"), now)).id
        if same_as == incident.id:
            raise RuleBroken("Kejadian tidak bisa sama dengan dirinya sendiri.")
    await archive.do(
        actions.close_incident,
        incident=incident.id,
        outcome=data.outcome,
        by=viewer.person,
        now=now,
        duplicate_of=same_as,
        children=data.children,
    )
    return changed_page(request, incident)


@post("/kejadian/{incident_id:str}/buka-lagi", status_code=200)
async def reopen(
    incident_id: str, data: Annotated[Reopening, Form], request: AnyRequest, archive: PostgresArchive, city: City,
    viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """It was not over."""
    viewer.must(May.CLOSE_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    await archive.do(actions.reopen_incident, incident=incident.id, reason=data.reason, by=viewer, now=now)
    return changed_page(request, incident)


@post("/kejadian/{incident_id:str}/pelapor/{reporter:str}/nomor", status_code=200)
async def show_number(
    incident_id: str, reporter: str, data: Annotated[Purpose, Form], archive: PostgresArchive, city: City,
    viewer: Viewer, now: datetime,
) -> Template:  # fmt: skip
    """The reporter's whole number, once, for a purpose."""
    viewer.must(May.OPEN_INCIDENTS)
    incident = await seen(archive, viewer, city, incident_id, now)
    number = await archive.do(
        personal.read_number, incident=incident.id, reporter=reporter, reason=data.reason, by=viewer, now=now
    )
    return Template("incidents/incident_number.html", context={"number": number, "reporter": reporter})


async def seen(
    archive: PostgresArchive, viewer: Viewer, city: City, reference: str, now: datetime
) -> Incident:
    """The incident, if the viewer may know of it. Raises NotFound."""
    return (await view(archive, viewer, city, reference, now.astimezone(city.zone).year)).incident


def changed_page(request: AnyRequest, incident: Incident, to: str = "") -> Response[Any]:
    """Draw the page anew: every form on it shows what is true now. ``to``: go on to another incident."""
    path = f"/kejadian/{to or incident.id}"
    if "hx-request" in request.headers:
        return Response(content=None, status_code=204, headers={"HX-Redirect": path})
    return Redirect(path=path, status_code=303)


CHANGES: list[Any] = [add_note, strike, change, close, reopen, show_number]
