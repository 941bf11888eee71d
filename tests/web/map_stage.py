"""A map on the played stage: real ground files of a synthetic network, real range answers, invented incidents."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from siaga.adapters.maps import map_edition
from siaga.adapters.maps.boundaries import match_areas
from siaga.adapters.maps.boundary_file import keep_boundaries
from siaga.adapters.maps.geojson import read_areas
from siaga.adapters.maps.ground import CityGround
from siaga.adapters.maps.map_edition import About
from siaga.adapters.maps.osm.importing import look_into, make_files
from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.features.map.byte_ranges import asked_range
from tests.shared_files import outlines_of, shared_file

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Moving:
    """What the played server says is on the map."""

    incidents: list[dict[str, Any]] = field(default_factory=list)
    units: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def incident(self, number: int, priority: int, lat: float, lon: float, **more: Any) -> str:
        made = {"id": f"i-{number}", "number": number, "priority": priority, "name": "Kebakaran bangunan",
                "place": "Jl. Kesambi", "lat": lat, "lon": lon, "radius_m": 0, "vague": False}  # fmt: skip
        self.incidents.append(made | more)
        return str(made["id"])

    def unit(self, code: str, status: str, lat: float, lon: float, **more: Any) -> None:
        made = {"code": code, "status": status, "what": "Mobil pemadam", "lat": lat, "lon": lon, "sure": False,
                "incident": None}  # fmt: skip
        self.units.append(made | more)


def sample_city() -> City:
    """The city that comes with Siaga."""
    return load_city(ROOT / "cities" / "cirebon")


def a_home(folder: Path, *, basemap: bool) -> Path:
    """A data folder with the city's outlines and, if wanted, an imported (synthetic) map."""
    city = sample_city()
    outlines = match_areas(city, read_areas(outlines_of("32.74"), swap_axes=False)).boundaries
    keep_boundaries(folder, city, outlines, source="test", imported_at=NOW.isoformat())
    if basemap:
        extract = shared_file("data", "geo", "cirebon_synth", "cirebon_synth.osm.pbf")
        with map_edition.workshop(folder) as place:
            found = look_into(extract, place, city, outlines, clip_km=1, buildings=False, say=lambda *_: None)
            made = place / "edition"
            made.mkdir()
            make_files(found, made, city, lambda *_: None)
            told = About(
                city=city.code, source="synth", imported_at=NOW.isoformat(), clip_km=1, counts={}, sample=True
            )
            map_edition.adopt(folder, made, told, NOW)
    return folder


def map_readings(home: Path, moving: Moving) -> dict[str, Any]:
    """Addresses for `stage.READINGS`."""
    ground = CityGround(sample_city(), home)

    def described(handler: Any, _: Any) -> None:
        handler._answer(200, json.loads(ground.described()[1]))

    def state(handler: Any, _: Any) -> None:
        moving.asked.append("state")
        told = {"incidents": moving.incidents, "units": moving.units, "hazards": [], "units_without_place": 2}
        handler._answer(200, told)

    def tiles(handler: Any, _: Any) -> None:
        path = ground.basemap()
        assert path is not None
        whole = path.read_bytes()
        begin, length = asked_range(handler.headers.get("range"), len(whole)) or (0, len(whole))
        handler.send_response(206)
        handler.send_header("content-type", "application/vnd.pmtiles")
        handler.send_header("content-length", str(length))
        handler.send_header("content-range", f"bytes {begin}-{begin + length - 1}/{len(whole)}")
        handler.end_headers()
        handler.wfile.write(whole[begin : begin + length])

    def lines(handler: Any, _: Any) -> None:
        path = ground.lines()
        assert path is not None
        handler._answer(200, json.loads(path.read_text()))

    def page(handler: Any, query: Any) -> None:
        handler._html(handler.stage.render("map/map_page.html", {"follow": query.get("ikut", [""])[0]}))

    return {"/peta": page, "/peta/dasar": described, "/peta/keadaan": state, "/peta/basemap.pmtiles": tiles,
            "/peta/jalan": lines}  # fmt: skip
