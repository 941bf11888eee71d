"""The sample city as people meet it: complete, without contradictions, and able to express what was published."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.domain.city_check import check_city
from siaga.domain.city_finding import Severity
from siaga.domain.incident_type import STATUTORY_KINDS
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.routing import agencies_for
from siaga.domain.type_match import match_types, resolve_type
from tests.shared_files import shared_file

FOLDER = Path(__file__).resolve().parents[2] / "cities" / "cirebon"
NOON = datetime(2018, 11, 1, 5, tzinfo=UTC)
PUBLISHED = {
    "kebakaran": 14,
    "kekerasan": 2,
    "trantibum": 9,
    "ambulans": 9,
    "kecelakaan": 6,
    "kamtibmas": 19,
    "bpbd": 2,
    "informasi": 50,
}  # 29 October to 11 December 2018


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(FOLDER)


def test_the_sample_city_has_nothing_to_mend_and_says_that_it_is_a_sample(city: City):
    findings = check_city(city)

    assert [finding for finding in findings if finding.severity is not Severity.CONTOH] == []
    assert {finding.where for finding in findings} == {
        "city.toml", "types.toml", "agencies.toml", "units.csv", "gazetteer.csv", "room.toml", "glossary.toml",
        "plans.toml",
    }  # fmt: skip


def test_the_list_of_types_is_long_enough_to_be_exact_and_short_enough_to_be_known(city: City):
    assert 60 <= len(city.types) <= 85
    assert len(city.kinds) == 15
    assert {kind.statutory for kind in city.kinds} - {None} == set(STATUTORY_KINDS)


def test_violence_against_women_and_children_and_suicide_are_protected_and_nothing_else_is(city: City):
    others = {entry.code for entry in city.types if entry.protected and entry.kind != "kekerasan"}
    assert others == {"kesehatan.bunuh_diri"}
    assert all(entry.protected for entry in city.types if entry.kind == "kekerasan")


def test_every_protected_type_names_its_class_and_violence_starts_both_legal_clocks(city: City):
    for entry in city.types:
        if entry.protected:
            assert entry.protected_class in {one.code for one in city.protection.classes}
            assert bool(city.protection.duties_of(entry.protected_class)) is (entry.kind == "kekerasan")
    assert [(duty.code, duty.hours) for duty in city.protection.duties] == [
        ("lapor_polisi", 72),
        ("perlindungan", 24),
    ]


def test_a_rescue_service_is_asked_about_a_person_high_up_and_told_the_place_only(city: City):
    routes = agencies_for(city, city.type("kesehatan.bunuh_diri"), Place(), 1, NOON, hazards=("ketinggian",))
    assert [route.agency for route in routes] == ["psc119", "polres", "damkar"]
    rescue = city.agency("damkar")
    assert (rescue.sees_protected, rescue.protected_place) == (False, "exact")


def test_the_eight_published_groups_stand_in_their_order_and_add_up(city: City):
    assert [group.code for group in city.report_groups] == list(PUBLISHED)
    recorded = Counter(
        city.report_group_of_type[group.default_type]
        for group in city.report_groups
        for _ in range(PUBLISHED[group.code])
    )
    assert recorded == Counter(PUBLISHED)
    assert recorded.total() == 111


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("kebakaran", "kebakaran"),
        ("Kekerasan perempuan dan anak", "kekerasan"),
        ("trantibum", "trantibum"),
        ("ambulans", "ambulans"),
        ("Kecelakaan", "kecelakaan"),
        ("kamtibmas", "kamtibmas"),
        ("BPBD", "bpbd"),
        ("informasi", "informasi"),
        ("traffic light", "informasi"),
        ("PJU", "informasi"),
        ("PDAM", "informasi"),
        ("PLN", "informasi"),
        ("infrastruktur", "informasi"),
    ],
)
def test_the_words_of_the_published_table_mean_a_type_of_that_group(city: City, said: str, group: str):
    entry = resolve_type(city, said)

    assert entry is not None
    assert entry.report_group == group


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("keb", "kebakaran.bangunan"),
        ("kebakaran rumah", "kebakaran.bangunan"),
        ("laka", "kecelakaan.lalu_lintas"),
        ("kdrt", "kekerasan.rumah_tangga"),
        ("pingsan", "kesehatan.tidak_sadar"),
        ("tolong ada orang pingsan di pasar", "kesehatan.tidak_sadar"),
        ("kobongan", "kebakaran.bangunan"),
        ("semaput", "kesehatan.tidak_sadar"),
        ("begal", "kamtibmas.perampokan"),
        ("rob", "bencana.rob"),
        ("ular", "lain.hewan"),
        ("mati lampu", "listrik.padam"),
        ("pohon tumbang menimpa mobil", "bencana.pohon"),
        ("kecelakan motor", "kecelakaan.lalu_lintas"),
    ],
)
def test_what_callers_say_finds_the_type_first(city: City, typed: str, code: str):
    assert match_types(city, typed)[0].type.code == code


def test_a_house_fire_is_sent_to_fire_ambulance_and_power_within_a_minute(city: City):
    place = Place(text="Kesambi", kelurahan="32.74.05.1003", kecamatan="32.74.05", method=PlaceMethod.GIVEN)

    routes = agencies_for(city, city.type("kebakaran.bangunan"), place, 1, NOON)

    assert [(route.agency, route.within_seconds) for route in routes] == [
        ("damkar", 60),
        ("psc119", 60),
        ("pln", 60),
    ]


def test_every_type_everywhere_at_every_hour_reaches_an_agency_the_city_has(city: City):
    places = [Place(), Place(method=PlaceMethod.OUTSIDE)]
    places += [
        Place(kelurahan=area.code, kecamatan=area.kecamatan, method=PlaceMethod.POLYGON)
        for area in city.kelurahan
    ]
    for entry in city.types:
        for place in places:
            for priority in (1, 2, 3, 4):
                for hazards in [(), *((hazard,) for hazard in entry.hazards), entry.hazards]:
                    routes = agencies_for(city, entry, place, priority, NOON, hazards=hazards)
                    assert routes
                    assert all(route.agency in city.agency_by_code for route in routes)
                    if priority == 1:
                        assert all(route.within_seconds == 60 for route in routes)


def test_a_protected_case_is_seen_by_its_circle_only(city: City):
    routes = agencies_for(city, city.type("kekerasan.anak"), Place(), 1, NOON, hazards=("luka",))

    assert [route.agency for route in routes] == ["uptd_ppa", "polres", "psc119"]


def test_there_are_22_kelurahan_in_5_kecamatan_13_panels_and_a_unit_for_every_emergency_service(city: City):
    assert (len(city.kelurahan), len(city.kecamatan_names), len(city.panels)) == (22, 5, 13)
    assert {"damkar", "psc119", "polres", "bpbd"} <= {unit.agency for unit in city.units}
    assert all(unit.sample for unit in city.units)


def test_the_kelurahan_agree_with_the_official_list(city: City):
    rows = shared_file("data", "geo", "idn_area_data", "villages_3regions.csv").read_text().splitlines()
    official = dict(line.split(",")[::2] for line in rows if line.startswith("32.74."))

    assert {area.code: area.name for area in city.kelurahan} == official


def test_no_contact_of_a_person_is_in_the_folder(city: City):
    assert not any(rung.contact or rung.name for agency in city.agencies for rung in agency.ladder)
