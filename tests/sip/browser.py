"""A fake browser: the WebRTC end of a taker's headset, without a screen."""

from __future__ import annotations

import asyncio
import fractions
from typing import Any

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from siaga.adapters.phone.media.process import offer_addresses
from siaga.adapters.phone.sound.frames import FRAME_SAMPLES, SAMPLES_PER_SECOND, Samples
from siaga.clock import monotonic
from tests.sip.caller import RECENT_SAMPLES_MIN, share_with_tone

offer_addresses(["127.0.0.1"])


class Microphone(MediaStreamTrack):
    """Says its sound in a circle, 20 ms at a time."""

    kind = "audio"

    def __init__(self, sound: Samples) -> None:
        super().__init__()
        self._sound = sound
        self._sent = 0
        self._began: float | None = None

    async def recv(self) -> Any:
        self._began = self._began or monotonic()
        await asyncio.sleep(max(0.0, self._began + self._sent / SAMPLES_PER_SECOND - monotonic()))
        at = np.arange(self._sent, self._sent + FRAME_SAMPLES) % len(self._sound)
        frame = av.AudioFrame.from_ndarray(self._sound[at].reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLES_PER_SECOND, self._sent
        frame.time_base = fractions.Fraction(1, SAMPLES_PER_SECOND)
        self._sent += FRAME_SAMPLES
        return frame


class FakeBrowser:
    """Offers, connects, says a tone and keeps what it hears."""

    def __init__(self, sound: Samples) -> None:
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTrack(Microphone(sound))
        self.peer.on("track", self._on_track)
        self._heard: list[tuple[float, Samples]] = []
        self._listening: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        """The SDP a browser would send."""
        await self.peer.setLocalDescription(await self.peer.createOffer())
        sdp: str = self.peer.localDescription.sdp
        return sdp

    async def accept(self, answer: str) -> None:
        """Take the node's answer."""
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))

    def heard(self, since: float = 0.0) -> Samples:
        """Samples at 8000 Hz heard since then."""
        parts = [samples for at, samples in self._heard if at >= since]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    async def hears(self, hz: float, *, within: float = 8.0, share: float = 0.6) -> bool:
        """Wait until the last half second is mostly this tone."""
        until = monotonic() + within
        while monotonic() < until:
            await asyncio.sleep(0.1)
            recent = self.heard(monotonic() - 0.5)
            if len(recent) >= RECENT_SAMPLES_MIN and share_with_tone(recent, hz) >= share:
                return True
        return False

    async def close(self) -> None:
        """Close the page."""
        if self._listening is not None:
            self._listening.cancel()
        await self.peer.close()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLES_PER_SECOND)
        try:
            while True:
                frame: Any = await track.recv()
                for part in resampler.resample(frame):
                    self._heard.append((monotonic(), part.to_ndarray().reshape(-1).astype(np.int16)))
        except MediaStreamError:
            return
