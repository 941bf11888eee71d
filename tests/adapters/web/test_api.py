"""Other systems open incidents through the same action as the desk."""

from __future__ import annotations

import pytest

from siaga import clock
from siaga.adapters.web.sessions import hashed
from siaga.adapters.web.tokens import new_token
from siaga.domain.event import IncidentOpened
from siaga.domain.incident import Incident
from siaga.domain.place import PlaceMethod
from siaga.domain.roles import Role
from siaga.features.people.actions import add_token
from siaga.records.archive import Transaction
from tests.a_web_process import Web

SECRET = new_token()
BEARER = {"authorization": f"Bearer {SECRET}"}


@pytest.fixture
async def api(web: Web) -> Web:
    await web.archive.do(
        add_token, token=hashed(SECRET), name="cctv", scope="incidents", by="x", now=clock.now()
    )
    return web


async def the_incidents(tx: Transaction) -> list[Incident]:
    return await tx.find(Incident, order=("opened_at",))


def a_type(web: Web) -> str:
    return web.city.types[0].code


async def test_what_and_where_open_an_incident_that_is_routed(api: Web) -> None:
    area = api.city.kelurahan[0]
    body = {
        "type": a_type(api), "place": "Jl. Contoh 5", "lat": area.lat, "lon": area.lon, "priority": 1,
        "reporter_name": "Ani", "reporter_number": "+628111", "notes": ["asap tebal"],
    }  # fmt: skip
    answer = await api.browser().post("/api/kejadian", json=body, headers=BEARER)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert answer.headers["location"] == f"/kejadian/{told['incident']}"
    [incident] = await api.archive.look(the_incidents)
    assert (incident.id, incident.number, incident.year) == (told["incident"], told["number"], told["year"])
    assert (incident.opened_by, incident.priority, incident.place.kelurahan) == ("token:cctv", 1, area.code)
    assert told["place_label"] == "perkiraan", "no outlines are imported in this test city"
    [opened] = [e.event for e in await api.archive.read(0) if isinstance(e.event, IncidentOpened)]
    assert opened.asks


async def test_a_kelurahan_code_or_words_alone_are_enough(api: Web) -> None:
    area = api.city.kelurahan[1]
    given = await api.browser().post(
        "/api/kejadian", json={"type": a_type(api), "kelurahan": area.code}, headers=BEARER
    )
    words = await api.browser().post(
        "/api/kejadian", json={"type": a_type(api), "place": "depan masjid"}, headers=BEARER
    )
    assert (given.status_code, words.status_code) == (201, 201)
    assert words.json()["place_label"] == "lokasi belum pasti"
    methods = [incident.place.method for incident in await api.archive.look(the_incidents)]
    assert methods == [PlaceMethod.GIVEN, PlaceMethod.UNKNOWN]


async def test_the_same_key_is_the_same_incident_also_after_the_year_has_changed(api: Web) -> None:
    headers = {**BEARER, "idempotency-key": "alarm-17"}
    body = {"type": a_type(api), "place": "gerbang timur"}
    answers = [
        (await api.browser().post("/api/kejadian", json=body, headers=headers)).json() for _ in range(3)
    ]
    assert answers[0]["incident"] == answers[1]["incident"] == answers[2]["incident"]
    assert answers[0]["number"] == answers[1]["number"] == answers[2]["number"]
    assert len(await api.archive.look(the_incidents)) == 1


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"type": "no-such-type"}, 404, "tidak ada di daftar kota"),
        ({"place": ""}, 409, "Isi di mana kejadiannya"),
        ({"lat": 1.0}, 409, "Koordinat belum lengkap"),
        ({"lat": 100.0, "lon": 1.0}, 400, "lat: paling besar 90"),
        ({"priority": 9}, 400, "priority: paling besar 4"),
        ({"surprise": True}, 400, "surprise tidak dikenal"),
        ({"reporter_number": "x"}, 400, "reporter_number: bentuknya tidak sesuai"),
    ],
)
async def test_what_the_rules_refuse_is_said(
    api: Web, changes: dict[str, object], status: int, said: str
) -> None:
    body = {"type": a_type(api), "place": "gerbang timur", **changes}
    answer = await api.browser().post("/api/kejadian", json=body, headers=BEARER)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]
    assert await api.archive.look(the_incidents) == []


async def test_who_may_not_open_incidents_cannot(api: Web) -> None:
    body = {"type": a_type(api), "place": "gerbang timur"}
    unknown = {"authorization": "Bearer siaga_wrong"}
    assert (await api.browser().post("/api/kejadian", json=body, headers=unknown)).status_code == 401
    assert (await api.browser().post("/api/kejadian", json=body)).status_code == 401
    wall = await api.signed_in(Role.WALL)
    assert (await wall.post("/api/kejadian", json=body)).status_code == 403
    taker = await api.signed_in(Role.TAKER)
    assert (await taker.post("/api/kejadian", json=body)).status_code == 201
    del taker.headers["x-csrftoken"]
    assert (await taker.post("/api/kejadian", json=body)).status_code == 403, (
        "a session needs its token here too"
    )


async def test_a_token_opens_no_page(api: Web) -> None:
    assert (await api.browser().get("/atur", headers=BEARER)).status_code == 401
    assert (await api.browser().get("/api/openapi.json", headers=BEARER)).status_code == 200


async def test_a_wrong_key_is_not_saved_by_a_session(api: Web) -> None:
    taker = await api.signed_in(Role.TAKER)
    body = {"type": a_type(api), "place": "gerbang timur"}
    answer = await taker.post("/api/kejadian", json=body, headers={"authorization": "Bearer siaga_wrong"})
    assert answer.status_code == 401


async def test_the_description_is_openapi_3_1_and_lists_the_api_only(api: Web) -> None:
    described = (await api.browser().get("/api/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {"/api/kejadian", "/api/perangkat", "/api/sms"}
    refusals = described["paths"]["/api/kejadian"]["post"]["responses"]
    assert "application/problem+json" in refusals["400"]["content"]
    assert "application/problem+json" in refusals["503"]["content"]
