"""The first seconds with a caller who may mean a known incident: the proposals, F7 to join, or another matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from litestar import get, post
from litestar.response import Template

from siaga.domain.burst import Suspect
from siaga.domain.call import CallState
from siaga.domain.city import City
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.desk import burst
from siaga.features.incidents.desk.forms import Fields, Short, told_of
from siaga.features.incidents.desk.queries import one_sheet, sheet_key
from siaga.features.incidents.labels import STATE_LABELS
from siaga.records.postgres import PostgresArchive

Words = Callable[[str], str]


class Joining(msgspec.Struct):
    """Which incident, and what she typed meanwhile."""

    incident: Short
    fields: Fields
    call: Short | None = None


@get("/meja/mungkin")
async def maybe(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime, sheet: Short = ""
) -> Template:
    """Open incidents the caller of this sheet may mean, before anything is typed; inside the panel "same"."""
    viewer.must(May.OPEN_INCIDENTS)
    context = await maybe_context(archive, city, viewer, words, now, sheet=sheet)
    return Template("incidents/same.html", context=context)


@post("/meja/lembar/{sheet_id:str}/soal", status_code=200)
async def join_and_go_on(
    sheet_id: str,
    data: Joining,
    archive: PostgresArchive,
    city: City,
    finder: PlaceFinder,
    viewer: Viewer,
    now: datetime,
) -> dict[str, Any]:
    """He means that incident: one more reporter, the line ends, her seat is ready for the next."""
    viewer.must(May.OPEN_INCIDENTS)
    found = await one_sheet(archive, sheet_id, viewer) or {"id": sheet_id}
    await archive.do(
        burst.join_and_go_on,
        key=sheet_key(found),
        city=city,
        incident=data.incident,
        sheet=sheet_id,
        told=told_of(city, finder, data.fields),
        by=viewer,
        now=now,
    )
    number = await archive.value("select number from incident where city_id = $1 and id = $2", data.incident)
    return {"incident": data.incident, "number": number}


@post("/meja/lembar/{sheet_id:str}/lain", status_code=200)
async def different(sheet_id: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """His is another matter."""
    viewer.must(May.OPEN_INCIDENTS)
    await archive.do(burst.say_different, sheet=sheet_id, by=viewer.person, now=now)
    return {}


async def maybe_context(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime, *, sheet: str
) -> dict[str, Any]:
    """What same.html needs: the proposals with their evidence, and how long the screen is meant to take."""
    proposed = await archive.look(burst.suspects_of, city=city, sheet=sheet, now=now)
    if not proposed:
        return {"same": []}
    rows = await archive.rows(
        "select i.id, i.number, i.type, i.place_text, i.priority, i.opened_at, coalesce(n.playing, false) as playing, "
        "(select text from note t where t.city_id = i.city_id and t.incident = i.id and t.struck_at is null "
        "order by t.at limit 1) as told_first, "
        "(select a.state from assignment a where a.city_id = i.city_id and a.incident = i.id "
        "order by array_position(array['on_scene','acknowledged','sent'], a.state) limit 1) as state "
        "from incident i left join notice n on n.city_id = i.city_id and n.id = i.id "
        "where i.city_id = $1 and i.id = any($2)",
        [one.incident.id for one in proposed],
    )
    known = {row["id"]: row for row in rows}
    answered = await archive.value(
        "select answered_at from call where city_id = $1 and state = $2 and id = "
        "(select s.call from sheet s where s.city_id = $1 and s.id = $3)",
        CallState.TALKING.value,
        sheet,
    )
    return {
        "same": [_shown(city, one, known[one.incident.id], words, viewer.language)
                 for one in proposed if one.incident.id in known],
        "burst": {"answered_at": answered, "seconds": city.room.burst.screen_seconds},
    }  # fmt: skip


def _shown(city: City, suspect: Suspect, row: Any, words: Words, language: str) -> dict[str, Any]:
    kind = city.type_by_code.get(row["type"])
    name = (kind.name_en if language == "en" else kind.name) if kind is not None else row["type"]
    distance = None if suspect.distance_m is None else round(suspect.distance_m)
    return {
        "id": row["id"], "number": row["number"], "type": name, "place": row["place_text"],
        "priority": row["priority"], "distance_m": distance, "opened_at": row["opened_at"],
        "callers": suspect.incident.callers, "progress": words(STATE_LABELS[row["state"] or "sent"]),
        "told_first": row["told_first"] or "", "recently": suspect.incident.callers_recently,
        "playing": row["playing"],
    }  # fmt: skip


PAGES: list[Any] = [maybe, join_and_go_on, different]
