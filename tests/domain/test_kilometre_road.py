from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.city_check_roads import check_roads
from siaga.domain.city_finding import Severity
from siaga.domain.kilometre_road import Carriageway, KilometreAnchor, KilometreRoad, towards
from siaga.domain.neighbour import neighbour_of
from siaga.domain.place import metres_between
from siaga.domain.room_rules import Neighbour
from tests.a_city import a_city

# Due east along a parallel; the map's line is a tenth longer than the posts say (bends), as lines are.
ROAD = KilometreRoad(
    code="tol",
    name="Tol Contoh",
    anchors=(
        KilometreAnchor(km=200.0, lat=-7.0, lon=110.0),
        KilometreAnchor(km=210.0, lat=-7.0, lon=110.1),
        KilometreAnchor(km=230.0, lat=-7.0, lon=110.2),
    ),
    line=((-7.0, 109.9), (-7.0, 110.3)),
    carriageways=(Carriageway(code="A", towards=("Jakarta",)), Carriageway(code="B", towards=("Semarang",))),
)


def test_between_two_posts_kilometres_are_spread_evenly_whatever_the_line_measures():
    for km, lon in ((200.0, 110.0), (205.0, 110.05), (210.0, 110.1), (220.0, 110.15), (230.0, 110.2)):
        found = ROAD.point_at(km)
        assert found is not None
        assert found[:2] == pytest.approx((-7.0, lon), abs=1e-6)


@given(st.floats(200, 230), st.floats(200, 230))
def test_a_higher_kilometre_lies_farther_along_and_doubt_grows_with_the_distance_from_a_post(
    one: float, other: float
):
    for road in (ROAD, replace(ROAD, line=()), replace(ROAD, line=tuple(reversed(ROAD.line)))):
        first, second = road.point_at(one), road.point_at(other)
        assert first is not None
        assert second is not None
        assert (first[1] - second[1]) * (one - other) >= -1e-9
        assert first[2] >= 50.0


def test_far_beyond_the_last_post_nothing_is_guessed():
    assert ROAD.point_at(231.0) is not None
    assert ROAD.point_at(233.0) is None
    assert ROAD.point_at(20.7) is None
    assert replace(ROAD, anchors=ROAD.anchors[:1]).point_at(200.0) is None


def test_the_side_is_known_by_where_its_traffic_goes():
    side = ROAD.carriageway_towards("jakarta")
    assert side is not None
    assert side.code == "A"
    assert ROAD.carriageway_towards("surabaya") is None


@given(st.floats(-60, 60), st.floats(-170, 170), st.floats(1, 20_000), st.floats(0, 360))
def test_so_many_metres_in_a_direction_are_so_many_metres(
    lat: float, lon: float, metres: float, degrees: float
):
    there = towards(lat, lon, metres, degrees)
    assert metres_between(lat, lon, *there) == pytest.approx(metres, rel=0.02, abs=1.0)


def test_the_city_is_told_which_posts_cannot_be():
    slip = KilometreAnchor(km=231.0, lat=-7.0, lon=111.0)
    findings = list(check_roads(a_city(kilometre_roads=(replace(ROAD, anchors=(*ROAD.anchors, slip)),))))
    assert [finding.severity for finding in findings] == [Severity.ERROR]
    assert not list(check_roads(a_city(kilometre_roads=(ROAD,))))
    lonely = replace(ROAD, anchors=ROAD.anchors[:1], sample=True)
    assert {one.severity for one in check_roads(a_city(kilometre_roads=(lonely,)))} == {
        Severity.ERROR,
        Severity.CONTOH,
    }


NORTH = Neighbour(code="utara", name="Utara", number="1", places=((-6.0, 110.0),))
EAST = Neighbour(
    code="timur",
    name="Timur",
    number="2",
    outline=((-6.5, 110.5), (-6.5, 111.5), (-7.5, 111.5), (-7.5, 110.5)),
)


def test_a_place_outside_belongs_to_the_neighbour_whose_border_holds_it_else_to_the_nearest():
    both = (NORTH, EAST)
    assert neighbour_of(both, -7.0, 111.0) is EAST
    assert neighbour_of(both, -6.2, 110.1) is NORTH
    assert neighbour_of(both, 3.0, 98.0) is None
    assert neighbour_of((), -7.0, 111.0) is None
    assert neighbour_of((Neighbour(code="x", name="x", number="3"),), -7.0, 111.0) is None
