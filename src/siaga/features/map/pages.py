"""The map: its own page /peta, the files it is drawn from, and what is on it just now.

Files are served by byte ranges: the tiles of a city are one file of which a browser reads some kilobytes at a time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter
from litestar.response import Response, Stream, Template

from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.roles import May, Viewer
from siaga.features.map.byte_ranges import RangeUnsatisfiable, asked_range
from siaga.features.map.ground import Ground
from siaga.features.map.queries import scene
from siaga.records.postgres import PostgresArchive

AnyRequest = Request[Any, Any, Any]
Desk = Annotated[str, Parameter(max_length=40, pattern=r"^[\w-]*$")]
KEEP_SECONDS = 86_400  # the address names the edition, so a kept part is never of another one
PART_BYTES = 256 * 1024
RANGE_BYTES_MAX = 8 * 1024 * 1024  # of one answer held in memory; a browser asks for some kilobytes


@get("/peta")
async def map_page(viewer: Viewer, ikut: Desk = "") -> Template:
    """The map alone, for a second screen. ``ikut``: the desk in the same browser whose selection it follows."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    return Template("map/map_page.html", context={"follow": ikut})


@get("/peta/dasar")
async def described(request: AnyRequest, viewer: Viewer, map_ground: Ground) -> Response[bytes]:
    """What the map lies on. Asks for nobody's right: outlines and street names are public."""
    tag, body = await asyncio.to_thread(map_ground.described)
    headers = {"etag": f'"{tag}-{viewer.language}"', "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@get("/peta/keadaan")
async def state(archive: PostgresArchive, city: City, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Incidents, units and hazards, as far as the viewer may know them."""
    return await scene(archive, viewer, city, now)


@get("/peta/basemap.pmtiles")
async def basemap(request: AnyRequest, map_ground: Ground) -> Response[Any] | Stream:
    """The tiles."""
    return await _file(request, await asyncio.to_thread(map_ground.basemap), "application/vnd.pmtiles")


@get("/peta/jalan")
async def lines(request: AnyRequest, map_ground: Ground) -> Response[Any] | Stream:
    """The roads, should the tiles be missing."""
    return await _file(request, await asyncio.to_thread(map_ground.lines), "application/geo+json")


async def _file(request: AnyRequest, path: Path | None, media_type: str) -> Response[Any] | Stream:
    if path is None:
        raise NotFound("Peta jalan belum diimpor.")
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
    except FileNotFoundError:
        raise NotFound("Peta jalan belum diimpor.") from None
    tag = f'"{path.parent.name}"'
    headers = {"etag": tag, "accept-ranges": "bytes", "cache-control": f"private, max-age={KEEP_SECONDS}"}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    wanted = request.headers.get("range") if request.headers.get("if-range", tag) == tag else None
    try:
        part = asked_range(wanted, size)
    except RangeUnsatisfiable:
        headers["content-range"] = f"bytes */{size}"
        return Response(b"", status_code=416, headers=headers, media_type=media_type)
    if part is None or part[1] > RANGE_BYTES_MAX:
        headers["content-length"] = str(size)
        return Stream(_parts(path, size), media_type=media_type, headers=headers)
    begin, length = part
    headers["content-range"] = f"bytes {begin}-{begin + length - 1}/{size}"
    body = await asyncio.to_thread(_read, path, begin, length)
    return Response(body, status_code=206, media_type=media_type, headers=headers)


async def _parts(path: Path, size: int) -> AsyncIterator[bytes]:
    for begin in range(0, size, PART_BYTES):
        yield await asyncio.to_thread(_read, path, begin, min(PART_BYTES, size - begin))


def _read(path: Path, begin: int, length: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.pread(descriptor, length, begin)
    finally:
        os.close(descriptor)


PAGES: list[Any] = [map_page, described, state, basemap, lines]
