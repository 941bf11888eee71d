"""What is written in one turn of the loop leaves in one piece, in order, and nothing is left behind at the end."""

from __future__ import annotations

import asyncio
from typing import Any

from siaga.adapters.web.joined_writes import JoinedWrites


class _Wire:
    """A transport that notes each system call it would make."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def get_write_buffer_size(self) -> int:
        return 7

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def _joined() -> tuple[_Wire, Any]:
    wire = _Wire()
    return wire, JoinedWrites(wire, asyncio.get_running_loop())


async def test_head_and_body_leave_together() -> None:
    wire, transport = _joined()
    transport.write(b"head ")
    transport.write(b"body")
    assert (wire.sent, transport.get_write_buffer_size()) == ([], 7 + 9)
    await asyncio.sleep(0)
    assert (wire.sent, transport.get_write_buffer_size()) == ([b"head body"], 7)
    transport.write(b"next")
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"next"]


async def test_closing_sends_what_waits_first() -> None:
    wire, transport = _joined()
    transport.write(b"last words")
    transport.close()
    assert (wire.sent, wire.closed) == ([b"last words"], True)
    await asyncio.sleep(0)  # the turn's own sending finds nothing more
    assert wire.sent == [b"last words"]


async def test_everything_else_is_the_transports_own() -> None:
    _, transport = _joined()
    assert transport.get_extra_info("peername") == "the peername"
