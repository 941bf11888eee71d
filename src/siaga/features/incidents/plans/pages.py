"""/atur/rencana: the response plans in force, what each version changed, and a name under the one that was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.interview import PlanEdition
from siaga.domain.response_plan import Approval, ResponsePlan, differences
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.plans import actions as plan_actions
from siaga.features.incidents.plans.queries import editions_of, plan_in, plans_in_force
from siaga.records.postgres import PostgresArchive

Short = Annotated[str, msgspec.Meta(max_length=200)]
Words = Callable[..., str]
VERSIONS_SHOWN_MAX = 20


class Signing(msgspec.Struct):
    """Who approves, and exactly which edition was read."""

    edition: Short
    name: Short = ""
    role: Short = ""
    on: Short = ""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a plan, what it changed against the one before, and who brought it in."""

    edition: PlanEdition
    by: str
    changes: tuple[str, ...]


@get("/atur/rencana")
async def plans_page(archive: PostgresArchive, city: City, viewer: Viewer, jenis: Short = "") -> Template:
    """All plans, and one of them whole. ``jenis``: which."""
    may_read(viewer)
    return await page_of(archive, city, type=jenis)


@post("/atur/rencana/{type:str}/setuju", status_code=200)
async def approve(
    type: str,
    data: Annotated[Signing, Body(media_type=RequestEncodingType.URL_ENCODED)],
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    now: datetime,
) -> Redirect:
    """Put a name under the version that was read."""
    may_read(viewer)
    try:
        day = date.fromisoformat(data.on)
    except ValueError:
        raise RuleBroken("Tulis tanggal persetujuan.") from None
    await archive.do(
        plan_actions.approve_plan,
        city=city,
        type=type,
        edition=data.edition,
        approval=Approval(name=data.name, role=data.role, on=day),
        by=viewer.person,
        now=now,
    )
    return Redirect(f"/atur/rencana?jenis={type}", status_code=303)


async def page_of(
    archive: PostgresArchive, city: City, *,
    type: str = "", preview: Any = None, problem: str = "", status: int = 200,
) -> Template:  # fmt: skip
    """The page. ``preview``: what a file that was given would change; ``problem``: what is wrong with that file."""
    book = city.plans.with_newer(await plans_in_force(archive))  # not `city`, which follows a moment later
    chosen = book.for_type(type)
    context = {
        "city": city,
        "plans": book.plans,
        "chosen": chosen,
        "versions": await versions_of(archive, city, chosen) if chosen is not None else [],
        "preview": preview,
        "problem": problem,
    }
    return Template("incidents/plans.html", context=context, status_code=status)


def may_read(viewer: Viewer) -> None:
    """Supervisors and administrators look after the plans. Raises NotAllowed."""
    if not viewer.may(May.SUPERVISE):
        viewer.must(May.ADMINISTER)


async def versions_of(archive: PostgresArchive, city: City, plan: ResponsePlan) -> list[Version]:
    """The versions of a plan, the newest first, each with what it changed."""
    found = (await editions_of(archive, plan.type))[: VERSIONS_SHOWN_MAX + 1]
    versions = []
    for at, (edition, by) in enumerate(found[:VERSIONS_SHOWN_MAX]):
        before = plan_in(found[at + 1][0]) if at + 1 < len(found) else None
        changes = differences(before, plan_in(edition)) if before is not None else ()
        versions.append(Version(edition=edition, by=by, changes=changes))
    return versions


PAGES: list[Any] = [plans_page, approve]
