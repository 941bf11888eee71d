"""The operator's line: when we are not signed in there nobody can ring us, and nobody in the room would notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.records.archive import Transaction

WORDS_CHARACTERS_MAX = 200


async def trunk_looked_at(tx: Transaction, *, node: str, trouble: str, now: datetime) -> None:
    """This node's registration stands (``trouble`` is empty), or does not: A10 stands exactly while it does not."""
    id = f"{AlarmKind.OUR_OWN_FAULT}:trunk:{node}"
    known = await tx.seek(Alarm, id)
    stands = known is not None and known.cleared_at is None
    if known is not None and stands and not trouble:
        tx.keep(known.cleared(at=now))
    if not trouble or stands:
        return
    words = f"jalur operator telepon putus, 112 mungkin tidak berdering ({node}: {trouble})"[
        :WORDS_CHARACTERS_MAX
    ]
    if known is not None:
        tx.keep(replace(known, words=words).raised_again(at=now))
        return
    alarm = Alarm(id=id, kind=AlarmKind.OUR_OWN_FAULT, priority=1, raised_at=now, words=words)
    tx.put(alarm)
    tx.record(alarm.fact())
