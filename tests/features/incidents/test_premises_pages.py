"""/atur/tempat, the sheet's *Riwayat lokasi*, the incident's page and the agency's card."""

from __future__ import annotations

import html
import re

import httpx

from siaga.adapters.exchange.writing import make_workbook
from siaga.domain.event import PersonalDataRead
from siaga.domain.place import Place
from siaga.domain.roles import Role
from siaga.features.incidents.actions import Report
from tests.a_web_process import Web
from tests.features.scenes import FORM, page, seen
from tests.room import FIRE, Room

POINT = {"lat": "-6.712", "lon": "108.548"}
GAS = {
    "kind": "hazard", "text": "Tabung gas di gudang", "where": "Jl. Contoh 3", "point": "-6.712, 108.548",
    "radius_m": "40", "owner": "damkar", "days": "365",
}  # fmt: skip
TABLE = (
    "macam\tisi\ttempat\tkoordinat\tpemilik\thari\n"
    "Bahaya\tAtap rapuh\tPasar lama\t-6.7121, 108.5481\tDamkar\t\n"
    "Akses\tGerbang utara digembok\tPasar lama\t-6,7121; 108,5481\tpolres\t90\n"
)


async def test_a_fact_is_kept_and_stands_first_on_the_sheet_the_incident_and_the_card(
    web: Web, room: Room
) -> None:
    taker = await web.signed_in(Role.TAKER)
    wrong = await taker.post("/atur/tempat", data={**GAS, "point": "di sana"}, headers=FORM)
    assert wrong.status_code == 409
    assert "Tabung gas di gudang" in wrong.text, "what was typed comes back"
    assert (await taker.post("/atur/tempat", data=GAS, headers=FORM)).status_code == 303
    assert "Tabung gas di gudang" in await page(taker, "/atur/tempat?cari=gudang")
    assert "Tidak ada yang cocok" in await page(taker, "/atur/tempat?cari=pelabuhan")
    place = Place(
        text="Jl. Contoh 3", lat=-6.712, lon=108.548, kelurahan="32.74.05.1001", kecamatan="32.74.05"
    )
    burning = await room.opens(report=Report(type=FIRE.type, place=place))
    await room.opens(report=Report(type="kekerasan.anak", place=place))
    await room.follow()
    text = seen(await page(taker, f"/meja/riwayat?lat={POINT['lat']}&lon={POINT['lon']}"))
    assert "▲ Tabung gas di gudang Damkar" in text
    assert "1 kejadian dalam 12 bulan" in text, "a protected case leaves no trace"
    damkar = await web.signed_in(Role.AGENCY, agency="damkar")
    assert "Tabung gas di gudang" in await page(damkar, f"/kejadian/{burning}/tempat")
    assert "Tabung gas di gudang" in await page(damkar, "/opd")


async def test_an_owner_changes_reviews_and_ends_its_own_only(web: Web, room: Room) -> None:
    damkar = await web.signed_in(Role.AGENCY, agency="damkar")
    polres = await web.signed_in(Role.AGENCY, agency="polres")
    assert (await damkar.post("/atur/tempat", data=GAS, headers=FORM)).status_code == 303
    kept = re.search(r"/atur/tempat/([\w-]+)/akhiri", await page(damkar, "/atur/tempat"))
    assert kept is not None
    assert "/akhiri" not in await page(polres, "/atur/tempat"), (
        "a hazard is read by every crew, kept by its owner"
    )
    await page(polres, f"/atur/tempat?ubah={kept[1]}", 404)
    assert 'value="Tabung gas di gudang"' in await page(damkar, f"/atur/tempat?ubah={kept[1]}")
    changed = {**GAS, "premises": kept[1], "text": "Gudang kosong", "kind": "note"}
    assert (await damkar.post("/atur/tempat", data=changed, headers=FORM)).status_code == 303
    assert (await polres.post(f"/atur/tempat/{kept[1]}/akhiri", headers=FORM)).status_code == 403
    assert (
        await damkar.post(f"/atur/tempat/{kept[1]}/tinjau", data={"days": "30"}, headers=FORM)
    ).status_code == 303
    assert (await damkar.post(f"/atur/tempat/{kept[1]}/akhiri", headers=FORM)).status_code == 303
    assert "Gudang kosong" not in await page(damkar, "/atur/tempat")


async def paste(browser: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    """As the page sends it: the token first, every field a part of its own."""
    token = browser.headers.pop("x-csrftoken")
    try:
        parts = {name: (None, value) for name, value in {"_csrf_token": token, **form}.items()}
        return await browser.post("/atur/tempat/tempel", files=parts, headers=FORM)
    finally:
        browser.headers["x-csrftoken"] = token


async def test_a_pasted_table_is_looked_at_before_it_is_kept(web: Web, room: Room) -> None:
    taker = await web.signed_in(Role.TAKER)
    wrong = {"rows": TABLE + f"Gosip\tx\ty\t0, 0\tDamkar\t\nBahaya\t{'x' * 201}\ty\t-6.99, 110\tDamkar\t\n"}
    shown = await paste(taker, wrong)
    assert "2 baris siap, 2 baris salah" in shown.text
    assert "Baris 4" in shown.text
    assert "Baris 5: Catatan terlalu panjang" in shown.text, "as it would be refused when it is kept"
    assert "Simpan 2 baris" not in shown.text
    shown = await paste(taker, {"rows": TABLE})
    assert "Simpan 2 baris" in shown.text
    assert "Atap rapuh" not in await page(taker, "/atur/tempat")
    kept = await paste(taker, {"rows": TABLE, "keep": "1"})
    assert kept.status_code == 303
    text = await page(taker, "/atur/tempat")
    assert "Atap rapuh" in text
    assert "Gerbang utara digembok" in text
    assert "tidak ada" in (await paste(taker, {"rows": "a;b\n1;2"})).text


async def test_a_register_is_looked_at_and_kept_as_a_file(web: Web, room: Room) -> None:
    taker = await web.signed_in(Role.TAKER)
    rows = [
        ("REGISTER BAHAYA KOTA CONTOH",),
        ("Macam", "Isi", "Tempat", "Lintang", "Bujur", "Radius", "Pemilik", "Hari"),
        ("Bahaya", '=cmd|"gas"', "Gudang <b>Utara", -6.99, 110.0, 50.0, "Damkar", 30.0),
        ("Bahaya", "x", "Gudang", -6.99, 110.0, 50.0, "Siapa", ""),
    ]

    async def give(data: bytes) -> httpx.Response:
        return await taker.post("/atur/tempat/berkas", files={"file": ("d.xlsx", data)}, headers=FORM)

    looked = await give(make_workbook([("Daftar", rows)]))
    assert "1 baris siap, 1 baris salah" in looked.text
    assert "Baris 4: Pemilik Siapa tidak ada" in looked.text
    looked = await give(make_workbook([("Daftar", rows[:3])]))
    assert "<b>Utara" not in looked.text
    carried = html.unescape(re.findall(r'<textarea name="rows" hidden>([^<]*)</textarea>', looked.text)[0])
    assert (await paste(taker, {"rows": carried, "keep": "1"})).status_code == 303
    assert "=cmd|&#34;gas&#34;" in await page(taker, "/atur/tempat")
    for data, said in ((b"", "kosong"), (b"PK\x03\x04x", "rusak"), (b"a,b\n1,2\n", "Kolom macam")):
        refused = await give(data)
        assert refused.status_code == 422
        assert said in refused.text
    viewer = await web.signed_in(Role.WALL)
    assert (
        await viewer.post("/atur/tempat/berkas", files={"file": ("d", b"x")}, headers=FORM)
    ).status_code == 403


async def test_a_fact_about_a_person_is_opened_for_a_recorded_reason(web: Web, room: Room) -> None:
    boss = await web.signed_in(Role.SUPERVISOR)
    taker = await web.signed_in(Role.TAKER)
    person = {**GAS, "text": "Penghuni memukul petugas", "about_person": "1", "owner": "polres"}
    assert (await boss.post("/atur/tempat", data=person, headers=FORM)).status_code == 409, "no legal basis"
    given = {**person, "legal_basis": "UU 2/2002 pasal 14"}
    assert (await taker.post("/atur/tempat", data=given, headers=FORM)).status_code == 403
    assert (await boss.post("/atur/tempat", data=given, headers=FORM)).status_code == 303
    near = f"/meja/riwayat?lat={POINT['lat']}&lon={POINT['lon']}"
    for browser in (boss, taker):
        for address in ("/atur/tempat", near):
            assert "memukul" not in await page(browser, address)
    assert "catatan tentang orang" not in await page(taker, near)
    read = re.search(r"/atur/tempat/[\w-]+/baca", await page(boss, near))
    assert read is not None
    assert (await taker.post(read[0], data={"reason": "ingin tahu"}, headers=FORM)).status_code == 403
    assert "memukul" in (await boss.post(read[0], data={"reason": "petugas di jalan"}, headers=FORM)).text
    told = [one.event for one in await room.archive.read(0) if isinstance(one.event, PersonalDataRead)]
    assert [one.reason for one in told] == ["petugas di jalan"]
