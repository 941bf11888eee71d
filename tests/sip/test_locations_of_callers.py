"""Where a caller is, over the wire: headers of a foreign INVITE, and a body part that Kamailio hands on as one."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from siaga.adapters.phone.engine import CallerRang
from siaga.adapters.phone.sip.location_headers import header_names, location_in
from siaga.domain.location_rules import LocationRules
from tests.domain.test_location_formats import CIRCLE, shape
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import free_port, open_line

pytestmark = pytest.mark.sip
ROOT = Path(__file__).parents[2]
KAMAILIO = shutil.which("kamailio", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
RULES = LocationRules(
    header="X-Cell-Location", header_pattern=r"(?P<lat>[-\d.]+),(?P<lon>[-\d.]+),(?P<radius>\d+)",
    reference_hosts=("lis.example.id",),
)  # fmt: skip
SAID = {
    "P-Access-Network-Info": "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=5101012340123456;network-provided",
    "Geolocation": "<https://lis.example.id/where?c=1>;inserted-by=edge.example.id",
    "X-Cell-Location": "-6.71,108.55,410",
}


class WithPlace(FakeCaller):
    """His network puts the place beside the voice's offer, as a second body part (RFC 6442)."""

    document = shape(CIRCLE).decode()

    def _request(self, method: str, **more: Any) -> bytes:
        message = super()._request(method, **more)
        if method != "INVITE":
            return message
        head, _, sdp = message.decode().partition("\r\n\r\n")
        parts = (f"Content-Type: application/sdp\r\n\r\n{sdp}",
                 f"Content-Type: application/pidf+xml\r\nContent-ID: <here@ms>\r\n\r\n{self.document}")  # fmt: skip
        body = "".join(f"--part\r\n{part}\r\n" for part in parts) + "--part--\r\n"
        lines = [
            line for line in head.split("\r\n") if not re.match("content-(type|length)", line, re.IGNORECASE)
        ]
        lines += [
            "Geolocation: <cid:here@ms>",
            "Content-Type: multipart/mixed;boundary=part",
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def test_a_foreign_callers_headers_reach_the_report(tmp_path: Path) -> None:
    line = await open_line(tmp_path, location_headers=header_names(RULES))
    try:
        body = base64.b64encode(shape(CIRCLE)).decode()
        caller = FakeCaller(
            line.target, "081324110982", audio=tones(800), headers={**SAID, "X-Siaga-Pidf": body}
        )
        assert await caller.start() == 200
        rang = await line.event(CallerRang)
        told = location_in(rang.headers, RULES)
        assert told["cells"] == ["5101012340123456"]
        assert told["uri"] == "https://lis.example.id/where?c=1"
        assert [(fix["lat"], fix["accuracy_m"]) for fix in told["fixes"]] == [(-6.7, 850.24), (-6.71, 410.0)]
        await caller.hang_up()
    finally:
        await line.close()


@pytest.mark.skipif(KAMAILIO is None, reason="no kamailio here (Debian's package; .ci/run installs it)")
async def test_a_place_in_the_body_is_heard_behind_kamailio_and_the_caller_too(tmp_path: Path) -> None:
    """Without it the embedded stack answers 500: the second half of the test would notice a better one."""
    assert KAMAILIO is not None
    line = await open_line(tmp_path, location_headers=header_names(RULES))
    port = free_port()
    (tmp_path / "nodes.list").write_text(f"1 sip:{line.target}\n")
    proxy = await asyncio.create_subprocess_exec(
        KAMAILIO, "-f", str(ROOT / "deploy" / "kamailio" / "kamailio.cfg"), "-DD",
        "-w", str(tmp_path), "-Y", str(tmp_path),
        "-A", f"SIAGA_LISTEN=127.0.0.1:{port}", "-A", f'SIAGA_NODES="{tmp_path}/nodes.list"',
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        caller = await answered_at(f"127.0.0.1:{port}")
        rang = await line.event(CallerRang)
        told = location_in(rang.headers, RULES)
        assert [(fix["lat"], fix["lon"], fix["accuracy_m"]) for fix in told["fixes"]] == [
            (-6.7, 108.5, 850.24)
        ]
        assert await caller.hears(500.0), "the greeting: his voice's offer came through alone"
        await caller.hang_up()
        straight = WithPlace(line.target, audio=tones(800))
        assert await straight.start() == 500
        await straight.hang_up()
    finally:
        proxy.terminate()
        await proxy.wait()
        await line.close()


async def answered_at(target: str) -> WithPlace:
    """Kamailio needs a moment to start and to learn that the node lives."""
    status = 0
    for _ in range(20):
        caller = WithPlace(target, audio=tones(800))
        try:
            status = await caller.start()
        except (TimeoutError, OSError):
            status = 0
        if status == 200:
            return caller
        await caller.hang_up()
        await asyncio.sleep(0.5)
    raise AssertionError(f"never answered; the last status was {status}")
