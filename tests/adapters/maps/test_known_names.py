"""The finder over imported names, learnt words, kilometre posts and crossings."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.adapters.maps.osm.names import names_of
from siaga.adapters.maps.place_finder import CityPlaceFinder
from siaga.adapters.maps.street_lines import apart_m, crossing, decoded, encoded
from siaga.domain.kilometre_road import Carriageway, KilometreAnchor, KilometreRoad
from siaga.domain.known_place import LessonState, PlaceName, first_lesson
from siaga.domain.place import Place, PlaceFinder
from tests.a_city import CITY, a_city

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
ACROSS = ((-7.0, 109.99), (-7.0, 110.01))
ALONG = ((-7.01, 110.0), (-6.99, 110.0))


def a_name(name: str, kind: str = "jalan", **changes: object) -> PlaceName:
    given: dict[str, object] = {"id": name, "batch": "b", "verified": True, **changes}
    return PlaceName(name=name, kind=kind, **given)  # type: ignore[arg-type]


def a_street(name: str, line: tuple[tuple[float, float], ...]) -> PlaceName:
    middle = line[len(line) // 2]
    return a_name(name, lat=middle[0], lon=middle[1], accuracy_m=1000.0, line=encoded(line))


NAMES = (
    a_street("Jalan Cendana", ACROSS),
    a_street("Jalan Pahlawan", ALONG),
    a_name("Warung Apung", "tempat makan", lat=-7.0001, lon=109.995),
    a_name("Warung Apung", "tempat makan", lat=-6.97, lon=110.03),
    a_name("Pelabuhan Lama", "pelabuhan", lat=-6.98, lon=110.0, aliases=("Pelabuhan Ikan",)),
    a_name("Gang Sempit", "gang", lat=-7.005, lon=110.005, verified=False),
)
ROAD = KilometreRoad(
    code="tol",
    name="Tol Contoh",
    anchors=(KilometreAnchor(km=10.0, lat=-7.0, lon=109.99), KilometreAnchor(km=12.0, lat=-7.0, lon=110.01)),
    carriageways=(Carriageway(code="A", towards=("Jakarta",)), Carriageway(code="B", towards=("Semarang",))),
)
FINDER: PlaceFinder = CityPlaceFinder(a_city(kilometre_roads=(ROAD,)), names=NAMES)
CIRCLE = Place(lat=-6.97, lon=110.03, accuracy_m=300.0)


def labels(text: str, near: Place | None = None, finder: PlaceFinder = FINDER) -> list[str]:
    return [one.label for one in finder.suggest(text, 5, near)]


def test_imported_names_and_their_aliases_are_found_and_marked_when_nobody_is_sure():
    assert labels("cendna")[0] == "Jalan Cendana"
    assert labels("pelabuhan ikan")[0] == "Pelabuhan Lama"
    alley = FINDER.suggest("gg sempit")[0]
    assert alley.unverified
    assert alley.place.label == "lokasi belum pasti"
    assert alley.place.is_doubtful


def test_of_two_with_one_name_the_one_in_the_callers_circle_comes_first():
    first, second = FINDER.suggest("warung apung", 5, CIRCLE)[:2]
    assert (first.place.lat, first.away_m) == (-6.97, 0.0)
    assert second.away_m is not None
    assert second.away_m > 4000
    assert FINDER.suggest("warung apung")[0].away_m is None


def test_of_two_with_one_name_the_one_on_the_named_street_comes_first():
    first = FINDER.suggest("warung apung jl cendana")[0]
    assert (first.name, first.place.lat) == ("Warung Apung", -7.0001)
    assert first.label == "Warung Apung jl cendana"


def test_where_two_streets_cross_and_what_lies_between_two_places():
    meeting = FINDER.suggest("tabrakan di perempatan cendana dan pahlawan")[0]
    assert meeting.label == "tabrakan di perempatan Jalan Cendana dan Jalan Pahlawan"
    assert (meeting.place.lat, meeting.place.lon) == pytest.approx((-7.0, 110.0), abs=1e-4)
    assert meeting.place.accuracy_m == 30
    middle = FINDER.suggest("antara pelabuhan lama dan masjid agung")[0]
    assert middle.kind == "antara"
    assert middle.place.lat == pytest.approx(-6.985, abs=1e-3)


def test_a_kilometre_post_is_a_point_a_side_and_a_question():
    post = FINDER.suggest("tol contoh KM 11+000")[0]
    assert (post.place.lat, post.place.lon) == pytest.approx((-7.0, 110.0), abs=1e-4)
    assert "tanyakan arahnya: jalur A ke Jakarta atau jalur B ke Semarang" in post.note
    assert "jalur A" in FINDER.suggest("KM 11+000 arah jakarta")[0].note
    nowhere = FINDER.suggest("tol contoh km 99")[0]
    assert not nowhere.place.has_point
    assert "tidak ada di patok" in nowhere.note
    assert FINDER.suggest("jl cendana km 11")[0].name == "Jalan Cendana"  # an address, not a post


def test_out_at_sea_from_a_place_we_know():
    out = FINDER.suggest("laut 2 mil utara pelabuhan lama")[0]
    assert out.place.lat == pytest.approx(-6.98 + 3704 / 111_195, abs=1e-3)
    assert out.place.accuracy_m is not None
    assert out.place.accuracy_m > 1000
    assert out.label == "laut 2 mil utara Pelabuhan Lama"


def test_codes_links_and_what_cannot_be_resolved_is_said_in_words():
    from siaga.adapters.maps.plus_codes import code_of

    code = code_of(-6.99, 110.0)
    prefixes = {code_of(area.lat, area.lon)[:4] for area in CITY.kelurahan}
    full = FINDER.suggest(f"{code} depan")[0]
    assert full.place.lat == pytest.approx(-6.99, abs=1e-3)
    assert full.label == f"{code} depan"
    short = FINDER.suggest(code[4:])[0]
    assert short.place.has_point is (len(prefixes) == 1)
    assert "kode lengkap" in short.note or short.place.has_point
    helped = FINDER.suggest(f"{code[4:]} kelurahan utara")[0]
    assert helped.place.lat == pytest.approx(-6.99, abs=1e-3)
    assert "tidak bisa dibuka tanpa internet" in FINDER.suggest("https://maps.app.goo.gl/x")[0].note
    assert FINDER.suggest("https://maps.google.com/?q=Jalan+Cendana")[0].name == "Jalan Cendana"


def test_a_hasty_enter_may_only_take_what_stands_far_ahead():
    assert FINDER.suggest("jalan cendana")[0].is_sure
    assert not FINDER.suggest("warung apung")[0].is_sure


def test_words_two_takers_meant_are_proposed_and_a_rejected_lesson_is_not():
    lesson = first_lesson(
        id="l",
        words="warung bu siti",
        place="",
        lat=-7.0,
        lon=110.005,
        by="rani",
        at=NINE,
        kelurahan="99.01.01.1002",
    )
    once, _ = lesson.again(by="rani", at=NINE)
    twice, event = once.again(by="septi", at=NINE)
    base = CityPlaceFinder(CITY, names=NAMES)
    assert not once.is_used
    assert event.in_use
    assert "warung bu siti" not in labels("warung bu siti", finder=base.with_lessons([once]))
    learnt = base.with_lessons([twice]).suggest("warung bu sity")[0]
    assert (learnt.label, learnt.unverified, learnt.kind) == ("warung bu siti", True, "patokan")
    rejected, _ = twice.judged(LessonState.REJECTED, by="boss", at=NINE)
    assert "warung bu siti" not in labels("warung bu siti", finder=base.with_lessons([rejected]))
    alias = replace(twice, place="Pelabuhan Lama", words="dermaga tua", key="dermaga tua")
    confirmed, _ = alias.judged(LessonState.CONFIRMED, by="boss", at=NINE)
    found = base.with_lessons([confirmed]).suggest("dermaga tua")[0]
    assert (found.label, found.unverified) == ("Pelabuhan Lama", False)


@given(st.lists(st.tuples(st.floats(-11, 6), st.floats(95, 141)), min_size=1, max_size=20))
def test_a_course_survives_being_written_down(points: list[tuple[float, float]]):
    read = decoded(encoded(points))
    assert len(read) == len(points)
    assert all(
        abs(a - b) < 1e-5
        for one, other in zip(points, read, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def test_a_damaged_course_is_refused():
    for line in ("_p~iF~ps|U_", "é"):
        with pytest.raises(ValueError, match="polyline"):
            decoded(line)


def test_distances_between_courses():
    assert crossing(ACROSS, ALONG).apart_m == pytest.approx(0.0, abs=0.1)
    assert apart_m([(-7.0, 110.0)], [(-7.0, 110.001)]) == pytest.approx(110.4, abs=1.0)


def test_an_extract_gives_streets_with_their_course_and_landmarks(tmp_path: Path):
    import osmium

    file = tmp_path / "x.osm.pbf"
    node, way = osmium.osm.mutable.Node, osmium.osm.mutable.Way
    with osmium.SimpleWriter(str(file)) as writer:
        for at in range(1, 5):
            writer.add_node(node(id=at, location=(110.0 + at / 1000, -7.0)))
        tags = {"amenity": "place_of_worship", "name": "Masjid Baru", "alt_name": "Masjid Hijau;Masjid RW 5"}
        writer.add_node(node(id=9, location=(110.01, -7.01), tags=tags))
        writer.add_node(
            node(
                id=10,
                location=(110.02, -7.01),
                tags={"addr:street": "Jalan Kenanga", "addr:housenumber": "7"},
            )
        )
        street = {"highway": "residential", "name": "Jalan Kenanga"}
        writer.add_way(way(id=1, nodes=[1, 2], tags=street))
        writer.add_way(way(id=2, nodes=[2, 3, 4], tags=street))
    found = {one.name: one for one in names_of(file)}
    assert set(found) == {"Jalan Kenanga", "Masjid Baru", "Jalan Kenanga no 7"}
    line = found["Jalan Kenanga"].line
    assert line is not None
    assert decoded(line)[0] == pytest.approx((-7.0, 110.001), abs=1e-4)
    assert decoded(line)[-1] == pytest.approx((-7.0, 110.004), abs=1e-4)
    assert found["Masjid Baru"].aliases == ("Masjid Hijau", "Masjid RW 5")
    assert (found["Masjid Baru"].kind, found["Jalan Kenanga no 7"].kind) == ("tempat ibadah", "alamat")


def test_a_long_list_is_nothing_to_the_garbage_collector_and_is_gone_with_its_finder():
    names = [a_name(f"Jalan Melati {at}", lat=-7.0, lon=110.0, aliases=("Melati",)) for at in range(1_000)]
    before = len(gc.get_objects())
    finder = CityPlaceFinder(CITY, names=names)
    gc.collect()
    assert len(gc.get_objects()) - before < 500, "a walk through each of them would hold up the event loop"
    assert finder.suggest("jl melati 7")[0].name == "Jalan Melati 7"
    gone = weakref.ref(finder)
    del finder
    assert gone() is None, "nothing it holds may hold it"
