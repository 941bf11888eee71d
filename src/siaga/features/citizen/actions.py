"""What a citizen can do without a telephone call: press the panic button, answer a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.call import Call, CallState, Channel, arrived
from siaga.domain.event import TextSaid
from siaga.domain.text_session import TextLine
from siaga.records.archive import AnyOf, Transaction

SAID_CHARACTERS_MAX = 2000  # a long conversation by text; a taker reads no more at a glance


async def press_panic(
    tx: Transaction,
    *,
    lat: float | None,
    lon: float | None,
    accuracy_m: float | None,
    number: str | None,
    device: str,
    said: str | None,
    now: datetime,
    demo: bool = False,
) -> str:
    """A panic press is a call with a place and without a voice. Run it with the press's idempotency key."""
    call, event = arrived(
        id=tx.new_id(), channel=Channel.PANIC, at=now, number=number, device=device, lat=lat, lon=lon,
        accuracy_m=accuracy_m, said=said, demo=demo,
    )  # fmt: skip
    tx.put(call)
    tx.record(event)
    return call.id


async def text_arrived(tx: Transaction, *, number: str, said: str, now: datetime, demo: bool = False) -> str:
    """Somebody wrote to us, or answered our text: a call with words and without a voice.

    While an earlier text of his is still open, the new words are added to it, and whoever has it is told. Run it with
    the gateway's own key.
    """
    line = TextLine(id=tx.new_id(), call="", at=now, text=said[:SAID_CHARACTERS_MAX])
    open_states = AnyOf(CallState.WAITING, CallState.RINGING, CallState.TALKING)
    for earlier in await tx.find(Call, number=number, channel=Channel.TEXT, state=open_states):
        whole = f"{earlier.said or ''}\n{said}".strip()[:SAID_CHARACTERS_MAX]
        tx.put(replace(earlier, said=whole, said_at=now), replace(line, call=earlier.id))
        tx.record(TextSaid(call=earlier.id, taker=earlier.taker, at=now))
        return earlier.id
    call, event = arrived(
        id=tx.new_id(),
        channel=Channel.TEXT,
        at=now,
        number=number,
        said=said[:SAID_CHARACTERS_MAX],
        demo=demo,
    )
    tx.put(replace(call, said_at=now), replace(line, call=call.id))
    tx.record(event)
    return call.id
