"""The taker's first seconds with a caller who may mean a known incident: proposals, one act to join and go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from siaga.domain.burst import OpenIncident, Suspect, suspects
from siaga.domain.call import Call, CallState
from siaga.domain.city import City
from siaga.domain.desk import Sheet
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident, Reporter
from siaga.domain.roles import Viewer
from siaga.domain.room import ROOM, Room
from siaga.domain.shift import Seat, SeatState
from siaga.features.incidents.joining import Told, join_caller
from siaga.records.archive import Transaction

INCIDENTS_LOOKED_AT_MAX = (
    200  # newest first; a city with more open within an hour has one flood, not 200 fires
)


async def suspects_of(tx: Transaction, *, city: City, sheet: str, now: datetime) -> list[Suspect]:
    """Open incidents the caller of this sheet may mean; nothing for a sheet that is sent, or has no call."""
    known = await tx.seek(Sheet, sheet)
    call = await tx.seek(Call, known.call) if known is not None and known.call else None
    if known is None or call is None or call.incident is not None or known.incident is not None:
        return []
    rules = city.room.burst
    room = await tx.seek(Room, ROOM) or Room()
    many = room.arrived_within(rules.callers_minutes, now) >= rules.callers_at
    return suspects(
        await _open_now(tx, city, known.different_from, now),
        lat=call.lat, lon=call.lon, accuracy_m=call.accuracy_m, many_at_once=many, rules=rules, now=now,
    )  # fmt: skip


async def _open_now(tx: Transaction, city: City, without: Sequence[str], now: datetime) -> list[OpenIncident]:
    """Incidents opened recently, but protected ones and those she has ruled out."""
    rules = city.room.burst
    since, window = now - timedelta(minutes=rules.minutes), now - timedelta(minutes=rules.callers_minutes)
    found = []
    for one in (await tx.find(Incident, outcome=None, order=("opened_at",)))[-INCIDENTS_LOOKED_AT_MAX:]:
        if one.protected or one.opened_at < since or one.id in without:
            continue
        reporters = await tx.find(Reporter, incident=one.id)
        kind = city.type_by_code.get(one.type)
        family = city.family_by_code.get(kind.family or "") if kind is not None else None
        found.append(
            OpenIncident(
                id=one.id, lat=one.place.lat, lon=one.place.lon, opened_at=one.opened_at,
                reach_m=family.radius_m if family is not None else rules.radius_m,
                callers=len(reporters), callers_recently=sum(1 for each in reporters if each.at >= window),
            )
        )  # fmt: skip
    return found


async def join_and_go_on(
    tx: Transaction, *, city: City, incident: str, sheet: str, told: Told, by: Viewer, now: datetime
) -> None:
    """He means that incident and has nothing new: he becomes its reporter, the line ends, she takes the next.

    Telling it twice changes nothing.
    """
    known = await tx.get(Sheet, sheet)
    if known.taker != by.person or known.call is None:
        raise RuleBroken("Lembar ini tidak ada atau sedang diisi petugas lain.")
    if known.incident == incident and known.done_at is not None:
        return
    await join_caller(
        tx, city=city, incident=incident, call=known.call, sheet=sheet, told=told, by=by, now=now
    )
    call = await tx.get(Call, known.call)
    if call.state is CallState.TALKING:
        tx.keep(call.ended(by=by.person, at=now))
    tx.put(replace(await tx.get(Sheet, sheet), done_at=now))
    seat = await tx.seek(Seat, by.person)
    if seat is not None and seat.state is SeatState.TALKING and seat.call == call.id:
        seat = tx.keep(seat.moved("finish", at=now))
    if seat is not None and seat.state is SeatState.WRAPUP and seat.call == call.id:
        tx.keep(seat.moved("come", at=now))


async def say_different(tx: Transaction, *, sheet: str, by: str, now: datetime) -> None:
    """His is another matter: what is proposed now is not proposed for this sheet again."""
    known = await tx.get(Sheet, sheet)
    if known.taker != by:
        raise RuleBroken("Lembar ini sedang diisi petugas lain.")
    rest = [one.id for one in await tx.find(Incident, outcome=None) if not one.protected]
    tx.put(replace(known, different_from=tuple(rest[-INCIDENTS_LOOKED_AT_MAX:]), saved_at=now))
