"""The web process: screens, live streams, the panic button and the API."""

from __future__ import annotations

from siaga.app import run_web
from siaga.settings import Settings


async def main(settings: Settings) -> None:
    """Serve until told to stop."""
    await run_web(settings)
