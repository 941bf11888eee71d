"""The media processes' keeper on a starved machine."""

from __future__ import annotations

import asyncio

import pytest

from siaga.adapters.phone.media import pool as media_pool
from siaga.adapters.phone.media.pool import MediaPool
from siaga.adapters.phone.sound.mixer import Mixer


@pytest.fixture
async def pool(monkeypatch: pytest.MonkeyPatch) -> MediaPool:
    """A pool for which half a second is an age, so that an ordinary start is a slow one."""
    monkeypatch.setattr(media_pool, "PING_SECONDS", 0.02)
    monkeypatch.setattr(media_pool, "DEAF_SECONDS_MAX", 0.05)
    monkeypatch.setattr(media_pool, "END_SECONDS_MAX", 0.05)
    return MediaPool(Mixer(), ("127.0.0.1",), lambda _: None, lambda _: None)


async def ended(pool: MediaPool) -> None:
    async with asyncio.timeout(20):
        while pool.process_ids:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_process_that_is_still_starting_is_not_taken_for_one_that_hangs(pool: MediaPool) -> None:
    await pool.start()
    first = pool.process_ids

    await asyncio.sleep(0.15)  # three times as long as a started one may say nothing

    assert pool.process_ids == first
    await pool.stop()


async def test_a_process_that_never_comes_up_is_replaced(
    pool: MediaPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_pool, "START_SECONDS_MAX", 0.05)
    await pool.start()

    await ended(pool)

    await pool.stop()
