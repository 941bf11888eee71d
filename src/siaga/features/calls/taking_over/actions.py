"""One taker takes another's sheet, and her caller if he is still on the line: with a reason, and the first is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.call import Call, CallState
from siaga.domain.desk import Sheet
from siaga.domain.roles import May, Viewer
from siaga.domain.sheet_company import SheetGuest, SheetTaking, guest_id, taken_over
from siaga.features.calls.conversation.actions import pass_call
from siaga.records.archive import Transaction


async def take_over(tx: Transaction, *, sheet: str, by: Viewer, reason: str, now: datetime) -> str:
    """The sheet is hers now; a caller still talking rings at her seat. Returns the taking's id.

    Refuses without a reason, in the first seconds of another's work, and when her own seat cannot take the caller.
    """
    by.must(May.TAKE_CALLS)
    known = await tx.get(Sheet, sheet)
    call = await tx.seek(Call, known.call) if known.call else None
    talking = call is not None and call.state is CallState.TALKING and call.taker == known.taker
    owner = await tx.seek(SheetGuest, guest_id(sheet, known.taker))
    taking, event = taken_over(
        known, id=tx.new_id(), by=by.person, reason=reason,
        busy_since=call.answered_at if talking and call is not None else None,
        present=talking or (owner is not None and owner.is_present(now)) or _just_saved(known, now), at=now,
    )  # fmt: skip
    tx.put(taking)
    tx.record(event)
    if talking and call is not None:
        await pass_call(tx, call=call.id, to=by.person, by=by.person, now=now)
    tx.put(replace(known, taker=by.person))
    return taking.id


def _just_saved(sheet: Sheet, now: datetime) -> bool:
    """Somebody typed in these seconds, whether or not her page says that it is there."""
    return (now - sheet.saved_at).total_seconds() < 5


__all__ = ["SheetTaking", "take_over"]
