from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from siaga import clock
from siaga.adapters.maps import map_edition
from siaga.adapters.maps.map_edition import About
from siaga.domain.city import CityUnit, Landmark
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.premises import Premises, PremisesKind
from siaga.domain.roles import Role
from siaga.domain.unit import Unit, UnitStatus
from tests.a_city import a_city
from tests.a_web_process import NAVIGATION, Web, open_web
from tests.features.scenes import NORTH, a_fire, a_hidden_case, opened
from tests.room import Room

SPOT = Place(text="Jl. Contoh", lat=-7.001, lon=110.002, kelurahan=NORTH, method=PlaceMethod.POLYGON)
TILES = os.urandom(3000)


def import_map(home: Path) -> str:
    """An imported map whose tiles are any bytes: this is about who gets which of them."""
    with map_edition.workshop(home) as place:
        made = place / "edition"
        made.mkdir()
        (made / map_edition.BASEMAP).write_bytes(TILES)
        (made / map_edition.LINES).write_text('{"type":"FeatureCollection","features":[]}')
        (made / map_edition.SPOTS).write_text(
            '[{"kind":"hydrant","name":"","lat":-7.0,"lon":110.0},{"kind":"police","name":"Polsek","lat":-7,"lon":110}]'
        )
        told = About(city="x", source="x", imported_at=clock.now().isoformat(), clip_km=1, counts={})
        return map_edition.adopt(home, made, told, clock.now())


async def a_unit(web: Web, code: str, agency: str, *, incident: str | None = None) -> None:
    status = UnitStatus.ON_SCENE if incident else UnitStatus.READY

    async def put(tx, *, now):
        tx.put(Unit(code=code, agency=agency, what="Mobil", status=status, since=now, incident=incident))

    await web.archive.do(put, now=clock.now())


async def test_tiles_are_served_in_parts_to_who_has_signed_in(web: Web):
    address = "/peta/basemap.pmtiles"
    assert (await web.browser().get(address, headers=NAVIGATION)).status_code == 303
    browser = await web.signed_in(Role.DISPATCHER)
    assert (await browser.get(address)).status_code == 404
    edition = import_map(web.settings.home)

    part = await browser.get(address, headers={"range": "bytes=100-299"})
    assert part.status_code == 206
    assert part.content == TILES[100:300]
    assert part.headers["content-range"] == "bytes 100-299/3000"
    assert part.headers["etag"] == f'"{edition}"'
    assert "no-store" not in part.headers["cache-control"]
    assert (await browser.get(address, headers={"range": "bytes=-50"})).content == TILES[-50:]
    whole = await browser.get(address)
    assert (whole.status_code, whole.content) == (200, TILES)
    other = {"range": "bytes=0-9", "if-range": '"another"'}
    assert (await browser.get(address, headers=other)).content == TILES, "a part of another map helps nobody"
    beyond = await browser.get(address, headers={"range": "bytes=3000-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */3000")
    assert (await browser.get(address, headers={"if-none-match": part.headers["etag"]})).status_code == 304


async def test_the_ground_names_the_map_and_changes_with_an_import(web: Web):
    browser = await web.signed_in(Role.TAKER)
    first = await browser.get("/peta/dasar")
    assert first.json()["basemap"] is None
    assert len(first.json()["towns"]) == len(web.city.kelurahan)
    again = await browser.get("/peta/dasar", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304

    edition = import_map(web.settings.home)
    ground = (await browser.get("/peta/dasar")).json()
    assert ground["basemap"] == f"/peta/basemap.pmtiles?e={edition}"
    assert [(spot["layer"], spot["kind"]) for spot in ground["spots"]] == [("hydrants", "hydrant")]
    assert "OpenStreetMap" in ground["attribution"]
    west, south, east, north = ground["bounds"]
    assert west < web.city.lon < east
    assert south < web.city.lat < north


@pytest.mark.parametrize("in_circle", [False, True])
async def test_a_protected_case_is_on_nobodys_map_nor_the_unit_there(web: Web, room: Room, in_circle: bool):
    fire = await opened(room, a_fire(place=SPOT))
    hidden = await opened(room, a_hidden_case(place=SPOT))
    await a_unit(web, "API1", "api", incident=fire)
    await a_unit(web, "POL1", "polisi", incident=hidden)
    browser = await web.signed_in(Role.DISPATCHER, in_circle=in_circle)

    answer = await browser.get("/peta/keadaan")

    shown = answer.json()
    assert [one["id"] for one in shown["incidents"]] == [fire]
    assert [(one["code"], one["sure"]) for one in shown["units"]] == [("API1", True)]
    assert shown["units_without_place"] == 1
    assert hidden not in answer.text


async def test_an_agency_sees_its_own_matters_and_units(web: Web, room: Room):
    fire = await opened(room, a_fire(place=SPOT))
    await a_unit(web, "API1", "api", incident=fire)
    api = (await (await web.signed_in(Role.AGENCY, agency="api")).get("/peta/keadaan")).json()
    other = (await (await web.signed_in(Role.AGENCY, agency="medis")).get("/peta/keadaan")).json()
    assert [one["id"] for one in api["incidents"]] == [fire]
    assert [one["code"] for one in api["units"]] == ["API1"]
    assert (other["incidents"], other["units"], other["units_without_place"]) == ([], [], 0)
    browser = await web.signed_in(Role.FIELD, agency="medis")
    assert (await browser.get("/peta", headers=NAVIGATION)).status_code == 403


async def test_a_unit_that_is_not_on_scene_stands_hollow_at_its_post(postgres_dsn: str, tmp_path: Path):
    post = Landmark(name="Pos Contoh", kind="pos", lat=-7.01, lon=110.01, aliases=("Mako",))
    unit = CityUnit(code="API1", agency="api", what="Mobil pompa", station="Mako")
    async with open_web(postgres_dsn, tmp_path, city=a_city(landmarks=(post,), units=(unit,))) as web:
        browser = await web.signed_in(Role.TAKER)
        [shown] = (await browser.get("/peta/keadaan")).json()["units"]
    assert (shown["code"], shown["lat"], shown["lon"], shown["sure"]) == ("API1", -7.01, 110.01, False)


async def test_the_page_of_its_own_follows_a_desk_by_name_only(web: Web):
    browser = await web.signed_in(Role.TAKER)
    page = await browser.get("/peta?ikut=meja-2", headers=NAVIGATION)
    assert 'data-follows="meja-2"' in page.text
    assert (await browser.get("/peta?ikut=%3Cscript%3E", headers=NAVIGATION)).status_code in (400, 422)


async def test_hazards_of_places_are_signs_and_those_about_persons_are_on_no_map(web: Web):
    now = clock.now()
    given: dict[str, Any] = {
        "kind": PremisesKind.HAZARD, "where": "Gudang", "lat": -7.0, "lon": 110.0, "radius_m": 30.0,
        "owner": "api", "author": "x", "created_at": now,
    }  # fmt: skip

    async def keep(tx, *, now):
        later, gone = now + timedelta(days=9), now - timedelta(days=1)
        tx.put(Premises(id="a", text="Tabung gas", expires_at=later, about_person=False, **given))
        tx.put(Premises(id="b", text="Orang", expires_at=later, about_person=True, legal_basis="x", **given))
        tx.put(Premises(id="c", text="Lama", expires_at=gone, about_person=False, **given))

    await web.archive.do(keep, now=now)
    taker = (await (await web.signed_in(Role.TAKER)).get("/peta/keadaan")).json()
    agency = (await (await web.signed_in(Role.AGENCY, agency="api")).get("/peta/keadaan")).json()
    assert [one["name"] for one in taker["hazards"]] == ["Tabung gas"]
    assert agency["hazards"] == []
