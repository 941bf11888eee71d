"""Two people on one call sheet: both write, each sees where the other is, nothing either typed is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from siaga.domain.desk import Sheet
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.roles import May, Viewer
from siaga.domain.sheet_company import SheetGuest, SheetTaking, guest_id, joined
from siaga.domain.sheet_merge import merge
from siaga.features.incidents.actions import DRAFT_CHARACTERS_MAX, NewerElsewhere
from siaga.records.archive import Transaction

NOT_HERS = "Lembar ini tidak ada atau sedang diisi petugas lain."


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What lies there now. ``fields`` only when it is not simply what was sent; ``contested``: see Merged."""

    revision: int
    fields: dict[str, Any] | None = None
    contested: tuple[str, ...] = ()


async def save(
    tx: Transaction, *, sheet: str, by: str, fields: dict[str, Any], was: dict[str, Any] | None, revision: int,
    resolved: tuple[str, ...], now: datetime,
) -> Saved:  # fmt: skip
    """Keep what is typed. With ``was`` (what it grew from) both sides are merged; without it a newer save wins."""
    known = await tx.get(Sheet, sheet)
    await _must_be_at(tx, known, by)
    no_contest: tuple[str, ...] = ()
    theirs: dict[str, Any] = msgspec.json.decode(known.draft or "{}")
    if was is None:
        if revision < known.revision:
            raise NewerElsewhere(known)
        merged, contested = fields, no_contest
    else:
        made = merge(theirs, was, fields, by=by, at=now, resolved=resolved)
        merged, contested = made.fields, made.contested
    draft = msgspec.json.encode(merged).decode()
    if len(draft) > DRAFT_CHARACTERS_MAX:
        raise RuleBroken("Isian terlalu panjang: paling banyak {max} huruf.", max=DRAFT_CHARACTERS_MAX)
    tx.put(replace(known, draft=draft, saved_at=now, revision=known.revision + 1))
    return Saved(
        revision=known.revision + 1, fields=merged if merged != fields else None, contested=contested
    )


async def join(tx: Transaction, *, sheet: str, by: Viewer, now: datetime) -> str:
    """A colleague looks at another's sheet; returns the sheet. Looking again is not told again."""
    by.must(May.TAKE_CALLS)
    known = await tx.get(Sheet, sheet)
    guest = await tx.seek(SheetGuest, guest_id(sheet, by.person))
    if known.taker != by.person and (guest is None or guest.left_at is not None):
        tx.keep(joined(known, person=by.person, at=now))
    return sheet


async def present(tx: Transaction, *, sheet: str, by: str, field: str, now: datetime) -> None:
    """Her page is there, and her caret in this field."""
    known = await tx.get(Sheet, sheet)
    await _must_be_at(tx, known, by)
    guest = await tx.seek(SheetGuest, guest_id(sheet, by))
    if guest is None:
        guest = SheetGuest(
            id=guest_id(sheet, by), sheet=sheet, person=by, joined_at=now, seen_at=now, field=field
        )
        tx.put(guest)
        return
    after = guest.seen(field, at=now)
    if after is not guest:
        tx.put(replace(after, left_at=None) if known.taker == by else after)


async def leave(tx: Transaction, *, sheet: str, by: str, now: datetime) -> None:
    """She closes the colleague's sheet."""
    guest = await tx.seek(SheetGuest, guest_id(sheet, by))
    if guest is not None and guest.left_at is None:
        tx.keep(guest.left(at=now))


async def company(tx: Transaction, *, sheet: str) -> tuple[Sheet, list[SheetGuest]]:
    """The sheet and everybody who was ever on it."""
    return await tx.get(Sheet, sheet), await tx.find(SheetGuest, sheet=sheet)


async def untold(tx: Transaction, *, taker: str) -> list[SheetTaking]:
    """Sheets that were taken from her, and she has not read so."""
    return await tx.find(SheetTaking, taken_from=taker, told_at=None, order=("at",))


async def told(tx: Transaction, *, taking: str, by: str, now: datetime) -> None:
    """She has read it."""
    known = await tx.get(SheetTaking, taking)
    if known.taken_from != by:
        raise NotFound("Tidak ditemukan.")
    if known.told_at is None:
        tx.keep(known.told(at=now))


async def _must_be_at(tx: Transaction, sheet: Sheet, person: str) -> None:
    if sheet.taker == person:
        return
    guest = await tx.seek(SheetGuest, guest_id(sheet.id, person))
    if guest is None or guest.left_at is not None:
        raise RuleBroken("Lembar ini sedang diisi petugas lain.")
