"""What takers teach about places, and the word of somebody who made sure of one.

Rule 1: nothing is learnt from protected incidents: where they happened must not surface as a suggestion. What one of
them taught before it became protected is withdrawn.
Rule 2: a lesson is only what was corrected: another choice than the first suggestion, or a place moved afterwards.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.event import IncidentPlaceConfirmed, PlaceLessonJudged
from siaga.domain.incident import Incident
from siaga.domain.known_place import (
    SAME_PLACE_METRES,
    WITHDRAWN,
    LessonSource,
    LessonState,
    PlaceLesson,
    first_lesson,
    source_of,
    words_worth_learning,
)
from siaga.domain.place import Place, metres_between
from siaga.domain.protection import may_see
from siaga.domain.roles import Viewer
from siaga.domain.spelling import folded
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive
from siaga.records.writer import DatabaseAway

log = logging.getLogger("siaga.places")

LESSONS_OF_WORDS_MAX = 8  # "warung bu siti" may be many places, but a list of more helps nobody


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What a taker typed, and what she meant by it. ``name``: as the list calls it; empty for a point on the map."""

    words: str
    name: str
    place: Place


def meant_by_choice(words: str, name: str, rank: int, place: Place) -> Meant | None:
    """The lesson in choosing the suggestion of ``rank`` (0 is the first); None when there is none."""
    if rank <= 0 or not place.has_point or folded(words) == folded(name):
        return None
    return Meant(words=words, name=name, place=place)


def meant_by_move(before: Place, after: Place) -> Meant | None:
    """The lesson in a place that was moved while its words stayed; None when it lies where it lay."""
    if after.lat is None or after.lon is None or folded(before.text) != folded(after.text):
        return None
    stayed = (
        before.lat is not None
        and before.lon is not None
        and metres_between(before.lat, before.lon, after.lat, after.lon) <= SAME_PLACE_METRES
    )
    if stayed:
        return None
    return Meant(words=after.text, name="", place=after)


async def teach(tx: Transaction, *, incident: str, meant: Meant, by: str, now: datetime) -> bool:
    """Write one use of these words down; whether there was anything to learn."""
    words, place = words_worth_learning(meant.words), meant.place
    case = await tx.get(Incident, incident)
    if words is None or case.protected or place.is_outside or place.lat is None or place.lon is None:
        return False
    known = await tx.find(PlaceLesson, key=folded(words), order=("first_at", "id"))
    for lesson in known:
        if metres_between(lesson.lat, lesson.lon, place.lat, place.lon) <= SAME_PLACE_METRES:
            if lesson.state is LessonState.REJECTED:
                return False
            tx.keep(lesson.again(by=by, at=now))
            tx.put(source_of(lesson, incident, by=by, at=now))
            return True
    if len(known) >= LESSONS_OF_WORDS_MAX:
        return False
    fresh = first_lesson(
        id=tx.new_id(),
        words=words,
        place=meant.name,
        lat=place.lat,
        lon=place.lon,
        accuracy_m=place.accuracy_m,
        kelurahan=place.kelurahan,
        by=by,
        at=now,
    )
    tx.keep(fresh.again(by=by, at=now))
    tx.put(source_of(fresh, incident, by=by, at=now))
    return True


async def withdraw_lessons(tx: Transaction, *, incident: str, by: str | None, now: datetime) -> int:
    """The incident is protected now: what it taught goes, whoever has confirmed it. Returns how many lessons changed.

    Where others taught the same before, only its use goes. What it taught first goes whole: words and point are its.
    """
    taught = await tx.find(LessonSource, incident=incident)
    lessons = list(dict.fromkeys(one.lesson for one in taught))
    for id in lessons:
        lesson = await tx.seek(PlaceLesson, id)
        sources = await tx.find(LessonSource, lesson=id, order=("at", "id"))
        left = [one for one in sources if one.incident != incident]
        is_first = bool(sources) and sources[0].incident == incident
        tx.delete(*(one for one in sources if is_first or one.incident == incident))
        if lesson is None:
            continue
        if is_first:
            tx.delete(lesson)
        else:
            tx.put(lesson.left_with(left))
        tx.record(PlaceLessonJudged(lesson=id, state=WITHDRAWN, by=by, at=now))
    return len(lessons)


async def place_before(tx: Transaction, *, incident: str) -> Place | None:
    """Where the incident was said to be until now."""
    known = await tx.seek(Incident, incident)
    return None if known is None else known.place


async def remember(
    archive: PostgresArchive, incident: str, meant: Meant | None, viewer: Viewer, now: datetime
) -> None:
    """Learn, if there is anything to learn. What cannot be learnt now never stands in the way of help."""
    if meant is None:
        return
    try:
        await archive.do(teach, incident=incident, meant=meant, by=viewer.person, now=now)
    except (RuleBroken, DatabaseAway) as hindrance:
        log.warning("a place was not learnt: %s", type(hindrance).__name__)


async def confirm_place(tx: Transaction, *, incident: str, by: Viewer, now: datetime) -> bool:
    """Somebody made sure that it is there; False when that had been said before."""
    known = await tx.get(Incident, incident)
    if not may_see(by, known):
        raise NotFound("Tidak ditemukan.")
    if known.place.confirmed:
        return False
    tx.put(replace(known, place=replace(known.place, confirmed=True)))
    tx.record(IncidentPlaceConfirmed(incident=incident, by=by.person, at=now))
    return True
