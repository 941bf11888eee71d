"""A caller whose telephone is SIPp, a program that is not ours. Only his voice is spoken and heard by the test."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from pathlib import Path

from siaga.adapters.phone.drill.voice import DrillVoice
from siaga.adapters.phone.sound.frames import SAMPLES_PER_SECOND
from siaga.clock import monotonic
from tests.sip.caller import share_with_tone
from tests.walk.callers import CALLER_HZ, SYLLABLE_SHARE_MIN, syllables
from tests.walk.house import free_port

HOST = "127.0.0.1"
CLOSING_SECONDS = 0.2
PROGRAM = shutil.which("sipp")
SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="one call to 112">
  <send retrans="500"><![CDATA[
    INVITE sip:112@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    Max-Forwards: 70
    From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
    To: <sip:112@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:{number}@[local_ip]:[local_port]>
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=- 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [local_ip]
    t=0 0
    m=audio {port} RTP/AVP 8
    a=rtpmap:8 PCMA/8000
    a=ptime:20
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"><action>
    <ereg regexp="m=audio *([0-9]+)" search_in="body" assign_to="line,voice"/>
    <log message="[$voice]"/>
  </action></recv>
  <Reference variables="line"/>
  <send><![CDATA[
    ACK [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    Max-Forwards: 70
    [routes]
    From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Content-Length: 0

  ]]></send>
  <recv request="BYE" timeout="90000"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
</scenario>
"""


class SippCaller:
    """Calls until the other side hangs up. Use as a context manager."""

    def __init__(self, sip: str, number: str, folder: Path) -> None:
        assert PROGRAM, "sipp is not on this machine"
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="voice", daemon=True)
        self._thread.start()
        self.voice = DrillVoice(syllables(CALLER_HZ))
        port = self._soon(self.voice.open(HOST))
        script = folder / "call.xml"
        script.write_text(SCENARIO.format(number=number, port=port))
        self._log = folder / "voice-port.log"
        self._program = subprocess.Popen(
            [PROGRAM, sip, "-sf", str(script), "-m", "1", "-i", HOST, "-p", str(free_port()), "-nostdin",
             "-trace_logs", "-log_file", str(self._log), "-trace_err", "-error_file", str(folder / "errors.log")],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def speak(self, within: float = 10.0) -> None:
        """As soon as the call is answered, talk to where the answer says."""
        until = monotonic() + within
        while not self._log.exists() or not self._log.read_text().strip().isdigit():
            assert monotonic() < until, "SIPp was not answered: " + self.errors()
            threading.Event().wait(0.05)
        port = int(self._log.read_text())
        self._loop.call_soon_threadsafe(self.voice.talk_to, HOST, port)

    def hears(self, hz: float, *, within: float = 10.0) -> bool:
        """Wait until the last two seconds carry this tone in syllables."""
        until = monotonic() + within
        while monotonic() < until:
            recent = self.voice.heard(monotonic() - 2.0)
            if len(recent) > 1.6 * SAMPLES_PER_SECOND and share_with_tone(recent, hz) >= SYLLABLE_SHARE_MIN:
                return True
            threading.Event().wait(0.1)
        return False

    def ended_well(self, within: float = 10.0) -> bool:
        """SIPp saw the whole call go as its scenario says, to the other side's BYE."""
        return self._program.wait(within) == 0

    def errors(self) -> str:
        """What SIPp complains of."""
        file = self._folder / "errors.log"
        return file.read_text(errors="replace")[-2000:] if file.exists() else ""

    def _soon(self, work: object) -> int:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)  # type: ignore[arg-type]

    def __enter__(self) -> SippCaller:
        return self

    def __exit__(self, *_: object) -> None:
        if self._program.poll() is None:
            self._program.kill()
            self._program.wait()
        self._loop.call_soon_threadsafe(self.voice.close)
        self._loop.call_soon_threadsafe(self._loop.call_later, CLOSING_SECONDS, self._loop.stop)
        self._thread.join(5)
        self._loop.close()
