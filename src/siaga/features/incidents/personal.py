"""Looking at a reporter's number. Nobody sees it by accident, and every look is in the journal."""

from __future__ import annotations

from datetime import datetime

from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.event import PersonalDataRead
from siaga.domain.incident import Reporter
from siaga.domain.roles import May, Viewer
from siaga.records.archive import Transaction

REASON_CHARACTERS_MAX = 200  # a purpose is a few words


async def read_number(
    tx: Transaction, *, incident: str, reporter: str, reason: str, by: Viewer, now: datetime
) -> str:
    """The reporter's number, for a purpose that is recorded together with who asked."""
    by.must(May.OPEN_INCIDENTS)
    if not reason.strip():
        raise RuleBroken("Sebutkan untuk apa nomor ini dibuka.")
    known = await tx.get(Reporter, reporter)
    if known.incident != incident or known.number is None:
        raise NotFound("Nomor pelapor ini tidak ada.")
    tx.record(
        PersonalDataRead(
            by=by.person,
            subject=reporter,
            what="number",
            reason=reason.strip()[:REASON_CHARACTERS_MAX],
            at=now,
        )
    )
    return known.number
