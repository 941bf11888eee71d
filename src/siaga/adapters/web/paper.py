"""The paper that lies ready when everything is dark: forms and the pack of what is open, as files that stand alone."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from siaga.adapters.web.rendering import Assets, Frame, make_environment
from siaga.adapters.web.words import shipped_words
from siaga.domain.city import City
from siaga.features.incidents.paper.queries import form_context, pack_context
from siaga.records.postgres import PostgresArchive

FORM_COPIES = 10  # enough for the first quarter of an hour of a busy room; print the file again for more
PACKS_KEPT_DAYS = 7
FORM_FILE = "lembar-kosong.html"
PACK_FILE = "kejadian-terbuka.html"

NO_ASSETS = Assets(bundles={}, style="", icons="", worker="", shortcuts=())  # paper has no scripts, no icons


@dataclass(frozen=True)
class Written:
    """The files of one writing."""

    form: Path
    pack: Path


async def write_paper(
    archive: PostgresArchive, city: City, folder: Path, *, language: str, now: datetime
) -> Written:
    """Write both files, each replaced in one step, and a copy of the pack for the day. Raises OSError, DatabaseAway."""
    words = shipped_words()

    def in_language(text: str) -> str:
        return words.translate(language, text)

    frame = Frame(
        place_name=city.name, timezone=city.zone_name, now=now, language=language, theme="light", nonce="",
        csrf_token="", viewer=None,
    )  # fmt: skip
    form = _render(frame, form_context(city, in_language, copies=FORM_COPIES, language=language))
    pack = _render(frame, await pack_context(archive, city, in_language, now))
    day = now.astimezone(city.zone).date()
    await asyncio.to_thread(_lay_out, folder, form, pack, day)
    return Written(folder / FORM_FILE, folder / PACK_FILE)


def _lay_out(folder: Path, form: str, pack: str, day: date) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _put(folder / FORM_FILE, form)
    for name in (PACK_FILE, f"kejadian-{day.isoformat()}.html"):
        _put(folder / name, pack)
    oldest = f"kejadian-{(day - timedelta(days=PACKS_KEPT_DAYS)).isoformat()}.html"
    for old in folder.glob("kejadian-2*.html"):
        if old.name < oldest:
            old.unlink(missing_ok=True)


@cache
def _environment() -> Environment:
    return make_environment(words=shipped_words(), assets=NO_ASSETS)


def _render(frame: Frame, context: dict[str, Any]) -> str:
    template = _environment().get_template("incidents/paper_print.html")
    return template.render(**context, frame=frame, on_screen=False)


def _put(file: Path, text: str) -> None:
    """All or nothing, and on the disk before the old one is gone: it is for the hour the power fails."""
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as page:
        page.write(text)
        page.flush()
        os.fsync(page.fileno())
    fresh.replace(file)
