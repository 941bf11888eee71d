"""The follower "locations": what a call's arrival and answer mean for knowing where the caller is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from siaga.domain.call import Call, Channel
from siaga.domain.city import City
from siaga.domain.event import CallAnswered, CallArrived
from siaga.features.locating.asking import answered, server_ask
from siaga.features.locating.recording import match_arrival, panic_place
from siaga.records.archive import Entry, Transaction


@dataclass(frozen=True)
class Locating:
    """For one city."""

    city: City

    async def react(self, tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
        """Match what came before the call, take the panic button's place, and begin to ask."""
        for entry in entries:
            match entry.event:
                case CallArrived(call=id):
                    await self._arrived(tx, id, now)
                case CallAnswered(call=id):
                    call = await tx.seek(Call, id)
                    if call is not None:
                        await answered(tx, call, now)

    async def _arrived(self, tx: Transaction, id: str, now: datetime) -> None:
        call = await tx.seek(Call, id)
        if call is None:
            return
        if call.channel is Channel.PANIC:
            await panic_place(tx, call, now)
            return
        await match_arrival(tx, call, self.city.room.locations, now)
        ask = server_ask(call, self.city)
        if ask is not None:
            tx.put(ask)
