"""/atur/tempat: what is kept about places, by whom, until when; adding, changing, looking again, ending."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect, Response, Template

from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, NotFound, RuleBroken
from siaga.domain.place import PlaceFinder
from siaga.domain.premises import (
    DAYS_DEFAULT,
    DAYS_MAX,
    DAYS_WITHOUT_REASON_MAX,
    RADIUS_M_DEFAULT,
    RADIUS_M_MAX,
    TEXT_CHARACTERS_MAX,
    Premises,
    PremisesKind,
    may_read_about_persons,
)
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.page.queries import view
from siaga.features.incidents.premises import actions as premises
from siaga.features.incidents.premises.actions import Fact
from siaga.features.incidents.premises.history import history_context
from siaga.features.incidents.premises.queries import listed
from siaga.records.postgres import PostgresArchive

Words = Callable[..., str]
Form = Body(media_type=RequestEncodingType.URL_ENCODED)
Short = Annotated[str, msgspec.Meta(max_length=300)]
Sought = Annotated[str, Parameter(max_length=100)]
POINT = re.compile(r"(-?\d{1,3}(?:[.,]\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:[.,]\d+)?)")

KIND_LABELS = {
    PremisesKind.HAZARD: "Bahaya",
    PremisesKind.ACCESS: "Akses",
    PremisesKind.CONTACT: "Kontak",
    PremisesKind.NOTE: "Catatan",
}


class Keeping(msgspec.Struct):
    """The form as it was typed. ``point``: "lintang, bujur", or empty when the words find the place."""

    premises: Short = ""
    kind: Short = PremisesKind.HAZARD.value
    text: Short = ""
    where: Short = ""
    point: Short = ""
    radius_m: Short = str(round(RADIUS_M_DEFAULT))
    owner: Short = ""
    days: Short = str(DAYS_DEFAULT)
    long_reason: Short = ""
    about_person: Short = ""
    legal_basis: Short = ""


class Reviewing(msgspec.Struct):
    """Still true for so many days."""

    days: Short = str(DAYS_DEFAULT)
    reason: Short = ""


class Why(msgspec.Struct):
    """What a fact about a person is needed for."""

    reason: Short = ""


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    premises: Premises
    wants_review: bool
    is_mine: bool


@get("/atur/tempat")
async def places(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime,
    cari: Sought = "", ubah: Sought = "",
) -> Template:  # fmt: skip
    """The list, and the form for one more or for changing one (``ubah``)."""
    may_look(viewer)
    given = _empty(viewer)
    if ubah:
        found = await archive.look(_one, id=ubah)
        if found is None or found.about_person or not _is_mine(viewer, found):
            raise NotFound("Catatan tempat ini tidak ada.")
        given = _typed(found, now)
    return await page_of(archive, city, viewer, words, now, given=given, sought=cari)


@post("/atur/tempat", status_code=200)
async def keep(
    data: Annotated[Keeping, Form], archive: PostgresArchive, city: City, finder: PlaceFinder, viewer: Viewer,
    words: Words, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """Keep or change one fact."""
    may_look(viewer)
    try:
        fact = fact_of(data, finder)
        await archive.do(
            premises.keep_premises, city=city, fact=fact, by=viewer, now=now, premises=data.premises or None
        )
    except NotAllowed:
        raise
    except RuleBroken as refusal:
        return await page_of(archive, city, viewer, words, now, given=data, problem=refusal, status=409)
    return Redirect(path="/atur/tempat", status_code=303)


@post("/atur/tempat/{premises_id:str}/tinjau", status_code=200)
async def review(
    premises_id: str,
    data: Annotated[Reviewing, Form],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> Response[Any]:
    """Still true."""
    may_look(viewer)
    days = _number(data.days, RuleBroken("Masa berlaku harus berupa angka hari."))
    await archive.do(
        premises.review_premises, premises=premises_id, days=int(days), reason=data.reason, by=viewer, now=now
    )
    return Redirect(path="/atur/tempat", status_code=303)


@post("/atur/tempat/{premises_id:str}/akhiri", status_code=200)
async def end(premises_id: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Response[Any]:
    """No longer true."""
    may_look(viewer)
    await archive.do(premises.end_premises, premises=premises_id, by=viewer, now=now)
    return Redirect(path="/atur/tempat", status_code=303)


@post("/atur/tempat/{premises_id:str}/baca", status_code=200)
async def read(
    premises_id: str, data: Annotated[Why, Form], archive: PostgresArchive, viewer: Viewer, now: datetime
) -> Template:
    """A fact about a person, once, for a reason that is recorded."""
    said = await archive.do(
        premises.read_about_person, premises=premises_id, reason=data.reason, by=viewer, now=now
    )
    return Template("incidents/premises_read.html", context={"said": said})


@get("/kejadian/{incident_id:str}/tempat")
async def history_of_incident(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """What is known about the place of an incident, for whoever may see the incident."""
    found = await view(archive, viewer, city, incident_id, now.astimezone(city.zone).year)
    place = found.incident.place
    context = await history_context(
        archive, city, viewer, words, now, lat=place.lat, lon=place.lon, text=place.text,
        incident=found.incident.id,
    )  # fmt: skip
    return Template("incidents/history.html", context=context)


async def page_of(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime, *,
    given: Keeping, sought: str = "", problem: RuleBroken | None = None, status: int = 200,
    preview: dict[str, Any] | None = None, file_problem: RuleBroken | None = None,
) -> Template:  # fmt: skip
    """The page, with what was typed and what is wrong with it. ``preview``: the rows of a file before they are kept.

    ``problem`` is of the form for one fact, ``file_problem`` of a file or a pasted table.
    """
    found = await listed(archive, viewer, now, sought=sought)
    return Template(
        "incidents/premises.html",
        context={
            "rows": [Row(one, one.wants_review(now), _is_mine(viewer, one)) for one in found],
            "sought": sought,
            "given": given,
            "problem": words(problem.message, **problem.words) if problem is not None else "",
            "problem_at": problem.at if problem is not None else "",
            "file_problem": words(file_problem.message, **file_problem.words)
            if file_problem is not None
            else "",
            "preview": preview,
            "kinds": [(kind.value, words(label)) for kind, label in KIND_LABELS.items()],
            "owners": [
                (one.code, one.short)
                for one in city.agencies
                if one.active and (viewer.may(May.OPEN_INCIDENTS) or one.code == viewer.agency)
            ],
            "may_keep": viewer.may(May.OPEN_INCIDENTS) or viewer.may(May.ANSWER_FOR_AGENCY),
            "may_persons": viewer.may(May.SUPERVISE),
            "may_read_persons": may_read_about_persons(viewer),
            "text_max": TEXT_CHARACTERS_MAX,
            "days_max": DAYS_MAX,
            "days_free": DAYS_WITHOUT_REASON_MAX,
            "radius_max": round(RADIUS_M_MAX),
            "city": city,
        },
        status_code=status,
    )


def fact_of(data: Keeping, finder: PlaceFinder) -> Fact:
    """What the form means. A place without a point is looked for by its words. Raises RuleBroken."""
    lat, lon = _point(data, finder)
    place = finder.locate(lat, lon)
    return Fact(
        kind=data.kind,
        text=data.text,
        where=data.where or data.point,
        lat=lat,
        lon=lon,
        kelurahan=place.kelurahan,
        radius_m=_number(data.radius_m, RuleBroken("Radius harus berupa angka meter.").about("radius_m")),
        owner=data.owner,
        days=int(_number(data.days, RuleBroken("Masa berlaku harus berupa angka hari.").about("days"))),
        long_reason=data.long_reason,
        about_person=bool(data.about_person),
        legal_basis=data.legal_basis,
    )


def _point(data: Keeping, finder: PlaceFinder) -> tuple[float, float]:
    found = POINT.fullmatch(data.point.strip())
    if found is not None:
        return float(found[1].replace(",", ".")), float(found[2].replace(",", "."))
    if data.point.strip():
        raise RuleBroken("Koordinat tidak terbaca. Contoh: -6.7123, 108.5567.").about("point")
    for suggestion in finder.suggest(data.where, 1):
        if suggestion.place.lat is not None and suggestion.place.lon is not None:
            return suggestion.place.lat, suggestion.place.lon
    raise RuleBroken("Tempat ini belum ditemukan. Isi koordinatnya: lintang, bujur.").about("point")


def _number(text: str, refusal: RuleBroken) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise refusal from None


async def _one(tx: Any, *, id: str) -> Premises | None:
    found: Premises | None = await tx.seek(Premises, id)
    return found


def may_look(viewer: Viewer) -> None:
    """Whoever opens incidents, answers for an agency or administers. Raises NotAllowed."""
    if not (viewer.may(May.OPEN_INCIDENTS) or viewer.may(May.ANSWER_FOR_AGENCY)):
        viewer.must(May.ADMINISTER)


def _is_mine(viewer: Viewer, one: Premises) -> bool:
    if one.about_person:
        return viewer.may(May.SUPERVISE)
    return viewer.may(May.OPEN_INCIDENTS) or (
        viewer.may(May.ANSWER_FOR_AGENCY) and one.owner == viewer.agency
    )


def _empty(viewer: Viewer) -> Keeping:
    return Keeping(owner=viewer.agency or "")


def _typed(one: Premises, now: datetime) -> Keeping:
    """What is kept, as the form shows it."""
    return Keeping(
        premises=one.id,
        kind=one.kind.value,
        text=one.text,
        where=one.where,
        point=f"{one.lat:.6f}, {one.lon:.6f}",
        radius_m=f"{one.radius_m:g}",
        owner=one.owner,
        days=str(max(1, (one.expires_at - now).days)),
        long_reason=one.long_reason or "",
        legal_basis=one.legal_basis or "",
    )


PAGES: list[Any] = [places, keep, review, end, read, history_of_incident]
