"""The orders of the engine about takers: browsers come to our media processes, desk telephones are the exchange's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from siaga.adapters.phone.asterisk.ari import Ari
from siaga.adapters.phone.asterisk.channels import Channels
from siaga.adapters.phone.asterisk.ends import End, Ends
from siaga.adapters.phone.asterisk.measured import quality_at
from siaga.adapters.phone.asterisk.options import DESK_SECONDS_MAX, AsteriskOptions
from siaga.adapters.phone.engine import (
    CannotDial,
    EngineDown,
    OfferRefused,
    PhoneEvent,
    Quality,
)
from siaga.adapters.phone.sip.options import PhoneOptions
from siaga.adapters.phone.sound.seats import Seats
from siaga.adapters.phone.sound.soundboard import Soundboard


class SeatOrders(Seats):
    """The orders of a TelephonyEngine about seats. See there."""

    def __init__(
        self, board: Soundboard, options: PhoneOptions, asterisk: AsteriskOptions,
        say: Callable[[PhoneEvent], None],
    ) -> None:  # fmt: skip
        """``say`` is called on the event loop."""
        super().__init__(board, options.ice_addresses, say)
        self._options, self._asterisk = options, asterisk
        self._ari = Ari(asterisk)
        self._ends = Ends(f"siaga-{options.node}-")
        self._channels: Channels | None = None

    @property
    def _hand(self) -> Channels:
        if self._channels is None:
            raise EngineDown("the engine has not been started")
        return self._channels

    async def dial_seat(self, seat: str, uri: str) -> None:
        """See TelephonyEngine. ``sip:201@...`` is the exchange's own telephone 201 (SIAGA_ARI_PHONES)."""
        await self._drop_seat(seat, say=True)
        try:
            endpoint = self._asterisk.endpoint_of(uri)
            end = self._hand.made(seat, seat=True)
            await self._hand.originate(end, endpoint, self._options.user, DESK_SECONDS_MAX)
        except CannotDial as refused:
            raise OfferRefused(f"{uri[:200]} did not answer: {refused}") from refused
        connected = False
        try:
            connected = await self._picked_up(end) and await self._hand.give_voice(end)
        finally:
            if not connected:
                self._ends.forget(end)
                await self._hand.put_down(end)
        if not connected:
            raise OfferRefused(f"{uri} did not answer, or its voice could not be connected")
        self._takers.take_off_seat(seat)
        self._takers.put_seat(seat, end.leg, end)
        self._seat_connected(seat)

    async def seat_quality(self, seat: str) -> Quality:
        """See TelephonyEngine."""
        phone: End | None = self._takers.seat(seat).sip
        return self._media.quality(seat) if phone is None else await quality_at(self._ari, phone.channel)

    async def _put_down(self, phone: End) -> None:
        await self._hand.put_down(self._ends.forget(phone))

    async def _picked_up(self, end: End) -> bool:
        """Whether a desk telephone is picked up in time."""
        waits = [asyncio.create_task(event.wait()) for event in (end.up, end.over)]
        try:
            await asyncio.wait(waits, timeout=DESK_SECONDS_MAX, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return end.up.is_set() and self._ends.knows(end)
