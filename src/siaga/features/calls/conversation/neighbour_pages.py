"""One key gives a caller from outside to the neighbour it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import post

from siaga.domain.city import City
from siaga.domain.roles import May, Viewer
from siaga.features.calls.conversation.neighbours import give_to_neighbour
from siaga.records.postgres import PostgresArchive


class Giving(msgspec.Struct):
    """To which neighbour."""

    neighbour: Annotated[str, msgspec.Meta(max_length=80)]


@post("/meja/panggilan/{call:str}/tetangga", status_code=200)
async def give(
    call: str, data: Giving, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """The caller is connected to the neighbour's number, and her desk is free."""
    viewer.must(May.TAKE_CALLS)
    leg = await archive.do(
        give_to_neighbour, call=call, neighbour=data.neighbour, taker=viewer.person, room=city.room, now=now
    )
    return {"leg": leg}


PAGES: list[Any] = [give]
