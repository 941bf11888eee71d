"""Taking a colleague's sheet over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.response import Redirect, Response

from siaga.domain.errors import NotFound
from siaga.domain.roles import May, Viewer
from siaga.domain.sheet_company import REASON_CHARACTERS_MAX
from siaga.features.calls.taking_over.actions import take_over
from siaga.records.postgres import PostgresArchive


class Reason(msgspec.Struct):
    """Why."""

    reason: Annotated[str, msgspec.Meta(max_length=REASON_CHARACTERS_MAX)] = ""


@post("/lembar/{sheet_id:str}/ambil")
async def take(
    sheet_id: str, request: Request[Any, Any, Any], archive: PostgresArchive, viewer: Viewer, now: datetime
) -> Response[Any]:
    """The sheet becomes hers, with a reason; its taker is told (JSON or a form)."""
    viewer.must(May.TAKE_CALLS)
    hidden = await archive.value(
        "select 1 from sheet s join incident i on i.city_id = s.city_id and i.id = s.incident "
        "where s.city_id = $1 and s.id = $2 and i.protected and not $3 and not i.id = any($4)",
        sheet_id, viewer.in_circle, [*viewer.cases],
    )  # fmt: skip
    if hidden is not None:
        raise NotFound("Lembar ini tidak ada atau sedang diisi petugas lain.")
    is_json = request.headers.get("content-type", "").startswith("application/json")
    given = await request.json() if is_json else dict(await request.form())
    reason = msgspec.convert(
        {"reason": str((given or {}).get("reason", ""))[:REASON_CHARACTERS_MAX]}, Reason
    ).reason
    await archive.do(take_over, sheet=sheet_id, by=viewer, reason=reason, now=now)
    if is_json:
        return Response({"sheet": sheet_id}, status_code=200)
    return Redirect(path="/meja", status_code=303)


PAGES: list[Any] = [take]
