"""One shift hands over to the next: begun, confirmed by both, or taken back. Open sheets go along."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.call import Call, CallState
from siaga.domain.desk import Sheet
from siaga.domain.errors import RuleBroken
from siaga.domain.handover import Handover, begun
from siaga.domain.roles import May, Person
from siaga.records.archive import Transaction


async def begin(
    tx: Transaction, *, given_by: str, taken_by: str, content: str, notes: str, now: datetime
) -> str:
    """She shows what stands open to whoever takes over. One at a time: an earlier open one of hers is the same act."""
    receiver = await tx.seek(Person, taken_by)
    if receiver is None or not receiver.active or not receiver.viewer().may(May.TAKE_CALLS):
        raise RuleBroken("Pilih petugas yang menerima jaga.").about("to")
    for earlier in await tx.find(Handover, given_by=given_by, withdrawn_at=None, taken_at=None):
        if earlier.is_open:
            tx.keep(earlier.withdrawn(by=given_by, at=now))
    handover: Handover = tx.keep(
        begun(id=tx.new_id(), given_by=given_by, taken_by=taken_by, content=content, notes=notes, at=now)
    )
    return handover.id


async def confirm(tx: Transaction, *, handover: str, by: str, now: datetime) -> bool:
    """One of the two has read it. With the second her open sheets are the other's; returns whether it is done."""
    known = await tx.get(Handover, handover)
    after, event = known.confirmed(by=by, at=now)
    if after == known:
        return known.is_done
    tx.put(after)
    if event is None:
        return False
    tx.record(event)
    for sheet in await tx.find(Sheet, taker=known.given_by, done_at=None):
        call = await tx.seek(Call, sheet.call) if sheet.call else None
        if call is not None and call.taker == known.given_by and call.state is CallState.TALKING:
            continue  # he is still talking with her: his sheet goes when he has finished, or is taken over
        tx.put(replace(sheet, taker=known.taken_by))
    return True


async def withdraw(tx: Transaction, *, handover: str, by: str, now: datetime) -> None:
    """It was begun by mistake, or to the wrong person."""
    tx.keep((await tx.get(Handover, handover)).withdrawn(by=by, at=now))
