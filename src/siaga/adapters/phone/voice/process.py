"""The process that listens for voices: `python -m siaga.adapters.phone.voice.process`, started by the call node.

A process of its own, at low priority: neither its work nor a fault of the model's runtime can touch the node's 20 ms
clock. It says what it hears and, just as plainly, when it does not listen.
"""

from __future__ import annotations

import argparse
import logging
import os
import selectors
import socket
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from siaga.adapters.phone.media.wire import line_of, message_of, received_packets, unpack_frames
from siaga.adapters.phone.sound.frames import FRAME_SECONDS
from siaga.adapters.phone.voice.detector import KnockMeter, SpeechMeter, SpeechModel, load_model

log = logging.getLogger(__name__)

STREAMS_MAX = 40  # 10 MB each; more callers than one node's takers can have answered and silent at once
BEHIND_FRAMES_MAX = 50  # 1 s; on a machine that cannot keep up the oldest sound is dropped, and it is said
WHOLE_FRAMES = int(1.0 / FRAME_SECONDS)  # this much sound without a hole, and we listen again
NICENESS = 10


@dataclass(eq=False)
class Stream:
    """One caller."""

    speech: SpeechMeter
    knocks: KnockMeter | None
    seconds: float
    model: SpeechModel
    frames: deque[bytes] = field(default_factory=deque)
    whole: int = 0
    listening: bool = False
    spoke: bool = False


class Listener:
    """All streams of a node; one thread, which waits for nothing but its two sockets."""

    def __init__(self, orders: socket.socket, sound: socket.socket) -> None:
        self._orders, self._sound = orders, sound
        self._streams: dict[int, Stream] = {}
        self._idle: list[SpeechModel] = [load_model()]
        self._half_line = b""

    def run(self) -> None:
        """Serve until the node goes away."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._orders, selectors.EVENT_READ)
            ready.register(self._sound, selectors.EVENT_READ)
            self._say(0, "ready")
            while self._take_orders():
                ready.select(None if not self._behind() else 0)
                self._take_sound()
                for number, stream in list(self._streams.items()):
                    self._hear(number, stream)

    def _behind(self) -> bool:
        return any(stream.frames for stream in self._streams.values())

    def _take_orders(self) -> bool:
        """Obey what has come; False when the node is gone."""
        self._orders.setblocking(False)
        try:
            while True:
                text = self._orders.recv(65536)
                if not text:
                    return False
                *lines, self._half_line = (self._half_line + text).split(b"\n")
                for line in lines:
                    self._obey(message_of(line))
        except BlockingIOError:
            return True
        except ConnectionError:
            return False

    def _obey(self, order: dict[str, Any]) -> None:
        number = int(order["leg"])
        self._forget(number)
        if order["do"] != "listen":
            return
        if len(self._streams) >= STREAMS_MAX:
            self._say(number, "deaf")
            return
        model = self._idle.pop() if self._idle else load_model()
        knocks = KnockMeter() if order["knocks"] else None
        self._streams[number] = Stream(SpeechMeter(model), knocks, float(order["seconds"]), model)

    def _forget(self, number: int) -> None:
        gone = self._streams.pop(number, None)
        if gone is not None:
            self._idle.append(gone.model)

    def _take_sound(self) -> None:
        for packet in received_packets(self._sound):
            for number, frame in unpack_frames(packet):
                stream = self._streams.get(number)
                if stream is None:
                    continue
                if len(stream.frames) >= BEHIND_FRAMES_MAX:
                    stream.frames.popleft()
                    self._missed(number, stream)
                stream.frames.append(frame)

    def _missed(self, number: int, stream: Stream) -> None:
        stream.whole = 0
        if stream.listening:
            stream.listening = False
            self._say(number, "deaf")

    def _hear(self, number: int, stream: Stream) -> None:
        """One frame of one stream: everybody gets his turn."""
        if not stream.frames:
            return
        frame = stream.frames.popleft()
        stream.whole += 1
        if not stream.listening and (stream.whole == 1 or stream.whole >= WHOLE_FRAMES):
            stream.listening = True
            self._say(number, "listening")
        if not stream.spoke and stream.speech.push(frame) >= stream.seconds:
            stream.spoke = True
            self._say(number, "voice")
        if (
            stream.knocks is not None and not stream.spoke
        ):  # a voice is sign enough, and its edges sound like taps
            for _ in range(stream.knocks.push(frame)):
                self._say(number, "knock")

    def _say(self, number: int, what: str) -> None:
        self._orders.setblocking(True)
        self._orders.sendall(line_of({"said": what, "leg": number}))


def main() -> None:
    """Entry; only the call node starts it."""
    parser = argparse.ArgumentParser(description="listens for voices; started by the call node itself")
    parser.add_argument("--orders-fd", type=int, required=True)
    parser.add_argument("--sound-fd", type=int, required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    os.nice(NICENESS)
    sound = socket.socket(fileno=given.sound_fd)
    sound.setblocking(False)
    try:
        Listener(socket.socket(fileno=given.orders_fd), sound).run()
    except ConnectionError:
        return  # the node is gone, and so are its callers
    except (ImportError, OSError, RuntimeError) as cannot:
        raise SystemExit(f"the voice detector cannot run: {cannot}") from cannot


if __name__ == "__main__":
    main()
