"""One call to 112, by voice, panic button or text, from the first ring to the last word.

Rule 1: every change of a call's state is in TRANSITIONS.
Rule 2: this file knows nothing of SIP, the web or the database.
Rule 3: how it ended and what kind of call it was are nouns of their own, never states.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import (
    CallAnswered,
    CallArrived,
    CallBackDone,
    CallDisposed,
    CallEnded,
    CallerHungUp,
    CallFound,
    CallHandedOver,
    CallLost,
    CallOffered,
    CallPassed,
    CallReclassified,
    CallReturned,
    CallTakenOutside,
    DigitPressed,
    Event,
    OfferExpired,
)
from siaga.domain.machine import Transitions, step
from siaga.domain.made_at_once import made_at_once
from siaga.domain.silent_check import CheckResult, cut, why_not_ghost

OFFER_SECONDS = 15
# Long enough to reach the headset from the next desk, short enough that the caller still hears that
# somebody is on the way; the design's number for the queue (docs/decisions/0005).

SILENT_CHECK_DIGITS = frozenset("0123456789*#")
DIGITS_MAX = 64  # what a person can press in a call; a flood of tones beyond it is counted, not stored


class Channel(StrEnum):
    """How somebody reached 112."""

    VOICE = "voice"
    PANIC = "panic"
    TEXT = "text"


class CallState(StrEnum):
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    HANDED = "handed"  # a partner outside the room has, or is being rung for, the caller; no taker has him
    ENDED = "ended"


class EndReason(StrEnum):
    """Why the line went down. A reason, not a state."""

    ABANDONED = "abandoned"  # the caller left before anybody answered
    CALLER_HUNG_UP = "caller_hung_up"
    TAKER_HUNG_UP = "taker_hung_up"
    PARTNER_HUNG_UP = "partner_hung_up"  # whoever had taken the caller over had finished with him
    LOST = "lost"  # our own equipment failed


class Disposition(StrEnum):
    """What kind of call it was: the four kinds every 112 room counts, and two that leave the room."""

    REAL = "real"
    GHOST = "ghost"
    PRANK = "prank"
    INFORMATION = "information"
    WRONG_NUMBER = "wrong_number"
    OUTSIDE_AREA = "outside_area"


NON_CALLS = tuple(kind for kind in Disposition if kind is not Disposition.REAL)

TRANSITIONS: Transitions[CallState] = {
    CallState.WAITING: {
        CallOffered: CallState.RINGING,
        CallAnswered: CallState.TALKING,
        CallTakenOutside: CallState.HANDED,
        CallerHungUp: CallState.ENDED,
        CallLost: CallState.ENDED,
    },
    CallState.RINGING: {
        CallAnswered: CallState.TALKING,
        CallTakenOutside: CallState.HANDED,
        OfferExpired: CallState.WAITING,
        CallerHungUp: CallState.ENDED,
        CallLost: CallState.ENDED,
    },
    CallState.TALKING: {
        CallEnded: CallState.ENDED,
        CallPassed: CallState.RINGING,
        CallHandedOver: CallState.HANDED,
        CallReturned: CallState.WAITING,
        CallerHungUp: CallState.ENDED,
        CallLost: CallState.ENDED,
    },
    CallState.HANDED: {
        CallEnded: CallState.ENDED,
        CallReturned: CallState.WAITING,
        CallerHungUp: CallState.ENDED,
        CallLost: CallState.ENDED,
    },
    CallState.ENDED: {CallFound: CallState.WAITING},
}

URGENCY_AT_ARRIVAL = {Channel.PANIC: 1, Channel.VOICE: 2, Channel.TEXT: 2}
# A panic press cannot be asked to wait: it carries a place and nobody is heard saying it is a mistake.


@made_at_once
@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. ``number`` and ``display_name`` are personal data and may be erased later."""

    id: str
    channel: Channel
    state: CallState
    urgency: int
    arrived_at: datetime
    number: str | None = None
    display_name: str | None = None
    node: str | None = None
    device: str | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    said: str | None = None
    offered_to: str | None = None
    offer_until: datetime | None = None
    passed_by: tuple[str, ...] = ()
    taker: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    disposition: Disposition | None = None
    incident: str | None = None
    digits: str = ""
    called_back_at: datetime | None = None
    held_at: datetime | None = None
    held_until: datetime | None = None
    attempts: int = 0
    last_attempt_at: datetime | None = None
    last_attempt: str | None = None
    demo: bool = False
    # with more callers than seats (queue.py, overflow.py)
    needs: tuple[str, ...] = ()  # skills, by code
    needed_at: datetime | None = None
    overflowed: tuple[str, ...] = ()  # steps of the ladder taken for him
    open_to: tuple[str, ...] = ()  # seat groups asked besides the first
    outside: str | None = None  # the leg over which somebody outside took him from the queue
    told: str | None = None  # the incident whose notice he heard while waiting
    half_open: bool = False  # his telephone has not confirmed our answer: perhaps nobody is there
    other_matter: bool = False  # having heard it he pressed a key
    # a conversation by text (text_session.py)
    aside_at: datetime | None = None
    said_at: datetime | None = None
    seen_at: datetime | None = None
    # what the silent check knows (silent_check.py)
    watched_at: datetime | None = None  # since when the voice detector listens; None: it does not
    voice_at: datetime | None = None
    check_began_at: datetime | None = None
    check_played_at: datetime | None = None
    check_ended_at: datetime | None = None
    check_result: CheckResult | None = None
    knocks: int = 0
    cannot_speak_at: datetime | None = None
    # written on paper while everything was dark, and typed in afterwards (paper.py)
    typed_at: datetime | None = None
    typed_by: str | None = None

    @property
    def is_over(self) -> bool:
        return self.state is CallState.ENDED

    @property
    def is_talking(self) -> bool:
        return self.state is CallState.TALKING

    @property
    def has_voice(self) -> bool:
        return self.channel is Channel.VOICE

    @property
    def is_dealt_with(self) -> bool:
        """A person has said what it was, or it has become (part of) an incident."""
        return self.disposition is not None or self.incident is not None

    @property
    def is_owed(self) -> bool:
        """We owe this caller something: nobody has spoken with him, or nobody has said what it was."""
        return self.is_over and self.wants_word

    @property
    def wants_word(self) -> bool:
        """Its last taker has not said what it was, and nobody else is going to be asked."""
        is_left = self.state in (CallState.HANDED, CallState.ENDED)
        return is_left and not self.is_dealt_with and self.called_back_at is None

    def offered(self, *, to: str, at: datetime, seconds: int = OFFER_SECONDS) -> tuple[Call, CallOffered]:
        """Ring at one taker's seat."""
        state = step(TRANSITIONS, self.state, CallOffered, "Panggilan ini sudah tidak menunggu.")
        until = at + timedelta(seconds=seconds)
        return (
            replace(self, state=state, offered_to=to, offer_until=until),
            CallOffered(call=self.id, taker=to, until=until, at=at),
        )

    def answered(self, *, by: str, at: datetime) -> tuple[Call, CallAnswered]:
        """A taker takes it: the one it rings at, or anybody while it waits.

        ``answered_at`` stays the first answer: a caller given on after a broken line has not waited twice.
        """
        if self.state is CallState.RINGING and self.offered_to != by:
            raise RuleBroken("Panggilan ini sedang berdering di meja lain.")
        state = step(TRANSITIONS, self.state, CallAnswered, "Panggilan ini sudah dijawab atau sudah selesai.")
        return (
            replace(
                self,
                state=state,
                taker=by,
                answered_at=self.answered_at or at,
                offered_to=None,
                offer_until=None,
            ),
            CallAnswered(call=self.id, taker=by, channel=self.channel, at=at),
        )

    def offer_expired(self, *, at: datetime) -> tuple[Call, OfferExpired]:
        """She did not answer; it keeps its place in the queue and remembers who let it pass."""
        state = step(TRANSITIONS, self.state, OfferExpired, "Panggilan ini tidak sedang ditawarkan.")
        taker = self.offered_to or ""
        passed = (*(name for name in self.passed_by if name != taker), taker)
        return (
            replace(self, state=state, offered_to=None, offer_until=None, passed_by=passed),
            OfferExpired(call=self.id, taker=taker, at=at),
        )

    def hung_up(self, *, at: datetime) -> tuple[Call, CallerHungUp]:
        """The caller went away; before an answer that is an abandoned call, and we owe him one back."""
        state = step(TRANSITIONS, self.state, CallerHungUp, "Panggilan ini sudah selesai.")
        abandoned = self.state not in (CallState.TALKING, CallState.HANDED)
        reason = EndReason.ABANDONED if abandoned else EndReason.CALLER_HUNG_UP
        event = CallerHungUp(call=self.id, abandoned=abandoned, taker=self.taker or self.offered_to, at=at)
        return replace(self._ended(at, reason), state=state), event

    def ended(self, *, by: str, at: datetime) -> tuple[Call, CallEnded]:
        """The taker who has it ends it."""
        if self.state in (CallState.TALKING, CallState.HANDED) and self.taker != by:
            raise RuleBroken("Panggilan ini ditangani petugas lain.")
        state = step(TRANSITIONS, self.state, CallEnded, "Panggilan ini tidak sedang berlangsung.")
        return (
            replace(self._ended(at, EndReason.TAKER_HUNG_UP), state=state),
            CallEnded(call=self.id, taker=by, at=at),
        )

    def returned(self, *, at: datetime) -> tuple[Call, CallReturned]:
        """The taker's line broke, or a partner did not answer: the caller keeps his age and goes before everybody."""
        state = step(TRANSITIONS, self.state, CallReturned, "Panggilan ini tidak sedang berlangsung.")
        event = CallReturned(call=self.id, taker=self.taker or "", at=at)
        waits = replace(
            cut(self, at), state=state, taker=None, urgency=1, watched_at=None, held_at=None, held_until=None,
            aside_at=None, disposition=None,  # a neighbour who did not answer: what he is will be said again
        )  # fmt: skip
        return waits, event

    def lost(self, *, at: datetime) -> tuple[Call, CallLost]:
        """The node that carried it died."""
        state = step(TRANSITIONS, self.state, CallLost, "Panggilan ini sudah selesai.")
        event = CallLost(call=self.id, node=self.node or "", taker=self.taker or self.offered_to, at=at)
        return replace(self._ended(at, EndReason.LOST), state=state), event

    def found(self, *, at: datetime) -> tuple[Call, CallFound]:
        """The node we had given up still has him: he goes before everybody."""
        if self.end_reason is not EndReason.LOST:
            raise RuleBroken("Panggilan ini sudah selesai.")
        state = step(TRANSITIONS, self.state, CallFound, "Panggilan ini sudah selesai.")
        back = replace(
            self, state=state, urgency=1, ended_at=None, end_reason=None, taker=None, called_back_at=None
        )
        return back, CallFound(call=self.id, node=self.node or "", at=at)

    def disposed(self, kind: Disposition, *, by: str, at: datetime) -> tuple[Call, CallDisposed]:
        """A person says what kind of call it was. Silent is only who was asked for a sign and gave none."""
        if kind is Disposition.REAL:
            raise RuleBroken("Panggilan nyata menjadi kejadian: isi apa dan di mana, lalu kirim.")
        if self.state in (CallState.WAITING, CallState.RINGING):
            raise RuleBroken("Jawab dulu panggilan ini.")
        if kind is Disposition.GHOST and (reason := why_not_ghost(self)) is not None:
            raise RuleBroken(reason)
        if self.incident is not None:
            raise RuleBroken("Panggilan ini sudah menjadi kejadian.")
        if self.taker not in (None, by) and not self.is_over:
            raise RuleBroken("Panggilan ini ditangani petugas lain.")
        if self.disposition is not None:
            raise RuleBroken(
                "Panggilan ini sudah diberi keterangan. Ubah dengan alasan di daftar Bukan kejadian."
            )
        event = CallDisposed(call=self.id, disposition=kind, taker=by, at=at)
        return replace(self, disposition=kind), event

    def redisposed(self, kind: Disposition | None, *, by: str, at: datetime) -> tuple[Call, CallReclassified]:
        """What was said of it was wrong. ``None``: nobody knows what it was, and we owe the caller again."""
        if not self.is_over:
            raise RuleBroken("Panggilan ini masih berlangsung.")
        if self.incident is not None:
            raise RuleBroken("Panggilan ini sudah menjadi kejadian.")
        if self.disposition is None or self.disposition is kind:
            raise RuleBroken("Keterangan panggilan ini sudah begitu.")
        if kind is Disposition.REAL:
            raise RuleBroken("Panggilan nyata menjadi kejadian: isi apa dan di mana, lalu kirim.")
        if kind is Disposition.GHOST and (reason := why_not_ghost(self)) is not None:
            raise RuleBroken(reason)
        event = CallReclassified(call=self.id, before=self.disposition, after=kind, by=by, at=at)
        known = self.called_back_at if kind is not None else None
        return replace(self, disposition=kind, called_back_at=known), event

    def became(self, incident: str) -> Call:
        """The call is real: it has become, or joined, an incident."""
        if self.state in (CallState.WAITING, CallState.RINGING):
            raise RuleBroken("Jawab dulu panggilan ini.")
        return replace(self, incident=incident, disposition=Disposition.REAL)

    def left_incident(self) -> Call:
        """He meant something else than the incident he was joined to: nobody has said yet what it was."""
        return replace(self, incident=None, disposition=None)

    def pressed(self, digit: str, *, at: datetime) -> tuple[Call, DigitPressed | None]:
        """A telephone key; ``None`` beyond what is worth keeping."""
        if len(self.digits) >= DIGITS_MAX or digit not in SILENT_CHECK_DIGITS:
            return self, None
        return replace(self, digits=self.digits + digit), DigitPressed(call=self.id, digit=digit, at=at)

    def called_back(self, *, by: str, at: datetime) -> tuple[Call, CallBackDone]:
        """Somebody has dealt with a call that was missed, abandoned or lost."""
        if not self.is_over:
            raise RuleBroken("Panggilan ini masih berlangsung.")
        if self.called_back_at is not None:
            raise RuleBroken("Panggilan ini sudah ditindaklanjuti.")
        return replace(self, called_back_at=at), CallBackDone(call=self.id, taker=by, at=at)

    def _ended(self, at: datetime, reason: EndReason) -> Call:
        return replace(
            cut(self, at), ended_at=at, end_reason=reason, offered_to=None, offer_until=None, held_at=None,
            held_until=None,
        )  # fmt: skip


def arrived(
    *,
    id: str,
    channel: Channel,
    at: datetime,
    number: str | None = None,
    display_name: str | None = None,
    node: str | None = None,
    device: str | None = None,
    lat: float | None = None,
    lon: float | None = None,
    accuracy_m: float | None = None,
    said: str | None = None,
    demo: bool = False,
) -> tuple[Call, Event]:
    """A call begins, waiting. No caller is ever refused here."""
    call = Call(
        id=id, channel=channel, state=CallState.WAITING, urgency=URGENCY_AT_ARRIVAL[channel], arrived_at=at,
        number=number, display_name=display_name, node=node, device=device, lat=lat, lon=lon,
        accuracy_m=accuracy_m, said=said, demo=demo,
    )  # fmt: skip
    return call, CallArrived(call=id, channel=channel, node=node, demo=demo, at=at)
