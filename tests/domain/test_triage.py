from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.errors import RuleBroken
from siaga.domain.incident_type import Hazard
from siaga.domain.triage import priority_for
from tests.a_city import FIRE, a_type

PRIORITIES = st.integers(1, 4)
HAZARDS = st.lists(
    st.builds(
        Hazard,
        code=st.text(min_size=1),
        name=st.text(min_size=1),
        name_en=st.just("x"),
        raises_to=st.none() | PRIORITIES,
    )
)
TRAPPED = Hazard(code="terjebak", name="Terjebak", name_en="Trapped", raises_to=1)


def test_without_answers_the_type_decides():
    assert priority_for(FIRE).priority == FIRE.priority


def test_somebody_trapped_makes_it_critical_and_the_reason_says_so():
    triage = priority_for(FIRE, [TRAPPED])

    assert (triage.priority, triage.reason) == (1, "bahaya: Terjebak")


def test_a_person_may_lower_it_and_the_reason_says_that_a_person_did():
    triage = priority_for(FIRE, [TRAPPED], chosen=4)

    assert (triage.priority, triage.reason) == (4, "diturunkan petugas")


@pytest.mark.parametrize("chosen", [0, 5, -1])
def test_a_priority_that_does_not_exist_is_refused(chosen: int):
    with pytest.raises(RuleBroken, match="Prioritas harus 1"):
        priority_for(FIRE, chosen=chosen)


@given(PRIORITIES, HAZARDS, st.none() | PRIORITIES)
def test_never_less_urgent_than_the_type_or_than_before_unless_a_person_says_so(
    of_type: int, hazards: list[Hazard], current: int | None
):
    triage = priority_for(a_type("x.y", priority=of_type), hazards, current=current)

    least = min([of_type, *([current] if current else []), *(h.raises_to for h in hazards if h.raises_to)])
    assert triage.priority == least
    assert triage.reason


@given(PRIORITIES, HAZARDS, st.none() | PRIORITIES, PRIORITIES)
def test_what_a_person_chooses_holds(of_type: int, hazards: list[Hazard], current: int | None, chosen: int):
    triage = priority_for(a_type("x.y", priority=of_type), hazards, current=current, chosen=chosen)

    assert triage.priority == chosen
