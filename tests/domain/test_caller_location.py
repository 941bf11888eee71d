"""Fixes beside what the caller says: which is best, how far it is, the code that is read out, the link."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga.domain.call import Channel, arrived
from siaga.domain.caller_location import (
    AskKind,
    Fix,
    LocationAsk,
    LocationSource,
    ask_again,
    asked,
    best_first,
    located,
    metres_from_circle,
    next_automatic,
    sound_fix,
)
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.location_link import FIXES_MAX, TooFast, new_link, why_no_link
from siaga.domain.location_rules import LocationRules
from siaga.domain.place import metres_between
from siaga.domain.room_rules import CallerRules
from siaga.domain.spoken_code import CodeGrid, CodeMisheard, decode, encode
from tests.room import NINE

GRID = CodeGrid(lat=-6.72, lon=108.55, cell_m=20.0)
RULES = LocationRules()


def a_fix(
    seconds_ago: float, accuracy_m: float | None, source: LocationSource = LocationSource.AML, id: str = "f"
) -> object:
    at = NINE - timedelta(seconds=seconds_ago)
    return located(Fix(lat=-6.7, lon=108.5, accuracy_m=accuracy_m), id=id, call="c", source=source, at=at)[0]


def test_fresh_comes_before_exact_and_exact_before_new() -> None:
    stale = a_fix(61, 5, id="stale")
    rough = a_fix(1, 400, id="rough")
    exact = a_fix(30, 14, id="exact")
    unknown = a_fix(0, None, id="unknown")
    order = [one.id for one in best_first([stale, unknown, rough, exact], NINE)]  # type: ignore[list-item]
    assert order == ["exact", "rough", "unknown", "stale"]


def test_a_time_that_cannot_be_is_not_believed() -> None:
    for wrong in (NINE + timedelta(hours=1), NINE - timedelta(days=2)):
        row, _ = located(Fix(lat=1, lon=1, at=wrong), id="f", call="c", source=LocationSource.AML, at=NINE)
        assert row.at == NINE
    late = NINE - timedelta(seconds=50)
    assert (
        located(Fix(lat=1, lon=1, at=late), id="f", call="c", source=LocationSource.AML, at=NINE)[0].at
        == late
    )


def test_the_distance_is_from_the_edge_of_the_circle() -> None:
    row = a_fix(0, 400)
    assert metres_from_circle(row, -6.7, 108.5) == 0  # type: ignore[arg-type]
    assert metres_from_circle(row, -6.7, 108.51) == pytest.approx(704, abs=2)  # type: ignore[arg-type]


def test_a_device_that_knows_nothing_has_no_fix() -> None:
    assert sound_fix(Fix(lat=0.0, lon=0.0)) is None
    assert sound_fix(Fix(lat=float("nan"), lon=1)) is None
    known = sound_fix(Fix(lat=1, lon=1, accuracy_m=-5, confidence_percent=400))
    assert known is not None
    assert known.accuracy_m is None
    assert known.confidence_percent is None


def test_the_network_is_asked_at_5_15_and_30_seconds_after_the_answer() -> None:
    moments = []
    at = NINE
    while (following := next_automatic(NINE, at)) is not None:
        moments.append((following - NINE).total_seconds())
        at = following
    assert moments == [5, 15, 30]
    assert next_automatic(None, NINE) is None


def test_a_source_that_cannot_be_asked_again_says_so() -> None:
    cell = LocationAsk(id="c:cell", call="c", kind=AskKind.CELL, asks=1)
    with pytest.raises(RuleBroken, match="hanya mengirimnya sekali"):
        ask_again(cell, at=NINE)
    server = LocationAsk(id="c:server", call="c", kind=AskKind.SERVER, uri="https://a/b")
    wanted = ask_again(server, at=NINE)
    assert wanted.next_at == NINE
    put = asked(wanted, answered_at=NINE - timedelta(seconds=20), at=NINE)
    assert put.next_at == NINE + timedelta(seconds=10)
    assert put.asks == 1
    assert ask_again(put, at=NINE + timedelta(seconds=1)) == put  # a nervous finger


@settings(max_examples=150, deadline=None)
@given(north=st.floats(-31_000, 31_000), east=st.floats(-31_000, 31_000))
def test_the_code_leads_back_to_its_square(north: float, east: float) -> None:
    lat, lon = GRID.lat + north / 111_195, GRID.lon + east / (111_195 * 0.9931)
    code = encode(GRID, lat, lon)
    assert code is not None
    assert len(code.replace(" ", "")) == 8
    back = decode(GRID, code)
    assert isinstance(back, tuple)
    assert metres_between(lat, lon, *back) <= GRID.accuracy_m + 1


@settings(max_examples=100, deadline=None)
@given(number=st.integers(0, 3162 * 3162 - 1), at=st.integers(0, 7), wrong=st.integers(1, 9))
def test_one_misheard_digit_or_two_swapped_neighbours_are_noticed(number: int, at: int, wrong: int) -> None:
    north, east = divmod(number, 3162)
    lat = GRID.lat + (north + 0.5 - 1581) * GRID._lat_step
    lon = GRID.lon + (east + 0.5 - 1581) * GRID._lon_step
    code = (encode(GRID, lat, lon) or "").replace(" ", "")
    misheard = code[:at] + str((int(code[at]) + wrong) % 10) + code[at + 1 :]
    assert decode(GRID, misheard) == CodeMisheard()
    if at < 7 and code[at] != code[at + 1]:
        assert decode(GRID, code[:at] + code[at + 1] + code[at] + code[at + 2 :]) == CodeMisheard()


def test_only_eight_digits_are_a_code() -> None:
    code = encode(GRID, GRID.lat, GRID.lon) or ""
    assert decode(GRID, f" {code[:2]} {code[2:4]}-{code[5:]} ") is not None
    for words in ("Jl. Kesambi 1234", "08122334455", "1234567", "", "12345678a", "-6.72,108.55"):
        assert decode(GRID, words) is None
    assert encode(GRID, -7.5, 108.55) is None  # beyond the city's grid


def test_a_link_is_refused_with_the_reason_the_button_shows() -> None:
    call, _ = arrived(id="c", channel=Channel.VOICE, at=NINE, number="081200000001")

    def why(**change: Any) -> str:
        given: dict[str, Any] = {
            "rules": RULES,
            "callers": CallerRules(),
            "gateway": True,
            "public_url": "https://112.example.id",
            "now": NINE,
        }
        given.update({key: value for key, value in change.items() if key not in ("number", "links")})
        return why_no_link(
            replace(call, number=change.get("number", call.number)), change.get("links", ()), **given
        )

    assert why() == ""
    no_sim = CallerRules().no_sim_prefixes[0]
    assert "tanpa SIM" in why(number=f"{no_sim}123456789")
    assert "disembunyikan" in why(number=None)
    assert "belum disambungkan" in why(gateway=False)
    assert "https" in why(public_url="http://10.0.0.5:8112")
    link = new_link(id="x", call=call, by="rani", at=NINE, rules=RULES)
    assert "Tunggu" in why(links=(link,))
    later = NINE + timedelta(seconds=40)
    assert why(links=(link,), now=later) == ""
    assert "Sudah cukup" in why(links=(link,) * 3, now=later)


def test_a_link_works_for_its_minutes_and_no_faster_than_people_move() -> None:
    call, _ = arrived(id="c", channel=Channel.VOICE, at=NINE, number="081200000001")
    link = new_link(id="x", call=call, by="rani", at=NINE, rules=RULES)
    with pytest.raises(NotAllowed, match="kedaluwarsa"):
        link.told(at=NINE + timedelta(minutes=31), rules=RULES)
    first = link.told(at=NINE + timedelta(minutes=29), rules=RULES)  # found late, then five whole minutes
    with pytest.raises(TooFast):
        first.told(at=NINE + timedelta(minutes=29, seconds=1), rules=RULES)
    assert first.told(at=NINE + timedelta(minutes=33), rules=RULES).fixes == 2
    with pytest.raises(NotAllowed, match="selesai"):
        first.told(at=NINE + timedelta(minutes=35), rules=RULES)
    with pytest.raises(NotAllowed):
        replace(first, fixes=FIXES_MAX).told(at=NINE + timedelta(minutes=30), rules=RULES)
    with pytest.raises(NotAllowed):
        first.ended(at=NINE)[0].told(at=NINE + timedelta(minutes=30), rules=RULES)
