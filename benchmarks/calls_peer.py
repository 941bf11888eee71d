"""The other engine of `bench calls`: `python -O -m benchmarks.calls_peer PORT DESK_PORT...`, prints `ready`.

Bridges the n-th caller to the n-th desk telephone with a 20 ms exchange of frames, and does nothing else.
(-O, because aiosipua asserts the standard loop's transports.)
"""

from __future__ import annotations

import asyncio
import collections
import itertools
import sys
from typing import Any

import uvloop

HOST = "127.0.0.1"
RTP_PORT_FIRST = 23_000
FRAME = bytes(320)
WAITING_MAX = 8
PRIMED = 2


class Leg:
    """One side of a conversation: a short queue of frames in, a session out."""

    def __init__(self, session: Any) -> None:
        self.frames: collections.deque[bytes] = collections.deque(maxlen=WAITING_MAX)
        self.session = session
        self.primed = False
        session.on_audio = lambda pcm, _: self.frames.append(pcm)

    def read(self) -> bytes:
        if not self.primed:
            self.primed = len(self.frames) >= PRIMED
        if self.primed and self.frames:
            return self.frames.popleft()
        self.primed = False
        return FRAME


async def exchange(rooms: list[tuple[Leg, Leg]]) -> None:
    """Every 20 ms each side gets what the other said."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        await asyncio.sleep(max(0.0, due - loop.time()))
        due += 0.02
        for caller, desk in rooms:
            said, answered = caller.read(), desk.read()
            caller.session.send_audio_pcm_auto(answered)
            desk.session.send_audio_pcm_auto(said)


async def main() -> None:
    """Serve until SIGTERM."""
    from aiortp import RTPSession
    from aiosipua import SipUAC, SipUAS, build_sdp
    from aiosipua.rtp_bridge import CallSession
    from aiosipua.transport import UdpSipTransport

    port, desks = int(sys.argv[1]), iter(sys.argv[2:])
    ports = itertools.count(RTP_PORT_FIRST, 2)
    transport = UdpSipTransport(local_addr=(HOST, port))
    uas = SipUAS(transport)
    uac = SipUAC(transport)
    uas.uac = uac
    rooms: list[tuple[Leg, Leg]] = []
    tasks: set[asyncio.Task[None]] = set()

    async def welcome(call: Any) -> None:
        session = CallSession(
            local_ip=HOST, rtp_port=next(ports), offer=call.sdp_offer, jitter_prefetch=1, symmetric_rtp=True
        )
        call.ringing()
        call.accept(session.sdp_answer)
        await session.start()
        voice_port, desk = next(ports), int(next(desks))
        offer = build_sdp(
            local_ip=HOST, rtp_port=voice_port, payload_type=8, codec_name="PCMA", sample_rate=8000
        )
        out = uac.send_invite(f"sip:112@{HOST}", f"sip:desk@{HOST}:{desk}", (HOST, desk), offer)
        await out.wait_answered(20)
        answer = out.sdp_answer
        other = await RTPSession.create(
            local_addr=(HOST, voice_port), remote_addr=answer.rtp_address, payload_type=8, jitter_prefetch=1
        )
        rooms.append((Leg(session.rtp_session), Leg(other)))

    def invited(call: Any) -> None:
        task = asyncio.ensure_future(welcome(call))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    uas.on_invite = invited
    await uas.start()
    print("ready", flush=True)
    await exchange(rooms)


if __name__ == "__main__":
    uvloop.run(main())
