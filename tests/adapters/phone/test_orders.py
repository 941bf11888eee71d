"""What the telephone does when something has been recorded, as a transcript."""

from __future__ import annotations

from datetime import UTC, datetime

from siaga.adapters.phone.orders import Bridge, HangUp, Return, orders_for
from siaga.domain.event import (
    EVENTS,
    CallAnswered,
    CallDisposed,
    CallEnded,
    CallerHungUp,
    CallLost,
    CallReturned,
    Event,
)

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


def test_every_fact_of_a_call_and_the_order_it_leads_to() -> None:
    script: list[tuple[Event, tuple[object, ...]]] = [
        (CallAnswered(call="c", taker="sari", channel="voice", at=NINE), (Bridge("c", "sari"),)),
        (CallAnswered(call="p", taker="sari", channel="panic", at=NINE), ()),
        (CallReturned(call="c", taker="sari", at=NINE), (Return("c", "waiting"),)),
        (CallEnded(call="c", taker="sari", at=NINE), (HangUp("c"),)),
        (CallDisposed(call="c", disposition="prank", taker="sari", at=NINE), (HangUp("c"),)),
        (CallLost(call="c", node="node-1", at=NINE), (HangUp("c"),)),
        (CallerHungUp(call="c", abandoned=True, at=NINE), (HangUp("c"),)),
    ]

    assert [(event, orders_for(event)) for event, _ in script] == script


def test_no_other_fact_moves_the_telephone() -> None:
    obeyed = {CallAnswered, CallReturned, CallEnded, CallDisposed, CallLost, CallerHungUp}
    for kind in set(EVENTS) - obeyed:
        assert orders_for(object.__new__(kind)) == ()
