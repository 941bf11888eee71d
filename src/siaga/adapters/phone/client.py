"""How the web process asks the call node for sound. Fulfils `features.calls.audio.SeatAudio`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from siaga.adapters.phone.engine import OfferRefused
from siaga.domain.errors import OutsideFailed

CONNECT_SECONDS_MAX = 10.0  # a first media process may have to start for this seat
HEALTH_SECONDS_MAX = 2.0


class PhoneDown(OutsideFailed):
    """The call node does not answer; its supervisor is starting it again."""


class PhoneClient:
    """Talks to the node over its socket file. One per web process; close it at the end."""

    def __init__(self, path: Path) -> None:
        """``path``: `control.control_socket(home)`."""
        self._http = httpx.AsyncClient(
            # No TLS on a socket file: the machine's certificates need not be read, which takes 30 ms at each start.
            transport=httpx.AsyncHTTPTransport(uds=str(path), verify=False),
            base_url="http://phone",
            timeout=CONNECT_SECONDS_MAX,
        )

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def connect(self, taker: str, sdp: str) -> str:
        """Connect a browser's headset; returns the SDP answer. Raises PhoneDown or OfferRefused."""
        answer = await self._ask("POST", f"/seats/{quote(taker, safe='')}/offer", {"sdp": sdp})
        return str(answer["sdp"])

    async def dial(self, taker: str, uri: str) -> None:
        """Connect a desk telephone (SIP address) as this seat. Raises PhoneDown or OfferRefused."""
        await self._ask("POST", f"/seats/{quote(taker, safe='')}/dial", {"uri": uri})

    async def disconnect(self, taker: str) -> None:
        """Drop the seat's sound. Raises PhoneDown."""
        await self._ask("DELETE", f"/seats/{quote(taker, safe='')}")

    async def test_sound(self, taker: str) -> None:
        """Play the seat's own last three seconds back to it. Raises PhoneDown or OfferRefused (it talks)."""
        await self._ask("POST", f"/seats/{quote(taker, safe='')}/test", {})

    async def quality(self, line: str) -> dict[str, Any]:
        """How well a call or leg is heard; empty when it is gone. Raises PhoneDown."""
        return await self._ask(
            "GET", f"/calls/{quote(line, safe='')}/quality", seconds_max=HEALTH_SECONDS_MAX
        )

    async def seat_quality(self, taker: str) -> dict[str, Any]:
        """How well a taker's headset is heard; empty when there is none. Raises PhoneDown."""
        return await self._ask(
            "GET", f"/seats/{quote(taker, safe='')}/quality", seconds_max=HEALTH_SECONDS_MAX
        )

    async def health(self) -> dict[str, Any]:
        """Calls, seats, gaps, processor share and more. Raises PhoneDown."""
        return await self._ask("GET", "/health", seconds_max=HEALTH_SECONDS_MAX)

    async def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, str] | None = None,
        seconds_max: float = CONNECT_SECONDS_MAX,
    ) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, json=body, timeout=seconds_max)
        except httpx.HTTPError as failed:
            raise PhoneDown(f"the call node does not answer: {type(failed).__name__}") from failed
        answer: dict[str, Any] = response.json()
        if response.status_code == 409:
            raise OfferRefused(answer["error"])
        if response.status_code != 200:
            raise PhoneDown(f"the call node answered {response.status_code}: {answer.get('error')}")
        return answer
