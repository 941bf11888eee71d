"""What any telephone engine must do for us: events in, orders out.

Rule 1: an engine knows calls, seats and sound; it knows nothing of queues, incidents or the database.
Rule 2: an order may be repeated; carrying it out twice changes nothing. (Telephone keys are the one exception:
pressed twice is pressed twice.)
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


class SeatBusy(SeatGone):
    """The seat talks with a caller of its own: it cannot listen to others, nor hear itself, at the same time."""


class CannotDial(OutsideFailed):
    """A call cannot even be tried: the address is none, there is no trunk for numbers, or no room for a call."""


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
class CallerConfirmed:
    """The caller's telephone has confirmed our answer, or he was heard: somebody is there. Said once."""

    call: str


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """The caller pressed a key: one of ``0-9 * # A-D``."""

    call: str
    digit: str


@dataclass(frozen=True, slots=True)
class CalleeRings:
    """Somebody we dialled is being rung. Said once at most; some networks say it never."""

    call: str


@dataclass(frozen=True, slots=True)
class CalleeAnswered:
    """Somebody we dialled has answered; he hears silence until he is bridged, conferenced or played something."""

    call: str


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The far end is gone, whoever dialled. ``cause`` is one of the words of `LEFT_CAUSES`."""

    call: str
    cause: str


@dataclass(frozen=True, slots=True)
class VoiceWatch:
    """The voice detector listens to this caller now (``on``), or cannot: then his silence means nothing."""

    call: str
    on: bool


@dataclass(frozen=True, slots=True)
class VoiceHeard:
    """The caller's side carried speech, once since `listen_for_voice` was ordered."""

    call: str


@dataclass(frozen=True, slots=True)
class KnockHeard:
    """A tap on the caller's telephone; only while we listen for knocks."""

    call: str


@dataclass(frozen=True, slots=True)
class Announced:
    """The caller has heard a prompt of `announce` to its end."""

    call: str
    prompt: str


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
    CallerRang
    | CallerConfirmed
    | CalleeRings
    | CalleeAnswered
    | DigitPressed
    | VoiceWatch
    | VoiceHeard
    | KnockHeard
    | Announced
    | CallerLeft
    | SeatConnected
    | SeatLost
    | RecordingFinished
    | EngineFault
)

LEFT_CAUSES = ("hung_up", "cancelled", "voice_stopped", "network", "busy", "no_answer", "refused")
# hung_up: he ended it. cancelled: before we answered. voice_stopped: no sound for VOICE_SECONDS_MAX.
# network: the signalling failed. The last three are said only of somebody we dialled: his line is busy; nobody
# picked up in time; he, or the network for him, said no (declined, no such number, not allowed).

MONITOR_MODES = ("listen", "whisper", "barge", "off")
# listen: hears all, heard by none. whisper: heard by the takers only. barge: heard by all. off: no more.

KEYS = frozenset("0123456789*#ABCD")


# --- orders ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a caller hears while nobody talks with him: prompts by name, ``once`` and then ``repeat`` for ever."""

    once: tuple[str, ...] = ()
    repeat: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quality:
    """How well one end is heard here. ``None`` where nothing has been measured yet, or never is.

    ``loss_percent``: share of its sound that never came, since the call began. ``jitter_ms``: how unevenly it
    comes. ``mos``: expected opinion score, 1 (bad) to 4.4 (the best a telephone can do), see `quality.mos_of`.
    ``codec``: for example ``PCMA``. ``far_...``: how well that end hears us, as it reports itself (RTCP).
    """

    loss_percent: float | None = None
    jitter_ms: float | None = None
    mos: float | None = None
    codec: str | None = None
    far_loss_percent: float | None = None
    far_jitter_ms: float | None = None
    far_mos: float | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How the engine does. A gap is sound that came so late that a person heard it break.

    ``trunk``: how our registration at the operator stands, in words; empty when none is wanted.
    """

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
    trunk: str = ""


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
        """Let caller and taker talk. A caller the seat talked with before is left in silence, or with the others
        of his conversation.

        Also the end of a hold. A mute of the seat ends, and so does its monitoring: a forgotten mute would be a
        silent emergency line. Somebody we dialled may be bridged while he rings: the taker hears him ring.
        """
        ...

    async def park(self, call: str, announcement: Announcement) -> None:
        """Take the caller away from the taker, back to an announcement. Also a hold: the taker hears silence.

        In a conversation of more, only he leaves it; `conference` brings him back among them.
        """
        ...

    async def dial(self, call: str, address: str, *, caller_id: str | None) -> None:
        """Call somebody under an id of ours. ``address``: a number (digits, maybe ``+``) for the trunk, or ``sip:``.

        ``caller_id`` is what he sees; ``None``: the city's number. Returns when the call is on its way; then
        `CalleeRings`, `CalleeAnswered` or `CallerLeft` follow. Raises CannotDial.
        """
        ...

    async def conference(self, call: str, other: str) -> None:
        """``other``, and whoever talks with it, joins the conversation of ``call``, and both end their hold.

        Everybody hears everybody else, and nobody himself.
        """
        ...

    async def join(self, call: str, seat: str) -> None:
        """A further taker comes into the conversation of ``call``; `bridge` would take the first one out.

        Raises SeatGone.
        """
        ...

    async def consult(self, call: str, seat: str, other: str) -> None:
        """Two takers talk with each other about ``call``; its caller goes on hearing what `park` gave him.

        It ends when one of them is bridged, or leaves (`leave`), and with the call. Raises SeatGone.
        """
        ...

    async def part(self, call: str, other: str) -> None:
        """``other`` leaves the conversation of ``call`` and stays on the line, in silence."""
        ...

    async def leave(self, call: str, seat: str) -> None:
        """The seat leaves the conversation of, or about, ``call``; the others go on talking, one alone hears silence.

        A seat that is not in it is no error.
        """
        ...

    async def monitor(self, call: str, seat: str, mode: str) -> None:
        """Let a seat follow a call wherever it goes: one of `MONITOR_MODES`. A seat follows one call at a time.

        Raises SeatGone, SeatBusy when the seat talks with a caller of its own, ValueError for another mode.
        """
        ...

    async def send_digits(self, call: str, digits: str) -> None:
        """Press telephone keys towards this end (RFC 4733); returns at once, the keys follow one by one.

        Raises ValueError for what is no key.
        """
        ...

    async def listen_for_voice(self, call: str, *, seconds_of_speech: float, knocks: bool = False) -> None:
        """Say when the caller speaks (`VoiceHeard`), and with ``knocks`` when he taps (`KnockHeard`).

        Ordered again, the count begins again. `VoiceWatch` says whether the detector can listen at all; an engine
        without one says ``off`` and the conversation goes on.
        """
        ...

    async def announce(self, call: str, prompt: str) -> None:
        """Let the caller hear a prompt on top of whatever he hears; the conversation goes on. `Announced` follows.

        Raises KeyError for a prompt nobody has.
        """
        ...

    async def hush(self, call: str) -> None:
        """End the prompt of `announce`. No event follows."""
        ...

    async def quality(self, call: str) -> Quality:
        """How well this end is heard by us."""
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

    async def mute(self, seat: str, on: bool) -> None:
        """Nobody hears this seat, until it is switched off, bridged anew or connected anew. Raises SeatGone."""
        ...

    async def test_sound(self, seat: str) -> None:
        """Play the seat's own last three seconds back to it. Raises SeatGone, or SeatBusy while it talks."""
        ...

    async def seat_quality(self, seat: str) -> Quality:
        """How well this seat is heard by us. Raises SeatGone."""
        ...

    async def start_recording(self, call: str, path: Path) -> None:
        """Keep both voices: caller on the left, what he hears on the right. `RecordingFinished` follows."""
        ...

    def health(self) -> Health:
        """The present figures; never waits."""
        ...
