"""Reading pranks and the rest: who waits for a second opinion, whom a supervisor may restrict, what our flags cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from siaga.domain.call import NON_CALLS, Disposition
from siaga.domain.caller_history import Reach, reach_of
from siaga.domain.city import City
from siaga.domain.genuine_watch import (
    BASELINE_DAYS,
    CONFIDENCE,
    CUSUM_LIMIT,
    CUSUM_RATIO,
    LOST_OUTCOMES,
    OUTCOME_METRES,
    OUTCOME_MINUTES,
    FlagOutcome,
    cusum,
    upper_bound,
)
from siaga.domain.prank_review import Judgement
from siaga.domain.restriction import (
    CONFIRMED_PRANKS_MIN,
    DAYS_MAX,
    DELAY_SECONDS_MAX,
    NEAR_MINUTES,
    PROPOSAL_DAYS,
)
from siaga.domain.roles import May, Viewer
from siaga.features.calls.owed.queries import masked
from siaga.records.names import name_of
from siaga.records.postgres import PostgresArchive, Row

REVIEWS_SHOWN_MAX = 50
CORRECTABLE_SHOWN_MAX = 20
CORRECTABLE_HOURS = 24
PROPOSALS_SHOWN_MAX = 20
RESTRICTIONS_SHOWN_MAX = 50
ENDED_SHOWN_DAYS = 30
AUDIT_DAYS = 365
WATCH_DAYS = 84  # twelve weeks: four of baseline, eight watched
DAYS_SHOWN = 14
PER = 10_000

Words = Callable[[str], str]

DISPOSITION_LABELS = {
    Disposition.GHOST: "Senyap",
    Disposition.PRANK: "Iseng",
    Disposition.INFORMATION: "Informasi",
    Disposition.WRONG_NUMBER: "Salah sambung",
    Disposition.OUTSIDE_AREA: "Di luar wilayah",
}
JUDGEMENT_LABELS = {
    Judgement.PENDING: "menunggu orang kedua",
    Judgement.CONFIRMED: "dipastikan orang kedua",
    Judgement.CONTRADICTED: "dibantah orang kedua",
    Judgement.WITHDRAWN: "ditarik",
}
OUTCOME_LABELS = {
    FlagOutcome.GENUINE: "Menjadi kejadian",
    FlagOutcome.LIKELY: "Ada kejadian di dekatnya, dipastikan petugas lapangan",
    FlagOutcome.POSSIBLE: "Ada laporan orang lain di dekatnya",
    FlagOutcome.NOTHING: "Tidak ada apa-apa di dekatnya",
    FlagOutcome.NO_PLACE: "Tempatnya tidak diketahui",
}

# A call of a protected case is nobody's second opinion and no figure here; whose number reported one is no nuisance.
NOT_PROTECTED = """not exists (
    select from incident i where i.city_id = {call}.city_id and i.id = {call}.incident and i.protected)"""


async def put_away_context(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> dict[str, Any]:
    """Her last non-call, and how many pranks wait for a second person who is not her."""
    pending = await archive.value(
        "select count(*) from prank_review where city_id = $1 and state = 'pending' and said_by <> $2",
        viewer.person,
    )
    mine = await _put_away(archive, city, viewer.person, words, now, limit=1)
    return {
        "pending_count": pending,
        "last_put_away": mine[0] if mine else None,
        "neighbours": _neighbours(city),
    }


async def non_calls_context(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> dict[str, Any]:
    """The page on which a second person judges, and what was said wrongly is corrected."""
    everybody = viewer.may(May.SUPERVISE)
    return {
        "reviews": await _reviews(archive, viewer),
        "may_hear": viewer.may(May.HEAR_RECORDINGS),
        "put_away": await _put_away(
            archive, city, None if everybody else viewer.person, words, now, limit=CORRECTABLE_SHOWN_MAX
        ),
        "everybody": everybody,
        "kinds": [(kind.value, words(DISPOSITION_LABELS[kind])) for kind in NON_CALLS],
        "neighbours": _neighbours(city),
        "may_supervise": everybody,
    }


async def supervisor_context(
    archive: PostgresArchive, city: City, words: Words, now: datetime
) -> dict[str, Any]:
    """Everything on /pengawas/iseng."""
    rules = city.room.pranks
    return {
        "proposals": await _proposals(archive, city, now),
        "restrictions": await _restrictions(archive, now),
        "days_max": min(rules.restriction_days_max, DAYS_MAX),
        "delay_seconds": min(rules.delay_seconds, DELAY_SECONDS_MAX),
        "pranks_min": CONFIRMED_PRANKS_MIN,
        "proposal_days": PROPOSAL_DAYS,
        "near_minutes": NEAR_MINUTES,
        "audit": await _audit(archive, words, now, rules.blind_percent),
        "watch": await _watch(archive, city, now),
        "pending_count": await archive.value(
            "select count(*) from prank_review where city_id = $1 and state = 'pending'"
        ),
    }


# --- the second opinion -----------------------------------------------------------------------------------------


async def _reviews(archive: PostgresArchive, viewer: Viewer) -> list[dict[str, Any]]:
    """What is known of each call, without who called it a prank."""
    rows = await archive.rows(
        "select r.id, r.called_at, c.number, c.answered_at, c.ended_at, c.digits, s.draft, "
        "exists (select from recording f where f.city_id = r.city_id and f.call = r.id) as recorded "
        "from prank_review r join call c on c.city_id = r.city_id and c.id = r.id "
        "left join sheet s on s.city_id = r.city_id and s.id = r.id "
        "where r.city_id = $1 and r.state = 'pending' and r.said_by <> $2 "
        f"and {NOT_PROTECTED.format(call='c')} order by r.called_at limit $3",
        viewer.person,
        REVIEWS_SHOWN_MAX,
    )
    return [
        {
            "id": row["id"],
            "at": row["called_at"],
            "number": masked(row["number"]),
            "seconds": (row["ended_at"] - row["answered_at"]).total_seconds()
            if row["answered_at"] and row["ended_at"]
            else None,
            "digits": row["digits"],
            "typed": _typed(row["draft"]),
            "recorded": row["recorded"],
        }
        for row in rows
    ]


def _typed(draft: str | None) -> str:
    """What the first taker had typed, in one line."""
    fields: dict[str, Any] = msgspec.json.decode(draft or "{}")
    said = [fields.get("what"), fields.get("where"), fields.get("notes")]
    return " · ".join(text.strip() for text in said if isinstance(text, str) and text.strip())


async def _put_away(
    archive: PostgresArchive, city: City, taker: str | None, words: Words, now: datetime, *, limit: int
) -> list[dict[str, Any]]:
    """The last non-calls, newest first: of one taker, or of everybody."""
    rows = await archive.rows(
        "select c.id, c.disposition, c.number, c.ended_at, review.state, referral.neighbour from call c "
        "left join prank_review review on review.city_id = c.city_id and review.id = c.id "
        "left join referral on referral.city_id = c.city_id and referral.id = c.id "
        "where c.city_id = $1 and c.disposition = any($2) and c.ended_at >= $3 and ($4::text is null or c.taker = $4) "
        f"and {NOT_PROTECTED.format(call='c')} "
        "order by c.ended_at desc limit $5",
        [kind.value for kind in NON_CALLS],
        now - timedelta(hours=CORRECTABLE_HOURS),
        taker,
        limit,
    )
    names = {one.code: one.name for one in city.room.neighbours}
    return [
        {
            "id": row["id"],
            "kind": row["disposition"],
            "word": words(DISPOSITION_LABELS[Disposition(row["disposition"])]),
            "number": masked(row["number"]),
            "at": row["ended_at"],
            "judgement": words(JUDGEMENT_LABELS[Judgement(row["state"])])
            if row["disposition"] == "prank" and row["state"]
            else "",
            "neighbour": row["neighbour"] or "",
            "neighbour_name": names.get(row["neighbour"] or "", row["neighbour"] or ""),
        }
        for row in rows
    ]


def _neighbours(city: City) -> list[dict[str, str]]:
    return [
        {"code": one.code, "name": one.name, "number": one.number, "how": one.how}
        for one in city.room.neighbours
    ]


# --- restrictions -----------------------------------------------------------------------------------------------


async def _proposals(archive: PostgresArchive, city: City, now: datetime) -> list[dict[str, Any]]:
    """Numbers with enough confirmed pranks since their last genuine call, and no restriction that stands."""
    rows = await archive.rows(
        "select r.number, count(*) as pranks, max(r.called_at) as last_at, max(r.id) as call from prank_review r "
        "where r.city_id = $1 and r.state = 'confirmed' and r.number is not null and r.called_at >= $2 "
        "and r.called_at > coalesce((select max(c.arrived_at) from call c where c.city_id = r.city_id "
        "and c.number = r.number and c.disposition = 'real'), '-infinity') "
        "and not exists (select from restriction x where x.city_id = r.city_id and x.number = r.number "
        "and x.revoked_at is null and x.until_at > $3) "
        "and not exists (select from call p join incident i on i.city_id = p.city_id and i.id = p.incident "
        "and i.protected where p.city_id = r.city_id and p.number = r.number) "
        "group by r.number having count(*) >= $4 order by count(*) desc, max(r.called_at) desc limit $5",
        now - timedelta(days=PROPOSAL_DAYS),
        now,
        CONFIRMED_PRANKS_MIN,
        PROPOSALS_SHOWN_MAX,
    )
    return [
        {
            "call": row["call"],
            "number": masked(row["number"]),
            "pranks": row["pranks"],
            "last_at": row["last_at"],
        }
        for row in rows
        if reach_of(row["number"], city.room.callers) is Reach.NUMBER
    ]


async def _restrictions(archive: PostgresArchive, now: datetime) -> dict[str, list[dict[str, Any]]]:
    rows = await archive.rows(
        f"select x.*, {name_of('x.by')} as by_name, {name_of('x.revoked_by')} as revoked_name from restriction x "
        "where x.city_id = $1 and x.until_at >= $2 order by x.from_at desc limit $3",
        now - timedelta(days=ENDED_SHOWN_DAYS),
        RESTRICTIONS_SHOWN_MAX,
    )
    shown: dict[str, list[dict[str, Any]]] = {"standing": [], "ended": []}
    for row in rows:
        stands = row["revoked_at"] is None and row["until_at"] > now
        half_way = row["from_at"] + (row["until_at"] - row["from_at"]) / 2
        shown["standing" if stands else "ended"].append({
            "id": row["id"], "number": masked(row["number"]), "reason": row["reason"], "pranks": row["pranks"],
            "by": row["by_name"] or "", "from_at": row["from_at"], "until_at": row["until_at"],
            "seconds": row["seconds"], "review_due": row["reviewed_at"] is None and now >= half_way,
            "reviewed_at": row["reviewed_at"], "revoked_at": row["revoked_at"],
            "revoked_by": row["revoked_name"] or "", "revoked_why": row["revoked_why"] or "",
        })  # fmt: skip
    return shown


# --- what the flags cost ----------------------------------------------------------------------------------------


async def _audit(
    archive: PostgresArchive, words: Words, now: datetime, blind_percent: float
) -> dict[str, Any]:
    """Flagged calls of a year: what became of them, the bound on genuine ones lost, and the blind share beside it."""
    rows = await archive.rows(
        "select f.blind, f.outcome, c.disposition = 'real' as genuine, count(*) as calls from flagged_call f "
        "join call c on c.city_id = f.city_id and c.id = f.id where f.city_id = $1 and f.at >= $2 "
        f"and {NOT_PROTECTED.format(call='c')} group by 1, 2, 3",
        now - timedelta(days=AUDIT_DAYS),
    )
    outcomes = {outcome: _sum(rows, outcome=outcome.value) for outcome in FlagOutcome}
    dismissed = [row for row in rows if not row["genuine"] and row["outcome"] is not None]
    checked = sum(row["calls"] for row in dismissed if row["outcome"] != FlagOutcome.NO_PLACE)
    lost = sum(row["calls"] for row in dismissed if row["outcome"] in {one.value for one in LOST_OUTCOMES})
    bound = upper_bound(lost, checked)
    return {
        "days": AUDIT_DAYS,
        "total": _sum(rows),
        "unchecked": _sum(rows, outcome=None),
        "outcomes": [(words(OUTCOME_LABELS[outcome]), calls) for outcome, calls in outcomes.items()],
        "checked": checked,
        "lost": lost,
        "bound_per": bound * PER if bound is not None else None,
        "per": PER,
        "confidence": round(CONFIDENCE * 100),
        "groups": [_group(rows, blind) for blind in (True, False)],
        "blind_percent": blind_percent,
        "minutes": OUTCOME_MINUTES,
        "metres": round(OUTCOME_METRES),
    }


def _group(rows: list[Row], blind: bool) -> dict[str, Any]:
    calls = sum(row["calls"] for row in rows if row["blind"] is blind)
    genuine = sum(row["calls"] for row in rows if row["blind"] is blind and row["genuine"])
    return {"blind": blind, "calls": calls, "genuine": genuine, "share": genuine / calls if calls else None}


def _sum(rows: list[Row], **wanted: str | None) -> int:
    return sum(row["calls"] for row in rows if all(row[name] == value for name, value in wanted.items()))


async def _watch(archive: PostgresArchive, city: City, now: datetime) -> dict[str, Any]:
    """The daily count of genuine calls of whole local days, and its CUSUM both ways."""
    today = now.astimezone(city.zone).date()
    first = today - timedelta(days=WATCH_DAYS)
    rows = await archive.rows(
        "select (arrived_at at time zone $2)::date as day, count(*) as calls from call "
        "where city_id = $1 and disposition = 'real' and not demo and arrived_at >= $3 "
        f"and {NOT_PROTECTED.format(call='call')} group by 1",
        city.zone_name,
        datetime(first.year, first.month, first.day, tzinfo=city.zone),
    )
    counted: Mapping[date, int] = {row["day"]: row["calls"] for row in rows}
    begun = min(counted, default=today)
    days = [begun + timedelta(days=n) for n in range((today - begun).days)]
    daily = [counted.get(day, 0) for day in days]
    sums = cusum(daily)
    shown = []
    for back in range(min(DAYS_SHOWN, len(days)), 0, -1):
        watched = sums is not None and back <= len(sums.down)
        shown.append({
            "day": _noon(days[-back], city), "calls": daily[-back],
            "down": sums.down[-back] if watched and sums is not None else None,
            "up": sums.up[-back] if watched and sums is not None else None,
        })  # fmt: skip
    return {
        "sums": sums, "days": shown, "counted": len(days), "baseline_days": BASELINE_DAYS,
        "ratio": CUSUM_RATIO, "limit": CUSUM_LIMIT,
    }  # fmt: skip


def _noon(day: date, city: City) -> datetime:
    """A moment that is this day on every screen."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=city.zone)
