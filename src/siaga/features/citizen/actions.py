"""What a citizen can do without a telephone call: press the panic button."""

from __future__ import annotations

from datetime import datetime

from siaga.domain.call import Channel, arrived
from siaga.records.archive import Transaction


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
