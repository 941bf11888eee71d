"""Every call node of this installation as one seat audio: a headset is connected to each, a question goes to who knows.

Fulfils `features.calls.audio.SeatAudio`. The node of the settings is the one that is meant when none is named.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from siaga.adapters.phone.client import PhoneClient, PhoneDown
from siaga.adapters.phone.control import control_socket


class PhoneClients:
    """One client a node, opened when first asked for. One per web process; close it at the end."""

    def __init__(self, home: Path, node: str) -> None:
        """``node``: whose door is meant when a question names none."""
        self._home = home
        self._first = node
        self._clients: dict[str, PhoneClient] = {}

    async def close(self) -> None:
        """Let all connections go."""
        await asyncio.gather(*(client.close() for client in self._clients.values()))

    async def connect(self, taker: str, sdp: str, node: str | None = None) -> str:
        """Connect a browser's headset to this node. Raises PhoneDown or OfferRefused."""
        return await self._of(node or self._first).connect(taker, sdp)

    async def disconnect(self, taker: str) -> None:
        """Drop her sound everywhere. A node that is gone has dropped it already."""
        clients = list(self._clients.values()) or [self._of(self._first)]
        await asyncio.gather(*(client.disconnect(taker) for client in clients), return_exceptions=True)

    async def test_sound(self, taker: str) -> None:
        """Play her own last three seconds back to her. Raises PhoneDown or OfferRefused."""
        await self._of(self._first).test_sound(taker)

    async def quality(self, line: str) -> dict[str, Any]:
        """How well a call or leg is heard, from the node that has it; empty when none has. Raises PhoneDown."""
        clients = [
            self._of(self._first),
            *(one for node, one in self._clients.items() if node != self._first),
        ]
        down: PhoneDown | None = None
        for client in clients:
            try:
                if found := await client.quality(line):
                    return found
            except PhoneDown as failed:
                down = failed
        if down is not None and len(clients) == 1:
            raise down
        return {}

    async def seat_quality(self, taker: str) -> dict[str, Any]:
        """How well this seat is heard over the first node. Raises PhoneDown."""
        return await self._of(self._first).seat_quality(taker)

    async def health(self) -> dict[str, Any]:
        """What the first node says of itself. Raises PhoneDown."""
        return await self._of(self._first).health()

    def _of(self, node: str) -> PhoneClient:
        if node not in self._clients:
            self._clients[node] = PhoneClient(control_socket(self._home, node))
        return self._clients[node]
