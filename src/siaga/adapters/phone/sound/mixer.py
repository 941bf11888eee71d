"""The 20 ms heart of the node: takes a frame from every end, and gives each the sum of those it hears.

It runs in a thread of its own, touches no file and no socket that could block, and is the only clock of the
sound: a leg never paces itself.
"""

from __future__ import annotations

import collections
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from siaga.adapters.phone.sound.frames import FRAME_BYTES, FRAME_SECONDS, SILENCE
from siaga.adapters.phone.sound.recorder import Tape
from siaga.clock import monotonic

log = logging.getLogger(__name__)

GAP_SECONDS = 0.060
# The cushions in both directions hide 40 ms and the jitter buffer at the ear another 20; a tick later than
# this is heard as a break.

TAIL_FRAMES = 10
# 200 ms of silence after the last word: without it, the ear's jitter buffer would repeat that word, fading.

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
    """Where somebody is in an announcement."""

    def __init__(self, once: bytes, repeat: bytes) -> None:
        self._once = once
        self._repeat = repeat
        self._at = 0

    @property
    def over(self) -> bool:
        """Nothing is left to play."""
        return not self._repeat and self._at >= len(self._once)

    def next_frame(self) -> bytes:
        """The next 20 ms; the repeated part starts over for ever, and silence follows when there is none."""
        frame = self._once[self._at : self._at + FRAME_BYTES]
        self._at += FRAME_BYTES
        if self._at >= len(self._once) and self._repeat:
            self._once, self._at = self._repeat, 0
        return frame if len(frame) == FRAME_BYTES else frame.ljust(FRAME_BYTES, b"\0")


class Prompt(Player):
    """A prompt over a conversation; ``done`` is called once, on the mixer's thread, when it was heard to its end."""

    def __init__(self, sound: bytes, done: Callable[[], object]) -> None:
        super().__init__(sound, b"")
        self._done: Callable[[], object] | None = done

    def upon(self, told: bytes | None) -> bytes | None:
        """What is heard with the prompt on top of the rest."""
        done = self._done
        if done is None:
            return told
        sound = mixed([told or SILENCE, self.next_frame()])
        if self.over:
            self._done = None
            done()
        return sound


@dataclass(slots=True, eq=False)
class Line:
    """One end in the mixer, a caller's or a seat's. Fields change between two rounds, from another thread.

    ``hears``: the other ends it hears; nobody: the ``player``, or silence. ``ring``: what others hear of it while
    its own sound does not flow yet. ``over``: a prompt it hears on top of everything. ``ear`` gets every frame heard
    from it. ``past`` keeps the latest of them. ``rests``: with nothing to hear it is sent nothing, because sound to a
    browser costs.
    """

    leg: Leg
    hears: tuple[Line, ...] = ()
    player: Player | None = None
    over: Prompt | None = None
    tape: Tape | None = None
    ring: Player | None = None
    ear: Callable[[bytes], None] | None = None
    past: collections.deque[bytes] | None = None
    muted: bool = False
    rests: bool = False
    _heard: bytes | None = None
    _said: bytes = SILENCE
    _tail_frames: int = 0

    @property
    def idle(self) -> bool:
        """It neither hears nor is sent anything."""
        return self.rests and not self.hears and self.player is None

    def listen(self) -> None:
        """First half of a round: take what this end says."""
        if not self.leg.ready():
            ring = self.ring
            self._heard, self._said = None, SILENCE if ring is None else ring.next_frame()
            return
        self._heard = heard = self.leg.read()
        self._said = SILENCE if self.muted else heard
        if self.past is not None:
            self.past.append(heard)
        if (ear := self.ear) is not None:
            ear(heard)

    def speak(self) -> None:
        """Second half: let this end hear what it is to hear."""
        if self._heard is None:
            return
        told = self._told()
        if (over := self.over) is not None:
            told = over.upon(told)
        if told is not None:
            self.leg.write(told)
        if (tape := self.tape) is not None:
            tape.push(self._heard, told or SILENCE)

    def _told(self) -> bytes | None:
        hears, player = self.hears, self.player
        if hears:
            self._tail_frames = TAIL_FRAMES
            return hears[0]._said if len(hears) == 1 else mixed([other._said for other in hears])
        if player is not None and not player.over:
            self._tail_frames = TAIL_FRAMES
            return player.next_frame()
        if self.rests:
            self.player = None
            if self._tail_frames == 0:
                return None
            self._tail_frames -= 1
        return SILENCE


def mixed(frames: Sequence[bytes]) -> bytes:
    """These voices together; what is too loud is cut, never wrapped around."""
    voices = np.frombuffer(b"".join(frames), np.int16).reshape(len(frames), -1)
    sound: bytes = np.clip(voices.sum(axis=0, dtype=np.int32), -32768, 32767).astype(np.int16).tobytes()
    return sound


class Mixer(threading.Thread):
    """Serves every line, fifty times a second."""

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
        if all(line.idle for line in self._lines):
            return
        late += FRAME_SECONDS
        self.max_gap_seconds = max(self.max_gap_seconds, late)
        if late > GAP_SECONDS:
            self.gaps += 1

    def _round(self) -> None:
        for link in self._links:
            link.drain()
        lines = self._lines
        for half in (Line.listen, Line.speak):
            for line in lines:
                try:
                    half(line)
                except Exception:  # one broken line must not silence the others: this is the supervisor
                    self.failures += 1
                    self.remove(line)
                    line._said = SILENCE
                    log.exception("a line was taken out of the mixer")
        for link in self._links:
            link.flush()
