"""The honest twin of a telephone engine: the same promises, no network, no sound card, no waiting.

Tests, drills and simulated days use it. It keeps who hears what, fails when it is told to, carries out a
repeated order once, and refuses what a real engine refuses.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from siaga.adapters.phone.engine import (
    KEYS,
    Announcement,
    CalleeAnswered,
    CalleeRings,
    CallerConfirmed,
    CallerLeft,
    CallerRang,
    CallGone,
    CannotDial,
    DigitPressed,
    EngineDown,
    EngineFault,
    Health,
    OfferRefused,
    PhoneEvent,
    Quality,
    RecordingFinished,
    SeatBusy,
    SeatConnected,
    SeatGone,
    SeatLost,
)
from siaga.adapters.phone.sip.dialling import checked_caller_id, uri_of
from siaga.adapters.phone.sound.prompts import prompt_texts
from siaga.adapters.phone.sound.rooms import Rooms
from siaga.adapters.phone.twin.voice import TwinVoice

SILENCE_HEARD = "silence"


@dataclass(slots=True)
class TwinCall:
    """What the twin knows of a call. ``hears`` is an Announcement, a taker's or another call's name, or silence.

    ``plays``: what it hears while it hears nobody. ``hears_all``: everybody it hears. ``dialled``: the address, when
    we called.
    """

    answered: bool = False
    hears: Announcement | str = SILENCE_HEARD
    plays: Announcement | None = None
    hears_all: frozenset[str] = frozenset()
    recording: Path | None = None
    dialled: str | None = None
    caller_id: str | None = None
    digits_sent: str = ""
    quality: Quality = field(default_factory=Quality)


class TwinEngine(TwinVoice):
    """`TelephonyEngine` in memory.

    The outside world is `ring`, `press`, `caller_leaves`, `callee_rings`, `callee_answers`, `lose_seat`, `break_down`.
    """

    def __init__(
        self, new_id: Callable[[], str], *, calls_max: int = 1000, trunk: str | None = "trunk.invalid"
    ) -> None:
        self._new_id = new_id
        self._calls_max = calls_max
        self._trunk = trunk
        self._rooms = Rooms()
        self._events: asyncio.Queue[PhoneEvent] = asyncio.Queue()
        self._known_prompts = {*prompt_texts(), "ring", "pips"}
        super().__init__(self._say, self._call, self._known_prompts)
        self.calls: dict[str, TwinCall] = {}
        self.seats: set[str] = set()
        self.muted: set[str] = set()
        self.sound_tested: list[str] = []
        self.ended_by_us: list[str] = []
        self.refused: list[str] = []
        self.running = False
        self.confirms = True  # callers' telephones confirm our answers; a flood's do not

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

    def caller_leaves(self, call: str, cause: str = "hung_up") -> None:
        """The far end goes away; ``cause`` may be ``busy``, ``no_answer`` or ``refused`` for one we dialled."""
        if call in self.calls:
            gone = self.calls[call]
            self._forget_call(call)
            if cause == "hung_up" and not gone.answered:
                cause = "cancelled" if gone.dialled is None else "refused"
            self._say(CallerLeft(call, cause))

    def callee_rings(self, call: str) -> None:
        """The telephone of somebody we dialled rings."""
        if call in self.calls:
            self._say(CalleeRings(call))

    def callee_answers(self, call: str) -> None:
        """Somebody we dialled picks up."""
        if call in self.calls and not self.calls[call].answered:
            self.calls[call].answered = True
            self._say(CalleeAnswered(call))

    def lose_seat(self, seat: str) -> None:
        """A headset's connection breaks."""
        if seat in self.seats:
            self._forget_seat(seat)
            self._say(SeatLost(seat))

    def break_down(self, reason: str = "the twin was told to fail") -> None:
        """The whole engine fails; every call on it is lost."""
        self.running = False
        self.calls.clear()
        self.seats.clear()
        self.muted.clear()
        self._rooms = Rooms()
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
        self.muted.clear()
        self._rooms = Rooms()

    async def next_event(self) -> PhoneEvent:
        """See TelephonyEngine."""
        return await self._events.get()

    async def answer(self, call: str) -> None:
        """See TelephonyEngine."""
        known = self._call(call)
        if not known.answered and self.confirms:
            self._say(CallerConfirmed(call))
        known.answered = True

    async def refuse(self, call: str) -> None:
        """See TelephonyEngine."""
        known = self.calls.get(call)
        if known is not None and not known.answered:
            del self.calls[call]
            self.refused.append(call)

    async def play(self, call: str, announcement: Announcement) -> None:
        """See TelephonyEngine."""
        self._check(announcement)
        self._call(call)
        if not self._rooms.talks(call):
            self._call(call).plays = announcement
            self._listen_again()

    async def bridge(self, call: str, seat: str) -> None:
        """See TelephonyEngine."""
        self._call(call)
        self._seat(seat)
        if self._rooms.bridge(call, seat):
            self.muted.discard(seat)
            self._listen_again()

    async def park(self, call: str, announcement: Announcement) -> None:
        """See TelephonyEngine."""
        self._check(announcement)
        known = self._call(call)
        self._rooms.take_call(call)
        known.plays = announcement
        self._listen_again()

    async def hang_up(self, call: str) -> None:
        """See TelephonyEngine."""
        if call in self.calls:
            self._forget_call(call)
            self.ended_by_us.append(call)

    # --- more than two ---

    async def dial(self, call: str, address: str, *, caller_id: str | None) -> None:
        """See TelephonyEngine. What becomes of it is up to `callee_rings`, `callee_answers` and `caller_leaves`."""
        if not self.running:
            raise EngineDown("the twin is not running")
        if call in self.calls:
            return
        uri_of(address, self._trunk)
        seen = None if caller_id is None else checked_caller_id(caller_id)
        if len(self.calls) >= self._calls_max:
            raise CannotDial("no room for another call")
        self.calls[call] = TwinCall(dialled=address, caller_id=seen)

    async def conference(self, call: str, other: str) -> None:
        """See TelephonyEngine."""
        self._call(call)
        self._call(other)
        self._rooms.conference(call, other)
        self._listen_again()

    async def join(self, call: str, seat: str) -> None:
        """See TelephonyEngine."""
        self._call(call)
        self._seat(seat)
        self._rooms.join(call, seat)
        self._listen_again()

    async def consult(self, call: str, seat: str, other: str) -> None:
        """See TelephonyEngine."""
        self._call(call)
        for one in (seat, other):
            self._seat(one)
        self._rooms.consult(call, seat, other)
        self._listen_again()

    async def part(self, call: str, other: str) -> None:
        """See TelephonyEngine."""
        self._call(call)
        self._call(other)
        self._rooms.part(call, other)
        self._listen_again()

    async def leave(self, call: str, seat: str) -> None:
        """See TelephonyEngine."""
        self._call(call)
        self._rooms.leave(call, seat)
        self._listen_again()

    async def monitor(self, call: str, seat: str, mode: str) -> None:
        """See TelephonyEngine."""
        self._call(call)
        self._seat(seat)
        self._rooms.follow(call, seat, mode)
        self._listen_again()

    async def send_digits(self, call: str, digits: str) -> None:
        """See TelephonyEngine."""
        known = self._call(call)
        if not digits or not KEYS.issuperset(digits):
            raise ValueError(f"{digits!r} are not telephone keys")
        known.digits_sent += digits

    async def quality(self, call: str) -> Quality:
        """See TelephonyEngine. What the test has put into `TwinCall.quality`."""
        return self._call(call).quality

    # --- seats ---

    async def mute(self, seat: str, on: bool) -> None:
        """See TelephonyEngine."""
        self._seat(seat)
        if on:
            self.muted.add(seat)
        else:
            self.muted.discard(seat)

    async def test_sound(self, seat: str) -> None:
        """See TelephonyEngine."""
        self._seat(seat)
        if self._rooms.seat_talks(seat):
            raise SeatBusy(seat)
        self.sound_tested.append(seat)

    async def seat_quality(self, seat: str) -> Quality:
        """See TelephonyEngine. The twin has no sound to measure."""
        self._seat(seat)
        return Quality()

    def heard_by(self, seat: str) -> frozenset[str]:
        """Everybody a seat hears: calls and seats, by name."""
        calls, seats = self._rooms.heard_by_seat(seat)
        return frozenset(calls) | frozenset(seats) - self.muted

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
        if seat in self.seats:
            self._forget_seat(seat)

    async def start_recording(self, call: str, path: Path) -> None:
        """See TelephonyEngine."""
        known = self._call(call)
        if known.recording is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            known.recording = path

    def health(self) -> Health:
        """See TelephonyEngine."""
        bridged = sum(bool(self._rooms.seats_with(call)) for call in self.calls)
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

    def _seat(self, seat: str) -> None:
        if seat not in self.seats:
            raise SeatGone(seat)

    def _forget_call(self, call: str) -> None:
        self._end_recording(call)
        self._rooms.forget_call(call)
        del self.calls[call]
        self._listen_again()

    def _forget_seat(self, seat: str) -> None:
        self.seats.remove(seat)
        self.muted.discard(seat)
        self._rooms.forget_seat(seat)
        self._listen_again()

    def _listen_again(self) -> None:
        """Bring what every call hears up to date after a change."""
        for name, call in self.calls.items():
            calls, seats = self._rooms.heard_by_call(name)
            if self._rooms.talks(name):
                call.plays = None
            call.hears = (*seats, *calls, call.plays or SILENCE_HEARD)[0]
            call.hears_all = frozenset((*calls, *seats))

    def _end_recording(self, call: str) -> None:
        path = self.calls[call].recording
        if path is not None:
            sound = b""  # the twin carries no voices
            path.write_bytes(sound)
            self._say(RecordingFinished(call, path, 0.0, hashlib.sha256(sound).hexdigest()))
