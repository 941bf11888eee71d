"""The strip above a sheet: the call as it is now, and what is known of its caller. Facts, never a score."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from siaga.domain.call import EndReason
from siaga.domain.caller_history import CallerFacts, Reach, reach_of
from siaga.domain.city import City
from siaga.domain.genuine_watch import is_blind
from siaga.features.incidents.labels import Words
from siaga.records.caller_past import caller_facts, local_midnight
from siaga.records.postgres import PostgresArchive, Row

SEND_SECONDS_TARGET = 60  # answer to sent: NFPA 1225, 90 % processed within 60 s

END_LABELS = {
    EndReason.ABANDONED: "Putus sebelum dijawab",
    EndReason.CALLER_HUNG_UP: "Penelepon menutup",
    EndReason.TAKER_HUNG_UP: "Telepon ditutup",
    EndReason.LOST: "Terputus karena gangguan kami",
    EndReason.PARTNER_HUNG_UP: "Selesai di pihak lain",
}
REACH_LABELS = {
    Reach.NO_SIM: "tanpa SIM – tidak bisa ditelepon balik",
    Reach.WITHHELD: "nomor disembunyikan – tidak bisa ditelepon balik",
}


async def strip_context(
    archive: PostgresArchive,
    city: City,
    found: Mapping[str, Any],
    words: Words,
    now: datetime,
    secret: bytes,
) -> dict[str, Any]:
    """What strip.html needs. A call of the blind share shows nothing of its caller's past (genuine_watch.py)."""
    base = {"call": None, "sent": found["incident"] is not None, "send_seconds_target": SEND_SECONDS_TARGET}
    if found["call"] is None:
        return base
    rows = await archive.rows(
        "select id, channel, number, answered_at, ended_at, end_reason, called_back_at, digits, said "
        "from call where city_id = $1 and id = $2",
        found["call"],
    )
    if not rows:
        return base
    row = rows[0]
    known = await caller_facts(
        archive,
        [row["number"]],
        callers=city.room.callers,
        now=now,
        midnight=local_midnight(now, city.zone),
        but=row["id"],
    )
    past = known.get(row["number"] or "", CallerFacts())
    blind = past.flagged and is_blind(row["id"], secret, city.room.pranks.blind_percent)
    reach = reach_of(row["number"], city.room.callers)
    return {**base, "call": _call(row, past, [] if blind else past.lines(words), reach, words)}


def _call(row: Row, past: CallerFacts, lines: list[str], reach: Reach, words: Words) -> dict[str, Any]:
    unreachable = row["channel"] == "voice" and reach is not Reach.NUMBER
    return {
        "id": row["id"],
        "channel": row["channel"],
        "number": row["number"] or "",
        "times_today": past.times_today,
        "facts": _facts(row, lines, words),
        "no_way_back": words(REACH_LABELS[reach]) if unreachable else "",
        "answered_at": row["answered_at"],
        "ended_at": row["ended_at"],
        "called_back": row["called_back_at"] is not None,
        "end_words": words(END_LABELS[EndReason(row["end_reason"])]) if row["end_reason"] else "",
    }


def _facts(row: Row, lines: list[str], words: Words) -> list[str]:
    facts = list(lines)
    if row["digits"]:
        facts.append(words("menekan {digits}").format(digits=row["digits"]))
    if row["said"]:
        facts.append(row["said"])
    if row["channel"] == "panic":
        facts.insert(0, words("tombol darurat"))
    return facts
