"""What happens to a call that was called a prank, or wrongly called anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.call import Call, Disposition
from siaga.domain.desk import Sheet
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.event import PersonalDataRead
from siaga.domain.prank_review import REASON_CHARACTERS_MAX, Judgement, PrankReview
from siaga.domain.put_away import Correction, Referral
from siaga.domain.roles import May, Viewer
from siaga.domain.room_rules import RoomRules
from siaga.records.archive import Transaction


async def after_disposal(tx: Transaction, call: Call, *, by: str, now: datetime) -> None:
    """A call was disposed of: a prank waits for a second person, nobody else waits for anything."""
    known = await tx.seek(PrankReview, call.id)
    if call.disposition is Disposition.PRANK:
        review = PrankReview(
            id=call.id, number=call.number, called_at=call.arrived_at, said_by=by, said_at=now
        )
        tx.put(review)
    elif known is not None and known.state is not Judgement.WITHDRAWN:
        tx.keep(known.withdrawn(by=by, at=now, reason=""))


async def judge_prank(
    tx: Transaction, *, call: str, agrees: bool, by: Viewer, reason: str, now: datetime
) -> None:
    """A second person says whether it was a prank. Contradicted, the caller is owed a call back."""
    _must_judge(by)
    review = await tx.get(PrankReview, call)
    tx.keep(review.judged(agrees, by=by.person, at=now, reason=reason))
    if agrees:
        return
    was = await tx.get(Call, call)
    if was.disposition is Disposition.PRANK:
        tx.keep(was.redisposed(None, by=by.person, at=now))
        _write(tx, was, None, by.person, reason, now)


async def correct_disposition(
    tx: Transaction, *, call: str, kind: Disposition | str | None, by: Viewer, reason: str, now: datetime
) -> None:
    """What was said of a call was wrong. ``kind`` ``None``: it was real, or nobody knows; the caller is owed."""
    by.must(May.TAKE_CALLS)
    if not reason.strip():
        raise RuleBroken("Sebutkan mengapa keterangannya diubah.")
    before = await tx.get(Call, call)
    after = Disposition(kind) if kind else None
    changed = tx.keep(before.redisposed(after, by=by.person, at=now))
    _write(tx, before, after, by.person, reason, now)
    if before.disposition is Disposition.PRANK:
        review = await tx.seek(PrankReview, call)
        if review is not None and review.state is not Judgement.WITHDRAWN:
            tx.keep(review.withdrawn(by=by.person, at=now, reason=reason))
    if after is Disposition.PRANK:
        await after_disposal(tx, changed, by=by.person, now=now)


async def reopen_as_real(tx: Transaction, *, call: str, by: Viewer, reason: str, now: datetime) -> str:
    """It was real after all: its sheet lies on her desk again, so that it can become an incident."""
    await correct_disposition(tx, call=call, kind=None, by=by, reason=reason, now=now)
    known = await tx.seek(Sheet, call)
    if known is None:
        tx.put(Sheet(id=call, taker=by.person, call=call, incident=None, draft="{}", saved_at=now))
    else:
        tx.put(replace(known, taker=by.person, saved_at=now, done_at=None))
    return call


async def refer(
    tx: Transaction, *, call: str, neighbour: str, by: str, room: RoomRules, now: datetime
) -> None:
    """Write down which neighbour a caller from outside the city was given to. May be put right."""
    if neighbour not in {one.code for one in room.neighbours}:
        raise NotFound("Tetangga ini tidak ada dalam daftar kota.")
    outside = await tx.get(Call, call)
    if outside.disposition is not Disposition.OUTSIDE_AREA:
        raise RuleBroken("Panggilan ini tidak dicatat sebagai luar wilayah.")
    known = await tx.seek(Referral, call)
    if known is not None and known.neighbour == neighbour:
        return
    referral = Referral(id=call, neighbour=neighbour, by=by, at=now)
    tx.put(referral)
    tx.record(referral.fact())


async def note_history_read(tx: Transaction, *, call: str, by: str, reason: str, now: datetime) -> None:
    """Somebody was shown what this caller's number did before."""
    tx.record(PersonalDataRead(by=by, subject=call, what="caller_history", reason=reason, at=now))


def _must_judge(viewer: Viewer) -> None:
    if not (viewer.may(May.TAKE_CALLS) or viewer.may(May.SUPERVISE)):
        viewer.must(May.TAKE_CALLS)


def _write(
    tx: Transaction, before: Call, after: Disposition | None, by: str, reason: str, now: datetime
) -> None:
    tx.put(
        Correction(
            id=tx.new_id(),
            call=before.id,
            before=str(before.disposition),
            after=str(after) if after else None,
            reason=reason.strip()[:REASON_CHARACTERS_MAX],
            by=by,
            at=now,
        )
    )
