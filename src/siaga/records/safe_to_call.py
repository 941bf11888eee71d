"""What is known of whether a number may be rung; asked before anybody or anything rings or writes to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any, Protocol

import msgspec

from siaga.domain.call_safety import CallSafety, Verdict, digits_of
from siaga.domain.errors import RuleBroken
from siaga.records.archive import Transaction


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Any: ...


async def safety_of(tx: Transaction, number: str) -> CallSafety | None:
    """What was said last of this number; ``None``: nobody in need of protection has reported from it."""
    known = await tx.find(CallSafety, number=digits_of(number), order=("at", "id"))
    return known[-1] if known else None


async def must_be_safe_to_ring(tx: Transaction, number: str, *, now: datetime, zone: tzinfo | None) -> None:
    """Refuse to have a person ring a number that is not safe now. Without a ``zone`` no hour is a safe one."""
    known = await safety_of(tx, number)
    if known is None or known.verdict in (Verdict.YES, Verdict.UNKNOWN):
        return
    if zone is None or not known.person_may_call(now, zone):
        raise RuleBroken("Nomor ini ditandai tidak aman ditelepon sekarang. Tanyakan pengawas.")


async def unsafe_now(
    archive: Reader, numbers: Iterable[str | None], *, now: datetime, zone: tzinfo
) -> set[str]:
    """Which of these numbers, as they were given, nobody may ring now. One query, none without numbers."""
    asked = {digits_of(number): number for number in numbers if number}
    if not asked:
        return set()
    rows = await archive.rows(
        "select distinct on (number) * from call_safety where city_id = $1 and number = any($2) "
        "order by number, at desc, id desc",
        sorted(asked),
    )
    known = [msgspec.convert(dict(row), CallSafety) for row in rows]
    return {asked[one.number] for one in known if not one.person_may_call(now, zone)}
