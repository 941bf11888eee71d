"""*Di mana*: proposals while she types, the neighbour a place outside belongs to, and the word that a place is sure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import Parameter
from litestar.response import Redirect, Response, Template

from siaga.domain.city import City
from siaga.domain.neighbour import neighbour_of
from siaga.domain.place import NOTES_JOINED_BY, Place, PlaceFinder, PlaceMethod, Suggestion
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.desk.spoken_place import spoken_proposals
from siaga.features.incidents.page.queries import view
from siaga.features.incidents.premises.lessons import confirm_place
from siaga.records.postgres import PostgresArchive

CHOICES_MAX = 5  # read at a glance; what is not among five is typed better
IN_CIRCLE_METRES = 1.0
KILOMETRE = 1000.0
KIND_LABELS = {
    "jalan": "jalan", "gang": "gang", "kelurahan": "kelurahan", "kecamatan": "kecamatan", "patokan": "patokan",
    "koordinat": "koordinat", "arah": "arah", "tautan": "tautan",
}  # fmt: skip
FAR_KILOMETRES = 20  # what is farther is said without a number

Words = Callable[..., str]
Degrees = Annotated[float | None, Parameter(ge=-180, le=180)]
Metres = Annotated[float | None, Parameter(ge=0, le=200_000)]


@get("/meja/dimana")
async def where(
    q: Annotated[str, msgspec.Meta(max_length=2000)],
    city: City,
    finder: PlaceFinder,
    viewer: Viewer,
    words: Words,
    lat: Annotated[float | None, Parameter(ge=-90, le=90)] = None,
    lon: Degrees = None,
    m: Metres = None,
) -> list[dict[str, Any]]:
    """Proposals for *Di mana*, best first. ``lat``, ``lon``, ``m``: the circle the caller is said to be in."""
    viewer.must(May.OPEN_INCIDENTS)
    near = None if lat is None or lon is None else Place(lat=lat, lon=lon, accuracy_m=m)
    spoken = spoken_proposals(city, finder, q, words)
    found = finder.suggest(q, CHOICES_MAX, near)
    return [*spoken, *(_proposal(city, one, rank, words) for rank, one in enumerate(found))][:CHOICES_MAX]


@get("/meja/luar")
async def outside(
    city: City,
    finder: PlaceFinder,
    viewer: Viewer,
    lat: Annotated[float, Parameter(ge=-90, le=90)],
    lon: Annotated[float, Parameter(ge=-180, le=180)],
    call: Annotated[str, msgspec.Meta(max_length=80)] = "",
) -> Template:
    """Whose place this is, when it is not ours, and how to give the caller to them."""
    viewer.must(May.TAKE_CALLS)
    is_outside = finder.locate(lat, lon).is_outside
    found = neighbour_of(city.room.neighbours, lat, lon) if is_outside else None
    return Template(
        "incidents/outside.html",
        context={"is_outside": is_outside, "neighbour": found, "call": call},
    )


@post("/kejadian/{incident_id:str}/lokasi/pasti", status_code=200)
async def sure(
    incident_id: str,
    request: Request[Any, Any, Any],
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    now: datetime,
) -> Response[Any]:
    """Somebody made sure that it is there."""
    viewer.must(May.OPEN_INCIDENTS)
    seen = await view(archive, viewer, city, incident_id, now.astimezone(city.zone).year)
    await archive.do(confirm_place, incident=seen.incident.id, by=viewer, now=now)
    path = f"/kejadian/{seen.incident.id}"
    if "hx-request" in request.headers:
        return Response(content=None, status_code=204, headers={"HX-Redirect": path})
    return Redirect(path=path, status_code=303)


def _proposal(city: City, found: Suggestion, rank: int, words: Words) -> dict[str, Any]:
    """One line of the list, as the browser draws it and sends it back."""
    place = found.place
    kelurahan = city.kelurahan_by_code.get(place.kelurahan or "")
    doubt = words("belum dipastikan") if found.unverified else words(place.label) if place.label else ""
    return {
        "text": found.label,
        "words": found.words,
        "name": found.name,
        "rank": rank,
        "sure": found.is_sure,
        "lat": place.lat,
        "lon": place.lon,
        "accuracy_m": place.accuracy_m,
        "code": place.kelurahan if place.method is PlaceMethod.GIVEN else None,
        "unverified": found.unverified,
        "outside": place.is_outside,
        "kelurahan": kelurahan.name if kelurahan is not None else None,
        "kecamatan": kelurahan.kecamatan_name if kelurahan is not None else None,
        "kind": words(KIND_LABELS.get(found.kind, found.kind)),
        "more": NOTES_JOINED_BY.join(words(note.text, **note.gaps) for note in found.notes) or None,
        "rt_rw": found.rt_rw or None,
        "away": _away(found.away_m, words),
        "note": doubt or None,
    }


def _away(metres: float | None, words: Words) -> str | None:
    """How far from the caller's circle, as she would say it."""
    if metres is None:
        return None
    if metres < IN_CIRCLE_METRES:
        return words("dalam lingkaran penelepon")
    if metres < KILOMETRE:
        return words("{metres} m dari lingkaran", metres=round(metres / 10.0) * 10)
    if metres / KILOMETRE > FAR_KILOMETRES:
        return words("jauh dari lingkaran")
    return words("{km} km dari lingkaran", km=f"{metres / KILOMETRE:.1f}".replace(".", ","))


PAGES: list[Any] = [where, outside, sure]
