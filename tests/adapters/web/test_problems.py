"""Refusals in words: a page for a person, problem+json for a script, a reference for what nobody expected."""

from __future__ import annotations

import logging
from typing import Annotated, Any

import msgspec
import pytest
from litestar import get, post

from siaga.adapters.web.problems import SENTENCES, TITLES, Problems, is_navigation
from siaga.adapters.web.words import shipped_words
from siaga.domain.errors import NotAllowed, NotFound, OutsideFailed, RuleBroken, TooBusy
from siaga.domain.roles import Role
from tests.a_web_process import NAVIGATION, Web, open_web


class Body(msgspec.Struct, forbid_unknown_fields=True):
    age: Annotated[int, msgspec.Meta(ge=0, le=120)]
    name: Annotated[str, msgspec.Meta(max_length=3)] = ""


RAISED = {
    "rule": RuleBroken("Unit {unit} sedang tidak siap.", unit="DMK1"),
    "forbidden": NotAllowed("Akun Anda tidak berwenang melakukan ini."),
    "missing": NotFound("Tidak ditemukan."),
    "busy": TooBusy("Sistem sedang sangat sibuk. Coba lagi sebentar."),
    "outside": OutsideFailed("SMTP said: 550 rani@example.org unknown"),
    "bug": ValueError("the caller 081234567890 said something private"),
}


@get("/akun/gagal/{what:str}")
async def fails(what: str) -> None:
    raise RAISED[what]


@post("/akun/isian")
async def takes(data: Body) -> dict[str, Any]:
    return {}


PAGES: list[Any] = [fails, takes]
WITH_THESE = ("siaga.adapters.web.sign_in", "siaga.features.people.pages", __name__)


@pytest.fixture
async def web(postgres_dsn: str, tmp_path: Any) -> Any:
    async with open_web(postgres_dsn, tmp_path, pages=WITH_THESE) as opened:
        yield opened


@pytest.mark.parametrize(
    ("what", "status", "detail"),
    [
        ("rule", 409, "Unit DMK1 sedang tidak siap."),
        ("forbidden", 403, "Akun Anda tidak berwenang melakukan ini."),
        ("missing", 404, "Tidak ditemukan."),
        ("busy", 503, "Sistem sedang sangat sibuk. Coba lagi sebentar."),
        ("outside", 502, SENTENCES[502]),
    ],
)
async def test_a_refusal_is_a_problem_document_for_a_script_and_a_page_for_a_person(
    web: Web, what: str, status: int, detail: str
) -> None:
    browser = await web.signed_in(Role.TAKER)
    answer = await browser.get(f"/akun/gagal/{what}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
    }
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)

    page = await browser.get(f"/akun/gagal/{what}", headers=NAVIGATION)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert detail in page.text


async def test_what_nobody_expected_gets_a_reference_and_leaves_no_personal_data_in_the_log(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    browser = await web.signed_in(Role.TAKER)
    with caplog.at_level(logging.ERROR):
        answer = await browser.get("/akun/gagal/bug")
    assert answer.status_code == 500
    reference = answer.json()["reference"]
    assert len(reference) == 8
    assert reference in answer.json()["detail"]
    assert "081234567890" not in answer.text
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert reference in logged
    assert "ValueError" in logged
    assert "/akun/gagal/{what}" in logged
    assert "in fails" in logged, "the log says where"
    assert "081234567890" not in logged
    assert "081234567890" not in caplog.text


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        ({"age": 200}, "age: paling besar 120."),
        ({"age": "tua"}, "age: harus berupa angka."),
        ({"age": 3, "name": "panjang"}, "name: paling banyak 3 huruf."),
        ({}, "age belum diisi."),
        ({"age": 1, "x": 2}, "x tidak dikenal."),
    ],
)
async def test_a_wrong_value_is_named_in_words(web: Web, sent: dict[str, Any], detail: str) -> None:
    browser = await web.signed_in(Role.TAKER)
    answer = await browser.post("/akun/isian", json=sent)
    assert answer.status_code == 400
    assert answer.json()["detail"] == detail


async def test_broken_json_and_unknown_paths_are_problems_too(web: Web) -> None:
    browser = await web.signed_in(Role.TAKER)
    broken = await browser.post("/akun/isian", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["status"]) == (400, 400)
    assert (await browser.get("/akun/tidak-ada")).json()["title"] == TITLES[404]
    assert (await browser.delete("/akun/isian")).json()["title"] == TITLES[405]


async def test_english_readers_get_english_where_the_catalogue_has_it() -> None:
    problems = Problems(shipped_words(), None)
    said = problems.of(RuleBroken("Kalimat yang tidak ada di katalog {x}.", x=3), "en")
    assert said.detail == "Kalimat yang tidak ada di katalog 3.", "never a code, never nothing"


@pytest.mark.parametrize(
    ("headers", "navigates"),
    [
        ({b"sec-fetch-mode": b"navigate"}, True),
        ({b"sec-fetch-mode": b"cors", b"accept": b"text/html"}, False),
        ({b"accept": b"text/html,application/xhtml+xml"}, True),
        ({b"accept": b"text/html"}, False),
        ({b"hx-request": b"true", b"accept": b"text/html,application/xhtml+xml"}, False),
        ({}, False),
    ],
)
def test_only_somebody_who_waits_for_a_page_gets_one(headers: dict[bytes, bytes], navigates: bool) -> None:
    assert is_navigation(headers) is navigates
