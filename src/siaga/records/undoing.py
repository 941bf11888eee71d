"""Remembering the last act of a person, by whatever action does it, and what takes each kind back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from siaga.domain.city import City
from siaga.domain.last_act import LastAct, Step
from siaga.domain.roles import May, Viewer
from siaga.records.archive import Transaction


class Undoing(NamedTuple):
    """Who takes back, where and when."""

    city: City
    by: Viewer
    now: datetime


Said = tuple[str, dict[str, object]]  # an Indonesian sentence (msgid) and what fills its gaps


class Kind(NamedTuple):
    """One kind of step. ``back`` raises RuleBroken when the subject has moved on; ``said`` tells what was done."""

    back: Callable[[Transaction, Step, Undoing], Awaitable[None]]
    said: Callable[[Step], Said]


async def remember(tx: Transaction, *, by: Viewer, steps: tuple[Step, ...], now: datetime) -> None:
    """Add these steps to what ``by`` is doing in this transaction. Only the room has screens that take back."""
    if not steps or not (by.may(May.DISPATCH) or by.may(May.OPEN_INCIDENTS)):
        return
    last = await tx.seek(LastAct, by.person)
    if (
        last is not None and last.at == now and last.undone_at is None
    ):  # the same act: three units sent at once
        tx.put(replace(last, steps=(*last.steps, *steps)))
    else:
        tx.put(LastAct(person=by.person, steps=steps, at=now))
