"""What people decide about the room: modes, notices, seats, and who needs what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain import overflow
from siaga.domain.call import Call, CallState
from siaga.domain.city import City
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.incident import Incident
from siaga.domain.room import ROOM, Notice, Room
from siaga.domain.shift import Seat, SeatState, new_seat, prepared
from siaga.records.archive import AnyOf, Transaction

GROUP_CHARACTERS_MAX = 40  # a group's name stands in a row of the supervisor's table

# --- modes ------------------------------------------------------------------------------------------------


async def switch_night(tx: Transaction, *, to: str, by: str, now: datetime) -> None:
    """Night mode on, off, or by the city's hours."""
    tx.keep((await _room(tx)).switched_night(to, by=by, at=now))


async def switch_flood(tx: Transaction, *, on: bool, by: str, now: datetime) -> None:
    """The supervisor sees a flood before the numbers do, or says that it is over."""
    room = await _room(tx)
    waiting = len(await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING)))
    tx.keep(room.flood_began(waiting, by=by, at=now) if on else room.flood_ended(by=by, at=now))


async def switch_on_call(tx: Transaction, *, city: City, on: bool, by: str, now: datetime) -> None:
    """Tell the takers on call to come, or that they may go."""
    room, group = await _room(tx), city.room.on_call.group
    waiting = len(await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING)))
    called = room.on_call_called(group, waiting, by=by, at=now)
    tx.keep(called if on else room.on_call_released(group, by=by, at=now))


async def switch_notice(tx: Transaction, *, incident: str, on: bool, by: str, now: datetime) -> None:
    """Let waiting callers hear that this incident is known, or stop it. A protected case is told to nobody."""
    about = await tx.get(Incident, incident)
    if about.protected:
        raise NotFound("Tidak ditemukan.")
    if on and not about.is_open:
        raise RuleBroken("Kejadian ini sudah ditutup.")
    notice = await tx.seek(Notice, incident) or Notice(id=incident, playing=False, by=None, since=now)
    tx.keep(notice.switched(on, by=by, at=now))


async def prepare_seat(
    tx: Transaction, *, city: City, taker: str, group: str, skills: tuple[str, ...], by: str, now: datetime
) -> None:
    """Which group a taker's seat is in and what she knows; kept when she goes home."""
    known = {skill.code for skill in city.room.skills}
    if not set(skills) <= known:
        raise RuleBroken("Keahlian ini tidak ada di daftar kota.")
    if len(group) > GROUP_CHARACTERS_MAX:
        raise RuleBroken(
            "Nama kelompok terlalu panjang: paling banyak {max} huruf.", max=GROUP_CHARACTERS_MAX
        )
    seat = await tx.seek(Seat, taker) or new_seat(taker, at=now)
    ordered = tuple(skill.code for skill in city.room.skills if skill.code in skills)
    tx.keep(prepared(seat, group=group.strip(), skills=ordered, by=by, at=now))


# --- skills -----------------------------------------------------------------------------------------------


async def hand_to_skill(
    tx: Transaction, *, city: City, call: str, skill: str, taker: str, now: datetime
) -> None:
    """Her caller needs somebody who knows this: he is first in line for such a taker, then for anybody.

    She is ready again at once; the sheet goes along when somebody answers.
    """
    if skill not in {one.code for one in city.room.skills}:
        raise RuleBroken("Keahlian ini tidak ada di daftar kota.")
    hers = await tx.get(Call, call)
    if hers.taker != taker:
        raise RuleBroken("Panggilan ini ditangani petugas lain.")
    returned = tx.keep(hers.returned(at=now))
    passed = (*(name for name in returned.passed_by if name != taker), taker)
    tx.keep(overflow.needing(replace(returned, passed_by=passed), skill, by=taker, at=now))
    seat = await tx.get(Seat, taker)
    if seat.state is SeatState.TALKING and seat.call == call:
        done = tx.keep(seat.moved("finish", at=now))
        tx.keep(replace(done, call=None).moved("come", at=now))


async def _room(tx: Transaction) -> Room:
    return await tx.seek(Room, ROOM) or Room()
