"""From data to an A4 PDF, outside this process and within bounds."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from siaga.domain.errors import OutsideFailed, TooBusy

log = logging.getLogger("siaga.typesetting")

HERE = Path(__file__).resolve().parent
SCRIPT = HERE / "typeset.py"
AT_ONCE_MAX = 2  # one a processor of the smallest machine; more would take the time of calls
WAITING_MAX = 8
SECONDS_MAX = 20.0  # a story of a thousand lines takes two
_running: set[object] = set()


async def typeset(template: str, data: str) -> bytes:
    """The PDF of ``template`` (a file beside this one) with ``data`` (JSON). Raises OutsideFailed, TooBusy."""
    if len(_running) >= AT_ONCE_MAX + WAITING_MAX:
        raise TooBusy("Sedang menyusun terlalu banyak PDF. Coba sebentar lagi.")
    token = object()
    _running.add(token)
    try:
        async with _gate():
            return await _set(template, data)
    finally:
        _running.discard(token)


async def _set(template: str, data: str) -> bytes:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(SCRIPT), str(HERE / template),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        pdf, said = await asyncio.wait_for(child.communicate(data.encode()), SECONDS_MAX)
    except TimeoutError:
        child.kill()
        await child.wait()
        raise OutsideFailed("setting the page took too long") from None
    if child.returncode != 0 or not pdf.startswith(b"%PDF"):
        # The program's own words may quote what was typed: only their size is kept.
        log.error("typesetting %s failed with %s (%d bytes said)", template, child.returncode, len(said))
        raise OutsideFailed("the page could not be set")
    return pdf


_gates: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def _gate() -> asyncio.Semaphore:
    """One for each event loop: tests run several, a process one."""
    loop = asyncio.get_running_loop()
    for old in [other for other in _gates if other.is_closed()]:
        del _gates[old]
    return _gates.setdefault(loop, asyncio.Semaphore(AT_ONCE_MAX))
