from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.city import City, Clock, RoutingRule
from siaga.domain.event import Ask
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.routing import Route, agencies_for
from tests.a_city import CITY, FIRE, a_city, an_agency

NOON = datetime(2025, 8, 17, 5, tzinfo=UTC)  # 12:00 in the city
NIGHT = datetime(2025, 8, 17, 16, tzinfo=UTC)  # 23:00 in the city
HERE = Place(text="sini", kelurahan="99.01.01.1001", kecamatan="99.01.01", method=PlaceMethod.POLYGON)
OUTSIDE = Place(text="jauh", method=PlaceMethod.OUTSIDE)


def asked(city: City, *args: object, **kwargs: object) -> list[str]:
    return [route.agency for route in agencies_for(city, *args, **kwargs)]  # type: ignore[arg-type]


def test_a_fire_goes_to_the_fire_service_within_the_citys_time():
    assert agencies_for(CITY, FIRE, HERE, 1, NOON) == (
        Route(agency="api", within_seconds=60, reason="jenis: Kebakaran rumah"),
    )
    assert agencies_for(CITY, FIRE, HERE, 2, NOON)[0].ask == Ask(agency="api", within_seconds=180)


def test_somebody_hurt_adds_the_ambulance_and_says_why():
    routes = agencies_for(CITY, FIRE, HERE, 1, NOON, hazards=("luka",))

    assert [(route.agency, route.reason) for route in routes] == [
        ("api", "jenis: Kebakaran rumah"),
        ("medis", "ada yang luka"),
    ]


def test_a_rule_for_the_type_replaces_the_rule_for_its_kind():
    city = a_city(rules=(*CITY.rules, RoutingRule(type=FIRE.code, agencies=("polisi", "api"))))

    assert asked(city, FIRE, HERE, 1, NOON) == ["polisi", "api"]


def test_a_rule_for_the_kelurahan_comes_before_one_for_the_kecamatan_and_that_before_the_rest():
    kecamatan = RoutingRule(kind="kebakaran", kecamatan="99.01.01", agencies=("medis",))
    kelurahan = RoutingRule(kind="kebakaran", kelurahan="99.01.01.1001", agencies=("kantor",))
    city = a_city(rules=(*CITY.rules, kecamatan, kelurahan))

    assert asked(city, FIRE, HERE, 1, NOON) == ["kantor"]
    assert asked(city, FIRE, replace(HERE, kelurahan="99.01.01.1002"), 1, NOON) == ["medis"]
    assert asked(city, FIRE, replace(HERE, kelurahan=None, kecamatan=None), 1, NOON) == ["api"]


def test_outside_the_city_the_duty_officer_decides_whatever_it_is():
    assert asked(CITY, FIRE, OUTSIDE, 1, NOON) == ["piket"]


def test_a_type_nobody_has_written_a_rule_for_reaches_the_duty_officer():
    city = a_city(rules=())

    route = agencies_for(city, FIRE, HERE, 1, NOON)[0]

    assert (route.agency, route.within_seconds) == ("piket", 60)
    assert route.reason == "belum ada aturan untuk Kebakaran rumah: petugas piket memutuskan"


def test_a_type_the_city_does_not_know_reaches_the_duty_officer():
    assert asked(CITY, None, HERE, 2, NOON) == ["piket"]


def test_when_the_only_agency_is_not_active_the_duty_officer_is_asked():
    agencies = tuple(replace(agency, active=agency.code != "api") for agency in CITY.agencies)

    assert asked(a_city(agencies=agencies), FIRE, HERE, 1, NOON) == ["piket"]


def test_two_equally_exact_rules_are_both_obeyed():
    city = a_city(
        rules=(
            RoutingRule(kind="kebakaran", agencies=("api",)),
            RoutingRule(kind="kebakaran", agencies=("medis",)),
        )
    )

    assert asked(city, FIRE, HERE, 1, NOON) == ["api", "medis"]


def test_an_agency_named_twice_is_asked_once_with_the_shorter_time():
    clocks = (*CITY.clocks, Clock(code="lambat", name="Lambat", p1=600, p2=600, p3=600, p4=600))
    rules = (
        RoutingRule(kind="kebakaran", agencies=("api",), clock="lambat"),
        RoutingRule(kind="kebakaran", agencies=("api",), add=True),
    )

    routes = agencies_for(a_city(rules=rules, clocks=clocks), FIRE, HERE, 1, NOON)

    assert [(route.agency, route.within_seconds) for route in routes] == [("api", 60)]


def test_an_urgent_rule_holds_only_when_it_is_urgent_enough():
    city = a_city(
        rules=(
            *CITY.rules,
            RoutingRule(kind="kebakaran", agencies=("polisi",), add=True, priority_at_least=1),
        )
    )

    assert asked(city, FIRE, HERE, 1, NOON) == ["api", "polisi"]
    assert asked(city, FIRE, HERE, 2, NOON) == ["api"]


def test_in_quiet_hours_the_time_of_a_complaint_starts_in_the_morning_but_an_emergency_rings_now():
    other = CITY.type("lainnya.lain")

    def seconds(priority: int, at: datetime) -> int:
        return agencies_for(CITY, other, HERE, priority, at)[0].within_seconds

    assert seconds(4, NOON) == 3600
    assert seconds(4, NIGHT) == 8 * 3600 + 3600  # 23:00 to 07:00, then an hour
    assert seconds(1, NIGHT) == 60


def test_a_day_has_no_moment_in_which_quiet_never_ends():
    quiet = CITY.agency("kantor").quiet
    assert quiet is not None
    for minute in range(24 * 60):
        left = quiet.seconds_left(NOON + timedelta(minutes=minute), CITY.zone)
        assert 0 <= left <= 11 * 3600


CODES = [agency.code for agency in CITY.agencies]
RULES = st.lists(
    st.builds(
        RoutingRule,
        agencies=st.lists(st.sampled_from([*CODES, "hantu"]), max_size=3).map(tuple),
        type=st.none() | st.sampled_from([entry.code for entry in CITY.types]),
        kind=st.none() | st.sampled_from([kind.code for kind in CITY.kinds]),
        hazard=st.none() | st.sampled_from(["luka", "terjebak"]),
        kelurahan=st.none() | st.sampled_from([area.code for area in CITY.kelurahan]),
        kecamatan=st.none() | st.sampled_from(list(CITY.kecamatan_names)),
        outside=st.booleans(),
        priority_at_least=st.none() | st.integers(1, 4),
        clock=st.none() | st.sampled_from(["darurat", "tidak ada"]),
        add=st.booleans(),
    ),
    max_size=8,
).map(tuple)
PLACES = st.sampled_from([HERE, OUTSIDE, Place(), Place(kelurahan="88.88.88.1001", kecamatan="88.88.88")])


@given(
    RULES,
    st.none() | st.sampled_from(CITY.types),
    PLACES,
    st.integers(1, 4),
    st.sets(st.sampled_from(["luka", "terjebak"])),
    st.sets(st.sampled_from(CODES)),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),
)
def test_whatever_the_table_says_somebody_is_asked_once_and_has_a_deadline(
    rules, type, place, priority, hazards, asleep, at
):
    agencies = tuple(an_agency(code, active=code not in asleep) for code in CODES)
    city = a_city(rules=rules, agencies=agencies)

    routes = agencies_for(city, type, place, priority, at, hazards=hazards)

    assert routes
    assert len({route.agency for route in routes}) == len(routes)
    assert all(route.within_seconds > 0 and route.reason for route in routes)
    assert all(route.agency == city.duty_officer or route.agency not in asleep for route in routes)
    assert routes == agencies_for(city, type, place, priority, at, hazards=hazards)
