"""An alarm put aside is never forgotten: it says who, why and until when, and comes back by itself."""

from __future__ import annotations

import pytest

from siaga.domain.alarm import NEVER_SHELVED, SHELVED_MINUTES, Alarm, AlarmKind
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.features.dispatch import actions as dispatch
from siaga.features.dispatch.shelving import return_shelved, shelve_alarm
from siaga.features.incidents import actions as incidents
from tests.room import FIRE, NINE, PAK_DEDI, RANI, Room, of_agency


@pytest.fixture
async def alarm() -> tuple[Room, str]:
    room = Room()
    fire = await room.do(incidents.open_incident, city=room.city, report=FIRE, by="rani")
    await room.follow()
    room.later(60)
    await room.do(dispatch.escalate_overdue, city=room.city)
    return room, f"A4:{fire}:damkar:1"


async def test_it_comes_back_on_time_and_counts(alarm: tuple[Room, str]) -> None:
    room, id = alarm
    await room.do(shelve_alarm, alarm=id, reason="already_called", by=RANI)
    await room.do(shelve_alarm, alarm=id, reason="already_called", by=RANI)  # pressed twice
    await room.refuses("sudah ditunda", shelve_alarm, alarm=id, reason="false", by=PAK_DEDI)
    aside = await room.one(Alarm, id)
    assert (aside.is_fresh, aside.shelved_by, aside.shelved_reason) == (False, "rani", "already_called")
    assert aside.cleared_at is None, "put aside is not over"

    room.later(60 * SHELVED_MINUTES[aside.priority] - 1)
    assert await room.do(return_shelved) == 0
    room.later(1)
    assert await room.do(return_shelved) == 1
    back = await room.one(Alarm, id)
    assert (back.is_fresh, back.shelvings) == (True, 1)
    assert await room.do(return_shelved) == 0

    await room.do(shelve_alarm, alarm=id, reason="others_first", by=PAK_DEDI)
    await room.do(dispatch.acknowledge_alarm, alarm=id, by=RANI)  # somebody has time after all
    seen = await room.one(Alarm, id)
    assert (seen.shelved_until, seen.acknowledged_by, seen.shelvings) == (None, "rani", 2)
    await room.refuses("sudah diterima", shelve_alarm, alarm=id, reason="false", by=PAK_DEDI)


async def test_whose_cause_ends_while_it_is_aside_does_not_come_back(alarm: tuple[Room, str]) -> None:
    room, id = alarm
    await room.do(shelve_alarm, alarm=id, reason="already_called", by=RANI)
    incident = (await room.one(Alarm, id)).incident
    await room.do(incidents.close_incident, incident=incident, outcome="handled", by="dedi")
    await room.do(dispatch.clear_ended_alarms)
    room.later(3600)
    assert await room.do(return_shelved) == 0
    await room.refuses("sudah selesai", shelve_alarm, alarm=id, reason="false", by=RANI)


async def test_only_the_room_puts_aside(alarm: tuple[Room, str]) -> None:
    room, id = alarm
    with pytest.raises(NotAllowed):
        await room.do(shelve_alarm, alarm=id, reason="false", by=of_agency("damkar"))


@pytest.mark.parametrize("kind", sorted(NEVER_SHELVED))
def test_somebody_who_waits_for_an_answer_is_never_put_aside(kind: AlarmKind) -> None:
    waiting = Alarm(id=f"{kind}:x", kind=kind, priority=1, raised_at=NINE)
    assert not waiting.may_be_shelved
    with pytest.raises(RuleBroken, match="menunggu jawaban"):
        waiting.shelved(reason="false", by="rani", at=NINE)
