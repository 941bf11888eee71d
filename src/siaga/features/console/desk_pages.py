"""The bar that offers to take the last act back, and the reminders whose time has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.last_act import UNDO_SECONDS
from siaga.domain.roles import May, Viewer
from siaga.features.console import reminders, undo
from siaga.features.console.undo import Kinds
from siaga.records.postgres import PostgresArchive
from siaga.records.undoing import Said

Words = Callable[..., str]
NAMED_MAX = 3  # what was done, as far as it fits the bar


@get("/batalkan")
async def offer(
    archive: PostgresArchive, viewer: Viewer, now: datetime, words: Words, undo_kinds: Kinds
) -> dict[str, Any]:
    """What could be taken back, and for how many milliseconds; nothing after that."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    found = await archive.look(undo.offered, kinds=undo_kinds, by=viewer, now=now)
    if found is None:
        return {"left_ms": 0, "words": "", "seconds": UNDO_SECONDS}
    left, said = found
    return {"left_ms": int(left * 1000), "words": _listed(said, words), "seconds": UNDO_SECONDS}


@post("/batalkan", status_code=200)
async def take_back(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, words: Words, undo_kinds: Kinds
) -> dict[str, str]:
    """Ctrl+Z, or the bar's button."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    said = await archive.do(_undo, kinds=undo_kinds, city=city, by=viewer, now=now)
    return {"words": words("Dibatalkan: {what}", what=_listed(said, words))}


@get("/pengingat")
async def panel(archive: PostgresArchive, viewer: Viewer) -> Template:
    """Reminders that are due."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    due = await archive.look(reminders.told, by=viewer)
    return Template("console/reminders.html", context={"reminders": due})


@post("/pengingat/{reminder:str}/selesai", status_code=200)
async def put_away(reminder: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Template:
    """She has seen it."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    await archive.do(reminders.put_away, reminder=reminder, by=viewer, now=now)
    due = await archive.look(reminders.told, by=viewer)
    return Template("console/reminders.html", context={"reminders": due})


async def _undo(tx: Any, **given: Any) -> list[Said]:
    """As lists, because a result is kept as JSON."""
    return [(text, dict(gaps)) for text, gaps in await undo.undo_last(tx, **given)]


def _listed(said: list[Said], words: Words) -> str:
    listed = ", ".join(words(text, **gaps) for text, gaps in said[:NAMED_MAX])
    return f"{listed} …" if len(said) > NAMED_MAX else listed


PAGES: list[Any] = [offer, take_back, panel, put_away]
