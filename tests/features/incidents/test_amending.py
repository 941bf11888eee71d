"""Two people correct one incident after sending: different fields both win, the same field is a choice."""

from __future__ import annotations

from typing import Any

from siaga.domain.place import Place
from siaga.domain.roles import Role
from siaga.features.incidents.amending import BLIND, Believed, Wanted, amend_from_sheet
from tests.a_web_process import Web
from tests.features.scenes import a_fire, opened
from tests.room import PAK_DEDI, RANI, Room


async def a_room() -> tuple[Room, str, dict[str, Any]]:
    room = Room()
    fire = await room.opens()
    await room.follow()
    return room, fire, {"city": room.city, "incident": fire}


async def test_different_fields_both_win():
    room, fire, given = await a_room()
    hers, his = Wanted(landmark="depan masjid"), Wanted(rt_rw="3/5")

    for wanted, by in ((hers, RANI), (his, PAK_DEDI)):
        believed = Believed(
            type="kebakaran.bangunan", where="Jl. Contoh 3", landmark="", rt_rw="", hazards=()
        )
        assert await room.do(amend_from_sheet, wanted=wanted, believed=believed, by=by, **given) == (True, [])

    known = await room.incident(fire)
    assert (known.landmark, known.rt_rw) == ("depan masjid", "3/5")


async def test_the_same_field_is_contested_and_the_rest_of_it_wins():
    room, fire, given = await a_room()
    await room.do(amend_from_sheet, wanted=Wanted(landmark="pasar"), believed=BLIND, by=PAK_DEDI, **given)
    late = Wanted(landmark="masjid", rt_rw="3/5", place=Place(text="Jl. Contoh 5"))
    believed = Believed(where="Jl. Contoh 3", landmark="", rt_rw="")

    assert await room.do(amend_from_sheet, wanted=late, believed=believed, by=RANI, **given) == (
        True, ["landmark"],
    )  # fmt: skip

    known = await room.incident(fire)
    assert (known.landmark, known.rt_rw, known.place.text) == ("pasar", "3/5", "Jl. Contoh 5")
    chosen = Believed(landmark="pasar")  # she has seen it and means hers
    await room.do(amend_from_sheet, wanted=Wanted(landmark="masjid"), believed=chosen, by=RANI, **given)
    assert (await room.incident(fire)).landmark == "masjid"


async def test_two_who_mean_the_same_do_not_quarrel():
    room, _, given = await a_room()
    await room.do(amend_from_sheet, wanted=Wanted(landmark="pasar"), believed=BLIND, by=PAK_DEDI, **given)

    again = Wanted(landmark="pasar")
    assert await room.do(amend_from_sheet, wanted=again, believed=Believed(landmark=""), by=RANI, **given) == (
        False, [],
    )  # fmt: skip


async def test_dangers_are_added_and_taken_away_one_by_one():
    room, fire, given = await a_room()
    for wanted, by in ((("terjebak",), PAK_DEDI), (("luka",), RANI)):
        await room.do(
            amend_from_sheet, wanted=Wanted(hazards=wanted), believed=Believed(hazards=()), by=by, **given
        )
    assert set((await room.incident(fire)).hazards) == {"terjebak", "luka"}, "what he added stays"

    gone = Believed(hazards=("luka",))
    await room.do(amend_from_sheet, wanted=Wanted(hazards=()), believed=gone, by=RANI, **given)
    assert (await room.incident(fire)).hazards == ("terjebak",)


async def test_the_sheet_is_told_both_values_and_who(invented_web: Web) -> None:
    web = invented_web
    room = Room(archive=web.archive, city=web.city)
    fire = await opened(room, a_fire())
    rani, septi = await web.signed_in(Role.TAKER), await web.signed_in(Role.DISPATCHER)
    before = {"type": "kebakaran.rumah", "where": "Jl. Melati 3", "landmark": ""}
    hers = {"where": "Jl. Melati 4", "before": before}
    assert (await septi.patch(f"/kejadian/{fire}", json=hers)).json()["contested"] == []

    told = await rani.patch(
        f"/kejadian/{fire}", json={"where": "Jl. Melati 5", "landmark": "masjid", "before": before}
    )

    one = told.json()["contested"][0]
    assert (one["field"], one["words"], one["fields"]["where"]) == ("place", "Jl. Melati 4", "Jl. Melati 4")
    assert one["who"], "she can ask him"
    known = await room.incident(fire)
    assert (known.place.text, known.landmark) == ("Jl. Melati 4", "masjid")
