from __future__ import annotations

from itertools import count

from siaga.domain.known_place import PlaceName
from siaga.features.places.name_table import NameTable, read_names
from tests.a_city import CITY

Row = tuple[int, tuple[object, ...]]


def table(*lines: tuple[object, ...]) -> NameTable | None:
    rows: list[Row] = [(at, cells) for at, cells in enumerate(lines, start=1)]
    numbers = count(1)
    return read_names(rows, city=CITY, batch="b", make_id=lambda: f"b-{next(numbers)}")


def read(*lines: tuple[object, ...]) -> NameTable:
    found = table(*lines)
    assert found is not None
    return found


def test_indonesian_and_english_headings_below_a_title_mean_the_same():
    indonesian = read(
        ("DAFTAR NAMA TEMPAT KOTA CONTOH",),
        ("Nama", "Jenis", "Kelurahan", "Lintang", "Bujur", "Nama lain", "Catatan"),
        ("Jl. Mawar", "", "Kel. Utara", "-6,99", "110,0", "By Pass; Mawar Besar", "satu arah"),
    )
    english = read(
        ("name", "type", "village", "lat", "lon", "aliases", "note"),
        ("Jl. Mawar", "street", "99.01.01.1001", -6.99, 110.0, "By Pass|Mawar Besar", "satu arah"),
    )
    expected = PlaceName(
        id="b-1", batch="b", name="Jl. Mawar", kind="jalan", lat=-6.99, lon=110.0, kelurahan="99.01.01.1001",
        aliases=("By Pass", "Mawar Besar"), note="satu arah", verified=True,
    )  # fmt: skip
    assert indonesian.good == english.good == (expected,)
    assert indonesian.by_kind == {"jalan": 1}


def test_one_column_of_coordinates_in_either_order_is_enough():
    found = read(
        ("Nama", "Koordinat"), ("Tugu", "-6.99, 110.0"), ("Tugu Dua", "110.0 , -6.99"), ("Tanpa", None)
    )
    assert [(one.lat, one.lon) for one in found.good] == [(-6.99, 110.0), (-6.99, 110.0), (None, None)]
    assert found.without_point == 1


def test_a_row_that_cannot_be_taken_says_why_and_where():
    found = read(
        ("nama", "kelurahan", "lat", "lon", "warna"),
        ("Tugu", "Antah", None, None, "merah"),
        ("", "Utara", None, None, ""),
        ("Jauh", "", "52.5", "13.4", ""),
        ("Huruf", "", "abc", "13.4", ""),
        ("Benar", "Selatan", None, None, ""),
        ("BENAR", "selatan", None, None, ""),
    )
    assert [(row.row, row.mistakes[0].column) for row in found.wrong] == [(2, 1), (3, 0), (4, 2), (5, 2)]
    assert [one.name for one in found.good] == ["Benar"]
    assert (found.repeated, found.unknown) == (1, ("warna",))


def test_what_has_no_headings_is_no_list_of_names():
    assert table(("a", "b"), ("c", "d")) is None
    assert table(("nama",), ("saja",)) is None
    assert table() is None
