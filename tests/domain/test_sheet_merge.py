"""Two on one sheet: nothing either typed is ever lost, whatever the order the saves arrive in."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from siaga.domain.sheet_merge import BESIDE, merge
from tests.room import NINE

EMPTY: dict[str, Any] = {
    "what": "",
    "type": None,
    "where": "",
    "place": None,
    "landmark": "",
    "notes": "",
    "hazards": [],
}


def merged(theirs: dict[str, Any], was: dict[str, Any], mine: dict[str, Any], **more: Any) -> Any:
    return merge({**EMPTY, **theirs}, {**EMPTY, **was}, {**EMPTY, **mine}, by="septi", at=NINE, **more)


def test_different_fields_are_simply_both_kept() -> None:
    found = merged({"what": "kebakaran"}, {}, {"landmark": "sebelah masjid", "hazards": ["luka"]})
    assert (found.fields["what"], found.fields["landmark"], found.fields["hazards"]) == (
        "kebakaran",
        "sebelah masjid",
        ["luka"],
    )
    assert found.contested == ()
    assert BESIDE not in found.fields


def test_a_place_moves_with_its_words() -> None:
    theirs = {"where": "Kesambi", "place": {"lat": 1}}
    found = merged(theirs, {}, {"where": "Drajat", "place": {"lat": 2}})
    assert (found.fields["where"], found.fields["place"]) == ("Kesambi", {"lat": 1})
    assert found.contested == ("where",)
    (beside,) = found.fields[BESIDE]
    assert (beside["by"], beside["fields"]) == ("septi", {"where": "Drajat", "place": {"lat": 2}})


def test_the_same_quarrel_is_kept_once_with_its_newest_words_until_somebody_chooses() -> None:
    first = merged({"where": "Kesambi"}, {}, {"where": "Dra"})
    again = merged(first.fields, {}, {"where": "Drajat"})
    assert [one["fields"]["where"] for one in again.fields[BESIDE]] == ["Drajat"]
    chosen = merged(again.fields, {"where": "Kesambi"}, {"where": "Drajat"}, resolved=("where",))
    assert chosen.fields["where"] == "Drajat"
    assert BESIDE not in chosen.fields
    assert chosen.contested == ()


def test_notes_grow_from_both_sides_and_a_line_being_typed_stands_once() -> None:
    theirs = "14:07 api besar"
    for typed in ("14:08 a", "14:08 anak", "14:08 anak di dalam"):
        before = merged({"notes": theirs}, {"notes": ""}, {"notes": typed}).fields["notes"]
        assert before.splitlines() == ["14:07 api besar", typed]
    on = merged(
        {"notes": "14:07 api besar\n14:08 anak"}, {"notes": "14:08 anak"}, {"notes": "14:08 anak di dalam"}
    )
    assert on.fields["notes"].splitlines() == ["14:07 api besar", "14:08 anak di dalam"]


def test_a_hazard_taken_away_by_one_stays_away() -> None:
    found = merged(
        {"hazards": ["luka"]}, {"hazards": ["gas", "luka"]}, {"hazards": ["gas", "luka", "listrik"]}
    )
    assert found.fields["hazards"] == ["luka", "listrik"]


WORDS = st.sampled_from(["", "a", "b", "Kesambi", "Drajat 3", "api\nasap", "api"])
DRAFT = st.fixed_dictionaries(
    {
        "where": WORDS,
        "landmark": WORDS,
        "notes": WORDS,
        "hazards": st.lists(st.sampled_from("xyz"), unique=True),
    }
)


@settings(max_examples=200, deadline=None)
@given(theirs=DRAFT, was=DRAFT, mine=DRAFT)
def test_no_word_of_either_side_is_lost(
    theirs: dict[str, Any], was: dict[str, Any], mine: dict[str, Any]
) -> None:
    found = merge(theirs, was, mine, by="s", at=NINE)
    everything = str(found.fields)
    for name in ("where", "landmark"):
        for side in (theirs, mine):
            if side[name] != was[name] or theirs[name] == mine[name]:
                assert repr(side[name]) in everything
    for line in mine["notes"].splitlines():
        if line not in was["notes"].splitlines():
            assert line in found.fields["notes"].splitlines()
    for line in theirs["notes"].splitlines():
        if line not in was["notes"].splitlines():
            assert line in found.fields["notes"].splitlines()
    assert merge(found.fields, found.fields, found.fields, by="s", at=NINE).fields == found.fields
