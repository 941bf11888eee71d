"""The list of callers we owe: one row a caller, however often he tried, and what may be said to close it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from siaga.domain.alarm import ABANDONED_SECONDS_BEFORE_ALARM
from siaga.domain.call import EndReason
from siaga.domain.caller_history import Reach, reach_of
from siaga.domain.city import City
from siaga.domain.owed_call import CloseReason, OwedKind, kind_of
from siaga.domain.silent_check import CheckResult
from siaga.records.postgres import PostgresArchive, Row
from siaga.records.safe_to_call import unsafe_now

CALLS_LOOKED_AT_MAX = 500  # a day's abandoned calls of a city; the oldest are shown first
ROWS_SHOWN_MAX = 50
DIGITS_SHOWN = 4
TEXTS_SHOWN_HOURS = 24

Words = Callable[[str], str]

KIND_LABELS = {
    OwedKind.LEFT: "Ditinggal sebelum dijawab",
    OwedKind.LOST: "Terputus karena gangguan kami",
    OwedKind.IN_DOUBT: "Mungkin terputus: telepon kami tidak menjawab",
    OwedKind.SILENT: "Senyap, cek belum selesai",
    OwedKind.CUT: "Putus, belum diberi keterangan",
    OwedKind.CONTRADICTED: "Keterangan lama dibatalkan",
}
KIND_ORDER = (
    OwedKind.IN_DOUBT,
    OwedKind.CONTRADICTED,
    OwedKind.LOST,
    OwedKind.SILENT,
    OwedKind.CUT,
    OwedKind.LEFT,
)
REASON_LABELS = {
    CloseReason.SPOKEN: "Sudah dibicarakan",
    CloseReason.NO_ANSWER: "Tidak diangkat",
    CloseReason.CALLED_AGAIN: "Sudah menelepon lagi",
    CloseReason.KNOWN_INCIDENT: "Kejadiannya sudah tercatat",
    CloseReason.UNREACHABLE: "Tidak bisa ditelepon balik",
}
ATTEMPT_LABELS = {
    "answered": "diangkat", "no_answer": "tidak diangkat", "busy": "sibuk", "refused": "ditolak",
    "network": "gangguan jaringan", "lost": "terputus", "dropped": "dibatalkan", "cancelled": "dibatalkan",
}  # fmt: skip
UNREACHABLE_LABELS = {
    Reach.NO_SIM: "tanpa SIM – tidak bisa ditelepon balik",
    Reach.WITHHELD: "nomor disembunyikan – tidak bisa ditelepon balik",
}

OWED = """
    select c.id, c.channel, c.urgency, c.number, c.end_reason, c.ended_at, c.attempts, c.last_attempt,
           c.check_began_at, c.check_result, false as in_doubt,
           exists (select from correction k where k.city_id = c.city_id and k.call = c.id) as corrected
    from call c
    where c.city_id = $1 and c.state = 'ended' and c.disposition is null and c.incident is null
      and c.called_back_at is null
    order by c.ended_at limit $2
"""
# Callers on a node that gives no sign of life: nobody knows yet whether they are still there.
IN_DOUBT = """
    select c.id, c.channel, c.urgency, c.number, 'lost' as end_reason, h.silent_since as ended_at, c.attempts,
           c.last_attempt, null as check_began_at, null as check_result, true as in_doubt, false as corrected
    from heartbeat h join call c on c.city_id = h.city_id and c.node = h.name
    where h.city_id = $1 and h.kind = 'phone' and h.state = 'silent'
      and c.state <> 'ended' and c.channel = 'voice'
    order by c.arrived_at limit $2
"""
SINCE_THEN = """
    select asked.number, later.answered_at, later.incident_number,
           (select count(*) from caller_text t
            where t.city_id = $1 and t.number = asked.number and t.at >= $4) as texts
    from unnest($2::text[], $3::timestamptz[]) as asked (number, ended_at)
    left join lateral (
        select l.answered_at, i.number as incident_number from call l
        left join incident i on i.city_id = l.city_id and i.id = l.incident and not i.protected
        where l.city_id = $1 and l.number = asked.number and l.arrived_at > asked.ended_at
          and l.answered_at is not null
        order by l.arrived_at desc limit 1
    ) later on true
"""


def masked(number: str | None) -> str:
    """Enough of a number to recognise a repeat caller, not enough to call him."""
    if not number:
        return ""
    if len(number) <= 2 * DIGITS_SHOWN:
        return number[:2] + "…" + number[-2:]
    return f"{number[:DIGITS_SHOWN]}…{number[-DIGITS_SHOWN:]}"


async def missed_context(
    archive: PostgresArchive, city: City, words: Words, now: datetime, *, sms: bool
) -> dict[str, Any]:
    """Callers nobody has dealt with, the most pressing first, and what the room's rule does by itself."""
    calls = [
        *await archive.rows(OWED, CALLS_LOOKED_AT_MAX),
        *await archive.rows(IN_DOUBT, CALLS_LOOKED_AT_MAX),
    ]
    callers = _by_caller(calls, city)
    known = await _since_then(archive, callers, now)
    unsafe = await unsafe_now(archive, [group[-1]["number"] for group in callers], now=now, zone=city.zone)
    rows = [_row(group, known, unsafe, city, words) for group in callers]
    rows.sort(key=lambda row: (row["priority"], KIND_ORDER.index(row["kind"]), row["at"]))
    return {
        "missed": rows[:ROWS_SHOWN_MAX],
        "missed_count": len(rows),
        "call_back_seconds_target": ABANDONED_SECONDS_BEFORE_ALARM,
        "rule_note": _rule_note(city, words, sms=sms),
    }


def _by_caller(calls: Sequence[Row], city: City) -> list[list[Row]]:
    """One group a caller. Who cannot be told from others stands alone."""
    groups: dict[str, list[Row]] = {}
    for call in calls:
        is_one_person = reach_of(call["number"], city.room.callers) is Reach.NUMBER
        groups.setdefault(call["number"] if is_one_person else call["id"], []).append(call)
    return list(groups.values())


async def _since_then(archive: PostgresArchive, callers: list[list[Row]], now: datetime) -> dict[str, Row]:
    """What the numbers have done since they were missed, in one query."""
    asked = [(group[-1]["number"], group[-1]["ended_at"]) for group in callers if group[-1]["number"]]
    if not asked:
        return {}
    numbers, ended = [list(column) for column in zip(*asked, strict=True)]
    texts_since = now - timedelta(hours=TEXTS_SHOWN_HOURS)
    return {row["number"]: row for row in await archive.rows(SINCE_THEN, numbers, ended, texts_since)}


def _row(
    group: list[Row], known: dict[str, Row], unsafe: set[str], city: City, words: Words
) -> dict[str, Any]:
    newest = group[-1]
    is_unsafe = newest["number"] in unsafe
    kinds = [_kind(call) for call in group]
    kind = min(kinds, key=KIND_ORDER.index)
    reach = reach_of(newest["number"], city.room.callers)
    later = known.get(newest["number"] or "")
    attempts = sum(call["attempts"] for call in group)
    reasons = [CloseReason.SPOKEN, CloseReason.KNOWN_INCIDENT]
    if attempts:
        reasons.append(CloseReason.NO_ANSWER)
    if later is not None and later["answered_at"] is not None:
        reasons.insert(0, CloseReason.CALLED_AGAIN)
    if reach is not Reach.NUMBER:
        reasons.append(CloseReason.UNREACHABLE)
    return {
        "id": newest["id"],
        "kind": kind,
        "priority": min(call["urgency"] for call in group),
        "number": masked(newest["number"]),
        "times": len(group),
        "reason": words(KIND_LABELS[kind]),
        "at": group[0]["ended_at"],
        "can_be_called": reach is Reach.NUMBER and not is_unsafe,
        "unreachable": words("jangan ditelepon sekarang – tanyakan pengawas")
        if is_unsafe
        else words(UNREACHABLE_LABELS[reach])
        if reach is not Reach.NUMBER and newest["channel"] == "voice"
        else "",
        "attempts": attempts,
        "last_attempt": words(ATTEMPT_LABELS.get(newest["last_attempt"], "dicoba"))
        if newest["last_attempt"]
        else "",
        "texts": later["texts"] if later is not None else 0,
        "again_at": later["answered_at"] if later is not None else None,
        "again_incident": later["incident_number"] if later is not None else None,
        "reasons": []
        if kind is OwedKind.IN_DOUBT
        else [(reason.value, words(REASON_LABELS[reason])) for reason in reasons],
    }


def _kind(call: Row) -> OwedKind:
    if call["in_doubt"]:
        return OwedKind.IN_DOUBT
    unfinished = call["check_began_at"] is not None and call["check_result"] in (
        None, CheckResult.CUT.value, CheckResult.NOT_HEARD.value,
    )  # fmt: skip
    return kind_of(EndReason(call["end_reason"]), check_unfinished=unfinished, corrected=call["corrected"])


def _rule_note(city: City, words: Words, *, sms: bool) -> str:
    """What happens by itself, in words; nothing is claimed that cannot happen."""
    rules = city.room.call_back
    notes = []
    if rules.auto_text and not sms:
        notes.append(words("SMS otomatis diatur, tetapi belum ada saluran SMS: tidak ada yang dikirim."))
    elif rules.auto_text:
        notes.append(words("SMS otomatis menyala."))
    if rules.auto_call:
        notes.append(words("Telepon balik otomatis menyala."))
    return " ".join(notes)
