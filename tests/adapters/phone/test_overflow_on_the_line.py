"""A caller nobody in the room could take: his telephone outside is rung by the node that has him, on a real walk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from siaga.adapters.phone.orders import Join, Return, orders_for
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS, prompt_texts
from siaga.domain.call import CallState
from siaga.domain.event import CallTakenOutside, CallToldNotice, LegAnswered
from siaga.domain.leg import Leg, LegPurpose
from siaga.domain.room_rules import OverflowKind, OverflowStep, RoomRules
from siaga.features.calls.room.load import watch_room
from siaga.records.archive import Transaction
from tests.a_city import CITY
from tests.adapters.phone.test_call_node import NINE, House

POST = OverflowStep(code="post", name="Posko", kind=OverflowKind.PHONE, target="0990001", after_seconds=60)
ROOM = replace(CITY, room=RoomRules(overflow=(POST,)))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    await made.open()
    yield made
    await made.close()


async def the_leg(house: House) -> Leg:
    async def look(tx: Transaction) -> Leg:
        (leg,) = await tx.find(Leg)
        return leg

    return await house.archive.look(look)


async def overflowing(house: House) -> tuple[str, Leg]:
    call = await house.ring()
    await house.quiet()
    await house.archive.do(watch_room, city=ROOM, now=NINE + timedelta(seconds=61))
    leg = await the_leg(house)
    await house.until(lambda: leg.id in house.engine.calls)
    assert house.engine.calls[leg.id].dialled is not None
    return call, leg


async def test_the_telephone_outside_rings_and_he_hears_the_queue_until_it_is_picked_up(house: House) -> None:
    call, leg = await overflowing(house)
    assert (await house.call(call)).state is CallState.WAITING
    assert house.engine.calls[call].hears == ANNOUNCEMENTS["waiting"]
    house.engine.callee_answers(leg.id)
    await house.quiet()
    assert (await house.call(call)).state is CallState.HANDED
    await house.until(lambda: leg.id in house.engine.calls[call].hears_all)


def test_the_orders_say_the_same() -> None:
    answered = LegAnswered(leg="l", purpose=LegPurpose.OVERFLOW, taker="", call="c", at=NINE)
    assert orders_for(answered) == ()  # it may be too late: he is joined only when he was taken
    assert orders_for(CallTakenOutside(call="c", leg="l", at=NINE)) == (Join("c", "l", None),)
    assert orders_for(CallToldNotice(call="c", incident="i", at=NINE)) == (Return("c", "notice"),)


def test_the_notice_asks_for_a_key_and_tells_nobody_to_hang_up() -> None:
    words = prompt_texts()["notice"].casefold()
    assert "tekan angka apa saja" in words
    assert "tetaplah di telepon" in words
    assert "tutup telepon" not in words
    assert ANNOUNCEMENTS["notice"].once == ("notice",)
    assert "notice" in ANNOUNCEMENTS["notice"].repeat
