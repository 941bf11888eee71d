"""/atur/rencana/berkas: the table of plans out to Excel or TOML, and the edited one back in after a look.

Nothing is kept between the two steps: the page itself carries the plans that were read, and they are read and checked
again when they are kept, like anything else a browser sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from siaga.adapters.exchange.downloads import XLSX
from siaga.adapters.exchange.plan_file import check_table, read_plan_file, worth_a_look
from siaga.adapters.exchange.plan_table import PlanTable, RowProblem, plan_workbook
from siaga.adapters.exchange.plan_toml import plan_toml, read_plan_toml
from siaga.adapters.exchange.reading import FROM_A_BROWSER
from siaga.adapters.exchange.uploads import file_of, plain_name, read_beside, text_of
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.response_plan import PlanBook, ResponsePlan, differences
from siaga.domain.roles import Viewer
from siaga.features.incidents.plans import actions as plan_actions
from siaga.features.incidents.plans.pages import Words, may_read, page_of
from siaga.features.incidents.plans.queries import plans_in_force
from siaga.records.postgres import PostgresArchive

TOML = "application/toml; charset=utf-8"
PROBLEMS_SHOWN_MAX = 100  # somebody mends the first hundred and uploads again
FileForm = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@dataclass(frozen=True, kw_only=True)
class ChangedPlan:
    """A plan the file says differently. ``notices``: what is allowed but was perhaps not meant."""

    plan: ResponsePlan
    is_new: bool
    changes: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What keeping the file would do. ``content``: the changed plans as TOML; ``seen``: what they were held against."""

    name: str
    changed: tuple[ChangedPlan, ...]
    unchanged: int
    problems: tuple[RowProblem, ...]
    problem_count: int
    content: str
    seen: str


@get("/atur/rencana/unduh.xlsx")
async def workbook(city: City, viewer: Viewer) -> Response[bytes]:
    """The plans in force, for Excel."""
    may_read(viewer)
    content = await read_beside(partial(plan_workbook, city.plans.plans, city))
    return _file(content, XLSX, "rencana-penanganan.xlsx")


@get("/atur/rencana/unduh.toml")
async def toml(city: City, viewer: Viewer) -> Response[bytes]:
    """The plans in force, as they stand in a city's folder."""
    may_read(viewer)
    return _file(plan_toml(city.plans.plans).encode(), TOML, "plans.toml")


@post("/atur/rencana/berkas", status_code=200)
async def look(
    data: FileForm, archive: PostgresArchive, city: City, viewer: Viewer, words: Words
) -> Template:
    """What the file would change, and which rows are wrong. Nothing is kept."""
    may_read(viewer)
    try:
        name, content = await file_of(data)
        table = await read_beside(partial(_checked, content, city))
    except RuleBroken as refusal:
        return await page_of(archive, city, problem=words(refusal.message, **refusal.words), status=422)
    book = city.plans.with_newer(await plans_in_force(archive))
    preview = await read_beside(partial(preview_of, name, table, book, city))
    return await page_of(archive, city, preview=preview)


@post("/atur/rencana/berkas/simpan", status_code=200)
async def keep(
    data: FileForm, archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Redirect | Template:
    """Bring in what was looked at, as new versions that wait for approval."""
    may_read(viewer)
    try:
        table = await read_beside(partial(_checked_toml, text_of(data, "content").encode(), city))
        if table.problems:
            raise RuleBroken("Isinya tidak cocok lagi dengan kota ini. Unggah lagi berkasnya.")
        changed = await archive.do(
            plan_actions.import_plans,
            book=city.plans,
            plans=table.sound,
            source=plain_name(text_of(data, "name")) or "berkas",
            by=viewer.person,
            now=now,
            seen=_seen(text_of(data, "seen")),
        )
    except NotAllowed:
        raise
    except RuleBroken as refusal:
        return await page_of(archive, city, problem=words(refusal.message, **refusal.words), status=409)
    return Redirect(
        f"/atur/rencana?jenis={quote(changed[0])}" if changed else "/atur/rencana", status_code=303
    )


def preview_of(name: str, table: PlanTable, book: PlanBook, city: City) -> Preview:
    """The differences between a table and what is in force."""
    changed = tuple(
        ChangedPlan(
            plan=plan,
            is_new=before is None,
            changes=differences(before, plan) if before is not None else (),
            notices=worth_a_look(plan, city),
        )
        for plan in table.sound
        if not plan.same_as(before := book.for_type(plan.type))
    )
    in_force = {one.plan.type: book.for_type(one.plan.type) for one in changed}
    seen = {type: plan.edition if plan is not None else "" for type, plan in in_force.items()}
    return Preview(
        name=name,
        changed=changed,
        unchanged=len(table.sound) - len(changed),
        problems=tuple(table.problems[:PROBLEMS_SHOWN_MAX]),
        problem_count=len(table.problems),
        content=plan_toml(one.plan for one in changed) if changed else "",
        seen=msgspec.json.encode(seen).decode(),
    )


def _checked(content: bytes, city: City) -> PlanTable:
    table = read_plan_file(content, FROM_A_BROWSER)
    check_table(table, city)
    return table


def _checked_toml(content: bytes, city: City) -> PlanTable:
    table = read_plan_toml(content)
    check_table(table, city)
    return table


def _seen(text: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError:
        raise RuleBroken("Unggah lagi berkasnya, lalu baca bedanya.") from None


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    return Response(
        content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


PAGES: list[Any] = [workbook, toml, look, keep]
