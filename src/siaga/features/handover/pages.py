"""/serah-terima: three steps on one page: what stands open, the notes, both confirm. Printable."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from siaga.domain.city import City
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.handover import NOTES_CHARACTERS_MAX, Handover
from siaga.domain.roles import RIGHTS, May, Viewer
from siaga.features.handover import actions
from siaga.features.handover.contents import Words, contents
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive

SHOWN_MAX = 20  # some days of three shifts

Form = Body(media_type=RequestEncodingType.URL_ENCODED)


class Beginning(msgspec.Struct):
    """To whom, and what is not in any list."""

    to: Annotated[str, msgspec.Meta(max_length=80)] = ""
    notes: Annotated[str, msgspec.Meta(max_length=NOTES_CHARACTERS_MAX)] = ""


@get("/serah-terima")
async def page(archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime) -> Template:
    """What stands open now, what waits for her, and the last ones."""
    viewer.must(May.TAKE_CALLS)
    return await _page(archive, city, viewer, words, now)


async def _page(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime, *,
    given: Beginning | None = None, problem: RuleBroken | None = None,
) -> Template:  # fmt: skip
    waiting = await archive.rows(
        "select h.id, h.begun_at, h.given_by, h.taken_by, g.name as giver, t.name as receiver from handover h "
        "left join person g on g.city_id = h.city_id and g.id = h.given_by "
        "left join person t on t.city_id = h.city_id and t.id = h.taken_by "
        "where h.city_id = $1 and (h.given_by = $2 or h.taken_by = $2) and h.withdrawn_at is null "
        "order by (h.given_at is null or h.taken_at is null) desc, h.begun_at desc limit $3",
        viewer.person,
        SHOWN_MAX,
    )
    context = {
        "open": _dated(await contents(archive, city, viewer, words, now)),
        "people": await _receivers(archive, viewer),
        "rows": [dict(row) for row in waiting],
        "me": viewer.person,
        "notes_max": NOTES_CHARACTERS_MAX,
        "given": given or Beginning(),
        "problem": words(problem.message, **problem.words) if problem is not None else "",
    }
    status = problem.status if problem is not None else 200
    return Template("handover/handover.html", context=context, status_code=status)


@post("/serah-terima", status_code=200)
async def begin(
    data: Annotated[Beginning, Form], archive: PostgresArchive, city: City, viewer: Viewer, words: Words,
    now: datetime,
) -> Redirect | Template:  # fmt: skip
    """What is read together is kept as it is now."""
    viewer.must(May.TAKE_CALLS)
    found = await contents(archive, city, viewer, words, now)
    try:
        id = await archive.do(
            actions.begin, given_by=viewer.person, taken_by=data.to, notes=data.notes,
            content=msgspec.json.encode(found).decode(), now=now,
        )  # fmt: skip
    except RuleBroken as refusal:
        return await _page(archive, city, viewer, words, now, given=data, problem=refusal)
    return Redirect(path=f"/serah-terima/{id}", status_code=303)


@get("/serah-terima/{handover:str}")
async def one(handover: str, archive: PostgresArchive, viewer: Viewer) -> Template:
    """One handover, as it was read; to be confirmed, and printed."""
    viewer.must(May.TAKE_CALLS)
    found = await archive.look(_known, handover=handover)
    if viewer.person not in (found.given_by, found.taken_by) and not viewer.may(May.SUPERVISE):
        raise NotFound("Serah terima ini tidak ada.")
    names = await archive.rows(
        "select id, name from person where city_id = $1 and id = any($2)", [found.given_by, found.taken_by]
    )
    context = {
        "one": found,
        "open": _dated(msgspec.json.decode(found.content)),
        "names": {row["id"]: row["name"] for row in names},
        "me": viewer.person,
    }
    return Template("handover/handover_one.html", context=context)


@post("/serah-terima/{handover:str}/setuju")
async def confirm(handover: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """She has read it."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(actions.confirm, handover=handover, by=viewer.person, now=now)
    return Redirect(path=f"/serah-terima/{handover}", status_code=303)


@post("/serah-terima/{handover:str}/batal")
async def withdraw(handover: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """Not this one."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(actions.withdraw, handover=handover, by=viewer.person, now=now)
    return Redirect(path="/serah-terima", status_code=303)


async def _receivers(archive: PostgresArchive, viewer: Viewer) -> list[dict[str, str]]:
    roles = [str(role) for role, acts in RIGHTS.items() if May.TAKE_CALLS in acts]
    rows = await archive.rows(
        "select id, name from person where city_id = $1 and active and roles && $2 and id <> $3 order by name",
        roles,
        viewer.person,
    )
    return [{"id": row["id"], "name": row["name"]} for row in rows]


def _dated(kept: dict[str, Any]) -> dict[str, Any]:
    """What was kept as text, with its times as times again."""
    for rows in kept.values():
        for row in rows:
            for name in ("at", "until"):
                if name in row:
                    row[name] = datetime.fromisoformat(row[name])
    return kept


async def _known(tx: Transaction, *, handover: str) -> Handover:
    return await tx.get(Handover, handover)


PAGES: list[Any] = [page, begin, one, confirm, withdraw]
