"""The invented city with one neighbour to the north and one protected type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from siaga.domain.room_rules import Neighbour
from tests.a_city import CITY, a_city
from tests.a_web_process import Web, open_web
from tests.features.conftest import HIDDEN

NEIGHBOUR = Neighbour(
    code="tetangga", name="112 Kabupaten Sebelah", number="0991112", places=((-6.8, 110.0),)
)


@pytest.fixture
async def web(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[Web]:
    city = a_city(types=(*CITY.types, HIDDEN), room=replace(CITY.room, neighbours=(NEIGHBOUR,)))
    async with open_web(postgres_dsn, tmp_path, city=city) as opened:
        yield opened
