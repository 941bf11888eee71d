"""What the call bar shows: with whom she speaks, who is held, whom we ring, and how well it sounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from siaga.domain.city import City
from siaga.domain.roles import Viewer
from siaga.domain.shift import SeatState
from siaga.features.calls.conversation.partners import known_partners
from siaga.records.postgres import PostgresArchive

Words = Callable[[str], str]

LAST_LEG_MINUTES = (
    5  # how long "not answered, ring again?" stays on the bar; then the missed list has it alone
)

CAUSE_LABELS = {
    "busy": "sibuk",
    "no_answer": "tidak diangkat",
    "refused": "ditolak atau nomor salah",
    "cannot_dial": "tidak dapat ditelepon: saluran keluar belum disetel",
    "hung_up": "ditutup di sana",
    "cancelled": "ditutup di sana",
    "dropped": "kita tutup",
    "voice_stopped": "suaranya hilang",
    "network": "jaringan gagal",
    "lost": "gangguan kami",
}


async def call_bar_context(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> dict[str, Any]:
    """Her conversation as it is now; everything call_bar.html needs, in two queries."""
    seats = await archive.rows(
        "select s.state, s.call, s.leg, s.audio, s.muted, s.phone, s.by_phone, c.held_at, c.held_until, c.channel, "
        "c.state as call_state, c.number from seat s "
        "left join call c on c.city_id = s.city_id and c.id = s.call where s.city_id = $1 and s.taker = $2",
        viewer.person,
    )
    rows = await archive.rows(
        "select l.id, l.purpose, l.state, l.label, l.call, l.rang_at, l.answered_at, l.dialled_at, l.joined_at, "
        "l.ended_at, l.cause, l.agency, l.address, l.incident, l.digits, l.colleague, "
        "(c.disposition is null and c.incident is null and c.called_back_at is null) as owed "
        "from leg l left join call c on c.city_id = l.city_id and c.id = l.call "
        "where l.city_id = $1 and l.taker = $2 and l.dialled_at >= $3 order by l.dialled_at desc limit 5",
        viewer.person,
        now - timedelta(hours=12),
    )
    legs = [dict(row) for row in rows]
    rules = city.room.conversation
    if not seats:
        nobody = {"seat": None, "talk": None, "has_voice": False, "leg": None, "last": None, "asked": None}
        return {**nobody, "rules": rules, "over_limit": False}
    seat = dict(seats[0])
    talking = seat["state"] == SeatState.TALKING.value
    hears_caller = talking and seat["leg"] is None and seat["call_state"] == "talking"
    current = next((leg for leg in legs if leg["state"] != "ended" and _is_hers(leg, seat)), None)
    last = legs[0] if legs and not talking and _was_in_vain(legs[0], now) else None
    if last is not None:
        last["cause_words"] = words(CAUSE_LABELS.get(last["cause"] or "", "selesai"))
    return {
        "seat": seat,
        "talk": seat if hears_caller else None,
        "has_voice": hears_caller and seat["channel"] == "voice",
        "leg": current if talking else None,
        "last": last,
        "asked": await _asked(archive, city, viewer, words) if seat["leg"] is not None else None,
        "rules": rules,
        "over_limit": hears_caller and seat["held_until"] is not None and seat["held_until"] <= now,
    }


async def _asked(archive: PostgresArchive, city: City, viewer: Viewer, words: Words) -> dict[str, Any] | None:
    """A colleague's question to her: who asks, and what the colleague has typed so far about the caller."""
    rows = await archive.rows(
        "select l.id, l.call, l.dialled_at, l.answered_at, l.joined_at, p.name, c.number, sheet.draft "
        "from leg l join seat s on s.city_id = l.city_id and s.leg = l.id and s.taker = l.colleague "
        "left join person p on p.city_id = l.city_id and p.id = l.taker "
        "left join call c on c.city_id = l.city_id and c.id = l.call "
        "left join sheet on sheet.city_id = l.city_id and sheet.id = l.call "
        "where l.city_id = $1 and l.colleague = $2 and l.state <> 'ended'",
        viewer.person,
    )
    if not rows:
        return None
    row = dict(rows[0])
    fields = msgspec.json.decode(row["draft"] or "{}")
    kind = city.type_by_code.get(fields.get("type") or "")
    if kind is not None and kind.protected:
        said = [words("Kasus lindung: tanyakan rekan Anda.")]
    else:
        name = (
            (kind.name_en if viewer.language == "en" else kind.name)
            if kind is not None
            else fields.get("what")
        )
        notes = " · ".join((fields.get("notes") or "").split("\n"))
        said = [part for part in (name, fields.get("where"), notes) if part]
    return {**row, "name": row["name"] or words("Rekan"), "said": said}


def _is_hers(leg: Mapping[str, Any], seat: Mapping[str, Any]) -> bool:
    is_partner = leg["purpose"] == "consult" and leg["call"] == seat["call"]
    return bool(leg["id"] == seat["leg"] or is_partner)


def _was_in_vain(leg: Mapping[str, Any], now: datetime) -> bool:
    """The last call she made was not answered, and that matters still."""
    ended: datetime | None = leg["ended_at"]
    if leg["purpose"] not in ("call_back", "outgoing") or leg["answered_at"] is not None or ended is None:
        return False
    is_fresh = now - ended <= timedelta(minutes=LAST_LEG_MINUTES)
    return bool(is_fresh and (leg["call"] is None or leg["owed"]))


async def partners_context(
    archive: PostgresArchive, city: City, viewer: Viewer, purpose: str
) -> dict[str, Any]:
    """Whom she may choose for a transfer, a conference or a call; a colleague need not be called."""
    takers: list[dict[str, str]] = []
    skills: list[dict[str, str]] = []
    if purpose in ("transfer", "conference"):
        rows = await archive.rows(
            "select s.taker, p.name, s.audio from seat s join person p on p.city_id = s.city_id and p.id = s.taker "
            "where s.city_id = $1 and s.state = 'ready' and s.taker <> $2 order by s.idle_since",
            viewer.person,
        )
        takers = [{"key": f"taker:{row['taker']}", "label": row["name"]} for row in rows if row["audio"]]
    if purpose == "transfer":
        skills = [
            {"key": f"skill:{one.code}", "label": one.name_en if viewer.language == "en" else one.name}
            for one in city.room.skills
        ]
    return {
        "purpose": purpose,
        "takers": takers,
        "skills": skills,
        "partners": known_partners(city, viewer.language),
    }
