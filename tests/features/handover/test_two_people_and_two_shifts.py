"""Two on a sheet, a sheet taken over, a shift handed over: on PostgreSQL and on the twin, and nothing is lost."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from siaga.domain.call import CallState
from siaga.domain.desk import Sheet
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import HandoverDone, SheetJoined, SheetTaken
from siaga.domain.handover import Handover
from siaga.domain.roles import Person, Role, Viewer
from siaga.domain.sheet_company import PRESENT_SECONDS, SheetGuest, SheetTaking
from siaga.domain.sheet_merge import BESIDE
from siaga.features.calls import actions as calls
from siaga.features.calls.taking_over.actions import take_over
from siaga.features.handover import actions as handovers
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.desk import sharing
from siaga.records.archive import Transaction
from siaga.records.memory import MemoryArchive
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import Room

CITIES = itertools.count()
SEPTI = Viewer(person="septi", name="Septi", roles=(Role.TAKER,))


@pytest.fixture(params=["memory", "postgres"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    if request.param == "memory":
        yield Room(archive=MemoryArchive("kota-contoh"))
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    opened = await PostgresArchive.open(dsn, f"kota-jaga-{next(CITIES)}")
    yield Room(archive=opened)
    await opened.close()


async def saves(
    room: Room, by: str, was: dict[str, Any], sheet: str = "call-1", **fields: Any
) -> sharing.Saved:
    return await room.do(
        sharing.save, sheet=sheet, by=by, fields={**was, **fields}, was=was, revision=0, resolved=()
    )


async def draft(room: Room, sheet: str = "call-1") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await room.one(Sheet, sheet)).draft)
    return found


async def test_a_colleague_writes_with_her_and_both_texts_stand(room: Room) -> None:
    await room.talking("rani", "call-1")
    with pytest.raises(RuleBroken):
        await saves(room, "septi", {}, where="Drajat")
    await room.do(sharing.join, sheet="call-1", by=SEPTI)
    await room.do(sharing.join, sheet="call-1", by=SEPTI)
    assert [e.event.by for e in await room.archive.read(0) if isinstance(e.event, SheetJoined)] == ["septi"]
    await saves(room, "rani", {}, what="kebakaran", where="Kesambi")
    assert (await saves(room, "septi", {}, landmark="masjid")).fields == {
        "what": "kebakaran", "where": "Kesambi", "landmark": "masjid",
    }  # fmt: skip
    quarrel = await saves(room, "septi", {"where": ""}, where="Drajat")
    assert quarrel.contested == ("where",)
    kept = await draft(room)
    assert (kept["what"], kept["where"], kept["landmark"]) == ("kebakaran", "Kesambi", "masjid")
    assert kept[BESIDE][0]["fields"]["where"] == "Drajat"
    await room.do(sharing.leave, sheet="call-1", by="septi")
    with pytest.raises(RuleBroken):
        await saves(room, "septi", {}, where="x")


async def test_each_sees_where_the_other_writes_and_that_she_has_gone(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(sharing.join, sheet="call-1", by=SEPTI)
    await room.do(sharing.present, sheet="call-1", by="rani", field="where")
    await room.do(sharing.present, sheet="call-1", by="septi", field="notes")
    guests = {one.person: one for one in await room.all(SheetGuest, sheet="call-1")}
    assert {person: (one.field, one.is_present(room.now)) for person, one in guests.items()} == {
        "rani": ("where", True), "septi": ("notes", True),
    }  # fmt: skip
    room.later(PRESENT_SECONDS + 1)
    assert not guests["septi"].is_present(room.now)


async def test_a_sheet_is_taken_with_a_reason_after_a_grace_and_the_first_is_told_until_she_has_read_it(
    room: Room,
) -> None:
    await room.talking("rani", "call-1")
    await saves(room, "rani", {}, what="kebakaran", where="Kesambi 3")
    await room.on_duty("septi")
    await room.refuses("alasan", take_over, sheet="call-1", by=SEPTI, reason=" ")
    await room.refuses("Tunggu 20 detik", take_over, sheet="call-1", by=SEPTI, reason="rani pingsan")
    room.later(21)
    await room.do(take_over, sheet="call-1", by=SEPTI, reason="  rani   pingsan ")
    assert (await room.one(Sheet, "call-1")).taker == "septi"
    call = await room.call("call-1")
    assert (call.state, call.offered_to, call.urgency) == (CallState.RINGING, "septi", 1), (
        "the voice comes along"
    )
    await room.do(calls.answer_call, taker="septi", call="call-1")
    assert await draft(room) == {"what": "kebakaran", "where": "Kesambi 3"}
    (event,) = [e.event for e in await room.archive.read(0) if isinstance(e.event, SheetTaken)]
    assert (event.taker, event.by) == ("rani", "septi")
    (taking,) = await room.do(_untold, taker="rani")
    assert taking.reason == "rani pingsan"
    with pytest.raises(RuleBroken):
        await room.do(sharing.told, taking=taking.id, by="septi")
    await room.do(sharing.told, taking=taking.id, by="rani")
    assert await room.do(_untold, taker="rani") == []
    await room.refuses("milik Anda", take_over, sheet="call-1", by=SEPTI, reason="lagi")


async def _untold(tx: Transaction, *, taker: str, now: Any) -> list[SheetTaking]:
    return await sharing.untold(tx, taker=taker)


async def test_a_caller_is_never_taken_to_a_seat_that_cannot_hear_him(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.on_duty("septi", headset=False)
    room.later(30)
    await room.refuses("Headset", take_over, sheet="call-1", by=SEPTI, reason="rani pingsan")
    assert (await room.call("call-1")).taker == "rani"
    assert (await room.one(Sheet, "call-1")).taker == "rani"


async def test_the_sheet_of_somebody_who_signed_out_waits_and_can_be_taken_at_once(room: Room) -> None:
    """Signing out, a closed browser or a power cut leave the sheet, its text and its caller where they are."""
    sheet = await room.do(incidents.new_sheet, taker="rani")
    await saves(room, "rani", {}, sheet=sheet, what="pohon tumbang", notes="09:00 besar")
    room.later(6)
    await room.do(take_over, sheet=sheet, by=SEPTI, reason="rani pulang")
    assert await draft(room, sheet) == {"what": "pohon tumbang", "notes": "09:00 besar"}


async def has_people(room: Room) -> None:
    async def add(tx: Transaction, *, now: Any) -> None:
        for id, roles in (("rani", (Role.TAKER,)), ("septi", (Role.TAKER,)), ("op", (Role.AGENCY,))):
            tx.put(
                Person(id=id, username=id, name=id.title(), password_hash="x", roles=roles, created_at=now)
            )

    await room.do(add)


async def test_a_shift_is_handed_over_when_both_have_confirmed_and_open_sheets_go_along(room: Room) -> None:
    await has_people(room)
    sheet = await room.do(incidents.new_sheet, taker="rani")
    await saves(room, "rani", {}, sheet=sheet, what="pohon tumbang")
    await room.talking("rani", "call-1")
    given = {"given_by": "rani", "content": "{}", "notes": " pompa 2 rusak "}
    await room.refuses("Pilih petugas lain", handovers.begin, taken_by="rani", **given)
    await room.refuses("Pilih petugas yang", handovers.begin, taken_by="op", **given)
    mistaken = await room.do(handovers.begin, taken_by="septi", **given)
    handover = await room.do(handovers.begin, taken_by="septi", **given)
    assert (await room.one(Handover, mistaken)).withdrawn_at is not None
    with pytest.raises(NotAllowed):
        await room.do(handovers.confirm, handover=handover, by="dedi")
    assert await room.do(handovers.confirm, handover=handover, by="rani") is False
    assert (await room.one(Sheet, sheet)).taker == "rani", "nothing moves until both have confirmed"
    assert await room.do(handovers.confirm, handover=handover, by="septi") is True
    assert await room.do(handovers.confirm, handover=handover, by="septi") is True
    assert (await room.one(Sheet, sheet)).taker == "septi"
    assert (await room.one(Sheet, "call-1")).taker == "rani", "she is still talking with this one"
    done = [e.event for e in await room.archive.read(0) if isinstance(e.event, HandoverDone)]
    assert [(one.given_by, one.taken_by) for one in done] == [("rani", "septi")]
    await room.refuses("sudah selesai", handovers.withdraw, handover=handover, by="rani")
    assert (await room.one(Handover, handover)).notes == "pompa 2 rusak"
