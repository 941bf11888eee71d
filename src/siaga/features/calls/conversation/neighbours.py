"""A caller from outside the city is given to the neighbour whose 112 it is: connected, written down, and let go."""

from __future__ import annotations

from datetime import datetime

import msgspec

from siaga.domain.call import Disposition
from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.neighbour import neighbour_of
from siaga.domain.room_rules import Neighbour, RoomRules
from siaga.features.calls.actions import dispose_call
from siaga.features.calls.conversation.actions import transfer_out
from siaga.features.calls.conversation.partners import Partner, checked_address
from siaga.features.calls.pranks.actions import refer
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive


class _Spot(msgspec.Struct):
    lat: float | None = None
    lon: float | None = None


class _Draft(msgspec.Struct):
    """What of a sheet's draft says where it is."""

    place: _Spot | None = None


async def give_to_neighbour(
    tx: Transaction, *, call: str, neighbour: str, taker: str, room: RoomRules, now: datetime
) -> str:
    """One act: the neighbour's number rings for the caller, and her desk is free. Returns the leg.

    When nobody answers there the caller comes back, first in line, and is owed a word again.
    """
    known = next((one for one in room.neighbours if one.code == neighbour), None)
    if known is None:
        raise NotFound("Tetangga ini tidak ada dalam daftar kota.")
    partner = Partner(key=f"neighbour:{known.code}", address=checked_address(known.number), label=known.name)
    leg = await transfer_out(tx, call=call, taker=taker, partner=partner, rules=room.conversation, now=now)
    await dispose_call(tx, call=call, kind=Disposition.OUTSIDE_AREA, taker=taker, now=now)
    await refer(tx, call=call, neighbour=known.code, by=taker, room=room, now=now)
    return leg


async def neighbour_of_call(archive: PostgresArchive, city: City, call: str) -> Neighbour | None:
    """The neighbour the place on this call's sheet belongs to; the usual one when the sheet does not say."""
    usual = next((one for one in city.room.neighbours if one.usual), None)
    draft = await archive.value("select draft from sheet where city_id = $1 and id = $2", call)
    try:
        spot = msgspec.json.decode(draft or "{}", type=_Draft).place
    except msgspec.MsgspecError:
        return usual  # a newer browser's draft: what it says is not for us to guess
    if spot is None or spot.lat is None or spot.lon is None:
        return usual
    return neighbour_of(city.room.neighbours, spot.lat, spot.lon) or usual
