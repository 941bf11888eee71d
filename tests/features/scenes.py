"""What the page tests put into the room, and how they count."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import httpx

from siaga.domain.place import Place
from siaga.domain.roles import Role, Viewer
from siaga.features.incidents.actions import Report
from tests.a_web_process import NAVIGATION, Web
from tests.room import Room

NORTH = "99.01.01.1001"
HTMX = {"hx-request": "true", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
FORM = {**NAVIGATION, "sec-fetch-site": "same-origin"}
STREET = "Jl. Rahasia 7"
LIVE_HUB = ("select position from head", "select position, entry from journal")
BOSS = Viewer(person="boss", name="Boss", roles=(Role.SUPERVISOR,), in_circle=True)


def a_fire(**more: Any) -> Report:
    given = {"type": "kebakaran.rumah", "place": Place(text="Jl. Melati 3", kelurahan=NORTH), **more}
    return Report(**given)


def a_hidden_case(**more: Any) -> Report:
    given = {"type": "kamtibmas.lindung", "place": Place(text=STREET, kelurahan=NORTH), **more}
    return Report(**given)


async def opened(room: Room, report: Report | None = None, **more: Any) -> str:
    """An incident whose agencies have been asked."""
    incident = await room.opens(report=report or a_fire(), **more)
    await room.follow()
    return incident


async def page(browser: httpx.AsyncClient, address: str, status: int = 200, **headers: str) -> str:
    """The page a person sees at this address."""
    answer = await browser.get(address, headers={**NAVIGATION, **headers})
    assert answer.status_code == status, f"{address}: {answer.status_code} {answer.text[:300]}"
    return answer.text


def seen(html: str) -> str:
    """The words of a page without its tags, each run of spaces as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@contextlib.contextmanager
def queries_counted(web: Web) -> Iterator[list[str]]:
    """Every SQL text read through the archive inside the block, without what the live hub asks all the time."""
    asked: list[str] = []
    rows = web.archive.rows

    async def counting(sql: str, *values: Any) -> Any:
        if not sql.startswith(LIVE_HUB):
            asked.append(sql)
        return await rows(sql, *values)

    web.archive.rows = counting
    try:
        yield asked
    finally:
        web.archive.rows = rows
