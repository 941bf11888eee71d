"""A caller on PJSIP, a SIP stack that is not ours. Runs in an environment of its own and imports nothing of Siaga.

    python pjsua_caller.py sip:112@host:port SECONDS SAYS.wav HEARD.wav [tcp]

Says the WAV, records what it hears, presses 5 after two seconds, hangs up. Prints one JSON line.
PJSIP is GPL: it is never installed with Siaga and never imported by it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import pjsua2 as pj


class Caller(pj.Call):  # type: ignore[misc]
    """Connects the call's sound to two WAV files as soon as there is any."""

    def __init__(self, account: Any, says: str, heard: str) -> None:
        super().__init__(account)
        self._says, self._heard = says, heard
        self.states: list[str] = []
        self.player: Any = None
        self.recorder: Any = None

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        self.states.append(f"{info.stateText} {info.lastStatusCode}")

    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()  # kept in a name: its parts are freed with it
        if self.player is None and info.media[0].status == pj.PJSUA_CALL_MEDIA_ACTIVE:
            sound = self.getAudioMedia(0)
            self.player, self.recorder = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
            self.player.createPlayer(self._says, 0)
            self.player.startTransmit(sound)
            self.recorder.createRecorder(self._heard)
            sound.startTransmit(self.recorder)


def handle(endpoint: Any, seconds: float) -> None:
    """Let PJSIP work for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        endpoint.libHandleEvents(20)


def main(uri: str, seconds: float, says: str, heard: str, transport: str) -> None:
    """One call."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True  # no callbacks from foreign threads
    config.medConfig.noVad, config.medConfig.clockRate, config.medConfig.ecTailLen = True, 8000, 0
    endpoint.libInit(config)
    endpoint.audDevManager().setNullDev()
    kind = pj.PJSIP_TRANSPORT_TCP if transport == "tcp" else pj.PJSIP_TRANSPORT_UDP
    address = pj.TransportConfig()
    address.boundAddress = "127.0.0.1"
    endpoint.transportCreate(kind, address)
    endpoint.libStart()
    described = pj.AccountConfig()
    described.idUri = '"Siti Aminah" <sip:081298765432@127.0.0.1>'
    described.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account = pj.Account()
    account.create(described)
    caller = Caller(account, says, heard)
    caller.makeCall(f"{uri};transport={transport}", pj.CallOpParam(True))
    begun, pressed = time.monotonic(), False
    while time.monotonic() - begun < seconds and not any(s.startswith("DISCONN") for s in caller.states):
        endpoint.libHandleEvents(20)
        if not pressed and time.monotonic() - begun > 2.0:
            pressed = True
            caller.dialDtmf("5")
    if not any(state.startswith("DISCONN") for state in caller.states):
        caller.hangup(pj.CallOpParam())
    handle(endpoint, 1.0)
    caller.recorder = caller.player = None
    handle(endpoint, 0.5)  # the recording is closed by an event of its own
    print(json.dumps(caller.states), flush=True)
    os._exit(0)  # PJSIP aborts when Python collects its objects after it has ended


if __name__ == "__main__":
    main(
        sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5] if len(sys.argv) > 5 else "udp"
    )
