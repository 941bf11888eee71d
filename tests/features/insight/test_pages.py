"""The report page and its files, as the head of the office and a call taker get them."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from siaga import clock
from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.domain.incident import Incident
from siaga.domain.roles import Role
from siaga.features.insight.history import apply_import, read_register
from siaga.records.archive import Transaction
from siaga.settings import Settings
from tests.a_web_process import Web, open_web
from tests.features.insight import first_months

PERIOD = "dari=2018-10-29&sampai=2018-12-11"
PUBLISHED = [14, 2, 9, 9, 6, 19, 2, 50]


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Settings.from_env({}).city)


@pytest.fixture
async def web(postgres_dsn: str, tmp_path: Path, city: City) -> AsyncIterator[Web]:
    async with open_web(postgres_dsn, tmp_path, city=city) as opened:
        register = read_register(
            list(enumerate(first_months.rows(), start=1)), city=opened.city, finder=None, now=clock.now()
        )
        assert register is not None
        await apply_import(
            opened.archive, opened.city, register.good, file="r.csv", by="dkis", now=clock.now()
        )
        yield opened


def rows_of(page: str, table: str) -> dict[str, list[str]]:
    """The cells of a table by the name of their row."""
    found = re.search(rf'<table[^>]*id="table-{table}".*?<tbody[^>]*>(.*?)</tbody>', page, re.S)
    assert found is not None
    rows = {}
    for row in re.findall(r"<tr.*?</tr>", found[1], re.S):
        name, *cells = [
            " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", "", cell, flags=re.S).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        rows.setdefault(
            name, [cell for cell in cells if cell]
        )  # a kelurahan may be called like its kecamatan
    return rows


async def get(browser: httpx.AsyncClient, address: str) -> str:
    answer = await browser.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_circle_sees_the_published_statistics(web: Web) -> None:
    head = await web.signed_in(Role.HEAD, in_circle=True)

    groups = rows_of(await get(head, f"/laporan?{PERIOD}"), "kelompok")

    assert [int(cells[0]) for cells in groups.values()] == PUBLISHED
    assert groups["Kebakaran"] == ["14", "7,7–23,5", "0"]


async def test_outside_the_circle_a_protected_group_is_hidden_and_not_zero(web: Web) -> None:
    head = await web.signed_in(Role.HEAD)

    page = await get(head, f"/laporan?{PERIOD}")

    groups = rows_of(page, "kelompok")
    assert groups["Kekerasan perempuan dan anak"] == ["tersembunyi"]
    assert rows_of(page, "jenis")["Kekerasan perempuan dan anak"] == ["tersembunyi"]
    assert '<b class="number">109</b>' in page
    assert "kasus terlindung tidak termasuk" in page
    assert "111" not in page


async def test_the_areas_add_up_and_the_bars_begin_at_zero(web: Web, city: City) -> None:
    head = await web.signed_in(Role.HEAD, in_circle=True)

    page = await get(head, f"/laporan?{PERIOD}")

    areas = rows_of(page, "wilayah")
    districts = [areas[name][0] for name in city.kecamatan_names.values()]
    assert sum(map(int, districts)) + int(areas["Lokasi belum diketahui atau di luar wilayah"][0]) == 111
    bars = re.findall(r'class="report-bar-count" x="0" y="2" width="([\d.]+)"', page)
    assert all(0 < float(width) <= 100 for width in bars)
    drawing = page.split('class="report-chart"', 1)[1].split("</svg>", 1)[0]
    columns = re.findall(
        r'class="report-bar-count" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', drawing
    )
    assert len(columns) == 44
    assert {round(float(y) + float(height)) for y, height in columns} == {164}


async def test_small_numbers_are_said_to_be_small_and_nothing_is_said_to_be_nothing(web: Web) -> None:
    head = await web.signed_in(Role.HEAD)

    few = await get(head, "/laporan?dari=2018-10-29&sampai=2018-10-30")
    nothing = await get(head, "/laporan?periode=hari-ini")

    assert "perubahan bisa kebetulan" in few
    assert "Belum ada kejadian pada periode ini." in nothing
    assert "Belum ada panggilan pada periode ini." in nothing


@pytest.mark.parametrize("address", ["/laporan", "/laporan/kejadian", "/laporan/kecepatan"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "periode=hari-ini",
        "periode=7-hari",
        "periode=bulan-ini",
        "periode=naga",
        PERIOD,
        "dari=2020-01-01",
    ],
)
async def test_every_period_is_shown(web: Web, address: str, query: str) -> None:
    head = await web.signed_in(Role.HEAD)

    assert "<table" in await get(head, f"{address}?{query}")


async def test_a_mistyped_day_is_said_and_the_usual_period_shown(web: Web) -> None:
    head = await web.signed_in(Role.HEAD)

    wrong = await get(head, "/laporan?dari=2018-12-11&sampai=2018-10-29")
    nonsense = await get(head, "/laporan?dari=%3Cscript%3E")

    assert "Tanggal akhir lebih awal daripada tanggal mulai." in wrong
    assert 'value="2018-12-11"' in wrong
    assert "Masalah:" in wrong
    assert "Tanggal tidak terbaca" in nonsense
    assert "<script>" not in nonsense.split("<main", 1)[1]


async def test_the_panels_follow_the_journal_with_the_same_period(web: Web) -> None:
    head = await web.signed_in(Role.HEAD)

    page = await get(head, f"/laporan?{PERIOD}")

    query = "periode=pilih&amp;dari=2018-10-29&amp;sampai=2018-12-11"
    assert f'data-url="/laporan/kejadian?{query}" data-topics="incidents history"' in page
    assert 'data-topics="calls assignments incidents"' in page


async def test_the_page_speaks_english(web: Web) -> None:
    head = await web.signed_in(Role.HEAD, in_circle=True)
    head.cookies.set("siaga_lang", "en")

    page = await get(head, f"/laporan?{PERIOD}")

    assert rows_of(page, "kelompok")["Fire"] == ["14", "7.7–23.5", "0"]
    assert "29 Oct 2018" in page
    assert "Report groups" in page


async def test_who_may_not_see_reports_gets_none(web: Web) -> None:
    agency = await web.signed_in(Role.AGENCY, agency="damkar")

    for address in (
        "/laporan",
        "/laporan/kejadian",
        "/laporan/kecepatan",
        "/laporan/unduh.xlsx",
        "/laporan/unduh.csv",
    ):
        assert (await agency.get(address)).status_code == 403
        assert (await web.browser().get(address)).status_code == 401


async def test_the_workbook_holds_every_table_with_typed_cells(web: Web) -> None:
    head = await web.signed_in(Role.HEAD, in_circle=True)

    answer = await head.get(f"/laporan/unduh.xlsx?{PERIOD}")

    book = load_workbook(io.BytesIO(answer.content))
    groups = [[cell.value for cell in row] for row in book["Kelompok laporan"].iter_rows()]
    assert (
        answer.headers["content-disposition"]
        == 'attachment; filename="laporan-112-2018-10-29-2018-12-11.xlsx"'
    )
    assert book.sheetnames == ["Kelompok laporan", "Jenis kejadian", "Kecamatan dan kelurahan", "Waktu",
                               "Jenis panggilan", "Kecepatan", "Keterangan"]  # fmt: skip
    assert groups[0] == [
        "Kelompok laporan",
        "Kode",
        "Jumlah",
        "Rentang 95 % dari",
        "Rentang 95 % sampai",
        "Periode sebelumnya",
    ]
    assert groups[1] == ["Kebakaran", "kebakaran", 14, 7.7, 23.5, 0]
    assert [row[2] for row in groups[1:]] == PUBLISHED
    assert book["Kelompok laporan"].freeze_panes == "A2"
    assert sum(int(str(row[1].value)) for row in list(book["Waktu"].iter_rows())[1:]) == 111


async def test_a_table_as_csv_hides_what_the_screen_hides(web: Web) -> None:
    head = await web.signed_in(Role.HEAD)

    answer = await head.get(f"/laporan/unduh.csv?tabel=kelompok&{PERIOD}")

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[1] == "Kebakaran,kebakaran,14,7.7,23.5,0"
    assert lines[2] == "Kekerasan perempuan dan anak,kekerasan,tersembunyi,,,"
    assert (await head.get(f"/laporan/unduh.csv?tabel=naga&{PERIOD}")).status_code in (400, 422)
    assert (await head.get("/laporan/unduh.xlsx?dari=kemarin")).status_code == 409


async def test_demo_incidents_count_only_in_a_demo(postgres_dsn: str, tmp_path: Path, city: City) -> None:
    for demo, shown in ((False, "0"), (True, "1")):
        async with open_web(postgres_dsn, tmp_path, city=city, demo=demo) as web:
            register = read_register(
                [(1, ("tanggal", "jenis")), (2, ("29/10/2018", "kebakaran"))],
                city=web.city,
                finder=None,
                now=clock.now(),
            )
            assert register is not None
            await apply_import(web.archive, web.city, register.good, file="r", by="dkis", now=clock.now())
            incident = await web.archive.value("select id from incident where city_id = $1")
            await web.archive.do(mark_demo, incident=incident)
            head = await web.signed_in(Role.HEAD)

            page = await get(head, f"/laporan?{PERIOD}")

            assert rows_of(page, "kelompok")["Kebakaran"][0] == shown
            assert ("1 CONTOH tidak dihitung" in page) is not demo


async def mark_demo(tx: Transaction, *, incident: str) -> None:
    tx.put(replace(await tx.get(Incident, incident), demo=True))
