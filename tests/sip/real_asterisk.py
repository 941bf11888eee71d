"""Asterisk itself, where it is installed or unpacked, with the configuration our own recipe gives to an office.

Debian 12 has no Asterisk. Files of another release's packages, unpacked into one folder with every library they want
down to the C library (``.ci/asterisk`` does that), run from there: name it in ``SIAGA_TEST_ASTERISK_FILES``.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import secrets
import shutil
import socket
from pathlib import Path

import httpx
import pytest

from siaga.adapters.phone.asterisk.asterisk_engine import AsteriskEngine
from siaga.adapters.phone.asterisk.options import AsteriskOptions
from siaga.adapters.phone.sip.options import PhoneOptions
from siaga.adapters.phone.sound.prompts import PromptBook
from tests.architecture.source import ROOT
from tests.sip.worlds import CALLS_MAX, RING_SECONDS_MAX, RealWorld

RECIPE = ROOT / "docs" / "recipes" / "connect-an-ip-pbx.md"
FILES_ENV = "SIAGA_TEST_ASTERISK_FILES"
FILES = os.environ.get(FILES_ENV, "")
WHY_NOT = (
    "no `asterisk` on the PATH and no SIAGA_TEST_ASTERISK_FILES (.ci/asterisk fetches them): "
    "the contract ran against tests/sip/fake_asterisk.py only"
)
START_SECONDS_MAX = 30.0
LIBRARIES = "x86_64-linux-gnu"
_BLOCK = re.compile(r"```ini\n; /etc/asterisk/([a-z]+\.conf)\n(.*?)```", re.DOTALL)


def _program() -> list[str]:
    """How Asterisk is started here; empty where there is none."""
    if not FILES:
        installed = shutil.which("asterisk")
        return [installed] if installed else []
    files = Path(FILES)
    libraries = [files / "usr/lib" / LIBRARIES, files / "lib" / LIBRARIES, files / "usr/lib"]
    loader = next(files.glob("**/ld-linux-x86-64.so.2"), None)
    if loader is None:
        pytest.exit(
            f"{FILES_ENV} names {files}, but no Asterisk lies there: unset it, or see .ci/asterisk", 2
        )
    return [str(loader), "--library-path", ":".join(map(str, libraries)), str(files / "usr/sbin/asterisk")]


def _directories(folder: Path) -> dict[str, Path]:
    """Where it keeps what it writes (ours), and where it finds what it came with."""
    ours = {f"ast{name}dir": folder / name for name in ("etc", "run", "log", "spool", "db", "key")}
    for place in ours.values():
        place.mkdir(parents=True)
    if not FILES:
        return ours
    came = {
        "astmoddir": next(Path(FILES, "usr/lib").glob("**/asterisk/modules")),
        "astdatadir": Path(FILES, "usr/share/asterisk"),
        "astvarlibdir": Path(FILES, "usr/share/asterisk"),
    }
    return ours | came


def recipe() -> dict[str, str]:
    """The configuration files of the recipe, by name."""
    return dict(_BLOCK.findall(RECIPE.read_text(encoding="utf-8")))


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


PROGRAM = _program()


class RealAsterisk:
    """One Asterisk with folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.sip_port, self.http_port = _free_port(socket.SOCK_DGRAM), _free_port(socket.SOCK_STREAM)
        self.password = secrets.token_hex(8)
        self.url = f"http://127.0.0.1:{self.http_port}"
        self._etc = folder / "etc"
        self._program: asyncio.subprocess.Process | None = None
        self._write(folder)

    def _write(self, folder: Path) -> None:
        files = recipe()
        files["pjsip.conf"] = files["pjsip.conf"].replace("0.0.0.0:5060", f"127.0.0.1:{self.sip_port}")
        files["pjsip.conf"] = files["pjsip.conf"].replace("192.0.2.1", "127.0.0.1")
        files["http.conf"] = files["http.conf"].replace("8088", str(self.http_port))
        files["ari.conf"] = files["ari.conf"].replace("CHANGE-ME", self.password)
        files["modules.conf"] = "[modules]\nautoload = yes\n"
        directories = _directories(folder)
        files["asterisk.conf"] = "[directories]\n" + "".join(
            f"{name} = {place}\n" for name, place in directories.items()
        )
        for name, text in files.items():
            (self._etc / name).write_text(text, encoding="utf-8")

    async def start(self) -> None:
        """Start it and wait until ARI answers."""
        assert PROGRAM, WHY_NOT
        self._program = await asyncio.create_subprocess_exec(
            *PROGRAM, "-f", "-q", "-C", str(self._etc / "asterisk.conf"), stdin=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(START_SECONDS_MAX), httpx.AsyncClient(trust_env=False) as client:
            while True:
                try:
                    answer = await client.get(f"{self.url}/ari/asterisk/info", auth=("siaga", self.password))
                    if answer.is_success:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """End the process we started."""
        if self._program is not None and self._program.returncode is None:
            self._program.terminate()
            await self._program.wait()


class RealAsteriskWorld(RealWorld):
    """Real SIP callers and telephones around a real Asterisk, and our engine on its ARI."""

    def __init__(self, engine: AsteriskEngine, asterisk: RealAsterisk) -> None:
        super().__init__(engine, f"127.0.0.1:{asterisk.sip_port}")
        self._asterisk = asterisk

    async def close(self) -> None:
        await super().close()
        await self._asterisk.stop()


async def real_asterisk_world(prompts: PromptBook, folder: Path) -> RealAsteriskWorld:
    """A started engine on an Asterisk of its own."""
    asterisk, numbers = RealAsterisk(folder / "asterisk"), itertools.count(1)
    await asterisk.start()
    options = PhoneOptions(
        ice_addresses=("127.0.0.1",), recording_keys=folder / "keys", calls_max=CALLS_MAX,
        ring_seconds_max=RING_SECONDS_MAX, rtp_port_first=41_400, rtp_port_last=41_800,
    )  # fmt: skip
    exchange = AsteriskOptions(
        url=asterisk.url, user="siaga", password=asterisk.password, phones="PJSIP/operator/{address}"
    )
    engine = AsteriskEngine(options, exchange, prompts, lambda: f"call-{next(numbers)}")
    await engine.start()
    return RealAsteriskWorld(engine, asterisk)
