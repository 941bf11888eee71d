"""What is proposed is what the plan wants, from who is free: never a unit that cannot do it, never one twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from siaga.domain.response_plan import ResponsePlan, UnitsWanted
from siaga.domain.unit import BUSY, FREE, Unit, UnitStatus
from siaga.domain.unit_proposal import Proposal, propose

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
PUMP, TANKER, AMBULANCE = "mobil pemadam", "tangki air", "ambulans"
PLAN = ResponsePlan(
    type="api",
    units=(UnitsWanted(kind=PUMP, number=2), UnitsWanted(kind=TANKER), UnitsWanted(kind=AMBULANCE)),
)


def unit(
    code: str,
    what: str,
    status: str = "SD",
    minutes: int = 0,
    agency: str = "api",
    incident: str | None = None,
) -> Unit:
    since = NINE - timedelta(minutes=minutes)
    return Unit(
        code=code, agency=agency, what=what, status=UnitStatus(status), since=since, incident=incident
    )


def codes(proposal: Proposal) -> list[str]:
    return [one.unit.code for one in proposal.units]


def test_who_is_ready_and_waited_longest_goes_first_and_what_is_there_counts() -> None:
    units = [
        unit("P1", "Mobil pemadam", "TB", incident="other"),
        unit("P2", "Mobil pemadam", "KB", 90),
        unit("P3", "Mobil pemadam", minutes=5),
        unit("P4", "Mobil pemadam", minutes=30),
        unit("T1", "Mobil tangki air", "DT", incident="fire"),
        unit("M1", "Ambulans gawat darurat", minutes=60, agency="pmi"),
        unit("M2", "Ambulans", agency="medis"),
    ]
    found = propose(PLAN, units, incident="fire", asked={"api", "medis"})
    assert codes(found) == [
        "P4",
        "P3",
        "M2",
    ]  # the tanker rolls already; the asked agency's ambulance before another
    assert [one.kind for one in found.units] == [PUMP, PUMP, AMBULANCE]
    assert found.lacking == ()


def test_what_nobody_can_do_is_said() -> None:
    found = propose(PLAN, [unit("P1", "Mobil pemadam", "TS")], incident="fire", asked={"api"})
    assert (codes(found), found.lacking) == ([], (PUMP, PUMP, TANKER, AMBULANCE))


def test_without_a_plan_each_asked_agency_that_has_nobody_there_sends_one() -> None:
    units = [unit("P1", "Mobil"), unit("P2", "Mobil"), unit("M1", "Ambulans", "JL", agency="medis", incident="fire"),
             unit("M2", "Ambulans", agency="medis"), unit("D1", "Derek", agency="dishub")]  # fmt: skip
    assert codes(propose(None, units, incident="fire", asked={"api", "medis"})) == ["P1"]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Mobil pemadam", "Tangki air", "Ambulans", "Motor"]), st.sampled_from(UnitStatus)
        ),
        max_size=9,
    )
)
def test_never_a_busy_one_never_one_twice_and_nothing_wanted_is_lost(
    drawn: list[tuple[str, UnitStatus]],
) -> None:
    units = [
        unit(f"U{n}", what, status, incident="fire" if status in BUSY else None)
        for n, (what, status) in enumerate(drawn)
    ]
    found = propose(PLAN, units, incident="fire", asked=())
    assert all(one.unit.status in FREE for one in found.units)
    assert len(set(codes(found))) == len(found.units)
    sent = sum(one.status in BUSY and one.what != "Motor" for one in units)
    assert len(found.units) + len(found.lacking) + sent >= sum(one.number for one in PLAN.units)
