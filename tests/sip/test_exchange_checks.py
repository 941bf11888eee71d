"""What the doctor says about the office's exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siaga.commands.exchange_checks import exchange
from siaga.processes.finding import Finding, Level
from siaga.settings import Settings
from tests.sip.fake_asterisk import PASSWORD, VERSION, FakeAsterisk

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    made = FakeAsterisk()
    await made.start()
    yield made
    await made.stop()


async def examined(folder: Path, url: str, *, password: str = PASSWORD, **given: str) -> dict[str, Finding]:
    (folder / "password").write_text(password, encoding="utf-8")
    settings = Settings.from_env(
        {
            "SIAGA_HOME": str(folder), "SIAGA_PHONE_ENGINE": "asterisk", "SIAGA_ARI_URL": url,
            "SIAGA_ARI_PASSWORD_FILE": str(folder / "password"), **given,
        }
    )  # fmt: skip
    return {found.check: found for found in await asyncio.to_thread(lambda: list(exchange(settings, NOW)))}


async def test_a_good_exchange_is_named_with_its_version(asterisk: FakeAsterisk, tmp_path: Path) -> None:
    asterisk.lines["siaga"] = asyncio.Queue()

    found = await examined(tmp_path, asterisk.url, SIAGA_ARI_NUMBERS="PJSIP/{number}@operator")

    assert {check: one.level for check, one in found.items()} == dict.fromkeys(
        ("exchange", "exchange-voices", "exchange-app"), Level.OK
    )
    assert VERSION in found["exchange"].what.spoken("id")


async def test_what_is_wrong_with_it_is_said_with_what_to_do(asterisk: FakeAsterisk, tmp_path: Path) -> None:
    asterisk.modules.clear()
    found = await examined(tmp_path, asterisk.url)
    assert found["exchange-voices"].level is Level.FAULT
    assert found["exchange-numbers"].level is Level.WARNING
    assert "exchange-app" not in found  # Siaga does not run, so nobody can be registered

    found = await examined(tmp_path, asterisk.url, password="salah-sekali")
    assert found["exchange"].level is Level.FAULT
    assert "401" in found["exchange"].what.spoken("en")
    assert "salah-sekali" not in found["exchange"].what.spoken("en")

    asterisk.down = True
    found = await examined(tmp_path, asterisk.url)
    assert found["exchange"].level is Level.FAULT
    assert asterisk.url in found["exchange"].what.spoken("id")

    found = await examined(tmp_path, "http://pbx/ari")
    assert "SIAGA_ARI_URL" in found["exchange"].what.spoken("id")


def test_without_an_exchange_nothing_is_said() -> None:
    assert list(exchange(Settings.from_env({}), NOW)) == []
