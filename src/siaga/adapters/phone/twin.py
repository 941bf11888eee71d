"""The honest twin of a telephone engine: the same promises, no network, no sound card, no waiting.

Tests, drills and simulated days use it. It keeps who hears what, fails when it is told to, carries out a
repeated order once, and refuses what a real engine refuses.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from siaga.adapters.phone.engine import (
    Announcement,
    CallerLeft,
    CallerRang,
    CallGone,
    DigitPressed,
    EngineDown,
    EngineFault,
    Health,
    OfferRefused,
    PhoneEvent,
    RecordingFinished,
    SeatConnected,
    SeatGone,
    SeatLost,
)
from siaga.adapters.phone.prompts import prompt_texts
from siaga.adapters.phone.recorder import wav_header

SILENCE_HEARD = "silence"


@dataclass(slots=True)
class TwinCall:
    """What the twin knows of a call. ``hears`` is an Announcement, a seat's name, or silence."""

    answered: bool = False
    hears: Announcement | str = SILENCE_HEARD
    recording: Path | None = None


class TwinEngine:
    """`TelephonyEngine` in memory. `ring`, `press`, `leave`, `lose_seat` and `break_down` are the outside world."""

    def __init__(self, new_id: Callable[[], str], *, calls_max: int = 1000) -> None:
        self._new_id = new_id
        self._calls_max = calls_max
        self._events: asyncio.Queue[PhoneEvent] = asyncio.Queue()
        self._known_prompts = {*prompt_texts(), "ring", "pips"}
        self.calls: dict[str, TwinCall] = {}
        self.seats: set[str] = set()
        self.ended_by_us: list[str] = []
        self.refused: list[str] = []
        self.running = False

    # --- the outside world ---

    def ring(
        self,
        number: str | None = "081200000001",
        *,
        name: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str | None:
        """Somebody calls; returns the call, or ``None`` when the engine is full and said busy itself."""
        if not self.running or len(self.calls) >= self._calls_max:
            return None
        call = self._new_id()
        self.calls[call] = TwinCall()
        self._say(CallerRang(call, number, name, "112", "twin", dict(headers or {})))
        return call

    def press(self, call: str, digit: str) -> None:
        """The caller presses a key."""
        if call in self.calls:
            self._say(DigitPressed(call, digit))

    def leave(self, call: str, cause: str = "hung_up") -> None:
        """The caller goes away."""
        if call in self.calls:
            self._end_recording(call)
            answered = self.calls.pop(call).answered
            self._say(CallerLeft(call, cause if answered or cause != "hung_up" else "cancelled"))

    def lose_seat(self, seat: str) -> None:
        """A headset's connection breaks."""
        if seat in self.seats:
            self.seats.remove(seat)
            self._silence_callers_of(seat)
            self._say(SeatLost(seat))

    def break_down(self, reason: str = "the twin was told to fail") -> None:
        """The whole engine fails; every call on it is lost."""
        self.running = False
        self.calls.clear()
        self.seats.clear()
        self._say(EngineFault(reason))

    # --- the engine ---

    async def start(self) -> None:
        """See TelephonyEngine."""
        self.running = True

    async def stop(self) -> None:
        """See TelephonyEngine."""
        self.running = False
        self.calls.clear()
        self.seats.clear()

    async def next_event(self) -> PhoneEvent:
        """See TelephonyEngine."""
        return await self._events.get()

    async def answer(self, call: str) -> None:
        """See TelephonyEngine."""
        self._call(call).answered = True

    async def refuse(self, call: str) -> None:
        """See TelephonyEngine."""
        known = self.calls.get(call)
        if known is not None and not known.answered:
            del self.calls[call]
            self.refused.append(call)

    async def play(self, call: str, announcement: Announcement) -> None:
        """See TelephonyEngine."""
        self._check(announcement)
        known = self._call(call)
        if not isinstance(known.hears, str) or known.hears not in self.seats:
            known.hears = announcement

    async def bridge(self, call: str, seat: str) -> None:
        """See TelephonyEngine."""
        known = self._call(call)
        if seat not in self.seats:
            raise SeatGone(seat)
        self._silence_callers_of(seat)
        known.hears = seat

    async def park(self, call: str, announcement: Announcement) -> None:
        """See TelephonyEngine."""
        self._check(announcement)
        self._call(call).hears = announcement

    async def hang_up(self, call: str) -> None:
        """See TelephonyEngine."""
        if call in self.calls:
            self._end_recording(call)
            del self.calls[call]
            self.ended_by_us.append(call)

    async def connect_seat(self, seat: str, sdp_offer: str) -> str:
        """See TelephonyEngine."""
        if not self.running:
            raise EngineDown("the twin is not running")
        if "m=audio" not in sdp_offer:
            raise OfferRefused("the offer has no sound")
        self.lose_seat(seat)
        self.seats.add(seat)
        self._say(SeatConnected(seat))
        return "v=0\r\ns=twin\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\n"

    async def dial_seat(self, seat: str, uri: str) -> None:
        """See TelephonyEngine."""
        if not uri.startswith("sip:"):
            raise OfferRefused(f"{uri} did not answer: not a SIP address")
        await self.connect_seat(seat, "m=audio")

    async def disconnect_seat(self, seat: str) -> None:
        """See TelephonyEngine."""
        self.seats.discard(seat)
        self._silence_callers_of(seat)

    async def start_recording(self, call: str, path: Path) -> None:
        """See TelephonyEngine."""
        known = self._call(call)
        if known.recording is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            known.recording = path

    def health(self) -> Health:
        """See TelephonyEngine."""
        bridged = sum(call.hears in self.seats for call in self.calls.values())
        return Health(len(self.calls), bridged, tuple(sorted(self.seats)), 0, 0.0, 0.0, 0.0, 0)

    # --- inside ---

    def _say(self, event: PhoneEvent) -> None:
        self._events.put_nowait(event)

    def _call(self, call: str) -> TwinCall:
        if not self.running:
            raise EngineDown("the twin is not running")
        if call not in self.calls:
            raise CallGone(call)
        return self.calls[call]

    def _check(self, announcement: Announcement) -> None:
        for name in (*announcement.once, *announcement.repeat):
            if name not in self._known_prompts and not name.startswith("pause."):
                raise KeyError(name)

    def _silence_callers_of(self, seat: str) -> None:
        for call in self.calls.values():
            if call.hears == seat:
                call.hears = SILENCE_HEARD

    def _end_recording(self, call: str) -> None:
        path = self.calls[call].recording
        if path is not None:
            sound = wav_header(0)
            path.write_bytes(sound)
            self._say(RecordingFinished(call, path, 0.0, hashlib.sha256(sound).hexdigest()))
