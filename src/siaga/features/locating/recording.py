"""Fixes come in: from the telephone line, from telephones themselves, from our link. Each is a row; none is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from siaga.domain.call import Call, CallState
from siaga.domain.caller_location import (
    AskKind,
    CallerLocation,
    Cell,
    Fix,
    LocationAsk,
    LocationSource,
    ask_id,
    located,
    sound_fix,
)
from siaga.domain.errors import RuleBroken
from siaga.domain.event import LocationTold
from siaga.domain.location_rules import LocationRules
from siaga.domain.pidf import sector_circle
from siaga.records.archive import AnyOf, Since, Transaction

FIXES_OF_A_CALL_MAX = 400  # rows of one call: the link's five minutes, all re-bids, and room to spare
UNKNOWN_CELL = "sel tidak ada di tabel kota"


async def receive_fix(
    tx: Transaction, *, call: str, source: LocationSource, fix: Fix, now: datetime
) -> str | None:
    """One more fix of this caller; ``None`` when it cannot be one, says nothing new, or there are too many already."""
    known = sound_fix(fix)
    its = await tx.seek(Call, call)
    if known is None or its is None:
        return None
    before = await tx.find(CallerLocation, call=call, source=source, order=("received_at",))
    if len(before) >= FIXES_OF_A_CALL_MAX or (before and _same(before[-1], known)):
        return None
    row: CallerLocation = tx.keep(
        located(known, id=tx.new_id(), call=call, source=source, at=now, demo=its.demo)
    )
    return row.id


async def location_told(
    tx: Transaction,
    *,
    call: str,
    now: datetime,
    cells: Sequence[str] = (),
    fixes: Sequence[dict[str, Any]] = (),
    uri: str | None = None,
) -> None:
    """What the INVITE of this call said (adapters/phone/sip/location_headers.py). Telling it twice changes nothing."""
    if await tx.seek(Call, call) is None or await tx.find(LocationAsk, call=call, kind=AskKind.CELL, limit=1):
        return
    for told in fixes:
        await receive_fix(tx, call=call, source=LocationSource.CELL, fix=fix_of(told), now=now)
    trouble = await _of_cells(tx, call, cells, now) if cells else ""
    if cells or fixes:
        tx.put(
            LocationAsk(id=ask_id(call, AskKind.CELL), call=call, kind=AskKind.CELL, asks=1, asked_at=now,
                        answered_at=None if trouble else now, trouble=trouble)
        )  # fmt: skip
        if trouble:
            tx.record(LocationTold(call=call, kind=AskKind.CELL, at=now))
    if uri is not None:
        kind = AskKind.REFERENCE
        tx.put(LocationAsk(id=ask_id(call, kind), call=call, kind=kind, uri=uri, next_at=now))


async def aml_received(
    tx: Transaction, *, number: str, fix: Fix, rules: LocationRules, now: datetime, demo: bool = False
) -> str | None:
    """A telephone says where it is. Returns its call, or ``None`` when that has not come (yet): the row is kept."""
    known = sound_fix(fix)
    if known is None:
        return None
    call = await _call_of(tx, number, rules, now)
    if call is not None:
        await receive_fix(tx, call=call.id, source=LocationSource.AML, fix=known, now=now)
        return call.id
    tx.keep(
        located(known, id=tx.new_id(), call=None, source=LocationSource.AML, at=now, number=number, demo=demo)
    )
    return None


async def match_arrival(tx: Transaction, call: Call, rules: LocationRules, now: datetime) -> int:
    """Messages that were faster than the call of their telephone. Returns how many are his."""
    if call.number is None:
        return 0
    since = call.arrived_at - timedelta(minutes=rules.match_minutes)
    waiting = await tx.find(
        CallerLocation, call=None, number=AnyOf(*spellings(call.number, rules)), received_at=Since(since)
    )
    for one in waiting:
        tx.keep(one.matched(call.id, at=now))
    return len(waiting)


async def panic_place(tx: Transaction, call: Call, now: datetime) -> None:
    """A press brings its place with it."""
    if call.lat is None or call.lon is None:
        return
    fix = Fix(lat=call.lat, lon=call.lon, accuracy_m=call.accuracy_m, at=call.arrived_at)
    await receive_fix(tx, call=call.id, source=LocationSource.PANIC, fix=fix, now=now)


async def adopt(tx: Transaction, *, location: str, taker: str, now: datetime) -> CallerLocation:
    """She takes this fix as the place. The incident changes by what she then sends, as with anything she types."""
    found = await tx.get(CallerLocation, location)
    if found.call is None:
        raise RuleBroken("Lokasi ini belum dicocokkan dengan panggilan mana pun.")
    adopted: CallerLocation = tx.keep(found.adopted(by=taker, at=now))
    return adopted


def spellings(number: str, rules: LocationRules) -> tuple[str, ...]:
    """How one telephone's number may be written: 0812..., 62812..., +62812..., and as it came."""
    digits = re.sub(r"[^\d]", "", number)
    code = rules.country_code
    if digits.startswith("00"):
        digits = digits[2:]
    national = digits[len(code) :] if digits.startswith(code) and not number.startswith("0") else digits
    national = national.lstrip("0")
    if len(national) < 6:
        return (number,)
    return tuple(dict.fromkeys((number, f"0{national}", f"{code}{national}", f"+{code}{national}", national)))


def fix_of(told: dict[str, Any]) -> Fix:
    """A fix from a report's JSON; what is missing is unknown. Raises nothing the sound-check would not catch."""
    at = told.get("at")
    return Fix(
        lat=float(told["lat"]),
        lon=float(told["lon"]),
        accuracy_m=told.get("accuracy_m"),
        confidence_percent=told.get("confidence_percent"),
        at=datetime.fromisoformat(at) if at else None,
        method=str(told.get("method", "")),
    )


async def _of_cells(tx: Transaction, call: str, cells: Sequence[str], now: datetime) -> str:
    """The circle of the first cell the city's table knows. Returns why there is none, in words."""
    for id in cells:
        cell = await tx.seek(Cell, id)
        if cell is not None:
            await receive_fix(tx, call=call, source=LocationSource.CELL, fix=fix_of_cell(cell), now=now)
            return ""
    return f"{UNKNOWN_CELL}: {cells[0]}"


def fix_of_cell(cell: Cell) -> Fix:
    """The circle that holds the cell's sector. A table's radius is no measurement: no confidence is claimed."""
    if cell.azimuth_deg is None:
        lat, lon, radius = cell.lat, cell.lon, cell.radius_m
    else:
        begins = cell.azimuth_deg - cell.width_deg / 2
        lat, lon, radius = sector_circle(cell.lat, cell.lon, cell.radius_m, begins, cell.width_deg)
    return Fix(lat=lat, lon=lon, accuracy_m=radius, method=cell.name or cell.id)


async def _call_of(tx: Transaction, number: str, rules: LocationRules, now: datetime) -> Call | None:
    """The newest call of this number within minutes; one that still lasts before one that is over."""
    since = Since(now - timedelta(minutes=rules.match_minutes))
    found = await tx.find(Call, number=AnyOf(*spellings(number, rules)), arrived_at=since)
    found.sort(key=lambda call: (call.state is not CallState.ENDED, call.arrived_at))
    return found[-1] if found else None


def _same(before: CallerLocation, fix: Fix) -> bool:
    """The network says once more what it said."""
    return (
        before.lat == fix.lat
        and before.lon == fix.lon
        and before.accuracy_m == fix.accuracy_m
        and (fix.at is None or fix.at == before.at)
    )
