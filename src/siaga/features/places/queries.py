"""What the supervisor's page of place names shows: lessons to judge, lists that were imported."""

from __future__ import annotations

from typing import Any

from siaga.domain.city import City
from siaga.domain.known_place import TAKERS_FOR_USE, LessonState
from siaga.records.names import name_of
from siaga.records.postgres import PostgresArchive

LESSONS_SHOWN_MAX = 200  # nobody judges more in one sitting; the oldest open ones wait behind the most used
IMPORTS_SHOWN_MAX = 20


async def places_context(archive: PostgresArchive, city: City) -> dict[str, Any]:
    """What places.html needs; three queries."""
    lessons = await archive.rows(
        f"""select id, words, place, lat, lon, kelurahan, uses, cardinality(takers) as people, state, last_at,
                   judged_at, {name_of("last_by")} as last_by, {name_of("judged_by")} as judged_by
            from place_lesson where city_id = $1
            order by state <> 'open', cardinality(takers) desc, uses desc, last_at desc limit $2""",
        LESSONS_SHOWN_MAX,
    )
    imports = await archive.rows(
        f"""select id, file, source, rows, at, undone_at, {name_of("by")} as by
            from place_import where city_id = $1 order by at desc limit $2""",
        IMPORTS_SHOWN_MAX,
    )
    names = await archive.value("select count(*) from place_name where city_id = $1")
    every = [_lesson(city, dict(row)) for row in lessons]
    return {
        "open": [one for one in every if one["state"] == LessonState.OPEN],
        "judged": [one for one in every if one["state"] != LessonState.OPEN],
        "imports": [dict(row) for row in imports],
        "names": names or 0,
        "own_names": len(city.landmarks) + len(city.kelurahan),
        "takers_for_use": TAKERS_FOR_USE,
    }


def _lesson(city: City, row: dict[str, Any]) -> dict[str, Any]:
    area = city.kelurahan_by_code.get(row["kelurahan"] or "")
    row["area"] = f"{area.name}, {area.kecamatan_name}" if area is not None else ""
    row["in_use"] = row["state"] == LessonState.CONFIRMED or (
        row["state"] == LessonState.OPEN and row["people"] >= TAKERS_FOR_USE
    )
    return row
