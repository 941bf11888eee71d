"""The API for other systems: open an incident, enrol a panic device. Described in /api/openapi.json.

A machine shows a bearer token of the right scope; a person's browser may use the same paths with its session.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ASGIApp

from siaga.adapters.web.aml import keep
from siaga.adapters.web.answers import Receive, Scope, Send, answer, as_json
from siaga.adapters.web.asking import asking
from siaga.adapters.web.problems import PROBLEM_JSON
from siaga.adapters.web.tokens import DEVICE_CHARACTERS_MAX, NotSignedIn, Tokens, device_key
from siaga.domain.aml import read_text
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.place import Place, PlaceFinder, PlaceMethod
from siaga.domain.roles import May
from siaga.features.citizen.actions import text_arrived
from siaga.features.incidents.actions import Report, open_incident
from siaga.records.postgres import PostgresArchive

Meta = msgspec.Meta
Code = Annotated[str, Meta(max_length=64)]
Line = Annotated[str, Meta(max_length=200)]
KEY_CHARACTERS_MAX = 128
NOTES_MAX = 20  # a report from another system is one story, not a conversation


class NewIncident(msgspec.Struct, forbid_unknown_fields=True):
    """What and where. ``type`` is a code of the city's list; give ``place`` in words, a point, or a kelurahan code."""

    type: Code
    place: Annotated[str, Meta(max_length=400)] = ""
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    kelurahan: Code | None = None
    priority: Annotated[int, Meta(ge=1, le=4)] | None = None
    hazards: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    landmark: Line | None = None
    rt_rw: Annotated[str, Meta(max_length=20)] | None = None
    reporter_name: Line | None = None
    reporter_number: Annotated[str, Meta(pattern=r"^\+?[0-9]{3,16}$")] | None = None
    notes: Annotated[tuple[Annotated[str, Meta(max_length=4000)], ...], Meta(max_length=NOTES_MAX)] = ()


class Opened(msgspec.Struct):
    """The incident that now exists. ``number`` counts within ``year``. ``place_label`` warns of an uncertain place."""

    incident: str
    year: int
    number: int
    kelurahan: str | None
    kecamatan: str | None
    place_label: str


class NewDevice(msgspec.Struct, forbid_unknown_fields=True):
    """A device that will send panic presses, by a name its owner's system chose."""

    device: Annotated[str, Meta(min_length=4, max_length=DEVICE_CHARACTERS_MAX, pattern=r"^[A-Za-z0-9._-]+$")]


class Enrolled(msgspec.Struct):
    """What the device must send as its Authorization header."""

    device: str
    authorization: str


class NewText(msgspec.Struct, forbid_unknown_fields=True):
    """A text somebody wrote to us, as his network's gateway hands it in. ``key``: the gateway's own, once a text."""

    number: Annotated[str, Meta(pattern=r"^\+?[0-9]{3,16}$")]
    text: Annotated[str, Meta(min_length=1, max_length=2000)]
    key: Annotated[str, Meta(min_length=4, max_length=KEY_CHARACTERS_MAX)]


class TextTaken(msgspec.Struct):
    """The call the text is, or has been added to; none for a telephone's own message whose call has not come."""

    call: str | None


class ApiProblem(msgspec.Struct):
    """RFC 9457. ``detail`` is a sentence for a person."""

    type: str
    title: str
    status: int
    detail: str


def _refused(what: str) -> ResponseSpec:
    return ResponseSpec(ApiProblem, description=what, media_type=PROBLEM_JSON.decode())


REFUSALS = {
    400: _refused("The body cannot be read."),
    401: _refused("No key, or a key that was revoked."),
    403: _refused("The key is for something else."),
    404: _refused("The city has no such type."),
    409: _refused("The rules refuse it."),
    422: _refused("The values cannot be recorded."),
    503: _refused("Too busy; see Retry-After."),
}


CREATED = {201: ResponseSpec(Opened, description="The incident exists and its agencies are being asked.")}


@post(
    "/api/kejadian",
    status_code=201,
    include_in_schema=True,
    responses=CREATED | REFUSALS,
    tags=["incidents"],
    opt={"direct": True},
)
async def create_incident(
    request: Request[Any, Any, Any],
    data: NewIncident,
    archive: PostgresArchive,
    city: City,
    finder: PlaceFinder,
    tokens: Tokens,
    now: datetime,
    demo: bool,
) -> ASGIApp:
    """Open an incident, exactly as the call taker's desk does.

    With an `Idempotency-Key` header (at most 128 letters) the same key twice is one incident: the second answer
    repeats the first.
    """
    by = await _by(request, tokens, "incidents", now)
    place = _place(data, city, finder)
    report = Report(
        type=data.type, place=place, priority=data.priority, hazards=data.hazards, landmark=data.landmark,
        rt_rw=data.rt_rw, reporter_name=data.reporter_name, reporter_number=data.reporter_number, notes=data.notes,
    )  # fmt: skip
    given = asking(request).headers.get(b"idempotency-key", b"").decode("latin-1")
    if len(given) > KEY_CHARACTERS_MAX:
        raise RuleBroken(
            "Idempotency-Key terlalu panjang: paling banyak {max} huruf.", max=KEY_CHARACTERS_MAX
        )
    key = f"api:{by}:{given}" if given else None
    receipt = await archive.receipt(
        open_incident, key=key, city=city, report=report, by=by, now=now, demo=demo
    )
    year, number = now.astimezone(city.zone).year, receipt.numbers.get(receipt.result)
    if number is None:
        year, number = await _number_of(archive, receipt.result)
    opened = Opened(
        incident=receipt.result, year=year, number=number, kelurahan=place.kelurahan, kecamatan=place.kecamatan,
        place_label=place.label,
    )  # fmt: skip
    location = f"/kejadian/{receipt.result}".encode()
    return partial(_answer_created, as_json(opened), location)


@post("/api/perangkat", status_code=201, include_in_schema=True, responses=REFUSALS, tags=["panic"])
async def enrol_device(
    request: Request[Any, Any, Any], data: NewDevice, tokens: Tokens, secret: bytes, now: datetime
) -> Enrolled:
    """Give a device its key for POST /api/panik. Needs a token of scope ``panic``."""
    await _by(request, tokens, "panic", now)
    return Enrolled(
        device=data.device, authorization=f"Device {data.device}:{device_key(secret, data.device)}"
    )


@post("/api/sms", status_code=201, include_in_schema=True, responses=REFUSALS, tags=["texts"])
async def take_text(
    request: Request[Any, Any, Any],
    data: NewText,
    archive: PostgresArchive,
    city: City,
    tokens: Tokens,
    now: datetime,
    demo: bool,
) -> TextTaken:
    """Somebody answered our text, or wrote to us: he waits in the queue like any caller. Token of scope ``panic``."""
    by = await _by(request, tokens, "panic", now)
    if (
        message := read_text(data.text)
    ) is not None:  # a telephone says where it is: nobody waits for an answer
        return TextTaken(call=await keep(archive, city, message, data.number, now=now, demo=demo))
    call = await archive.do(
        text_arrived, key=f"sms:{by}:{data.key}", number=data.number, said=data.text, now=now, demo=demo
    )
    return TextTaken(call=call)


async def _answer_created(body: bytes, location: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer directly: Litestar's Response would cost as much as the rest of the request."""
    await answer(send, 201, body, headers=((b"location", location),))


async def _by(request: Request[Any, Any, Any], tokens: Tokens, scope: str, now: datetime) -> str:
    """Who asks: a person of the room, or a token of this scope. Raises NotSignedIn, NotAllowed."""
    who = asking(request)
    authorization = who.headers.get(b"authorization", b"").decode("latin-1")
    if authorization.startswith("Bearer "):
        token = await tokens.of_header(authorization, scope, now)
        return token.person or f"token:{token.name}"
    viewer = who.viewer
    if viewer is None:
        raise NotSignedIn
    viewer.must(May.OPEN_INCIDENTS if scope == "incidents" else May.ADMINISTER)
    return viewer.person


def _place(data: NewIncident, city: City, finder: PlaceFinder) -> Place:
    if data.lat is not None and data.lon is not None:
        return finder.locate(data.lat, data.lon, text=data.place, accuracy_m=data.accuracy_m)
    known = city.kelurahan_by_code.get(data.kelurahan or "")
    if known is not None:
        return Place(
            text=data.place, kelurahan=known.code, kecamatan=known.kecamatan, method=PlaceMethod.GIVEN
        )
    return Place(text=data.place, lat=data.lat, lon=data.lon)


async def _number_of(archive: PostgresArchive, incident: str) -> tuple[int, int]:
    row = (await archive.rows("select year, number from incident where city_id = $1 and id = $2", incident))[
        0
    ]
    return row["year"], row["number"]


PAGES: list[Any] = [create_incident, enrol_device, take_text]
