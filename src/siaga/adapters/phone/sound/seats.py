"""The orders about takers that every engine of ours carries out alike: browsers come to our own media processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from siaga.adapters.phone.engine import PhoneEvent, SeatConnected, SeatLost
from siaga.adapters.phone.media.pool import MediaPool
from siaga.adapters.phone.sound.soundboard import Soundboard


class Seats:
    """The orders of a TelephonyEngine about seats. See there. How a desk telephone is reached is each engine's own."""

    def __init__(
        self, board: Soundboard, ice_addresses: tuple[str, ...], say: Callable[[PhoneEvent], None]
    ) -> None:
        """``say`` is called on the event loop."""
        self._takers, self._tell = board, say
        self._media = MediaPool(board.mixer, ice_addresses, self._seat_connected, self._seat_lost)

    async def connect_seat(self, seat: str, sdp_offer: str) -> str:
        """See TelephonyEngine."""
        await self._drop_seat(seat, say=True)
        answer, leg = await self._media.connect(seat, sdp_offer)
        self._takers.take_off_seat(seat)  # another page of the same taker was faster by a moment
        self._takers.put_seat(seat, leg)
        return answer

    async def disconnect_seat(self, seat: str) -> None:
        """See TelephonyEngine."""
        await self._drop_seat(seat, say=False)

    async def _drop_seat(self, seat: str, *, say: bool) -> None:
        taker = self._takers.take_off_seat(seat)
        self._media.disconnect(seat)
        if taker is None:
            return
        if say and taker.connected:
            self._tell(SeatLost(seat))
        if taker.sip is not None:
            await self._put_down(taker.sip)

    async def _put_down(self, phone: Any) -> None:
        """Hang a desk telephone up; one that has hung up by itself is no error."""
        raise NotImplementedError

    def _seat_connected(self, seat: str) -> None:
        taker = self._takers.seats.get(seat)
        if taker is not None and not taker.connected:
            taker.connected = True
            self._tell(SeatConnected(seat))

    def _seat_lost(self, seat: str) -> None:
        taker = self._takers.take_off_seat(seat)
        if taker is not None and taker.connected:
            self._tell(SeatLost(seat))
