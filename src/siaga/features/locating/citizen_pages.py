"""The page behind the link a caller was sent: one button, no account, no library, on any telephone.

Rule 1: opening it changes nothing but that it was opened; only the button asks his telephone where it is.
Rule 2: it says honestly whether we have the place. Without data it shows eight digits to read out instead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.response import Template

from siaga.domain.caller_location import Fix
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, NotFound
from siaga.domain.spoken_code import DAMM, SQUARES_A_SIDE, grid_of
from siaga.features.locating import links
from siaga.records.postgres import PostgresArchive

HEADERS = {"cache-control": "no-store", "x-robots-tag": "noindex"}
AGE_SECONDS_MAX = 3600.0  # of a fix the browser still remembers


class Here(msgspec.Struct):
    """What a browser says of itself. ``age_s``: how old the fix is; telephones' clocks are not believed."""

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, msgspec.Meta(ge=0)] | None = None
    age_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0


@get("/l/{word:str}")
async def show(word: str, archive: PostgresArchive, city: City, secret: bytes, now: datetime) -> Template:
    """The page."""
    try:
        link = await archive.do(links.open_link, link=links.link_in(secret, word), now=now)
    except (NotAllowed, NotFound):
        return _page(city, word, refusal="Tautan ini tidak sah. Telepon 112.", status=404)
    rules = city.room.locations
    if link.first_fix_at is None and now > link.expires_at:
        return _page(city, word, refusal="Tautan ini sudah kedaluwarsa. Telepon 112.", status=410)
    begun = link.first_fix_at or now
    left = rules.share_seconds - (now - begun).total_seconds()
    if link.ended_at is not None or left <= 0:
        return _page(city, word, refusal="Waktu berbagi lokasi sudah selesai. Terima kasih.", status=410)
    return _page(city, word, seconds=int(left))


@post("/l/{word:str}", status_code=200)
async def tell(
    word: str, data: Here, archive: PostgresArchive, city: City, secret: bytes, now: datetime
) -> dict[str, bool]:
    """Where he is."""
    at = now - timedelta(seconds=min(data.age_s, AGE_SECONDS_MAX))
    fix = Fix(lat=data.lat, lon=data.lon, accuracy_m=data.accuracy_m, at=at.astimezone(UTC), method="HP")
    await archive.do(
        links.tell_link, link=links.link_in(secret, word), fix=fix, rules=city.room.locations, now=now
    )
    return {"received": True}


@post("/l/{word:str}/henti", status_code=200)
async def stop(word: str, archive: PostgresArchive, secret: bytes, now: datetime) -> Response[Any]:
    """No more."""
    await archive.do(links.stop_link, link=links.link_in(secret, word), now=now)
    return Response({"stopped": True})


def _page(city: City, word: str, *, seconds: int = 0, refusal: str = "", status: int = 200) -> Template:
    grid = grid_of(city)
    context = {
        "city": city,
        "link": word,
        "refusal": refusal,
        "page": {
            "url": f"/l/{word}",
            "seconds": seconds,
            "grid": [grid.lat, grid.lon, grid.cell_m, SQUARES_A_SIDE],
            "damm": ["".join(str(digit) for digit in row) for row in DAMM],
        },
    }
    return Template("locating/citizen.html", context=context, status_code=status, headers=HEADERS)


PAGES: list[Any] = [show, tell, stop]
