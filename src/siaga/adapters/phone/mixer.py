"""The 20 ms heart of the node: takes a frame from every caller and every taker, and gives each what he hears.

It runs in a thread of its own, touches no file and no socket that could block, and is the only clock of the
sound: a leg never paces itself.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from siaga.adapters.phone.recorder import Tape
from siaga.adapters.phone.sound import FRAME_BYTES, FRAME_SECONDS, SILENCE
from siaga.clock import monotonic

log = logging.getLogger(__name__)

GAP_SECONDS = 0.060
# The cushions in both directions hide 40 ms and the jitter buffer at the ear another 20; a tick later than
# this is heard as a break.

CATCH_UP_SECONDS_MAX = (
    0.5  # after a longer stall (suspend, swap) we start afresh instead of talking in a rush
)


class Leg(Protocol):
    """One end of a conversation."""

    def ready(self) -> bool:
        """Sound can flow now."""
        ...

    def read(self) -> bytes:
        """The next 20 ms heard from there: exactly one frame, silence when nothing has come."""
        ...

    def write(self, frame: bytes) -> None:
        """Let them hear these 20 ms. Never blocks, never raises for a leg that is gone."""
        ...


class Link(Protocol):
    """A carrier of many legs at once (a media process), served before and after each round."""

    def drain(self) -> None: ...

    def flush(self) -> None: ...


class Player:
    """Where a caller is in an announcement."""

    def __init__(self, once: bytes, repeat: bytes) -> None:
        self._once = once
        self._repeat = repeat or SILENCE
        self._at = 0

    def next_frame(self) -> bytes:
        """The next 20 ms; the repeated part starts over for ever."""
        frame = self._once[self._at : self._at + FRAME_BYTES]
        self._at += FRAME_BYTES
        if self._at >= len(self._once):
            self._once, self._at = self._repeat, 0
        return frame if len(frame) == FRAME_BYTES else frame.ljust(FRAME_BYTES, b"\0")


@dataclass(slots=True, eq=False)
class Line:
    """One caller: with a taker, with an announcement, or in silence. Fields change between two rounds."""

    leg: Leg
    partner: Leg | None = None
    player: Player | None = None
    tape: Tape | None = None

    def turn(self) -> None:
        """One round of 20 ms."""
        if not self.leg.ready():
            return
        heard = self.leg.read()
        partner, player = self.partner, self.player
        if partner is not None:
            told = partner.read()
            partner.write(heard)
        elif player is not None:
            told = player.next_frame()
        else:
            told = SILENCE
        self.leg.write(told)
        if self.tape is not None:
            self.tape.push(heard, told)


class Mixer(threading.Thread):
    """Gives every line its turn, fifty times a second."""

    def __init__(self) -> None:
        super().__init__(name="siaga-mixer", daemon=True)
        self._lines: tuple[Line, ...] = ()
        self._links: tuple[Link, ...] = ()
        self._stopping = threading.Event()
        self.gaps = 0
        self.max_gap_seconds = 0.0
        self.failures = 0

    def add(self, line: Line) -> None:
        """From the next round on, this line is served."""
        self._lines = (*self._lines, line)

    def remove(self, line: Line) -> None:
        """No more turns for this line."""
        self._lines = tuple(other for other in self._lines if other is not line)

    def attach(self, link: Link) -> None:
        """Serve this carrier of legs."""
        self._links = (*self._links, link)

    def detach(self, link: Link) -> None:
        """The carrier is gone."""
        self._links = tuple(other for other in self._links if other is not link)

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self.is_alive():
            self.join()

    def forget_gaps(self) -> None:
        """Start counting afresh (a measurement begins)."""
        self.gaps, self.max_gap_seconds = 0, 0.0

    def run(self) -> None:
        """Keep time until stopped."""
        due = monotonic()
        while not self._stopping.is_set():
            early = due - monotonic()
            if early > 0:
                time.sleep(early)
            self._note_lateness(monotonic() - due)
            self._round()
            due += FRAME_SECONDS
            if monotonic() - due > CATCH_UP_SECONDS_MAX:
                due = monotonic()

    def _note_lateness(self, late: float) -> None:
        if not self._lines:
            return
        late += FRAME_SECONDS
        self.max_gap_seconds = max(self.max_gap_seconds, late)
        if late > GAP_SECONDS:
            self.gaps += 1

    def _round(self) -> None:
        for link in self._links:
            link.drain()
        for line in self._lines:
            try:
                line.turn()
            except Exception:  # this is the heart's supervisor: one broken line must not silence the others
                self.failures += 1
                self.remove(line)
                log.exception("a line was taken out of the mixer")
        for link in self._links:
            link.flush()
