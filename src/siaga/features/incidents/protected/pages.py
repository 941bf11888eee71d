"""The pages of protected cases: the circle panel, what its people may do, breaking the glass, reports from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect, Response, Template

from siaga.domain.call_safety import Verdict
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.place import PlaceFinder, PlaceMethod
from siaga.domain.protection import CIRCLE_DAYS_DEFAULT, CIRCLE_DAYS_MAX, REVEAL_MINUTES
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.desk.forms import place_of
from siaga.features.incidents.page.queries import protected_incident, reporters, view
from siaga.features.incidents.protected import actions as protected
from siaga.features.incidents.protected.queries import circle_context, safety_words
from siaga.features.incidents.protected.reports import ProtectedReport, report_protected
from siaga.records.postgres import PostgresArchive

Words = Callable[..., str]
AnyRequest = Request[Any, Any, Any]
Form = Body(media_type=RequestEncodingType.URL_ENCODED)
Short = Annotated[str, msgspec.Meta(max_length=200)]
Reference = Annotated[str, Parameter(max_length=80)]


class Restricting(msgspec.Struct):
    """Why the case is protected."""

    protected_class: Short = ""
    reason: Short = ""


class Why(msgspec.Struct):
    """A reason, for the circle to read."""

    reason: Short = ""


class Naming(msgspec.Struct):
    """Who else may see it, why, and for how many days."""

    person: Short = ""
    reason: Short = ""
    days: Short = str(CIRCLE_DAYS_DEFAULT)


class Meeting(msgspec.Struct):
    """How the act was done."""

    how: Short = ""


class Safety(msgspec.Struct):
    """What the reporter said about being rung. Hours as "08:00"."""

    verdict: Short = ""
    from_hour: Short = ""
    until_hour: Short = ""
    reason: Short = ""


class Revealing(msgspec.Struct):
    """Which case, by its number, and what for."""

    number: Short = ""
    reason: Short = ""


class Reporting(msgspec.Struct):
    """A report through one of the city's protected doors."""

    channel: Short = ""
    type: Short = ""
    where: Short = ""
    kelurahan: Short = ""
    words: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    reporter_name: Short = ""
    reporter_number: Short = ""
    key: Short = ""


@get("/kejadian/{incident_id:str}/lingkaran")
async def circle(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """Who may see this case, what the law still wants, which numbers not to ring."""
    found = await view(archive, viewer, city, incident_id, now.astimezone(city.zone).year)
    incident = found.incident
    return Template(
        "incidents/circle.html",
        context={
            "city": city,
            "incident": incident,
            "days_default": CIRCLE_DAYS_DEFAULT,
            "days_max": CIRCLE_DAYS_MAX,
            "may_act": viewer.may(May.OPEN_INCIDENTS),
            "may_supervise": viewer.may(May.SUPERVISE),
            "may_meet": viewer.may(May.OPEN_INCIDENTS) or viewer.may(May.ANSWER_FOR_AGENCY),
            "reporters": await reporters(archive, viewer, city, incident.id),
            "safety": await safety_words(archive, viewer, city, incident.id, words),
            **await circle_context(archive, viewer, city, incident, words, now),
        },
    )


@post("/kejadian/{incident_id:str}/lindungi", status_code=200)
async def restrict(
    incident_id: str, data: Annotated[Restricting, Form], request: AnyRequest, archive: PostgresArchive,
    city: City, viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """From now on it is for its circle only."""
    await archive.do(
        protected.restrict, city=city, incident=incident_id, protected_class=data.protected_class,
        reason=data.reason, by=viewer, now=now,
    )  # fmt: skip
    return _back(request, incident_id)


@post("/kejadian/{incident_id:str}/tidak-terlindung", status_code=200)
async def unrestrict(
    incident_id: str, data: Annotated[Why, Form], request: AnyRequest, archive: PostgresArchive,
    viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """It needs no protection."""
    await archive.do(protected.unrestrict, incident=incident_id, reason=data.reason, by=viewer, now=now)
    return _back(request, incident_id)


@post("/kejadian/{incident_id:str}/lingkaran", status_code=200)
async def name_person(
    incident_id: str, data: Annotated[Naming, Form], request: AnyRequest, archive: PostgresArchive,
    viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """One more person may see it."""
    if not data.days.isdecimal():
        raise RuleBroken("Lama akses harus 1 sampai {max} hari.", max=CIRCLE_DAYS_MAX)
    await archive.do(
        protected.name_person, incident=incident_id, person=data.person, reason=data.reason,
        days=int(data.days[:6]), by=viewer, now=now,
    )  # fmt: skip
    return _back(request, incident_id)


@post("/kejadian/{incident_id:str}/lingkaran/{member:str}/cabut", status_code=200)
async def end_sight(
    incident_id: str,
    member: str,
    request: AnyRequest,
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> Response[Any]:
    """He is no longer needed."""
    await archive.do(protected.end_sight, incident=incident_id, member=member, by=viewer, now=now)
    return _back(request, incident_id)


@post("/kejadian/{incident_id:str}/kewajiban/{duty:str}", status_code=200)
async def meet_duty(
    incident_id: str, duty: str, data: Annotated[Meeting, Form], request: AnyRequest,
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """The act the law wants was done."""
    await archive.do(
        protected.meet_duty, city=city, incident=incident_id, duty=duty, how=data.how, by=viewer, now=now
    )
    return _back(request, incident_id)


@post("/kejadian/{incident_id:str}/pelapor/{reporter:str}/aman", status_code=200)
async def call_safety(
    incident_id: str, reporter: str, data: Annotated[Safety, Form], request: AnyRequest,
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime,
) -> Response[Any]:  # fmt: skip
    """Whether this number may be rung."""
    if data.verdict not in list(Verdict):
        raise RuleBroken("Pilih apakah nomor ini aman ditelepon.")
    await archive.do(
        protected.set_call_safety, city=city, incident=incident_id, reporter=reporter, verdict=data.verdict,
        from_hour=_hour(data.from_hour), until_hour=_hour(data.until_hour), reason=data.reason, by=viewer,
        now=now,
    )  # fmt: skip
    return _back(request, incident_id)


@get("/terlindung/buka")
async def reveal_form(viewer: Viewer, nomor: Reference = "") -> Template:
    """Breaking the glass: which case, and what for."""
    _may_reveal(viewer)
    return Template(
        "incidents/reveal.html",
        context={"number": nomor, "reason": "", "problem": "", "problem_at": "", "minutes": REVEAL_MINUTES},
    )


@post("/terlindung/buka", status_code=200)
async def reveal(
    data: Annotated[Revealing, Form], archive: PostgresArchive, city: City, viewer: Viewer, words: Words,
    now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """The case is open to this person for a quarter of an hour; its circle sees that it was opened, and why."""
    _may_reveal(viewer)
    reference = data.number.strip().lstrip("#")
    incident = await protected_incident(archive, reference, now.astimezone(city.zone).year)
    try:
        if incident is None:
            raise RuleBroken("Tidak ada kasus terlindung dengan nomor itu.").about("number")
        await archive.do(protected.reveal, incident=incident, reason=data.reason, by=viewer, now=now)
    except RuleBroken as refusal:
        if isinstance(refusal, NotAllowed):
            raise
        said = words(refusal.message, **refusal.words)
        context = {
            "number": data.number, "reason": data.reason, "problem": said, "problem_at": refusal.at or "reason",
            "minutes": REVEAL_MINUTES,
        }  # fmt: skip
        return Template("incidents/reveal.html", context=context, status_code=409)
    return Redirect(path=f"/kejadian/{incident}", status_code=303)


@get("/terlindung/lapor")
async def report_form(
    city: City, viewer: Viewer, saluran: Reference = "", terkirim: Reference = ""
) -> Template:
    """A report that did not come by telephone."""
    viewer.must(May.OPEN_INCIDENTS)
    return _report_form(city, viewer, Reporting(channel=saluran), told=terkirim)


@post("/terlindung/lapor", status_code=200)
async def report(
    data: Annotated[Reporting, Form], archive: PostgresArchive, city: City, finder: PlaceFinder,
    viewer: Viewer, words: Words, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """A protected incident from its first moment."""
    viewer.must(May.OPEN_INCIDENTS)
    try:
        place = place_of(city, finder, data.where, None)
        if data.kelurahan in city.kelurahan_by_code and place.kelurahan is None:
            known = city.kelurahan_by_code[data.kelurahan]
            place = replace(place, kelurahan=known.code, kecamatan=known.kecamatan, method=PlaceMethod.GIVEN)
        incident = await archive.do(
            report_protected,
            key=f"protected:{viewer.person}:{data.key[:80]}" if data.key else None,
            city=city,
            channel=data.channel,
            report=ProtectedReport(
                place=place, words=data.words, type=data.type, reporter_name=data.reporter_name.strip() or None,
                reporter_number=data.reporter_number.strip() or None,
            ),
            by=viewer.person,
            now=now,
        )  # fmt: skip
    except RuleBroken as refusal:
        said = words(refusal.message, **refusal.words)
        return _report_form(city, viewer, data, problem=said, problem_at=refusal.at, status=409)
    return Redirect(path=f"/kejadian/{incident}", status_code=303)


def _report_form(
    city: City, viewer: Viewer, given: Reporting, *,
    problem: str = "", problem_at: str = "", told: str = "", status: int = 200,
) -> Template:  # fmt: skip
    english = viewer.language == "en"
    return Template(
        "incidents/protected_report.html",
        context={
            "given": given,
            "problem": problem,
            "problem_at": problem_at,
            "told": told,
            "channels": [
                (one.code, one.name_en if english else one.name) for one in city.protection.channels
            ],
            "types": [
                (one.code, one.name_en if english else one.name) for one in city.types if one.protected
            ],
            "kelurahan": [(one.code, f"{one.name} – {one.kecamatan_name}") for one in city.kelurahan],
        },
        status_code=status,
    )


def _may_reveal(viewer: Viewer) -> None:
    if not viewer.may(May.ANSWER_FOR_AGENCY):
        viewer.must(May.REVEAL_PROTECTED)


def _hour(text: str) -> time | None:
    if not text.strip():
        return None
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise RuleBroken("Jam tidak terbaca. Contoh: 08:00.") from None


def _back(request: AnyRequest, incident: str) -> Response[Any]:
    """Draw the page anew, or the board for whoever no longer sees the incident."""
    path = f"/kejadian/{incident}"
    if "hx-request" in request.headers:
        return Response(content=None, status_code=204, headers={"HX-Redirect": path})
    return Redirect(path=path, status_code=303)


PAGES: list[Any] = [
    circle, restrict, unrestrict, name_person, end_sight, meet_duty, call_safety, reveal_form, reveal, report_form,
    report,
]  # fmt: skip
