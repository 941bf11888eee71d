"""A colleague is asked, joins, and takes over, between the twin of the telephone and the twin of the record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from siaga.domain.room_rules import ConversationRules
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation import colleagues
from tests.adapters.phone.test_call_node import NINE, SDP, House

RULES = ConversationRules()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = House(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


async def do(house: House, action: Any, **given: Any) -> Any:
    return await house.archive.do(action, now=NINE, **given)


async def asking(house: House) -> str:
    """Sari holds a caller and talks with Dewi about him."""
    call = await house.ring()
    await house.talk(call)
    await house.engine.connect_seat("dewi", SDP)
    await house.quiet()
    await do(house, calls.go_ready, taker="dewi")
    await do(
        house,
        colleagues.consult_colleague,
        call=call,
        taker="sari",
        colleague="dewi",
        label="Dewi",
        rules=RULES,
    )
    await house.until(lambda: house.engine.calls[call].hears == ANNOUNCEMENTS["hold"])
    assert len(house.engine.calls) == 1, "no telephone is dialled"
    await do(house, calls.answer_call, taker="dewi")
    await house.until(lambda: house.engine.heard_by("dewi") == {"sari"})
    assert house.engine.heard_by("sari") == {"dewi"}
    return call


async def test_the_two_talk_while_he_is_held_and_then_he_is_hers(house: House) -> None:
    call = await asking(house)
    assert house.engine.calls[call].hears == ANNOUNCEMENTS["hold"]
    await do(house, conversation.complete_transfer, call=call, taker="sari")
    await house.until(lambda: house.engine.heard_by("dewi") == {call})
    assert house.engine.calls[call].hears_all == {"dewi"}
    assert house.engine.heard_by("sari") == set()


async def test_all_three_and_a_broken_headset_comes_back_to_both(house: House) -> None:
    call = await asking(house)
    await do(house, conversation.join_partner, call=call, taker="sari")
    await house.until(lambda: house.engine.calls[call].hears_all == {"sari", "dewi"})
    for seat, other in (("dewi", "sari"), ("sari", "dewi")):
        house.engine.lose_seat(seat)
        await house.until(lambda other=other: house.engine.heard_by(other) == {call})
        assert house.engine.calls[call].hears_all == {other}, "he is not put on hold: somebody is with him"
        await house.engine.connect_seat(seat, SDP)
        await house.until(lambda: house.engine.calls[call].hears_all == {"sari", "dewi"})
    await do(house, conversation.drop_partner, call=call, taker="sari")
    await house.until(lambda: house.engine.calls[call].hears_all == {"sari"})
    assert house.engine.heard_by("dewi") == set()


async def test_a_headset_that_comes_back_finds_the_colleague_not_the_caller(house: House) -> None:
    call = await asking(house)
    house.engine.lose_seat("sari")
    await house.until(lambda: not house.engine.heard_by("dewi"))
    await house.engine.connect_seat("sari", SDP)
    await house.until(lambda: house.engine.heard_by("sari") == {"dewi"})
    assert house.engine.calls[call].hears == ANNOUNCEMENTS["hold"]


async def test_back_to_the_caller_and_the_colleague_hears_nobody(house: House) -> None:
    call = await asking(house)
    await do(house, conversation.resume_call, call=call, taker="sari")
    await house.until(lambda: house.engine.calls[call].hears_all == {"sari"})
    assert house.engine.heard_by("dewi") == set()


async def test_a_caller_who_hangs_up_leaves_nobody_talking(house: House) -> None:
    call = await asking(house)
    house.engine.caller_leaves(call)
    await house.until(lambda: not house.engine.heard_by("dewi"))
    assert not house.engine.heard_by("sari")
