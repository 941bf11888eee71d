"""What the telephone does when something has been recorded, as a transcript."""

from __future__ import annotations

from datetime import UTC, datetime

from siaga.adapters.phone.orders import (
    Bridge,
    Dial,
    DropSeatPhone,
    HangUp,
    Join,
    Leave,
    Monitor,
    Mute,
    Return,
    RingSeatPhone,
    SendDigits,
    orders_for,
)
from siaga.domain.event import (
    EVENTS,
    CallAnswered,
    CallDisposed,
    CallEnded,
    CallerHungUp,
    CallFound,
    CallHandedOver,
    CallHeld,
    CallLost,
    CallMonitored,
    CallPassed,
    CallResumed,
    CallReturned,
    DigitsSent,
    Event,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegJoined,
    SeatChanged,
    SeatMuted,
    SeatPhoneChosen,
    SeatPhoneRung,
)

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


def test_every_fact_of_a_call_and_the_order_it_leads_to() -> None:
    script: list[tuple[Event, tuple[object, ...]]] = [
        (CallAnswered(call="c", taker="sari", channel="voice", at=NINE), (Bridge("c", "sari"),)),
        (CallAnswered(call="p", taker="sari", channel="panic", at=NINE), ()),
        (CallReturned(call="c", taker="sari", at=NINE), (Return("c", "waiting"),)),
        (CallEnded(call="c", taker="sari", at=NINE), (HangUp("c"),)),
        (CallDisposed(call="c", disposition="prank", taker="sari", at=NINE), (HangUp("c"),)),
        (CallLost(call="c", node="node-1", at=NINE), ()),
        (CallFound(call="c", node="node-1", at=NINE), (Return("c", "hold"),)),
        (CallerHungUp(call="c", abandoned=True, at=NINE), (HangUp("c"),)),
        (CallHeld(call="c", taker="sari", at=NINE), (Return("c", "hold"),)),
        (CallResumed(call="c", taker="sari", at=NINE), (Bridge("c", "sari"),)),
        (CallPassed(call="c", taker="sari", to="tini", by="sari", until=NINE, at=NINE), (Return("c", "transfer"),)),
        (CallHandedOver(call="c", leg="l", taker="sari", answered=False, at=NINE), (Return("c", "transfer"),)),
        (CallHandedOver(call="c", leg="l", taker="sari", answered=True, at=NINE),
         (Join("c", "l", None), Leave("c", "sari"))),
        (LegDialled(leg="l", purpose="consult", taker="sari", call="c", node="n", at=NINE),
         (Dial("l", "sari", "c", "n"),)),
        (LegAnswered(leg="l", purpose="consult", taker="sari", call="c", at=NINE), (Bridge("l", "sari"),)),
        (LegAnswered(leg="l", purpose="call_back", taker="sari", call="c", at=NINE), (Bridge("l", "sari"),)),
        (LegAnswered(leg="l", purpose="transfer", taker="sari", call="c", at=NINE), (Join("c", "l", None),)),
        (LegAnswered(leg="l", purpose="overflow", taker="", call="c", at=NINE), ()),
        (LegJoined(leg="l", call="c", taker="sari", at=NINE), (Join("c", "l", "sari"),)),
        (LegEnded(leg="l", cause="busy", call="c", at=NINE), (HangUp("l"),)),
        (DigitsSent(line="l", digits="1#", taker="sari", at=NINE), (SendDigits("l", "1#"),)),
        (CallMonitored(call="c", taker="sari", by="dedi", mode="whisper", at=NINE),
         (Monitor("c", "dedi", "whisper"),)),
        (SeatMuted(taker="sari", on=True, at=NINE), (Mute("sari", True),)),
        (SeatPhoneRung(taker="sari", at=NINE), (RingSeatPhone("sari"),)),
        (SeatPhoneChosen(taker="sari", on=False, at=NINE), (DropSeatPhone("sari"),)),
        (SeatPhoneChosen(taker="sari", on=True, at=NINE), ()),
        (SeatChanged(taker="sari", state="off", at=NINE), (DropSeatPhone("sari"),)),
        (SeatChanged(taker="sari", state="ready", at=NINE), ()),
    ]  # fmt: skip

    assert [(event, orders_for(event)) for event, _ in script] == script


def test_no_other_fact_moves_the_telephone() -> None:
    obeyed = {CallAnswered, CallReturned, CallEnded, CallDisposed, CallFound, CallerHungUp}
    for kind in set(EVENTS) - obeyed:
        assert orders_for(object.__new__(kind)) == ()
