"""What any telephone engine must do for us: events in, orders out.

Rule 1: an engine knows calls, seats and sound; it knows nothing of queues, incidents or the database.
Rule 2: an order may be repeated; carrying it out twice changes nothing.
Rule 3: an order about something that is gone raises `CallGone` or `SeatGone`: telephony races are ordinary.
Rule 4: after `hang_up` an engine says nothing more of the call, except that its recording is finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from siaga.domain.errors import OutsideFailed


class CallGone(Exception):
    """The order names a call that has ended. Expected: the caller may hang up at any moment."""


class SeatGone(Exception):
    """The order names a seat that has no sound connection now."""


class EngineDown(OutsideFailed):
    """The engine cannot take orders any more; its process must be started again."""


class OfferRefused(OutsideFailed):
    """A headset could not be connected: the browser's offer is unusable or there is no room for it."""


# --- events ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallerRang:
    """Somebody calls. ``number`` is ``None`` when the caller withholds it; ``dialled`` is what he dialled."""

    call: str
    number: str | None
    display_name: str | None
    dialled: str
    transport: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """The caller pressed a key: one of ``0-9 * # A-D``."""

    call: str
    digit: str


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller is gone. ``cause`` is one of the words of `LEFT_CAUSES`."""

    call: str
    cause: str


@dataclass(frozen=True, slots=True)
class SeatConnected:
    """A taker's headset can be heard and can hear."""

    seat: str


@dataclass(frozen=True, slots=True)
class SeatLost:
    """A taker's headset has no connection any more; a caller bridged to it hears the hold announcement."""

    seat: str


@dataclass(frozen=True, slots=True)
class RecordingFinished:
    """A conversation is whole on disk. ``sha256`` is that of the file."""

    call: str
    path: Path
    seconds: float
    sha256: str


@dataclass(frozen=True, slots=True)
class EngineFault:
    """The engine has failed as a whole: every call on it is lost, and it takes no orders any more."""

    reason: str


PhoneEvent: TypeAlias = (
    CallerRang | DigitPressed | CallerLeft | SeatConnected | SeatLost | RecordingFinished | EngineFault
)

LEFT_CAUSES = ("hung_up", "cancelled", "voice_stopped", "network")
# hung_up: he ended it. cancelled: before we answered. voice_stopped: no sound for VOICE_SECONDS_MAX.
# network: the signalling failed.


# --- orders ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a caller hears while nobody talks with him: prompts by name, ``once`` and then ``repeat`` for ever."""

    once: tuple[str, ...] = ()
    repeat: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """How the engine does. A gap is sound that came so late that a person heard it break."""

    calls: int
    bridged: int
    seats: tuple[str, ...]
    gaps: int
    max_gap_ms: float
    cpu_percent: float
    rss_mb: float
    media_processes: int
    recordings_failed: int = 0
    addresses: tuple[str, ...] = ()


class TelephonyEngine(Protocol):
    """The small door behind which baresip, another exchange or the twin stand."""

    async def start(self) -> None:
        """Listen for calls. Raises EngineDown with a reason a person can act on (port taken ...)."""
        ...

    async def stop(self) -> None:
        """End every call and recording, and forget them. No event follows."""
        ...

    async def next_event(self) -> PhoneEvent:
        """The next thing that happened, in order; waits for it."""
        ...

    async def answer(self, call: str) -> None:
        """Take the call. From now on it costs the caller's time, so it must be in the record already."""
        ...

    async def refuse(self, call: str) -> None:
        """Decline a call that was not answered: the engine has no room. The engine picks the right status."""
        ...

    async def play(self, call: str, announcement: Announcement) -> None:
        """Let a caller who waits hear this from now on; one who talks with a taker is not disturbed.

        Raises KeyError for a prompt nobody has.
        """
        ...

    async def bridge(self, call: str, seat: str) -> None:
        """Let caller and taker talk. A caller the seat talked with before is left in silence."""
        ...

    async def park(self, call: str, announcement: Announcement) -> None:
        """Take the caller away from the taker, back to an announcement."""
        ...

    async def hang_up(self, call: str) -> None:
        """End the call from our side. A call that is gone already is no error."""
        ...

    async def connect_seat(self, seat: str, sdp_offer: str) -> str:
        """Connect a browser's headset; returns the SDP answer. An older connection of this seat is dropped.

        `SeatConnected` follows when sound can flow. Raises OfferRefused.
        """
        ...

    async def dial_seat(self, seat: str, uri: str) -> None:
        """Connect a desk telephone (SIP address) as this seat; `SeatConnected` follows when it answers.

        Raises OfferRefused when it does not.
        """
        ...

    async def disconnect_seat(self, seat: str) -> None:
        """Drop the seat's sound connection. A seat that is gone already is no error. No event follows."""
        ...

    async def start_recording(self, call: str, path: Path) -> None:
        """Keep both voices: caller on the left, what he hears on the right. `RecordingFinished` follows."""
        ...

    def health(self) -> Health:
        """The present figures; never waits."""
        ...
