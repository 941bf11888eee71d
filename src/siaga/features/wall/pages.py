"""The command centre's wall: 112 live, and the frames of the city's panels, each saying honestly what it has."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import get
from litestar.params import Parameter
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.roles import May, Viewer
from siaga.features.wall.queries import figures
from siaga.features.wall.sizes import COLUMNS_MAX, ROWS_MAX, Wall
from siaga.records.postgres import PostgresArchive

DWELL_SECONDS = 20  # long enough to read four tiles aloud

Inches = Annotated[float | None, Parameter(ge=5, le=2000)]
Metres = Annotated[float | None, Parameter(ge=0.3, le=100)]
Pixels = Annotated[int, Parameter(ge=320, le=30720)]


async def figures_context(
    archive: PostgresArchive, viewer: Viewer, city: City, now: datetime
) -> dict[str, Any]:
    """What wall_strip.html and wall_today.html need; one query."""
    viewer.must(May.SEE_WALL)
    midnight = now.astimezone(city.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"city": city, "figures": await figures(archive, viewer, city, midnight)}


@get("/dinding")
async def wall_page(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, inci: Inches = None, meter: Metres = None,
    lebar: Pixels = 1920, tinggi: Pixels = 1080,
) -> Template:  # fmt: skip
    """The whole wall. ``inci`` and ``meter``: how large it is and from how far it is read; without them the letters
    follow the size of the window."""
    wall = None
    if inci is not None and meter is not None:
        wall = Wall(diagonal_inches=inci, distance_metres=meter, width_px=lebar, height_px=tinggi)
    columns, rows = (wall.columns, wall.rows) if wall else (COLUMNS_MAX, ROWS_MAX)
    context = {
        **await figures_context(archive, viewer, city, now),
        "wall": wall,
        "columns": columns,
        "rows": rows,
        "per_page": columns * rows,
        "dwell_seconds": DWELL_SECONDS,
    }
    return Template("wall/wall.html", context=context)


@get("/dinding/pita")
async def strip_panel(archive: PostgresArchive, city: City, viewer: Viewer, now: datetime) -> Template:
    """The strip of 112."""
    return Template("wall/wall_strip.html", context=await figures_context(archive, viewer, city, now))


@get("/dinding/hari-ini")
async def today_panel(archive: PostgresArchive, city: City, viewer: Viewer, now: datetime) -> Template:
    """112 today."""
    return Template("wall/wall_today.html", context=await figures_context(archive, viewer, city, now))


@get("/dinding/ukuran")
async def size_page(viewer: Viewer) -> Template:
    """Asks how large the wall is and from how far it is read."""
    viewer.must(May.SEE_WALL)
    return Template("wall/wall_size.html", context={})


PAGES: list[Any] = [wall_page, strip_panel, today_panel, size_page]
