"""A media process: the encrypted WebRTC legs of up to a dozen takers' browsers, and nothing else.

Started by the call node (`media_pool.py`) with two inherited sockets; ends when the node ends. It holds no
call: when it is killed the node keeps every caller, starts another, and the browsers connect again.

Browsers on this machine reach it on 127.0.0.1, which the ICE library leaves out of its own accord; so this
process, and only this process, names the addresses to offer itself (`offer_addresses`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fractions
import itertools
import logging
import re
import socket
from collections.abc import Callable, Sequence
from typing import Any

import aioice.ice
import av
import numpy as np
import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from siaga.adapters.phone.media.wire import (
    LINE_BYTES_MAX,
    line_of,
    message_of,
    pack_frame,
    received_packets,
    send_packet,
    unpack_frames,
)
from siaga.adapters.phone.sound.frames import FRAME_BYTES, FRAME_SAMPLES, SAMPLES_PER_SECOND, alaw_table

log = logging.getLogger("siaga.media")

WAITING_FRAMES_MAX = 10  # 200 ms towards a browser that cannot keep up; then the oldest go
SILENT_SECONDS_MAX = 6.0
# A browser sends a frame every 20 ms, muted or not. When none has come for this long it is gone (sleeping
# laptop, pulled cable), long before the encrypted connection itself would notice (30 s).
WATCH_SECONDS = 1.0
MEASURE_TURNS = (
    5  # every so many watches (seconds) the quality of each leg is reported: as often as RTCP does
)
CLOCK = fractions.Fraction(1, SAMPLES_PER_SECOND)
ALAW = alaw_table()


def offer_addresses(wanted: Sequence[str]) -> None:
    """Let ICE offer these addresses; none given: every address of the machine, the loopback one included."""
    library_addresses = aioice.ice.get_host_addresses

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        if wanted:
            return list(wanted)
        found = library_addresses(use_ipv4, use_ipv6)
        return [*found, "127.0.0.1"] if use_ipv4 else list(found)

    aioice.ice.get_host_addresses = addresses


class Voice(MediaStreamTrack):
    """What the taker hears: frames pushed by the node's mixer, which is the only clock."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._pushed: asyncio.Queue[bytes] = asyncio.Queue()
        self._sent_samples = 0
        self.as_alaw = True

    def push(self, frame: bytes) -> None:
        """The next 20 ms."""
        while self._pushed.qsize() >= WAITING_FRAMES_MAX:
            self._pushed.get_nowait()
        self._pushed.put_nowait(frame)

    async def recv(self) -> Any:
        """Called by the WebRTC sender. Already encoded when the leg speaks A-law: that halves its cost."""
        frame = await self._pushed.get()
        made: Any
        if self.as_alaw:
            made = av.Packet(ALAW[np.frombuffer(frame, np.uint16)].tobytes())
        else:
            made = av.AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
            made.planes[0].update(frame)
            made.sample_rate = SAMPLES_PER_SECOND
        made.pts = self._sent_samples
        made.time_base = CLOCK
        self._sent_samples += FRAME_SAMPLES
        return made


class Headset:
    """One browser's leg."""

    def __init__(self, heard: Callable[[bytes], None], changed: Callable[[str], None]) -> None:
        """``heard`` gets every 20 ms from the browser; ``changed`` gets ``connected``, then ``lost`` once."""
        self._heard = heard
        self._changed = changed
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("track", self._on_track)
        self._peer.on("connectionstatechange", self._on_state)
        self._listening: asyncio.Task[None] | None = None
        self._over = False
        self.voice = Voice()
        self.frames = 0
        self.codec, self._clock_rate = "", SAMPLES_PER_SECOND

    async def accept(self, sdp: str) -> str:
        """Answer the browser's offer. Raises ValueError for an offer without usable sound."""
        if "m=audio" not in sdp:
            raise ValueError("the offer has no sound")
        try:
            # The track comes before the offer: codecs are chosen in the moment the offer is read.
            self._peer.addTrack(self.voice)
            self._prefer_alaw(sdp)
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except (InvalidStateError, InvalidAccessError, AssertionError, KeyError, IndexError) as unusable:
            raise ValueError(f"the offer cannot be used: {unusable!r}") from unusable
        answer: str = self._peer.localDescription.sdp
        self.codec, self._clock_rate = _codec_of(answer)
        self.voice.as_alaw = self.codec == "PCMA"
        return answer

    async def measure(self) -> dict[str, Any]:
        """What has been measured of the voice from this browser: packets lost and come, jitter and round trip."""
        measured: dict[str, Any] = {"codec": self.codec}
        report = await self._peer.getStats()
        for stats in report.values():
            if stats.type == "inbound-rtp" and stats.kind == "audio":
                measured["lost"], measured["came"] = stats.packetsLost, stats.packetsReceived
                measured["jitter_ms"] = 1000 * stats.jitter / self._clock_rate
            elif stats.type == "remote-inbound-rtp" and stats.roundTripTime:
                measured["round_trip_ms"] = 1000 * stats.roundTripTime
        return measured

    async def close(self) -> None:
        """Drop the leg; nothing more is said of it."""
        self._over = True
        if self._listening is not None:
            self._listening.cancel()
        self.voice.stop()
        await self._peer.close()

    def _prefer_alaw(self, sdp: str) -> None:
        if " PCMA/8000" in sdp:
            codecs = RTCRtpSender.getCapabilities("audio").codecs
            for transceiver in self._peer.getTransceivers():
                transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType == "audio/PCMA"])

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._listening = asyncio.ensure_future(self._listen(track))

    def _on_state(self) -> None:
        state = self._peer.connectionState
        if state == "connected" and not self._over:
            self._changed("connected")
        elif state in {"failed", "closed", "disconnected"}:
            self.say_lost()

    def say_lost(self) -> None:
        """Tell the node once that this browser is gone."""
        if not self._over:
            self._over = True
            self._changed("lost")

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLES_PER_SECOND)
        waiting = b""
        try:
            while True:
                frame: Any = await track.recv()
                self.frames += 1
                if frame.sample_rate == SAMPLES_PER_SECOND and frame.layout.name == "mono":
                    waiting += bytes(frame.planes[0])[: frame.samples * 2]
                else:
                    for part in resampler.resample(frame):
                        waiting += bytes(part.planes[0])[: part.samples * 2]
                while len(waiting) >= FRAME_BYTES:
                    self._heard(waiting[:FRAME_BYTES])
                    waiting = waiting[FRAME_BYTES:]
        except MediaStreamError:
            self.say_lost()


def _codec_of(answer: str) -> tuple[str, int]:
    """Name and clock rate of the first codec of the answer, the one both will send."""
    first = re.search(r"^m=audio \d+ \S+ (\d+)", answer, re.MULTILINE)
    codec = first and re.search(rf"^a=rtpmap:{first[1]} ([\w-]+)/(\d+)", answer, re.MULTILINE)
    return (codec[1], int(codec[2])) if codec else ("", SAMPLES_PER_SECOND)


class MediaProcess:
    """Carries out the node's orders until the node is gone."""

    def __init__(self, orders: socket.socket, sound: socket.socket) -> None:
        self._orders = orders
        self._sound = sound
        self._legs: dict[int, Headset] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        """Serve until the control socket closes."""
        self._sound.setblocking(False)
        asyncio.get_running_loop().add_reader(self._sound.fileno(), self._on_sound)
        reader, self._writer = await asyncio.open_connection(sock=self._orders, limit=LINE_BYTES_MAX)
        watch = asyncio.create_task(self._watch())
        with contextlib.suppress(ConnectionResetError):  # a killed node: the same end as a closed one
            while line := await reader.readline():
                self._carry_out(message_of(line))
        watch.cancel()
        for headset in list(self._legs.values()):
            await headset.close()

    def _carry_out(self, order: dict[str, Any]) -> None:
        match order["do"]:
            case "offer":
                self._spawn(self._connect(order["leg"], order["sdp"]))
            case "close":
                headset = self._legs.pop(order["leg"], None)
                if headset is not None:
                    self._spawn(headset.close())
            case "ping":
                self._tell({"said": "pong"})

    async def _connect(self, leg: int, sdp: str) -> None:
        headset = Headset(
            heard=lambda frame: self._send(leg, frame),
            changed=lambda state: self._tell({"said": state, "leg": leg}),
        )
        try:
            answer = await headset.accept(sdp)
        except ValueError as refused:
            await headset.close()
            self._tell({"said": "refused", "leg": leg, "reason": str(refused)})
            return
        self._legs[leg] = headset
        self._tell({"said": "answer", "leg": leg, "sdp": answer})

    async def _watch(self) -> None:
        """Notice browsers that stopped sending without closing, and report how well the others are heard."""
        seen: dict[int, tuple[int, float]] = {}
        now = 0.0
        for turn in itertools.count(1):
            await asyncio.sleep(WATCH_SECONDS)
            now += WATCH_SECONDS
            if turn % MEASURE_TURNS == 0:
                for leg, headset in list(self._legs.items()):
                    self._tell({"said": "quality", "leg": leg, **await headset.measure()})
            for leg, headset in list(self._legs.items()):
                frames, since = seen.get(leg, (-1, now))
                if headset.frames != frames:
                    seen[leg] = (headset.frames, now)
                elif headset.frames and now - since >= SILENT_SECONDS_MAX:
                    headset.say_lost()

    def _send(self, leg: int, frame: bytes) -> None:
        send_packet(self._sound, pack_frame(leg, frame))

    def _on_sound(self) -> None:
        for packet in received_packets(self._sound):
            for leg, frame in unpack_frames(packet):
                headset = self._legs.get(leg)
                if headset is not None:
                    headset.voice.push(frame)

    def _tell(self, message: dict[str, Any]) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(line_of(message))

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def main() -> None:
    """Entry of `python -m siaga.adapters.phone.media.process`; only the call node starts it."""
    parser = argparse.ArgumentParser(description="WebRTC legs of a call node; started by the node itself")
    parser.add_argument("--orders-fd", type=int, required=True)
    parser.add_argument("--sound-fd", type=int, required=True)
    parser.add_argument("--address", action="append", default=[])
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    offer_addresses(given.address)
    process = MediaProcess(socket.socket(fileno=given.orders_fd), socket.socket(fileno=given.sound_fd))
    uvloop.run(process.run())


if __name__ == "__main__":
    main()
