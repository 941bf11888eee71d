"""Ten thousand callers through the real queue, restricted and flooding: a person answers every one."""

from __future__ import annotations

import pytest

from siaga.domain.restriction import DELAY_SECONDS_MAX
from siaga.drill.nuisance import (
    POLICIES,
    Assumptions,
    What,
    callers,
    judged_by,
)
from siaga.drill.nuisance_room import NuisanceRoom, flooded
from tests.room import sample_city

CALLERS = 10_000
# A year of a small city's calls, half of them nuisance, pressed into three weeks so that seats are scarce.
PRESSED = Assumptions(
    seed=112, days=21, calls_a_day=420.0, emergency_share=0.2, information_share=0.1, prank_numbers=60,
    prank_tail=1.2, talk_seconds=(90.0, 60.0, 45.0, 25.0),
)  # fmt: skip


@pytest.mark.slow
async def test_of_ten_thousand_callers_every_one_is_answered_and_none_is_set_back_further_than_allowed() -> (
    None
):
    year = flooded(callers(PRESSED), every=700, callers=40)
    found = await NuisanceRoom(sample_city(), seats=2).run(year)

    assert found.callers == len(year) >= CALLERS * 0.9
    assert found.lost == 0
    assert found.restricted >= 10, "the test is about restricted callers"
    assert found.set_back > 0, "and about callers who were set back"
    assert found.set_back_seconds_max <= DELAY_SECONDS_MAX
    assert found.seconds_back_max <= DELAY_SECONDS_MAX


@pytest.mark.slow
def test_refusing_loses_emergencies_and_facts_lose_none() -> None:
    year = callers(Assumptions(seed=1))
    table = {name: judged_by(policy, Assumptions(seed=1), year) for name, policy in POLICIES.items()}

    assert table["refuse_without_sim"].lost > 50
    assert table["block_for_ever_after_3"].lost > 0
    assert table["ours"].lost == 0
    assert table["ours"].minutes_saved_percent > 1
    assert 0.36 < table["ours"].nuisance_share < 0.42


def test_the_same_seed_is_the_same_year() -> None:
    assert callers(Assumptions(seed=5, days=20)) == callers(Assumptions(seed=5, days=20))
    kinds = {one.what for one in callers(Assumptions(seed=5, days=20))}
    assert kinds == set(What)
