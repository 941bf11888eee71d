"""A taker's headset, as the desk needs it. The phone adapter provides it; the twin says there is no telephone."""

from __future__ import annotations

from typing import Any, Protocol


class SeatAudio(Protocol):
    """The way from a browser to the call node."""

    async def connect(self, taker: str, sdp: str, node: str | None = None) -> str:
        """Connect the taker's browser to a call node (``None``: the first); takes its SDP offer, returns the answer.

        Raises OutsideFailed.
        """
        ...

    async def disconnect(self, taker: str) -> None:
        """Her headset is put down."""
        ...

    async def test_sound(self, taker: str) -> None:
        """She hears her own last three seconds. Raises OutsideFailed."""
        ...

    async def quality(self, line: str) -> dict[str, Any]:
        """loss_percent, jitter_ms, mos and codec of a call or leg; a value is None where nothing is measured.

        Raises OutsideFailed.
        """
        ...

    async def seat_quality(self, taker: str) -> dict[str, Any]:
        """The same of her headset's own connection. Raises OutsideFailed."""
        ...

    async def health(self) -> dict[str, Any]:
        """What the call node says of itself. Raises OutsideFailed when it does not answer."""
        ...
