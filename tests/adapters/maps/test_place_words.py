from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.adapters.maps.coordinates import find_link, find_point
from siaga.adapters.maps.measured_words import find_bearing, find_kilometre
from siaga.adapters.maps.place_words import Relation, taken_apart
from siaga.adapters.maps.plus_codes import code_of, find_code, nearest_of, point_of, prefixes_of
from siaga.adapters.maps.spoken_names import comparable, without_titles

WORDS = st.sampled_from([
    "jl", "jalan", "gg", "gang", "masjid", "agung", "depan", "seberang", "belakang", "dekat", "perempatan", "simpang",
    "antara", "dan", "rt", "rw", "3", "03/05", "no", "12", "kel", "utara", "km", "207+400", "arah", "laut", "2", "mil",
    "-6.73,108.55", "7H92+6W", ",", ";", "(", ")", "https://maps.app.goo.gl/x", "blok", "c3", "dr", "h",
])  # fmt: skip


def parts(text: str) -> list[tuple[str, Relation | None]]:
    return [(part.words, part.relation) for part in taken_apart(text).parts]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("depan masjid At-Taqwa, Jl. Kartini", [("masjid at-taqwa", Relation.FRONT), ("jl. kartini", None)]),
        ("di seberang mal jl cipto no 3", [("mal", Relation.OPPOSITE), ("jl cipto", None)]),
        (
            "perempatan kartini - siliwangi",
            [("kartini", Relation.JUNCTION), ("siliwangi", Relation.JUNCTION)],
        ),
        (
            "antara masjid agung dan pasar pagi",
            [("masjid agung", Relation.BETWEEN), ("pasar pagi", Relation.BETWEEN)],
        ),
        ("gang belakang pasar", [("gang belakang pasar", None)]),  # a name, not a place behind one
        ("kebon baru utara", [("kebon baru utara", None)]),
        ("melati dekat warung", [("melati", None)]),  # every street has one
        ("arah terminal", [("terminal", Relation.TOWARDS)]),
        ("Pasar Pagi lantai 2", [("pasar pagi", None)]),
        ("dekat", [("dekat", None)]),  # she is still typing
    ],
)
def test_what_was_named_and_how_it_lies_to_it(text: str, meant: list[tuple[str, Relation | None]]):
    assert parts(text) == meant


@pytest.mark.parametrize(
    ("text", "rt_rw"),
    [("RT3/5", "3/5"), ("rt 003 rw 005", "3/5"), ("rt03rw05", "3/5"), ("RW 05 RT 03", "3/5"), ("RT. 7", "7"),
     ("rw 4", "-/4"), ("jl melati no 12", ""), ("rt 3 5 orang", "3")],
)  # fmt: skip
def test_the_neighbourhood_is_heard_in_any_order(text: str, rt_rw: str):
    assert taken_apart(text).rt_rw == rt_rw


def test_areas_are_parts_of_their_own():
    spoken = taken_apart("gg buntu kel. Kebon Baru kec bawah rt 1")
    assert (spoken.kelurahan, spoken.kecamatan) == ("kebon baru", "bawah")
    assert taken_apart("jalan desa lama").kelurahan == ""  # a street


@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=14).map(" ".join)))
def test_no_text_is_too_strange_and_no_word_is_lost(text: str):
    spoken = taken_apart(text)
    assert spoken.said == " ".join(text[:1000].split())
    for part in spoken.parts:
        assert 0 <= part.whole_start <= part.start < part.end <= len(spoken.said)
        assert spoken.with_name(part, spoken.said[part.start : part.end]) == spoken.said
        assert spoken.said[part.start : part.end].lower() == part.words
    find_link(spoken.said), find_point(spoken.said), find_code(spoken.said)
    find_kilometre(spoken.said), find_bearing(spoken.said)


@pytest.mark.parametrize(
    "text",
    [
        "-6.72050, 108.55710", "108.55710 -6.72050", "6°43'13.8\"S 108°33'25.56\"E", "S 6°43'13.8\" E 108°33'25.56\"",
        "6 derajat 43 menit 13,8 detik LS 108 derajat 33 menit 25,56 detik BT",
    ],
)  # fmt: skip
def test_coordinates_as_people_write_and_say_them(text: str):
    point = find_point(text)
    assert point is not None
    assert (round(point.lat, 4), round(point.lon, 4)) == (-6.7205, 108.5571)


@pytest.mark.parametrize("text", ["12.30 wib", "3,5 juta", "jl a yani 12.30", "1.5 2.5.7 x"])
def test_other_numbers_are_no_coordinates(text: str):
    assert find_point(text) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/maps/place/X/@-6.9,108.9,17z/data=!3m1!4b1!3d-6.7205!4d108.5571",
        "https://maps.google.com/maps?q=-6.7205%2C108.5571&z=17&hl=id",  # WhatsApp
        "https://www.google.com/maps/search/-6.7205,+108.5571",
        "https://www.openstreetmap.org/?mlat=-6.7205&mlon=108.5571#map=15/-6.9/108.9",
        "https://www.openstreetmap.org/#map=19/-6.7205/108.5571",
        "https://maps.apple.com/?ll=-6.7205,108.5571",
        "geo:-6.7205,108.5571?z=19",
    ],
)
def test_links_are_read_without_asking_anybody(link: str):
    found = find_link(f"lokasi {link} cepat")
    assert found is not None
    assert found.point is not None
    assert (found.point.lat, found.point.lon) == (-6.7205, 108.5571)


def test_a_short_link_is_said_to_be_one():
    found = find_link("https://maps.app.goo.gl/Ab12")
    assert found is not None
    assert found.is_short
    named = find_link("https://maps.google.com/?q=Masjid+Agung")
    assert named is not None
    assert (named.name, named.point) == ("Masjid Agung", None)
    assert find_link("jl melati") is None


@given(st.floats(-80, 80), st.floats(-179, 179))
def test_a_plus_code_leads_back_to_where_it_was_made(lat: float, lon: float):
    code = code_of(lat, lon)
    found = find_code(f"kode {code.lower()} depan")
    assert found is not None
    assert found.readings() == [code]
    point = point_of(code)
    assert point is not None
    assert abs(point[0] - lat) < 1e-4
    assert nearest_of(code[4:], lat, lon) == code


def test_a_misheard_plus_code_is_explained_and_read_as_what_it_may_have_been():
    found = find_code("7I92+6W")
    assert found is not None
    assert found.wrong == (("I", 2),)
    assert found.readings() == ["7J92+6W", "7992+6W"]
    assert find_code("2024+10") is None
    assert prefixes_of([(-6.7, 108.5), (-6.8, 108.6)]) == ("6P5C",)


@pytest.mark.parametrize(
    ("text", "km", "towards", "side"),
    [("tol palikanci KM 207+400 arah Jakarta", 207.4, "Jakarta", ""), ("km 58 + 6 jalur a", 58.6, "", "A"),
     ("Km.12,5", 12.5, "", "")],
)  # fmt: skip
def test_kilometre_posts(text: str, km: float, towards: str, side: str):
    found = find_kilometre(text)
    assert found is not None
    assert (found.km, found.towards, found.side) == (km, towards, side)


def test_so_far_in_a_direction():
    found = find_bearing("laut 2 mil utara pelabuhan")
    assert found is not None
    assert (found.metres, found.degrees, found.place) == (3704.0, 0.0, "pelabuhan")
    other = find_bearing("setengah km sebelah timur laut pasar")
    assert other is not None
    assert (other.metres, other.degrees) == (500.0, 45.0)
    assert find_bearing("2 km utara") is None


def test_names_are_compared_without_what_people_leave_out():
    assert without_titles(comparable("Jl. Dr. H. Cipto Mangunkusumo")) == "cipto mangunkusumo"
    assert without_titles(comparable("Jalan Raya")) == "raya"
    assert comparable("Jalan Mayor Jenderal Sutoyo") == comparable("jl mayjen sutoyo")
    assert comparable("Jalan M.T. Haryono") == comparable("mt haryono")
    assert comparable("Gang Pramuka III") == comparable("gg pramuka 3")
