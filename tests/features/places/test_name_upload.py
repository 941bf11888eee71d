"""A list of names comes in through the page: looked at, kept, suggested, taken back."""

from __future__ import annotations

import html
import re

import httpx

from siaga.adapters.exchange.name_file import names_as_text, read_name_file
from siaga.adapters.exchange.writing import make_workbook
from siaga.domain.known_place import PlaceImport, PlaceName
from siaga.domain.roles import Role
from tests.a_city import CITY
from tests.a_web_process import Web
from tests.features.scenes import FORM, page
from tests.room import Room

HERE = "/pengawas/nama-tempat"
ROWS = [
    ("Nama", "Jenis", "Kelurahan", "Lat", "Lon", "Alias"),
    ("Warung Bu <i>Siti", "warung", "Utara", -6.99, 110.0, "=warung siti;Wr. Siti"),
    ("Tugu", "", "Antah", "", "", ""),
]


async def give(browser: httpx.AsyncClient, data: bytes) -> httpx.Response:
    return await browser.post(f"{HERE}/berkas", files={"file": ("nama.xlsx", data)}, headers=FORM)


async def test_a_list_is_looked_at_kept_and_taken_back(web: Web, room: Room) -> None:
    boss, taker = await web.signed_in(Role.SUPERVISOR), await web.signed_in(Role.TAKER)
    data = make_workbook([("Daftar", ROWS)])
    assert (await give(taker, data)).status_code == 403
    looked = await give(boss, data)
    assert looked.status_code == 200
    assert "1 nama siap, 1 baris salah" in looked.text
    assert "Baris 3: Kelurahan “Antah” tidak ada di kota ini." in looked.text
    assert await room.all(PlaceImport) == []

    content = html.unescape(re.findall(r'<textarea name="content" hidden>([^<]*)</textarea>', looked.text)[0])
    parts = {"name": (None, "nama.xlsx"), "content": (None, content)}
    kept = await boss.post(f"{HERE}/berkas/simpan", files=parts, headers=FORM)
    assert kept.status_code == 303
    (known,) = await room.all(PlaceName)
    assert (known.name, known.aliases) == ("Warung Bu <i>Siti", ("=warung siti", "Wr. Siti"))
    (batch,) = await room.all(PlaceImport)
    assert "Warung Bu" not in await page(boss, HERE), "a list is no page"
    assert "Batalkan impor" in await page(boss, HERE)

    address = f"{HERE}/impor/{batch.id}/batal"
    assert (await taker.post(address, headers=FORM)).status_code == 403
    assert (await boss.post(address, headers=FORM)).status_code == 303
    assert await room.all(PlaceName) == []
    assert (await boss.post(address, headers=FORM)).status_code == 409
    for wrong, said in ((b"", "kosong"), (b"a;b\n1;2", "Judul kolom"), (b"PK\x03\x04", "rusak")):
        refused = await give(boss, wrong)
        assert (refused.status_code, said in refused.text) == (422, True)


def test_what_the_page_carries_means_what_the_file_said() -> None:
    name = PlaceName(
        id="b-000000", batch="b", name='Jl. "Mawar"; lama', kind="jalan", lat=-6.99, lon=110.0,
        kelurahan="99.01.01.1001", aliases=("By Pass", "=1+1"), note="satu, arah", verified=False,
    )  # fmt: skip
    bare = PlaceName(id="b-000001", batch="b", name="Tugu", kind="patokan", verified=True)
    again = read_name_file(names_as_text([name, bare]).encode(), CITY, "b")
    assert again.good == (name, bare)
