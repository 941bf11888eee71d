"""What a call node's life, silence, death and return mean for the calls and headsets it carries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from siaga.domain.call import Call, CallState, EndReason
from siaga.domain.event import SeatPhoneRung
from siaga.domain.heartbeat import PHONE, WORKER, Heartbeat, Life, first_beat
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls.actions import node_lost, seat_connected
from siaga.features.calls.steps import open_sheet
from siaga.records.archive import AnyOf, Transaction


async def node_beat(
    tx: Transaction,
    *,
    node: str,
    life: str,
    now: datetime,
    live: Sequence[str] = (),
    seats: Sequence[str] = (),
) -> list[str]:
    """The node lives. Calls it still has, that were called lost meanwhile, are found again; returns them."""
    before = await tx.seek(Heartbeat, PHONE, node)
    await _beat(tx, PHONE, node, life, now)
    if before is None or before.state is not Life.GONE or before.life != life:
        return []
    for taker in seats:
        await seat_connected(tx, taker=taker, node=node, now=now)
    lost = await tx.find(
        Call,
        id=AnyOf(*live),
        node=node,
        state=CallState.ENDED,
        end_reason=EndReason.LOST,
        order=("arrived_at",),
    )
    for call in lost:
        await _find_again(tx, call, now)
    return [call.id for call in lost]


async def worker_beat(tx: Transaction, *, name: str, life: str, now: datetime) -> None:
    """Whoever watches the nodes lives, and the record takes what it writes."""
    await _beat(tx, WORKER, name, life, now)


async def node_silent(tx: Transaction, *, node: str, life: str, beats: int, now: datetime) -> bool:
    """Nothing has been heard of it: its callers are listed. Not if it has been heard since."""
    heart = await tx.seek(Heartbeat, PHONE, node)
    if heart is None or (heart.life, heart.beats) != (life, beats):
        return False
    silent, event = heart.fallen_silent(at=now)
    if event is not None:
        tx.keep((silent, event))
    return event is not None


async def node_gone(tx: Transaction, *, node: str, life: str, beats: int, now: datetime) -> list[str]:
    """It is dead or silent for too long: its calls are lost. Not if it, or its next life, has been heard since."""
    heart = await tx.seek(Heartbeat, PHONE, node)
    if heart is None or (heart.life, heart.beats) != (life, beats):
        return []
    gone, event = heart.given_up(at=now)
    if event is None:
        return []
    tx.keep((gone, event))
    lost = await node_lost(tx, node=node, now=now)
    for seat in await tx.find(Seat, by_phone=True):
        if seat.state is not SeatState.OFF and not seat.heard_on:
            tx.record(SeatPhoneRung(taker=seat.taker, at=now))  # the next node that lives rings it
    return lost


async def phones(tx: Transaction) -> list[Heartbeat]:
    """Every call node that has ever been heard of."""
    return await tx.find(Heartbeat, kind=PHONE, order=("name",))


async def _beat(tx: Transaction, kind: str, name: str, life: str, now: datetime) -> None:
    before = await tx.seek(Heartbeat, kind, name)
    if before is None:
        tx.put(first_beat(kind, name, life, at=now))
    else:
        tx.keep(before.beaten(life, at=now))


async def _find_again(tx: Transaction, call: Call, now: datetime) -> None:
    """He is still there: with his taker, if she has not gone on to something else, or else first in the queue."""
    found: Call = tx.keep(call.found(at=now))
    seat = await tx.seek(Seat, call.taker) if call.taker is not None else None
    if (
        seat is None
        or seat.state is not SeatState.WRAPUP
        or seat.call != call.id
        or not seat.hears(call.node)
    ):
        return
    ready = tx.keep(seat.moved("come", at=now))
    tx.keep(ready.moved("take", at=now, call=call.id))
    tx.keep(found.answered(by=seat.taker, at=now))
    await open_sheet(tx, call.id, seat.taker, now)
