"""One web process for each test module's database; a city of its own for each test, with people in a room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from siaga import clock
from tests.a_city import CITY, a_city, a_type
from tests.a_web_process import Web, open_web
from tests.room import Room

HIDDEN = a_type(
    "kamtibmas.lindung", name="Kasus lindung", name_en="Protected case", priority=1, protected=True
)


@pytest.fixture
async def invented_web(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[Web]:
    """In the invented city, with one protected type."""
    async with open_web(postgres_dsn, tmp_path, city=a_city(types=(*CITY.types, HIDDEN))) as opened:
        yield opened


@pytest.fixture
def web(invented_web: Web) -> Web:
    return invented_web


@pytest.fixture
def room(web: Web) -> Room:
    """The people around that process's archive; their clock stands still unless a test moves it."""
    return Room(archive=web.archive, city=web.city, now=clock.now())
