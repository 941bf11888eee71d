"""A web process of its own city for each test of the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.a_web_process import Web, open_web
from tests.room import sample_city


@pytest.fixture
async def web(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[Web]:
    """The sample city's pages on a real database."""
    async with open_web(postgres_dsn, tmp_path, city=sample_city()) as opened:
        yield opened
