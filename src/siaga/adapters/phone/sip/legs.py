"""The two kinds of legs a conversation can have: a SIP call of the stack, and a headset in a media process.

Both keep a small cushion of frames against two clocks that tick side by side. It begins thin, because delay
makes people talk over each other; every time it runs dry it becomes one frame thicker, and after a calm while
one frame thinner. What waits beyond it is skipped: a stall is heard once, as a break, and never for ever, as
a delay.
"""

from __future__ import annotations

import collections
from collections.abc import Callable

from baresip.audio import CallAudio
from baresip.errors import AudioNotActive, AudioRestarted

from siaga.adapters.phone.sound.frames import FRAME_BYTES, SILENCE

CUSHION_FRAMES_MIN = 2  # 40 ms
CUSHION_FRAMES_MAX = 8  # 160 ms: beyond that a conversation turns into radio discipline
SLACK_FRAMES = 4  # frames beyond the cushion that may wait before they are skipped
CALM_FRAMES = 1500  # 30 s without running dry: try a thinner cushion
OUTGOING_FRAMES_MAX = 4  # 80 ms waiting to be sent; more means the far end lags behind the conversation
READ_BYTES = (
    12 * FRAME_BYTES
)  # more than a healthy line ever has waiting; what a stall left comes with the next turns
CHECK_EVERY_FRAMES = 25  # how often the depths are looked at: twice a second


class Cushion:
    """Decides when a leg may be heard, and how much may wait."""

    def __init__(self) -> None:
        self.frames = CUSHION_FRAMES_MIN
        self._filled = False
        self._calm = 0

    def lets_through(self, waiting: int) -> bool:
        """Whether a frame may be taken now; after running dry only once the cushion is full again."""
        if not self._filled:
            self._filled = waiting >= self.frames
        elif waiting == 0:
            self._filled = False
            self._calm = 0
            self.frames = min(self.frames + 1, CUSHION_FRAMES_MAX)
        else:
            self._calm += 1
            if self._calm >= CALM_FRAMES:
                self._calm = 0
                self.frames = max(self.frames - 1, CUSHION_FRAMES_MIN)
        return self._filled

    def surplus(self, waiting: int) -> int:
        """How many of the waiting frames to skip."""
        return waiting - self.frames if waiting > self.frames + SLACK_FRAMES else 0

    def start_over(self) -> None:
        """The stream was replaced; what waited is gone."""
        self._filled = False


class SipLeg:
    """A call of the SIP stack. Used by the mixer's thread only."""

    def __init__(self, audio: CallAudio) -> None:
        self._audio = audio
        self._cushion = Cushion()
        self._heard = (
            bytearray()
        )  # taken from the stack, which is asked once a turn and not also how much it has
        self._primed = False
        self._turns = 0
        self.gone = False

    def ready(self) -> bool:
        """The stack sends sound for this call."""
        if self._primed:
            return not self.gone
        try:
            return not self.gone and bool(self._audio.info().tx_ready)
        except (AudioNotActive, AudioRestarted):
            return False

    def read(self) -> bytes:
        """The next frame from the caller; silence while the cushion fills."""
        heard = self._heard
        try:
            heard += self._audio.read(READ_BYTES)
        except (AudioNotActive, AudioRestarted):
            heard.clear()
            self._cushion.start_over()
            self._primed = False
            return SILENCE
        waiting = len(heard) // FRAME_BYTES
        if not self._cushion.lets_through(waiting):
            return SILENCE
        if surplus := self._cushion.surplus(waiting):
            del heard[: surplus * FRAME_BYTES]
        frame = bytes(heard[:FRAME_BYTES])
        del heard[:FRAME_BYTES]
        return frame

    def write(self, frame: bytes) -> None:
        """Send a frame; the first is preceded by one of silence, the sending clock's cushion."""
        try:
            if not self._primed:
                self._audio.write(SILENCE)
                self._primed = True
            self._turns += 1
            if self._turns % CHECK_EVERY_FRAMES == 0:
                waiting = self._audio.info().tx_buffered // FRAME_BYTES
                if waiting > OUTGOING_FRAMES_MAX:
                    return
                if waiting == 0:
                    self._audio.write(SILENCE)
            self._audio.write(frame)
        except (AudioNotActive, AudioRestarted):
            self._primed = False


class SeatLeg:
    """A taker's headset behind a media process: frames come and go through that process's link."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._frames: collections.deque[bytes] = collections.deque(
            maxlen=CUSHION_FRAMES_MAX + SLACK_FRAMES + 1
        )
        self._cushion = Cushion()

    def ready(self) -> bool:
        """Always: a headset that went away is taken off the line by its own event."""
        return True

    def heard(self, frame: bytes) -> None:
        """A frame has come from the headset."""
        self._frames.append(frame)

    def read(self) -> bytes:
        """The next frame from the taker; silence while the cushion fills."""
        if not self._cushion.lets_through(len(self._frames)):
            return SILENCE
        for _ in range(self._cushion.surplus(len(self._frames))):
            self._frames.popleft()
        return self._frames.popleft()

    def write(self, frame: bytes) -> None:
        """Let the taker hear a frame."""
        self._send(frame)
