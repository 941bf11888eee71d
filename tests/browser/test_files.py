"""Files given through pages: a real browser chooses them, sends the token before them, and shows what they would do."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from siaga.adapters.exchange.writing import make_workbook
from tests.browser.screens import violations
from tests.walk.house import House
from tests.walk.people import SignIn, picture

pytestmark = pytest.mark.browser

NAMES = [
    ("Nama", "Jenis", "Lat", "Lon", "Warna"),
    ("Warung Pojok Uji", "warung", -6.71, 108.55, "merah"),
    ("Salah", "warung", 52.5, 13.4, ""),
]
FACTS = [
    ("Macam", "Isi", "Tempat", "Koordinat", "Pemilik"),
    ("Bahaya", "Tabung gas di belakang toko", "Pasar Uji", "-6.7121, 108.5481", "Damkar"),
]


def give(page: Page, file: dict[str, Any]) -> None:
    page.locator("#file").set_input_files(file)  # type: ignore[arg-type]
    page.locator("form:has(#file) button[type=submit]").click()


def workbook(name: str, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": name, "mimeType": kind, "buffer": make_workbook([("Daftar", rows)])}


def test_a_table_goes_out_is_edited_comes_back_and_is_kept(house: House, sign_in: SignIn) -> None:
    boss = sign_in("pengawas")
    boss.goto("/atur/rencana")
    picture(boss, "plans, table")
    with boss.expect_download() as coming:
        boss.get_by_role("link", name="Excel").click()
    book = load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
    assert book["Rencana"]["A2"].value
    book["Rencana"]["C2"] = 9
    book["Rencana"]["C3"] = 4
    type = str(book["Rencana"]["A3"].value)
    stream = io.BytesIO()
    book.save(stream)
    give(boss, {**workbook("rencana.xlsx", []), "buffer": stream.getvalue()})
    expect(boss.locator("main").get_by_role("status")).to_contain_text("1 rencana berubah")
    expect(boss.locator("main")).to_contain_text("prioritas “9” harus 1 sampai 4.")
    picture(boss, "plans, preview")
    assert violations(boss) == []
    boss.get_by_role("button", name="Simpan 1 rencana sebagai versi baru").press("Enter")
    boss.wait_for_url("**/atur/rencana?jenis=*")
    assert house.rows("select type, source from plan_edition") == [{"type": type, "source": "rencana.xlsx"}]
    expect(boss.locator("main")).to_contain_text("belum disetujui")

    give(boss, {"name": "x.toml", "mimeType": "text/plain", "buffer": b"x = ["})
    summary = boss.locator("[data-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(boss.locator("#file")).to_be_focused()
    expect(boss).to_have_title(re.compile("^Masalah: "))
    assert violations(boss) == []


def test_places_and_names_come_in_as_files(house: House, sign_in: SignIn) -> None:
    boss = sign_in("pengawas")
    boss.goto("/pengawas/nama-tempat")
    give(boss, workbook("nama.xlsx", NAMES))
    expect(boss.locator("main").get_by_role("status")).to_contain_text("1 nama siap, 1 baris salah")
    picture(boss, "names, preview")
    assert violations(boss) == []
    boss.get_by_role("button", name="Simpan 1 nama").click()
    expect(boss.get_by_role("button", name="Batalkan impor")).to_be_visible()
    picture(boss, "names, kept")
    boss.get_by_role("button", name="Batalkan impor").click()
    expect(boss.locator("main")).to_contain_text("dibatalkan")

    boss.goto("/atur/tempat")
    give(boss, workbook("bahaya.xlsx", FACTS))
    expect(boss.locator("main").get_by_role("status")).to_contain_text("1 baris siap, 0 baris salah")
    expect(boss.get_by_role("button", name="Simpan 1 baris")).to_be_in_viewport()
    picture(boss, "places, preview")
    assert violations(boss) == []
    boss.get_by_role("button", name="Simpan 1 baris").click()
    expect(boss.locator("main")).to_contain_text("Tabung gas di belakang toko")
