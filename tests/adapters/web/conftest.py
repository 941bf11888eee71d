"""One web process for each test module's database; a city of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.a_web_process import Web, open_web


@pytest.fixture
async def web(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[Web]:
    async with open_web(postgres_dsn, tmp_path) as opened:
        yield opened
