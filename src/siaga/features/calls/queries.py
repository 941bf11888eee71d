"""What a taker sees of the line: the queue, the callers we owe, her seat, the call she has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from siaga.domain.alarm import WAITING_SECONDS_BEFORE_ALARM
from siaga.domain.caller_history import CallerFacts, Reach, reach_of
from siaga.domain.city import City
from siaga.domain.genuine_watch import is_blind
from siaga.domain.place import PlaceFinder
from siaga.domain.queue import ANYBODY_SECONDS
from siaga.domain.roles import Viewer
from siaga.domain.shift import SeatState
from siaga.features.calls.owed.queries import masked, missed_context
from siaga.features.calls.room.queries import mode_words, row_states
from siaga.records.caller_past import caller_facts, local_midnight
from siaga.records.postgres import PostgresArchive, Row

QUEUE_SHOWN_MAX = 50  # a screen shows about ten; the count says how many there are

Words = Callable[[str], str]

SHORT_REACH_LABELS = {Reach.NO_SIM: "tanpa SIM", Reach.WITHHELD: "nomor disembunyikan"}


@dataclass(frozen=True)
class Line:
    """What the pages of the line need to know of this installation besides the request."""

    archive: PostgresArchive
    city: City
    finder: PlaceFinder
    secret: bytes
    sms: bool

    async def context(self, viewer: Viewer, words: Words, now: datetime) -> dict[str, Any]:
        """Everything the bar, the queue and the missed list need."""
        return {
            **await bar_context(self.archive, viewer),
            "modes": await mode_words(self.archive, self.city, words, now),
            **await self.queue(viewer, words, now),
            **await self.missed(words, now),
        }

    async def queue(self, viewer: Viewer, words: Words, now: datetime) -> dict[str, Any]:
        """Who waits."""
        return await queue_context(
            self.archive, self.city, self.finder, viewer, words, now, secret=self.secret
        )

    async def missed(self, words: Words, now: datetime) -> dict[str, Any]:
        """Whom we owe."""
        return await missed_context(self.archive, self.city, words, now, sms=self.sms)


async def bar_context(archive: PostgresArchive, viewer: Viewer) -> dict[str, Any]:
    """Her seat, and how long the queue is."""
    waiting = await archive.rows(
        "select count(*) as waiting, min(arrived_at) as oldest from call "
        "where city_id = $1 and state in ('waiting', 'ringing')"
    )
    return {
        "seat": await seat_of(archive, viewer),
        "queue_count": waiting[0]["waiting"],
        "queue_oldest": waiting[0]["oldest"],
        "answer_seconds_target": WAITING_SECONDS_BEFORE_ALARM,
    }


async def nodes_up(archive: PostgresArchive, *, but: str) -> list[str]:
    """The call nodes that give signs of life, without one of them."""
    rows = await archive.rows(
        "select name from heartbeat where city_id = $1 and kind = 'phone' and state = 'up' and name <> $2 "
        "order by name",
        but,
    )
    return [row["name"] for row in rows]


async def seat_of(archive: PostgresArchive, viewer: Viewer) -> dict[str, Any]:
    """What she is doing; a taker who has never sat down is off."""
    found = await archive.rows(
        "select state, since, desk, call, audio, phone, by_phone from seat where city_id = $1 and taker = $2",
        viewer.person,
    )
    if not found:
        nobody = {"desk": "", "call": None, "audio": False, "phone": None, "by_phone": False}
        return {"state": SeatState.OFF.value, "since": None, **nobody}
    return {**dict(found[0]), "desk": found[0]["desk"] or ""}


async def queue_context(
    archive: PostgresArchive,
    city: City,
    finder: PlaceFinder,
    viewer: Viewer,
    words: Words,
    now: datetime,
    *,
    secret: bytes,
) -> dict[str, Any]:
    """Who waits, most urgent first, numbers masked, with what is known of each (one query for all of them)."""
    rows = await archive.rows(
        "select call.id, channel, urgency, number, lat, lon, accuracy_m, arrived_at, offered_to, person.name as taker, "
        "needs, told, other_matter, overflowed "
        "from call left join person on person.city_id = call.city_id and person.id = call.offered_to "
        "where call.city_id = $1 and state in ('waiting', 'ringing') order by urgency, arrived_at, call.id limit $2",
        QUEUE_SHOWN_MAX,
    )
    known = await caller_facts(
        archive,
        [row["number"] for row in rows],
        callers=city.room.callers,
        now=now,
        midnight=local_midnight(now, city.zone),
    )
    calls = [
        {
            "id": row["id"],
            "channel": row["channel"],
            "priority": row["urgency"],
            "number": masked(row["number"]),
            "place": _where(city, finder, row["lat"], row["lon"], row["accuracy_m"]),
            "since": row["arrived_at"],
            "offered_to_me": row["offered_to"] == viewer.person,
            "offered_to": row["taker"] or "",
            "anybodys_from": row["arrived_at"] + timedelta(seconds=ANYBODY_SECONDS),
            "facts": _facts(row, known, city, words, secret),
            "states": row_states(row, city, words, viewer.language),
        }
        for row in rows
    ]
    return {"calls": calls, "answer_seconds_target": WAITING_SECONDS_BEFORE_ALARM}


def _facts(row: Row, known: dict[str, CallerFacts], city: City, words: Words, secret: bytes) -> list[str]:
    reach = reach_of(row["number"], city.room.callers)
    if row["channel"] == "voice" and reach is not Reach.NUMBER:
        return [words(SHORT_REACH_LABELS[reach])]
    past = known.get(row["number"] or "", CallerFacts())
    if past.flagged and is_blind(row["id"], secret, city.room.pranks.blind_percent):
        return []
    today = [words("ke-{n} hari ini").format(n=past.times_today)] if past.times_today > 1 else []
    return today + past.lines(words)


def _where(
    city: City, finder: PlaceFinder, lat: float | None, lon: float | None, accuracy_m: float | None
) -> str:
    if lat is None or lon is None:
        return ""
    place = finder.locate(lat, lon)
    kelurahan = city.kelurahan_by_code.get(place.kelurahan or "")
    name = kelurahan.name if kelurahan is not None else place.label
    return f"±{accuracy_m:.0f} m · {name}" if accuracy_m is not None else name
