"""Two things named together: a landmark on the street that was said, where two streets cross, between two places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from siaga.adapters.maps.place_list import Entry, Locate
from siaga.adapters.maps.place_words import Part, Relation, SpokenPlace
from siaga.adapters.maps.street_lines import MEETING_METRES_MAX, apart_m, crossing
from siaga.domain.place import Suggestion

TOGETHER_METRES = 150.0  # a landmark this close to a street's line stands on it
TOGETHER_BONUS = 12.0
BETWEEN_METRES_MAX = 3_000.0  # "antara X dan Y" farther apart says nothing about where
MEETING_BONUS = 18.0
PAIR_SCORE_MIN = 70.0
PAIRS_MAX = 24  # looked at for one sentence
CROSSING_DOUBT_METRES = 30.0


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A place found for one part of what was said. ``raw``: how well the words fit; ``score``: what it ranks by."""

    index: int
    score: float
    raw: float
    part: Part
    whole: bool = False


def paired(
    spoken: SpokenPlace, hits: list[Hit], entry_of: Callable[[int], Entry], locate: Locate
) -> list[Suggestion]:
    """Lift hits of different parts that lie together (in ``hits``, which is sorted again), and name the crossings
    and middles that were meant."""
    found: list[Suggestion] = []
    lifted: set[int] = set()
    for one, other in _pairs(hits):
        first, second = entry_of(one.index), entry_of(other.index)
        if not first.course or not second.course:
            continue
        relation = one.part.relation or other.part.relation
        if relation in (Relation.JUNCTION, Relation.BETWEEN) and one.part.relation is other.part.relation:
            if made := _made(spoken, one, other, first, second, relation, locate):
                found.append(made)
        elif apart_m(first.course, second.course) <= TOGETHER_METRES:
            lifted |= {one.index, other.index}
    hits[:] = sorted(
        (replace(hit, score=hit.score + TOGETHER_BONUS) if hit.index in lifted else hit for hit in hits),
        key=lambda hit: -hit.score,
    )
    return found


def _pairs(hits: Sequence[Hit]) -> Iterator[tuple[Hit, Hit]]:
    good = [hit for hit in hits if hit.raw >= PAIR_SCORE_MIN]
    looked = 0
    for one, other in combinations(good, 2):
        if one.part is not other.part and looked < PAIRS_MAX:
            looked += 1
            yield (one, other) if one.part.start < other.part.start else (other, one)


def _made(
    spoken: SpokenPlace, one: Hit, other: Hit, first: Entry, second: Entry, relation: Relation, locate: Locate
) -> Suggestion | None:
    """The crossing of two streets, or the middle of two places."""
    meeting = crossing(first.course, second.course)
    if relation is Relation.JUNCTION:
        if meeting.apart_m > MEETING_METRES_MAX:
            return None
        lat, lon, doubt, bonus = meeting.lat, meeting.lon, CROSSING_DOUBT_METRES, MEETING_BONUS
    else:
        if meeting.apart_m > BETWEEN_METRES_MAX:
            return None
        lat, lon, doubt, bonus = meeting.lat, meeting.lon, max(meeting.apart_m / 2.0, 50.0), TOGETHER_BONUS
    later = spoken.with_name(other.part, second.place_text)
    label = f"{later[: one.part.start]}{first.place_text}{later[one.part.end :]}"
    place = replace(
        locate(lat, lon),
        text=label,
        accuracy_m=round(doubt),
        unverified=first.unverified or second.unverified,
    )
    return Suggestion(
        label=label,
        detail=f"{first.label} × {second.label}"
        if relation is Relation.JUNCTION
        else f"{first.label} – {second.label}",
        kind="simpang" if relation is Relation.JUNCTION else "antara",
        place=place,
        score=min(one.raw, other.raw) + bonus,
        unverified=place.unverified,
        rt_rw=spoken.rt_rw,
        name=f"{first.label} – {second.label}",
    )
