"""Rows of registers become incidents of the past, or are handed back with the reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.domain.incident import Outcome
from siaga.domain.place import Place, PlaceMethod
from siaga.features.insight.columns import find_columns
from siaga.features.insight.history import Register, read_register
from siaga.features.insight.register import PastIncident, WrongRow
from siaga.settings import Settings
from tests.features.insight import first_months

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
HEADINGS = (
    "received_at",
    "type",
    "place",
    "kelurahan",
    "kecamatan",
    "lat",
    "lon",
    "agency",
    "outcome",
    "priority",
    "notes",
)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Settings.from_env({}).city)


class OneVillage:
    """Every point lies in the first kelurahan, but for those south of 7 degrees."""

    def __init__(self, city: City) -> None:
        self._home = city.kelurahan[0]

    @property
    def outlined(self) -> int:
        return 1

    def locate(self, lat: float, lon: float, *, text: str = "", accuracy_m: float | None = None) -> Place:
        if lat < -7:
            return Place(text=text, lat=lat, lon=lon, method=PlaceMethod.OUTSIDE)
        return Place(
            text=text,
            lat=lat,
            lon=lon,
            kelurahan=self._home.code,
            kecamatan=self._home.kecamatan,
            method=PlaceMethod.POLYGON,
        )

    def suggest(self, text: str, limit: int = 5, near: Place | None = None) -> tuple[()]:
        return ()


def register(city: City, *rows: tuple[object, ...], headings: tuple[object, ...] = HEADINGS) -> Register:
    lines = [(number, row) for number, row in enumerate((headings, *rows), start=1)]
    found = read_register(lines, city=city, finder=OneVillage(city), now=NOW)
    assert found is not None
    return found


def one(city: City, **cells: object) -> PastIncident:
    row = {"received_at": "29/10/2018 14:05", "type": "kebakaran"} | cells
    found = register(city, tuple(row.values()), headings=tuple(row))
    assert not found.wrong, found.wrong[0].mistakes
    return found.good[0]


def wrong(city: City, **cells: object) -> WrongRow:
    row = {"received_at": "29/10/2018 14:05", "type": "kebakaran"} | cells
    found = register(city, tuple(row.values()), headings=tuple(row))
    assert not found.good
    return found.wrong[0]


def test_the_first_months_are_read_whole(city: City) -> None:
    rows = list(enumerate(first_months.rows(), start=1))

    found = read_register(rows, city=city, finder=None, now=NOW)

    assert found is not None
    assert not found.wrong
    sums = dict.fromkeys((group.code for group in city.report_groups), 0)
    for past in found.good:
        sums[past.type.report_group] += 1
    assert list(sums.values()) == list(first_months.PUBLISHED.values())


@pytest.mark.parametrize(
    "headings",
    [
        ("received_at", "type", "place"), ("PLACE", "Received At", "Type"),
        ("No.", "Waktu Laporan", "Jenis Kejadian", "TKP"),
        ("TANGGAL", "JAM", "KEJADIAN", "ALAMAT LENGKAP"), ("Tgl.", "Pukul", "Kategori"),
        ("Date", "Time", "Incident type"),
    ],
)  # fmt: skip
def test_headings_are_understood_in_any_order_and_case(headings: tuple[str, ...]) -> None:
    found = find_columns([("REKAP KEJADIAN",), (), headings, ("x", "y", "z")])

    assert found is not None
    assert found[0] == 2


def test_a_sheet_without_headings_is_not_a_register() -> None:
    assert find_columns([("Rekap", "2018"), ("kejadian", 12)]) is None


def test_everything_a_row_can_say(city: City) -> None:
    past = one(
        city, received_at="29/10/2018 14:05", type="Kebakaran rumah", lokasi=" Jl.  Cipto 3 ", kelurahan="kel. drajat",
        lat="-6,7339", lon="108,5573", opd="Damkar; PSC 119", hasil="Selesai", prioritas="P2", selesai="15:40",
        keterangan="Api dari dapur",
    )  # fmt: skip

    assert (past.type.code, past.priority, past.outcome) == ("kebakaran.bangunan", 2, Outcome.HANDLED)
    assert past.place == Place(
        text="Jl. Cipto 3",
        lat=-6.7339,
        lon=108.5573,
        kelurahan="32.74.05.1004",
        kecamatan="32.74.05",
        method=PlaceMethod.GIVEN,
    )
    assert past.agencies == ("damkar", "psc119")
    assert past.closed_at == datetime(2018, 10, 29, 8, 40, tzinfo=UTC)
    assert past.note == "Api dari dapur"


def test_a_point_without_a_kelurahan_is_looked_up(city: City) -> None:
    assert one(city, koordinat="-6.7123, 108.5567").place.kelurahan == city.kelurahan[0].code
    assert one(city, lat="6,71 LS", lon="108,55 BT").place.lat == -6.71
    assert one(city, lat=-7.5, lon=108.5).place.method is PlaceMethod.OUTSIDE


def test_a_vague_place_is_no_mistake(city: City) -> None:
    assert one(city).place == Place()
    assert one(city, place="dekat pasar").place == Place(text="dekat pasar")
    assert one(city, kecamatan="KEC. KESAMBI").place == Place(kecamatan="32.74.05", method=PlaceMethod.GIVEN)


def test_what_is_not_understood_is_kept_as_words_and_reported(city: City) -> None:
    found = register(
        city,
        (
            "29/10/2018",
            "kebakaran",
            "",
            "Drajad Timur",
            "",
            "",
            "",
            "Dinas Sihir & Damkar",
            "beres pokoknya",
            "gawat",
            "Asap",
        ),
    )

    past = found.good[0]
    assert past.agencies == ("damkar",)
    assert past.note.splitlines() == [
        "Asap", "Kelurahan: Drajad Timur", "Hasil: beres pokoknya", "Instansi: Dinas Sihir", "Prioritas: gawat",
    ]  # fmt: skip
    assert sorted(str(remark) for remark in found.remarks) == [
        "Hasil tidak dikenal, dicatat sebagai ditangani: “beres pokoknya”.",
        "Instansi tidak dikenal: “Dinas Sihir”.",
        "Kelurahan tidak dikenal: “Drajad Timur”.",
        "Prioritas tidak dikenal: “gawat”.",
    ]


def test_callers_names_and_numbers_are_left_out_by_name(city: City) -> None:
    found = register(
        city, ("29/10/2018", "kebakaran", "Bu Siti", "081234567890"),
        headings=("tanggal", "jenis", "Nama Pelapor", "No HP"),
    )  # fmt: skip

    assert found.columns.unknown == ("Nama Pelapor", "No HP")
    assert "Siti" not in repr(found.good)


def test_every_mistake_of_a_row_is_told_at_once_with_its_column(city: City) -> None:
    row = wrong(city, received_at="32/10/2018", type="naga", lat="abc", lon="108,5")

    assert [(mistake.column, str(mistake.refusal)) for mistake in row.mistakes] == [
        (0, "Tanggal ini tidak ada. Urutannya hari/bulan/tahun, contoh 29/10/2018."),
        (1, "Jenis “naga” tidak ada di daftar kota."),
        (2, "Koordinat tidak terbaca. Contoh: -6.7123 dan 108.5567."),
    ]
    assert row.cells == ("32/10/2018", "naga", "abc", "108,5")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"type": "kebakarn rumah"}, "Maksudnya “Kebakaran bangunan”"), ({"type": ""}, "Jenis belum diisi"),
        ({"received_at": ""}, "Tanggal belum diisi"), ({"lat": "-6.7"}, "perlu lintang dan bujur"),
        ({"lat": "108.5", "lon": "-6.7"}, "tertukar"), ({"lat": 91, "lon": 181}, "tidak masuk akal"),
        ({"selesai": "28/10/2018 14:00"}, "lebih awal"), ({"place": "x" * 501}, "terlalu panjang"),
        ({"received_at": "#REF!"}, "Tanggal tidak terbaca"), ({"lat": float("nan"), "lon": 1.0}, "tidak masuk akal"),
    ],
)  # fmt: skip
def test_what_a_person_must_mend(city: City, cells: dict[str, object], words: str) -> None:
    assert words in str(wrong(city, **cells).mistakes[0].refusal)


def test_headings_repeated_on_every_page_and_empty_rows_are_passed_over(city: City) -> None:
    row = ("29/10/2018", "kebakaran")
    found = register(city, row, (), ("tanggal", "jenis"), (None, "  "), row, headings=("tanggal", "jenis"))

    assert len(found.good) == 2
    assert not found.wrong


def test_a_formula_or_a_control_character_is_only_text(city: City) -> None:
    past = one(city, place='=HYPERLINK("http://x")\x00\x07', patokan="'=1+1")

    assert past.place.text == '=HYPERLINK("http://x")'
    assert past.landmark == "=1+1"
