"""The calls a node makes: to partners, back to callers, to takers' desk telephones. Orders in, reports out.

Rule 1: a number to dial is looked up in the row when it is needed; the journal never carries one.
Rule 2: an order repeated (the journal is read again after a failure) dials nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from siaga.adapters.phone.engine import (
    CallGone,
    CannotDial,
    OfferRefused,
    SeatBusy,
    SeatGone,
    TelephonyEngine,
)
from siaga.adapters.phone.orders import (
    Dial,
    DropSeatPhone,
    Join,
    Leave,
    Monitor,
    Mute,
    OutboundOrder,
    SendDigits,
)
from siaga.domain.heartbeat import Life
from siaga.domain.leg import Leg, LegPurpose
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls.nodes.actions import phones
from siaga.records.archive import Archive, Transaction

log = logging.getLogger(__name__)

Report = Callable[..., Awaitable[None]]
HERS = (LegPurpose.CONSULT, LegPurpose.CALL_BACK, LegPurpose.OUTGOING)  # a taker speaks with whom we call
LEGS_REMEMBERED_MAX = 500  # a recording is finished seconds after its leg; a day has some tens of legs


class Outbound:
    """What one node has dialled, and which of its conversations have a partner in them."""

    def __init__(
        self, engine: TelephonyEngine, archive: Archive, report: Report, live: set[str], node: str
    ) -> None:
        """``live``: the calls this node has on the line, legs among them; shared with the node."""
        self._node = node
        self._engine = engine
        self._archive = archive
        self._report = report
        self._live = live
        self._legs: dict[str, tuple[str, str | None]] = {}  # leg -> purpose, call
        self._joined: dict[str, str] = {}  # call -> leg
        self._phones: set[str] = set()

    def is_leg(self, call: str) -> bool:
        """Whether this node dialled it."""
        return call in self._legs

    def has_partner(self, call: str) -> bool:
        """Whether a caller whose taker's headset is lost still has somebody to talk with."""
        return call in self._joined

    def is_recorded_by_itself(self, leg: str) -> bool:
        """A leg in a caller's conversation is on the caller's recording; the others have one of their own."""
        return self._legs.get(leg, ("", None))[0] in (LegPurpose.CALL_BACK, LegPurpose.OUTGOING)

    def call_of(self, leg: str) -> str:
        """The call a recording of this leg belongs to."""
        return self._legs.get(leg, ("", None))[1] or leg

    def over(self, call: str) -> None:
        """This call or leg is gone."""
        self._joined = {one: leg for one, leg in self._joined.items() if call not in (one, leg)}

    async def carry_out(self, order: OutboundOrder) -> None:
        """Carry out one order; what this node does not have is passed over. Raises CallGone, SeatGone."""
        match order:
            case Dial():
                await self._dial(order)
            case Join(call=call, leg=leg) if {call, leg} <= self._live:
                await self._engine.conference(call, leg)
                self._joined[call] = leg
            case Leave(call=call, taker=taker) if call in self._live:
                await self._engine.leave(call, taker)
            case SendDigits(line=line, digits=digits) if line in self._live:
                await self._engine.send_digits(line, digits)
            case Monitor(call=call, taker=taker, mode=mode) if call in self._live:
                await self._monitor(call, taker, mode)
            case Mute(taker=taker, on=on) if taker in self._engine.health().seats:
                await self._engine.mute(taker, on)
            case DropSeatPhone(taker=taker) if taker in self._phones:
                self._phones.discard(taker)
                await self._engine.disconnect_seat(taker)
                await self._report("seat_lost", taker=taker, node=self._node)
            case _:
                pass

    async def _dial(self, order: Dial) -> None:
        if order.leg in self._legs or order.node not in (None, self._node):
            return
        has_caller = order.call in self._live if order.node is not None else False
        if not has_caller and order.taker not in self._engine.health().seats:
            return
        leg = await self._archive.look(_leg, id=order.leg)
        if leg is None or not leg.is_open:
            return
        self._legs[leg.id] = (leg.purpose, leg.call)
        self._live.add(leg.id)
        while len(self._legs) > LEGS_REMEMBERED_MAX:
            del self._legs[next(iter(self._legs))]
        try:
            await self._engine.dial(leg.id, leg.address, caller_id=leg.caller_id)
            if leg.purpose in HERS:
                await self._engine.bridge(leg.id, leg.taker)  # so that she hears it ring
        except CannotDial as reason:
            log.error("leg %s cannot be dialled: %s", leg.id, reason)
            self._live.discard(leg.id)
            await self._report("leg_ended", leg=leg.id, cause="cannot_dial")
        except (CallGone, SeatGone) as gone:
            log.info("leg %s: %s was a moment faster", leg.id, type(gone).__name__)

    async def _monitor(self, call: str, taker: str, mode: str) -> None:
        try:
            await self._engine.monitor(call, taker, mode)
        except SeatBusy:
            log.warning("%s talks and cannot follow call %s", taker, call)

    # --- desk telephones ---

    async def ring_phone(self, taker: str) -> None:
        """Connect the desk telephone of a taker who is on duty with one, unless she can hear already."""
        seat = await self._archive.look(_seat, taker=taker)
        if seat is None or not seat.by_phone or not seat.phone or taker in self._engine.health().seats:
            return
        if seat.heard_on:
            return  # another node has it connected; a node that begins anew must not ring it a second time
        up = [heart.name for heart in await self._archive.look(phones) if heart.state is Life.UP]
        if up and self._node != up[0]:
            return  # a telephone has one line: of several nodes the first that lives rings it
        self._phones.add(taker)
        try:
            await self._engine.dial_seat(taker, seat.phone)
        except (OfferRefused, CannotDial) as reason:
            log.warning("the desk telephone of %s was not connected: %s", taker, reason)

    async def phones_on_duty(self) -> list[str]:
        """The takers on duty with a desk telephone: a node that has begun anew connects them again."""
        return await self._archive.look(_by_phone)


async def _leg(tx: Transaction, *, id: str) -> Leg | None:
    return await tx.seek(Leg, id)


async def _seat(tx: Transaction, *, taker: str) -> Seat | None:
    return await tx.seek(Seat, taker)


async def _by_phone(tx: Transaction) -> list[str]:
    found: list[Any] = await tx.find(Seat, by_phone=True)
    return [seat.taker for seat in found if seat.state is not SeatState.OFF]
