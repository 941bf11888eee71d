"""Same incident? What must hold whatever the numbers are, and what a taker would say of plain cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.incident_type import Family
from siaga.domain.link_rules import LinkRules
from siaga.domain.linking import PROPOSED_MAX, Background, Known, Likeness, Linking, Report
from siaga.domain.place import METRES_PER_DEGREE, Place, PlaceMethod
from siaga.domain.room_rules import RoomRules
from tests.a_city import CITY, FIRE, a_type

NOON = datetime(2026, 8, 17, 5, 0, tzinfo=UTC)
CRASH = a_type("kecelakaan.jalan", family="jalan")
SMOKE = a_type("kebakaran.asap", family="api")
ILL = a_type("kesehatan.lain")
HIDDEN = a_type("kamtibmas.lindung", family="lindung", protected=True)
TOWN = replace(
    CITY,
    types=(*CITY.types, CRASH, SMOKE, HIDDEN),
    families=(
        Family(code="api", name="Api", radius_m=500, minutes=60, callers_more=4.0),
        Family(code="jalan", name="Jalan", radius_m=250, minutes=60, callers_more=1.5),
        Family(code="lindung", name="Lindung", radius_m=100, minutes=60),
    ),
)
LINKING = Linking(TOWN)
QUIET = LINKING.background({}, {})

metres = st.floats(0, 5_000, allow_nan=False)
minutes = st.floats(0, 59, allow_nan=False)
accuracies = st.floats(5, 2_000, allow_nan=False)


def place(north_m: float = 0.0, *, accuracy_m: float | None = 60.0, text: str = "") -> Place:
    return Place(text=text, lat=-7.0 + north_m / METRES_PER_DEGREE, lon=110.0, accuracy_m=accuracy_m)


def known(type: str = FIRE.code, where: Place | None = None, ago: float = 0.0, **more: object) -> Known:
    return Known(id="i", type=type, place=where or place(), opened_at=NOON - timedelta(minutes=ago), **more)  # type: ignore[arg-type]


def report(type: str = FIRE.code, where: Place | None = None) -> Report:
    return Report(type=type, place=where or place(), at=NOON)


def odds(said: Report, was: Known, background: Background = QUIET) -> float:
    like = LINKING.likeness(said, was, background)
    assert like is not None
    return like.log_odds


@given(near=metres, far=metres, mine=accuracies, theirs=accuracies)
def test_farther_is_never_likelier(near: float, far: float, mine: float, theirs: float) -> None:
    near, far = sorted((near, far))
    was = known(where=place(accuracy_m=theirs))

    assert odds(report(where=place(far, accuracy_m=mine)), was) <= (
        odds(report(where=place(near, accuracy_m=mine)), was) + 1e-9
    )


@given(early=minutes, late=minutes, callers=st.integers(1, 30))
def test_later_is_never_likelier(early: float, late: float, callers: int) -> None:
    early, late = sorted((early, late))

    assert odds(report(), known(ago=late, callers=callers)) <= (
        odds(report(), known(ago=early, callers=callers)) + 1e-9
    )


@given(apart=metres, ago=minutes, mine=accuracies, theirs=accuracies)
def test_two_reports_of_one_type_are_as_like_each_other_as_the_other_way_round(
    apart: float, ago: float, mine: float, theirs: float
) -> None:
    here, there = place(0, accuracy_m=mine), place(apart, accuracy_m=theirs)

    assert odds(report(where=here), known(where=there, ago=ago)) == pytest.approx(
        odds(report(where=there), known(where=here, ago=ago))
    )


@given(few=st.integers(1, 20), more=st.integers(1, 20))
def test_an_incident_many_report_gets_more_callers(few: int, more: int) -> None:
    few, more = sorted((few, more))

    assert odds(report(), known(callers=few)) <= odds(report(), known(callers=more))


@given(fewer=st.integers(0, 200), more=st.integers(0, 200))
def test_in_a_storm_the_bar_rises(fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    calm, storm = (LINKING.background({FIRE.code: number}, {}) for number in (fewer, more))

    assert odds(report(), known(), storm) <= odds(report(), known(), calm)


def test_the_same_type_is_likelier_than_its_family_and_that_than_anything_else():
    said = [odds(report(type), known()) for type in (FIRE.code, SMOKE.code, CRASH.code)]

    assert said == sorted(said, reverse=True)
    assert said[0] - said[2] > 3.0  # twenty times likelier


def test_the_nearest_of_three_fires_comes_first_and_another_town_is_not_shown():
    three = [
        replace(known(where=place(north), ago=3), id=str(number))
        for number, north in enumerate((300, 80, 160, 9_000))
    ]

    found = LINKING.propose(report(), three, QUIET)

    assert [like.id for like in found] == ["1", "2", "0"]
    assert len(LINKING.propose(report(), [known(ago=1)] * 9, QUIET)) == PROPOSED_MAX


def test_an_incident_older_than_its_family_remembers_explains_nobody():
    assert LINKING.likeness(report(), known(ago=61), QUIET) is None


@pytest.mark.parametrize("code", [ILL.code, HIDDEN.code])
def test_medical_and_protected_cases_are_proposed_at_the_same_address_only(code: str):
    next_street = known(code, place(150, accuracy_m=20), ago=1)
    same_house = known(code, place(20, accuracy_m=20), ago=1)
    somewhere_near = known(code, place(0, accuracy_m=500), ago=1)
    said = report(code, place(accuracy_m=20))

    assert LINKING.likeness(said, next_street, QUIET) is None
    assert LINKING.likeness(said, somewhere_near, QUIET) is None
    found = LINKING.likeness(said, same_house, QUIET)
    assert found is not None
    assert found.same_address


def test_a_protected_report_is_not_compared_with_the_quarrel_in_the_next_street():
    quarrel = known("kamtibmas.lain", place(150, accuracy_m=20), ago=1)

    assert LINKING.likeness(report(HIDDEN.code, place(accuracy_m=20)), quarrel, QUIET) is None


def test_without_a_point_the_same_words_and_a_house_number_do():
    said = report(where=Place(text="Jl. Kesambi Dalam 12"))

    same = LINKING.likeness(said, known(where=place(text="jl kesambi dalam 12")), QUIET)
    street = LINKING.likeness(said, known(where=Place(text="Kesambi Dalam")), QUIET)

    assert same is not None
    assert same.distance_m is None
    assert same.same_address
    assert street is not None
    assert not street.same_address
    assert LINKING.likeness(said, known(where=Place(text="Pasar Pagi")), QUIET) is None
    assert LINKING.likeness(report(where=Place()), known(where=Place()), QUIET) is None


def test_the_same_number_in_two_kelurahan_is_two_addresses():
    here = Place(text="Jl. Mawar 3", kelurahan="99.01.01.1001", method=PlaceMethod.UNKNOWN)
    there = replace(here, kelurahan="99.01.02.1001")

    found = LINKING.likeness(report(where=here), known(where=there), QUIET)

    assert found is not None
    assert not found.same_address
    assert LINKING.likeness(report(ILL.code, here), known(ILL.code, there), QUIET) is None


def test_what_further_callers_said_moves_the_incident_to_where_they_saw_it():
    vague = known(where=place(600, accuracy_m=800))
    seen = replace(vague, said=(place(0, accuracy_m=30),))
    exact = report(where=place(10, accuracy_m=30))

    assert odds(exact, seen) > odds(exact, vague)


@given(apart=metres, ago=minutes)
def test_a_vague_point_is_never_surer_than_its_own_words_about_an_exact_one(apart: float, ago: float) -> None:
    like = LINKING.likeness(report(where=place(apart, accuracy_m=None)), known(ago=ago), QUIET)

    assert like is not None
    assert 0 <= like.percent <= 100
    assert like.in_words()


def test_the_evidence_is_said_in_words():
    like = Likeness(
        id="i", log_odds=3.0, distance_m=213.0, minutes=3.2, same_type=False, same_family=True, same_address=False,
        callers=2,
    )  # fmt: skip

    said = [reason.text.format(**reason.values) for reason in like.in_words()]

    assert said == ["210 m", "3 mnt lalu", "jenis serupa"]
    far = replace(like, distance_m=1_540.0, minutes=0.1, same_family=False)
    assert [reason.text.format(**reason.values) for reason in far.in_words()] == [
        "1,5 km",
        "baru saja",
        "jenis lain",
    ]
    words = replace(like, distance_m=None, same_type=True)
    assert [reason.text for reason in words.in_words()] == ["nama tempat sama", "{n} mnt lalu", "jenis sama"]
    assert replace(like, same_address=True).in_words()[0].text == "alamat sama"


def test_where_much_happens_anyway_being_near_says_less():
    market = LINKING.background({}, {}, LINKING.crowding(near=300, everywhere=600, half_side_km=0.5))

    assert odds(report(), known(), market) < odds(report(), known())
    assert LINKING.crowding(near=0, everywhere=0, half_side_km=1.0) == 1.0
    assert LINKING.box_km(place(accuracy_m=3_000)) == pytest.approx(3.0)
    assert LINKING.box_km(Place(text="pasar")) == LINKING.rules.crowd_km


def test_a_city_may_raise_the_bar():
    strict = Linking(replace(TOWN, room=RoomRules(link=LinkRules(propose_above=20.0))))

    assert LINKING.propose(report(), [known(ago=1)], QUIET)
    assert not strict.propose(report(), [known(ago=1)], QUIET)
